#include "expression_inside.h"

#include <string.h>

#include "c_text.h"

struct node_list {
	struct expression_node *at;
	size_t count;
};

static bool takes_two(qn_node_kind kind)
{
	switch (kind) {
	case QN_NODE_EQUAL:
	case QN_NODE_NOT_EQUAL:
	case QN_NODE_LESS:
	case QN_NODE_LESS_OR_EQUAL:
	case QN_NODE_GREATER:
	case QN_NODE_GREATER_OR_EQUAL:
	case QN_NODE_DISTINCT:
	case QN_NODE_AND:
	case QN_NODE_OR:
		return true;
	default:
		return false;
	}
}

/* How many values the evaluation has in hand at most. */
static size_t term_depth(const struct term *term)
{
	size_t left;
	size_t right;

	if (!term->left)
		return 1;
	left = term_depth(term->left);
	if (!takes_two(term->kind))
		return left;
	right = 1 + term_depth(term->right);
	return left > right ? left : right;
}

static void node_add(struct node_list *nodes, const struct term *term)
{
	nodes->at[nodes->count++] = (struct expression_node){
		.kind = term->kind,
		.column = term->column,
		.text = term->text,
		.count = (uint16_t)term->item_count,
		.type = term->type,
	};
}

/* A label whose enum nothing tells cannot be read. */
static bool node_is_whole(const struct term *term)
{
	return term->kind != QN_NODE_LITERAL || term->class != CLASS_ENUM || term->column;
}

/* In postfix order; literals of an IN stand behind it. False: the runtime could not read it. */
static bool term_flatten(struct node_list *nodes, const struct term *term)
{
	if (term->left && !term_flatten(nodes, term->left))
		return false;
	if (term->right && !term_flatten(nodes, term->right))
		return false;
	node_add(nodes, term);
	for (size_t i = 0; i < term->item_count; i++) {
		if (!node_is_whole(term->items[i]))
			return false;
		node_add(nodes, term->items[i]);
	}
	return node_is_whole(term);
}

/* By the words of the text: a type may be called like a column. */
static void columns_guess(const struct model *model, const struct sql_token *tokens,
			  struct arena *arena, bool *is_named)
{
	enum sql_token_kind before = SQL_END;

	for (; tokens->kind != SQL_END; before = tokens->kind, tokens++) {
		const struct column *column = NULL;

		if ((tokens->kind == SQL_NAME || tokens->kind == SQL_QUOTED) &&
		    before != SQL_CAST && tokens[1].kind != SQL_OPEN)
			column = column_find(model, arena, tokens);
		if (column)
			is_named[column->index] = true;
	}
}

static void columns_take(const struct expression *expression, bool *is_named)
{
	for (size_t i = 0; i < expression->count; i++)
		if (expression->nodes[i].kind == QN_NODE_FIELD)
			is_named[expression->nodes[i].column->index] = true;
}

static void columns_list(const struct model *model, const bool *is_named, struct arena *arena,
			 struct expression *out)
{
	const struct column **columns =
		arena_alloc_array(arena, model->column_count, sizeof(*columns));

	out->columns = columns;
	for (size_t i = 0; i < model->column_count; i++)
		if (is_named[i])
			columns[out->column_count++] = &model->columns[i];
}

void fault_add(struct sql_reader *reader, enum expression_fault_kind kind,
	       const struct sql_token *name, const struct enumeration *enumeration)
{
	if (reader->fault_count == reader->fault_capacity) {
		size_t capacity = reader->fault_capacity ? reader->fault_capacity * 2 : 8;
		struct expression_fault *faults =
			arena_alloc_array(reader->arena, capacity, sizeof(*faults));

		if (reader->fault_count)
			memcpy(faults, reader->faults, reader->fault_count * sizeof(*faults));
		reader->faults = faults;
		reader->fault_capacity = capacity;
	}
	reader->faults[reader->fault_count++] = (struct expression_fault){
		.kind = kind,
		.name = name->text,
		.from = name->from,
		.to = name->to,
		.enumeration = enumeration,
	};
}

