/*
 * test.Node: rows of a tree, which have relations to one and to many of their own kind.
 */
#ifndef TESTS_NODE_H
#define TESTS_NODE_H

#include "quern/model.h"

typedef struct node node;

typedef struct node_list {
	node *at;
	size_t len;
} node_list;

struct node {
	int64_t id;
	int64_t up;
	bool has_up;
	node *above;
	node_list below;
	uint64_t loaded[1];
};

typedef struct node_where node_where;

typedef struct node_wheres {
	const node_where *at;
	size_t len;
} node_wheres;

struct node_where {
	qn_where_int64 id;
	qn_where_int64 up;
	node_wheres any_of;
	node_wheres all_of;
	node_wheres none_of;
};

typedef struct node_query node_query;

typedef struct node_related {
	const node_query *above;
	const node_query *below;
} node_related;

struct node_query {
	qn_query_options options;
	int32_t only[2];
	const node_query *select_above;
	node_related prefetch;
	node_where where;
};

enum { NODE_ID = 1, NODE_UP, NODE_ABOVE, NODE_BELOW };

extern const qn_model node_model;

#endif
