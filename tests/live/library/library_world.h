/*
 * A library in memory: random rows of the tables of library.quern, and what loops over them find.
 * It shares nothing with the code under test but the descriptors, which say how the columns and
 * relations are called.
 */
#ifndef TESTS_LIVE_LIBRARY_WORLD_H
#define TESTS_LIVE_LIBRARY_WORLD_H

#include "library.h"

enum {
	WORLD_TABLES = 11,
	WORLD_ROWS = 40,
	WORLD_CELLS = 8,
	WORLD_RELATIONS = 8,
	WORLD_LIST = 3,
};

/* NULL, a number, or a text. */
struct cell {
	bool is_null;
	int64_t number;
	const char *text;
};

struct table {
	const qn_model *model;
	size_t count;
	struct cell rows[WORLD_ROWS][WORLD_CELLS];
};

struct world {
	struct table tables[WORLD_TABLES];
	uint64_t seed;
};

/* Indexes of rows. */
struct found {
	size_t len;
	size_t at[WORLD_ROWS];
};

enum filter_kind {
	FILTER_FIELD,
	FILTER_ONE, /* the related row matches */
	FILTER_SOME,
	FILTER_NONE,
	FILTER_EVERY,
	FILTER_COUNT,
	FILTER_ANY_OF,
	FILTER_ALL_OF,
	FILTER_NONE_OF,
};

struct filter {
	enum filter_kind kind;
	size_t number; /* of the field or relation */
	qn_lookup lookup;
	struct cell values[WORLD_LIST];
	size_t value_count;
	const struct filters *lists; /* one, or those of any_of and so on */
	size_t list_count;
};

/* All of them hold. */
struct filters {
	const struct filter *at;
	size_t len;
};

/*
 * A query in the words of this test. Related ones are by the relation's number; NULL: not loaded
 * so.
 */
struct plan {
	const struct table *table;
	struct filters where;
	int32_t order_by[QN_ORDER_BY_MAX];
	int64_t limit;
	int64_t offset;
	uint64_t only; /* bits of fields; 0: all */
	struct plan *selected[WORLD_RELATIONS];
	struct plan *prefetched[WORLD_RELATIONS];
	/* What the comparison saw: */
	const void *structs[WORLD_ROWS]; /* of these rows, at this place of the query */
	const void *lists[WORLD_ROWS];   /* of these rows of the table around it */
	bool list_is_seen[WORLD_ROWS];
	bool has_keys; /* some row had one to look for */
};

/* A number below `count`. */
unsigned world_pick(struct world *world, unsigned count);
/* Fills all tables anew. */
void world_grow(struct world *world);
/* The statements that put its rows in the place of all others; for free() by the caller. */
char *world_sql(const struct world *world);
const struct table *world_table(const struct world *world, const qn_model *model);
/* A value that such a column may have. */
struct cell world_cell(struct world *world, const qn_field *field);
/* Whether it leads to one row at most. */
bool relation_is_one(const qn_relation *relation);

/* The rows that the relation leads to, one for each link. */
struct found world_related(const struct world *world, const struct table *table, size_t row,
			   const qn_relation *relation);
/* Whether the row has the key that the relation goes by. */
bool row_has_key(const struct table *table, size_t row, const qn_relation *relation);
/* Which of the rows the plan finds, in its order. */
struct found world_find(const struct world *world, const struct plan *plan, struct found rows);
/* All rows of the table. */
struct found world_all(const struct table *table);

#endif