/* False: there are no nodes. */
static bool nodes_make(const struct model *model, const struct sql_token *tokens,
		       struct arena *arena, struct expression *out)
{
	struct sql_reader reader = { .model = model, .arena = arena, .at = tokens };
	const struct term *term = condition_read(&reader);
	struct node_list nodes = { 0 };

	if (!term || !is_truth(term) || reader.at->kind != SQL_END)
		return false;
	out->faults = reader.faults;
	out->fault_count = reader.fault_count;
	if (out->fault_count > 0 || term_depth(term) > QN_NODE_DEPTH_MAX)
		return false;
	nodes.at = arena_alloc_array(arena, term->size, sizeof(*nodes.at));
	if (!term_flatten(&nodes, term))
		return false;
	out->nodes = nodes.at;
	out->count = nodes.count;
	return true;
}

bool expression_compile(const struct model *model, struct str sql, struct arena *arena,
			struct expression *out)
{
	const struct sql_token *tokens = sql_scan(arena, sql);
	bool *is_named = arena_alloc_array(arena, model->column_count, sizeof(*is_named));
	bool is_told;

	*out = (struct expression){ 0 };
	is_told = nodes_make(model, tokens, arena, out);
	if (is_told)
		columns_take(out, is_named);
	else
		columns_guess(model, tokens, arena, is_named);
	columns_list(model, is_named, arena, out);
	return is_told;
}

static const char *const enumerators[] = {
	[QN_NODE_FIELD] = "QN_NODE_FIELD",
	[QN_NODE_LITERAL] = "QN_NODE_LITERAL",
	[QN_NODE_NULL] = "QN_NODE_NULL",
	[QN_NODE_EQUAL] = "QN_NODE_EQUAL",
	[QN_NODE_NOT_EQUAL] = "QN_NODE_NOT_EQUAL",
	[QN_NODE_LESS] = "QN_NODE_LESS",
	[QN_NODE_LESS_OR_EQUAL] = "QN_NODE_LESS_OR_EQUAL",
	[QN_NODE_GREATER] = "QN_NODE_GREATER",
	[QN_NODE_GREATER_OR_EQUAL] = "QN_NODE_GREATER_OR_EQUAL",
	[QN_NODE_DISTINCT] = "QN_NODE_DISTINCT",
	[QN_NODE_IN] = "QN_NODE_IN",
	[QN_NODE_AND] = "QN_NODE_AND",
	[QN_NODE_OR] = "QN_NODE_OR",
	[QN_NODE_NOT] = "QN_NODE_NOT",
	[QN_NODE_IS_NULL] = "QN_NODE_IS_NULL",
	[QN_NODE_IS_TRUE] = "QN_NODE_IS_TRUE",
	[QN_NODE_IS_FALSE] = "QN_NODE_IS_FALSE",
	[QN_NODE_LENGTH] = "QN_NODE_LENGTH",
	[QN_NODE_TRIM] = "QN_NODE_TRIM",
	[QN_NODE_LIKE] = "QN_NODE_LIKE",
	[QN_NODE_MATCHES] = "QN_NODE_MATCHES",
};

static bool has_text(qn_node_kind kind)
{
	return kind == QN_NODE_LITERAL || kind == QN_NODE_LIKE || kind == QN_NODE_MATCHES;
}

static void node_emit(struct buf *out, const struct expression_node *node)
{
	buf_add_format(out, "{ .kind = %s", enumerators[node->kind]);
	if (node->kind == QN_NODE_LITERAL)
		buf_add_format(out, ", .type = %s", type_info_of((uint8_t)node->type)->enumerator);
	if (node->column)
		buf_add_format(out, ", .field = %.*s - 1", STR_ARGS(node->column->c_constant));
	if (has_text(node->kind)) {
		buf_add_cstring(out, ", .text = ");
		buf_add(out, c_string(out->arena, node->text));
	}
	if (node->kind == QN_NODE_IN)
		buf_add_format(out, ", .count = %u", (unsigned)node->count);
	buf_add_cstring(out, " },\n");
}

void expression_emit(struct buf *out, const struct expression *expression)
{
	for (size_t i = 0; i < expression->count; i++)
		node_emit(out, &expression->nodes[i]);
}
