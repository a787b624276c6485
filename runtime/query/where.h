/*
 * The walk over a where struct, for the files that share it.
 */
#ifndef QUERN_QUERY_WHERE_H
#define QUERN_QUERY_WHERE_H

#include "query/call.h"

/* Groups and relations may be nested so deep; a where that leads back to itself is found by it. */
enum { WHERE_DEPTH_MAX = 32 };

/* Where the key and the parameters stood, to take back what turned out not to matter. */
struct where_mark {
	size_t tokens;
	size_t parameters;
	size_t wire;
};

struct where_mark where_mark(const struct call *call);
void where_release(struct call *call, struct where_mark mark);

/* AND of two truths. */
static inline enum truth truth_and(enum truth a, enum truth b)
{
	return a < b ? a : b;
}

/*
 * Walks a where struct of call->model, without a KEY_END. Refuses what is nested too deep. What it
 * wrote has to be taken back unless it returns TRUTH_OF_ROW.
 */
enum truth where_walk(struct call *call, const char *where, unsigned depth);
/* The relations of a where struct of call->model; `depth` is the where's own. */
enum truth where_walk_relations(struct call *call, const char *where, unsigned depth);

#endif
