/*
 * Sources and places in them.
 */
#ifndef QUERN_SOURCE_H
#define QUERN_SOURCE_H

#include "base/str.h"

/*
 * One file of a project. `path` is as the user gave it; "<stdin>" for standard input. `text` has a
 * NUL behind it that its length does not count, as arena_copy and sources_read make it.
 */
struct source {
	struct str path;
	struct str text;
};

/* Bytes from..to of a source; `source` NULL: nowhere in particular. */
struct span {
	const struct source *source;
	uint32_t from;
	uint32_t to;
};

#endif
