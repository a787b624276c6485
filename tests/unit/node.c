#include "node.h"

#include <stddef.h>

static const qn_field node_fields[] = {
	{
		.name = "id",
		.column = "id",
		.row = offsetof(node, id),
		.has = QN_NO_OFFSET,
		.where = offsetof(node_where, id),
		.type = QN_TYPE_INT64,
		.flags = QN_FIELD_PRIMARY_KEY,
	},
	{
		.name = "up",
		.column = "up",
		.row = offsetof(node, up),
		.has = offsetof(node, has_up),
		.where = offsetof(node_where, up),
		.type = QN_TYPE_INT64,
		.flags = QN_FIELD_NULLABLE,
	},
};

static const uint16_t node_key[] = { 0 };
static const uint16_t node_up[] = { 1 };

static const qn_relation node_relations[] = {
	{
		.name = "above",
		.model = &node_model,
		.own = node_up,
		.own_len = 1,
		.other = node_key,
		.other_len = 1,
		.row = offsetof(node, above),
		.where = QN_NO_OFFSET,
		.select = offsetof(node_query, select_above),
		.prefetch = offsetof(node_query, prefetch.above),
		.related = offsetof(node_related, above),
		.constraint = "node_up_fkey",
		.kind = QN_RELATION_FORWARD,
		.on_delete = QN_ON_DELETE_CASCADE,
		.is_nullable = true,
	},
	{
		.name = "below",
		.model = &node_model,
		.own = node_key,
		.own_len = 1,
		.other = node_up,
		.other_len = 1,
		.row = offsetof(node, below),
		.where = QN_NO_OFFSET,
		.select = QN_NO_OFFSET,
		.prefetch = offsetof(node_query, prefetch.below),
		.related = offsetof(node_related, below),
		.kind = QN_RELATION_REVERSE,
	},
};

static const qn_dependent node_dependents[] = { { &node_model, 0 } };

const qn_model node_model = {
	.name = "test.Node",
	.sql_name = "node",
	.fields = node_fields,
	.primary_key = node_key,
	.relations = node_relations,
	.dependents = node_dependents,
	.field_count = 2,
	.primary_key_len = 1,
	.relation_count = 2,
	.dependent_count = 1,
	.only_capacity = 2,
	.row_size = sizeof(node),
	.row_loaded = offsetof(node, loaded),
	.where_size = sizeof(node_where),
	.where_any_of = offsetof(node_where, any_of),
	.where_all_of = offsetof(node_where, all_of),
	.where_none_of = offsetof(node_where, none_of),
	.query_where = offsetof(node_query, where),
	.query_only = offsetof(node_query, only),
};
