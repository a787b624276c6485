/*
 * What emitters give back: files that are not written yet, and whose text is not made yet, for that
 * of thousands of models is more than memory should hold at once. Paths are relative to the output
 * directory, use `/`, and have at most one folder; all lives in the arena that the emitter was
 * given.
 */
#ifndef QUERN_CODEGEN_ARTIFACTS_H
#define QUERN_CODEGEN_ARTIFACTS_H

#include "base/arena.h"

struct artifact {
	struct str path;
	const void *of; /* what it is made from, and which part of that: for its emitter alone */
	unsigned part;
};

struct artifacts {
	const struct artifact *at; /* by path */
	size_t count;
	/* Makes the text of one of them, the same each time, in this arena. */
	struct str (*text)(const struct artifact *artifact, struct arena *arena);
};

#endif
