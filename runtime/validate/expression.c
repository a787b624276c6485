#include "validate/expression.h"

#include "validate/like.h"
#include "validate/scalar.h"

struct evaluation {
	const qn_model *model;
	const void *const *values;
	struct patterns *patterns;
	struct scalar stack[QN_NODE_DEPTH_MAX];
	size_t depth;
};

static const struct scalar null_scalar = { .kind = SCALAR_NULL };

static struct scalar truth(bool holds)
{
	return (struct scalar){ .kind = SCALAR_ORDINAL, .as.ordinal = holds };
}

static void push(struct evaluation *evaluation, struct scalar value)
{
	evaluation->stack[evaluation->depth++] = value;
}

static struct scalar *top(struct evaluation *evaluation)
{
	return &evaluation->stack[evaluation->depth - 1];
}

static bool is_null(const struct scalar *value)
{
	return value->kind == SCALAR_NULL;
}

static bool is_truth(const struct scalar *value, bool which)
{
	return !is_null(value) && (value->as.ordinal != 0) == which;
}

static bool field_run(struct evaluation *evaluation, const qn_node *node)
{
	const qn_field *field = &evaluation->model->fields[node->field];
	const void *value = evaluation->values[node->field];
	struct scalar scalar = { .kind = value ? SCALAR_OTHER : SCALAR_NULL };

	if (!(field->flags & QN_FIELD_ARRAY) && !scalar_of_value(&scalar, field, value))
		return false;
	push(evaluation, scalar);
	return true;
}

static bool literal_read(const struct evaluation *evaluation, const qn_node *node,
			 struct scalar *out)
{
	const qn_field *field = &evaluation->model->fields[node->field];

	if (node->kind == QN_NODE_NULL) {
		*out = null_scalar;
		return true;
	}
	return scalar_of_text(out, node->type, field->enumeration, node->text);
}

static bool literal_run(struct evaluation *evaluation, const qn_node *node)
{
	struct scalar literal;

	if (!literal_read(evaluation, node, &literal))
		return false;
	push(evaluation, literal);
	return true;
}

static bool order_holds(uint8_t kind, int order)
{
	switch (kind) {
	case QN_NODE_EQUAL:
		return order == 0;
	case QN_NODE_LESS:
		return order < 0;
	case QN_NODE_LESS_OR_EQUAL:
		return order <= 0;
	case QN_NODE_GREATER:
		return order > 0;
	case QN_NODE_GREATER_OR_EQUAL:
		return order >= 0;
	default:
		return order != 0;
	}
}

static struct scalar both_compare(uint8_t kind, const struct scalar *a, const struct scalar *b)
{
	bool is_distinct = kind == QN_NODE_DISTINCT;

	if (is_null(a) || is_null(b))
		return is_distinct ? truth(is_null(a) != is_null(b)) : null_scalar;
	return truth(order_holds(kind, scalar_compare(a, b)));
}

/* False decides AND, true decides OR; else NULL is stronger than the other. */
static struct scalar both_join(uint8_t kind, const struct scalar *a, const struct scalar *b)
{
	bool decisive = kind == QN_NODE_OR;

	if (is_truth(a, decisive) || is_truth(b, decisive))
		return truth(decisive);
	return is_null(a) || is_null(b) ? null_scalar : truth(!decisive);
}

static bool both_run(struct evaluation *evaluation, const qn_node *node)
{
	struct scalar right = *top(evaluation);
	struct scalar *left;

	evaluation->depth--;
	left = top(evaluation);
	*left = node->kind == QN_NODE_AND || node->kind == QN_NODE_OR
			? both_join(node->kind, left, &right)
			: both_compare(node->kind, left, &right);
	return true;
}

static bool in_run(struct evaluation *evaluation, const qn_node *node)
{
	struct scalar *value = top(evaluation);
	struct scalar verdict = truth(false);
	struct scalar literal;

	for (size_t i = 1; i <= node->count && !is_truth(&verdict, true); i++) {
		if (!literal_read(evaluation, node + i, &literal))
			return false;
		literal = both_compare(QN_NODE_EQUAL, value, &literal);
		verdict = both_join(QN_NODE_OR, &verdict, &literal);
	}
	*value = verdict;
	return true;
}

