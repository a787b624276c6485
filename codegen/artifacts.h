/*
 * What emitters give back: files that are not written yet. Paths are relative to the output
 * directory, use `/`, and have at most one folder; all lives in the arena that the emitter was
 * given.
 */
#ifndef QUERN_CODEGEN_ARTIFACTS_H
#define QUERN_CODEGEN_ARTIFACTS_H

#include "base/arena.h"

struct artifact {
	struct str path;
	struct str text;
};

struct artifacts {
	const struct artifact *at; /* by path */
	size_t count;
};

#endif
