/*
 * Random trees of conditions on test.Thing, and a naive evaluator of them. Each column has a small
 * domain in ascending order, so the evaluator works on places in it, -1 for NULL, and shares
 * nothing with the code under test.
 */
#ifndef TESTS_LIVE_FOREST_H
#define TESTS_LIVE_FOREST_H

#include "thing.h"

enum {
	PLACES = 5,
	LIST_MAX = 3,
	CONDITIONS_MAX = 3,
	DEPTH_MAX = 3,
	NODES_MAX = 200,
};

enum column {
	FLAG,
	MAYBE,
	SMALL,
	BIG,
	RATIO,
	PRICE,
	WIDE,
	BORN,
	SEEN,
	UID,
	DATA,
	KIND,
	OTHER,
	PLACE,
	NAME,
	TITLE,
	NUMBERS,
	DOC,
	COLUMNS,
};

struct condition {
	enum column column;
	qn_lookup lookup;
	int low; /* a place in the domain, or a word's, or a key's number */
	int high;
	int list[LIST_MAX];
	size_t list_len;
};

struct node {
	struct condition conditions[CONDITIONS_MAX];
	size_t condition_count;
	const struct node *children[3]; /* any_of, all_of, none_of */
	size_t child_counts[3];
	bool has_list[3];
};

/* Both forms of a tree, side by side, and the memory of the lists in it. */
struct forest {
	struct node nodes[NODES_MAX];
	test_thing_where wheres[NODES_MAX];
	size_t used;
	char memory[64 * 1024];
	size_t memory_used;
	uint64_t seed;
};

/* A number below `count`. */
unsigned forest_pick(struct forest *forest, unsigned count);
unsigned forest_domain_size(enum column column);
/* Makes nodes[0] and wheres[0] a new random tree. */
void forest_grow(struct forest *forest);
/* Makes them one random condition. */
void forest_grow_one(struct forest *forest);
/* Whether the row, a place for each column, satisfies the tree. */
bool forest_holds(const struct forest *forest, const int *row);
/* What creates a row of these places. */
test_thing_new forest_values(const int *row);

#endif