static bool truth_run(struct evaluation *evaluation, const qn_node *node)
{
	struct scalar *value = top(evaluation);

	switch (node->kind) {
	case QN_NODE_IS_NULL:
		*value = truth(is_null(value));
		return true;
	case QN_NODE_IS_TRUE:
	case QN_NODE_IS_FALSE:
		*value = truth(is_truth(value, node->kind == QN_NODE_IS_TRUE));
		return true;
	default:
		if (!is_null(value))
			*value = truth(value->as.ordinal == 0);
		return true;
	}
}

static struct str trim(struct str text)
{
	size_t from = 0;
	size_t to = text.len;

	while (from < to && text.at[from] == ' ')
		from++;
	while (to > from && text.at[to - 1] == ' ')
		to--;
	return str_slice(text, from, to);
}

static bool match_run(struct evaluation *evaluation, const qn_node *node)
{
	struct scalar *value = top(evaluation);

	switch (pattern_match(evaluation->patterns, node->text, value->as.text)) {
	case PATTERN_MATCHES:
		*value = truth(true);
		return true;
	case PATTERN_MISSES:
		*value = truth(false);
		return true;
	case PATTERN_UNDECIDED:
	case PATTERN_NO_MEMORY:
		break;
	}
	return false;
}

static bool text_run(struct evaluation *evaluation, const qn_node *node)
{
	struct scalar *value = top(evaluation);

	if (is_null(value))
		return true;
	switch (node->kind) {
	case QN_NODE_LENGTH:
		*value = (struct scalar){
			.kind = SCALAR_DECIMAL,
			.as.decimal = { (int64_t)str_code_points(value->as.text), 0 },
		};
		return true;
	case QN_NODE_TRIM:
		value->as.text = trim(value->as.text);
		return true;
	case QN_NODE_LIKE:
		*value = truth(like_matches(value->as.text, str_from_cstring(node->text)));
		return true;
	default:
		return match_run(evaluation, node);
	}
}

/* False: the database has to tell. */
static bool node_run(struct evaluation *evaluation, const qn_node *node)
{
	switch ((qn_node_kind)node->kind) {
	case QN_NODE_FIELD:
		return field_run(evaluation, node);
	case QN_NODE_LITERAL:
	case QN_NODE_NULL:
		return literal_run(evaluation, node);
	case QN_NODE_EQUAL:
	case QN_NODE_NOT_EQUAL:
	case QN_NODE_LESS:
	case QN_NODE_LESS_OR_EQUAL:
	case QN_NODE_GREATER:
	case QN_NODE_GREATER_OR_EQUAL:
	case QN_NODE_DISTINCT:
	case QN_NODE_AND:
	case QN_NODE_OR:
		return both_run(evaluation, node);
	case QN_NODE_IN:
		return in_run(evaluation, node);
	case QN_NODE_NOT:
	case QN_NODE_IS_NULL:
	case QN_NODE_IS_TRUE:
	case QN_NODE_IS_FALSE:
		return truth_run(evaluation, node);
	case QN_NODE_LENGTH:
	case QN_NODE_TRIM:
	case QN_NODE_LIKE:
	case QN_NODE_MATCHES:
		return text_run(evaluation, node);
	}
	return false;
}

enum verdict expression_evaluate(const qn_model *model, const qn_check *check,
				 const void *const *values, struct patterns *patterns)
{
	struct evaluation evaluation = {
		.model = model,
		.values = values,
		.patterns = patterns,
	};

	for (size_t i = 0; i < check->node_count; i++) {
		const qn_node *node = &check->nodes[i];

		if (!node_run(&evaluation, node))
			return VERDICT_UNKNOWN;
		if (node->kind == QN_NODE_IN)
			i += node->count;
	}
	if (is_null(top(&evaluation)))
		return VERDICT_NULL;
	return is_truth(top(&evaluation), true) ? VERDICT_TRUE : VERDICT_FALSE;
}
