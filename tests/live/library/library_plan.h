/*
 * Random queries of a library in memory: as a plan, and as the struct that quern is given.
 */
#ifndef TESTS_LIVE_LIBRARY_PLAN_H
#define TESTS_LIVE_LIBRARY_PLAN_H

#include "library_world.h"

enum { PLAN_MEMORY = 256 * 1024 };

struct planner {
	struct world *world;
	unsigned budget; /* queries that may still be made */
	size_t used;
	_Alignas(max_align_t) char memory[PLAN_MEMORY]; /* of plans and of structs for quern */
};

/* Forgets all plans. */
void planner_clear(struct planner *planner, struct world *world);
/* A query of any table that loads relations, up to 4 deep. */
struct plan *plan_grow(struct planner *planner);
/* Relations alone, of rows of this table that are in hand. */
struct plan *plan_grow_related(struct planner *planner, const struct table *table);
/* Memory that lives as long as its plans, zeroed. */
void *planner_alloc(struct planner *planner, size_t size);
/* The model's query struct. */
const void *plan_query(struct planner *planner, const struct plan *plan);
/* The model's _related struct. */
const void *plan_related(struct planner *planner, const struct plan *plan);
/* Says on stderr what the plan is. */
void plan_print(const struct plan *plan);

#endif
