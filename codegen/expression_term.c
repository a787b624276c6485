#include "expression_inside.h"

bool sql_word_is_next(const struct sql_reader *reader, const char *word)
{
	return reader->at->kind == SQL_NAME && str_equal(reader->at->text, str_from_cstring(word));
}

bool sql_word(struct sql_reader *reader, const char *word)
{
	if (!sql_word_is_next(reader, word))
		return false;
	reader->at++;
	return true;
}

bool sql_mark(struct sql_reader *reader, enum sql_token_kind kind)
{
	if (reader->at->kind != kind)
		return false;
	reader->at++;
	return true;
}

static bool sql_operator(struct sql_reader *reader, const char *name)
{
	if (reader->at->kind != SQL_OPERATOR ||
	    !str_equal(reader->at->text, str_from_cstring(name)))
		return false;
	reader->at++;
	return true;
}

static const struct term *not_new(struct sql_reader *reader, const struct term *term)
{
	return truth_new(reader, QN_NODE_NOT, term, NULL);
}

static const struct term *when(bool negated, struct sql_reader *reader, const struct term *term)
{
	return negated ? not_new(reader, term) : term;
}

bool is_truth(const struct term *term)
{
	return term->class == CLASS_BOOL || term->class == CLASS_FAULT;
}

/* AND, OR and NOT are of what is true or false. */
static bool is_condition(const struct term *term)
{
	return term &&
	       (is_truth(term) || (term->class == CLASS_NONE && term->kind == QN_NODE_NULL));
}

/* Of texts and uuids whether they are equal; a collation decides about the rest. */
static const struct term *comparison_new(struct sql_reader *reader, qn_node_kind kind,
					 const struct term *left, const struct term *right)
{
	bool is_order =
		kind != QN_NODE_EQUAL && kind != QN_NODE_NOT_EQUAL && kind != QN_NODE_DISTINCT;

	if (!left || !right || !terms_match(reader, &left, &right, false))
		return NULL;
	if (is_order && (left->class == CLASS_TEXT || left->class == CLASS_UUID))
		return NULL;
	return truth_new(reader, kind, left, right);
}

/* Literals of a list are compared with the value in its type. */
static const struct term *in_new(struct sql_reader *reader, const struct term *value,
				 struct term_list *list)
{
	struct term in = { .kind = QN_NODE_IN, .class = CLASS_BOOL, .type = QN_TYPE_BOOL };

	if (!value || value->class == CLASS_NONE)
		return NULL;
	for (size_t i = 0; i < list->count; i++)
		if (!terms_match(reader, &value, &list->at[i], true))
			return NULL;
	in.left = value;
	in.items = list->at;
	in.item_count = list->count;
	return term_new(reader, in);
}

/* "text" LIKE "pattern", or ~. */
static const struct term *match_new(struct sql_reader *reader, qn_node_kind kind,
				    const struct term *value, const struct term *pattern)
{
	struct term match = { .kind = kind, .class = CLASS_BOOL, .type = QN_TYPE_BOOL };
	size_t escapes = 0;

	if (!value || !pattern || (value->class != CLASS_TEXT && value->class != CLASS_FAULT) ||
	    pattern->kind != QN_NODE_LITERAL ||
	    (pattern->class != CLASS_NONE && pattern->class != CLASS_TEXT))
		return NULL;
	match.left = value;
	match.text = pattern->text;
	if (kind == QN_NODE_MATCHES) {
		if (!pattern_translate(reader->arena, pattern->text, &match.text))
			return NULL;
		return term_new(reader, match);
	}
	/* Only where a text comes so far does PostgreSQL see that a pattern ends in its escape. */
	while (escapes < match.text.len && match.text.at[match.text.len - 1 - escapes] == '\\')
		escapes++;
	return escapes % 2 ? NULL : term_new(reader, match);
}

/* operand {("~" | "!~" | "~~" | "!~~") operand} */
static const struct term *operator_read(struct sql_reader *reader)
{
	static const struct {
		const char *name;
		qn_node_kind kind;
		bool negated;
	} operators[] = {
		{ "~", QN_NODE_MATCHES, false },
		{ "!~", QN_NODE_MATCHES, true },
		{ "~~", QN_NODE_LIKE, false },
		{ "!~~", QN_NODE_LIKE, true },
	};
	const struct term *left = operand_read(reader);

	for (size_t i = 0; left && i < sizeof(operators) / sizeof(operators[0]); i++) {
		if (!sql_operator(reader, operators[i].name))
			continue;
		return when(operators[i].negated, reader,
			    match_new(reader, operators[i].kind, left, operand_read(reader)));
	}
	return left;
}

/* BETWEEN operator AND operator: the value stands in two comparisons. */
static const struct term *between_read(struct sql_reader *reader, const struct term *value)
{
	const struct term *from = operator_read(reader);
	const struct term *to;

	if (!from || !sql_word(reader, "and"))
		return NULL;
	to = operator_read(reader);
	from = comparison_new(reader, QN_NODE_GREATER_OR_EQUAL, value, from);
	to = comparison_new(reader, QN_NODE_LESS_OR_EQUAL, value, to);
	return truth_new(reader, QN_NODE_AND, from, to);
}

/* operator [[NOT] (BETWEEN | IN | LIKE) ...] */
static const struct term *range_read(struct sql_reader *reader)
{
	const struct term *left = operator_read(reader);
	struct term_list list = { 0 };
	bool negated;

	if (!left)
		return NULL;
	negated = sql_word(reader, "not");
	if (sql_word(reader, "between"))
		return when(negated, reader, between_read(reader, left));
	if (sql_word(reader, "like"))
		return when(negated, reader,
			    match_new(reader, QN_NODE_LIKE, left, operator_read(reader)));
	if (sql_word(reader, "in")) {
		if (!sql_mark(reader, SQL_OPEN) || !literals_read(reader, SQL_CLOSE, &list))
			return NULL;
		return when(negated, reader, in_new(reader, left, &list));
	}
	return negated ? NULL : left;
}

static bool comparison_operator(struct sql_reader *reader, qn_node_kind *kind)
{
	static const struct {
		const char *name;
		qn_node_kind kind;
	} operators[] = {
		{ "=", QN_NODE_EQUAL },
		{ "<>", QN_NODE_NOT_EQUAL },
		{ "!=", QN_NODE_NOT_EQUAL },
		{ "<", QN_NODE_LESS },
		{ "<=", QN_NODE_LESS_OR_EQUAL },
		{ ">", QN_NODE_GREATER },
		{ ">=", QN_NODE_GREATER_OR_EQUAL },
	};

	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		if (sql_operator(reader, operators[i].name)) {
			*kind = operators[i].kind;
			return true;
		}
	}
	return false;
}

/* = ANY (ARRAY[...]) is IN, <> ALL (ARRAY[...]) NOT IN. */
static const struct term *array_comparison_read(struct sql_reader *reader, const struct term *left,
						bool is_all)
{
	struct term_list list = { 0 };

	if (!array_literal_read(reader, &list))
		return NULL;
	return when(is_all, reader, in_new(reader, left, &list));
}

/*
 * range [("=" | "<" | ...) (range | ANY array | ALL array)]: of two such operators neither is first
 */
static const struct term *comparison_read(struct sql_reader *reader)
{
	const struct term *left = range_read(reader);
	qn_node_kind kind;

	if (!left || !comparison_operator(reader, &kind))
		return left;
	if (kind == QN_NODE_EQUAL && (sql_word(reader, "any") || sql_word(reader, "some")))
		return array_comparison_read(reader, left, false);
	if (kind == QN_NODE_NOT_EQUAL && sql_word(reader, "all"))
		return array_comparison_read(reader, left, true);
	return comparison_new(reader, kind, left, range_read(reader));
}

static const struct term *null_test_new(struct sql_reader *reader, const struct term *term)
{
	return term->class == CLASS_NONE ? NULL : truth_new(reader, QN_NODE_IS_NULL, term, NULL);
}

/* comparison [IS [NOT] (NULL | TRUE | FALSE | UNKNOWN | DISTINCT FROM comparison)] */
static const struct term *test_read(struct sql_reader *reader)
{
	const struct term *term = comparison_read(reader);
	bool negated;

	if (!term || !sql_word(reader, "is"))
		return term;
	negated = sql_word(reader, "not");
	if (sql_word(reader, "null"))
		return when(negated, reader, null_test_new(reader, term));
	if (sql_word(reader, "distinct"))
		return !sql_word(reader, "from")
			       ? NULL
			       : when(negated, reader,
				      comparison_new(reader, QN_NODE_DISTINCT, term,
						     comparison_read(reader)));
	if (!is_truth(term))
		return NULL;
	if (sql_word(reader, "unknown"))
		return when(negated, reader, null_test_new(reader, term));
	if (sql_word(reader, "true"))
		return when(negated, reader, truth_new(reader, QN_NODE_IS_TRUE, term, NULL));
	if (sql_word(reader, "false"))
		return when(negated, reader, truth_new(reader, QN_NODE_IS_FALSE, term, NULL));
	return NULL;
}

/* {NOT} test */
static const struct term *negation_read(struct sql_reader *reader)
{
	const struct term *term;
	size_t count = 0;

	while (sql_word(reader, "not"))
		count++;
	term = test_read(reader);
	for (; count > 0 && term; count--)
		term = is_condition(term) ? not_new(reader, term) : NULL;
	return term;
}

static const struct term *junction_new(struct sql_reader *reader, qn_node_kind kind,
				       const struct term *left, const struct term *right)
{
	return is_condition(left) && is_condition(right) ? truth_new(reader, kind, left, right)
							 : NULL;
}

/* negation {AND negation} */
static const struct term *conjunction_read(struct sql_reader *reader)
{
	const struct term *left = negation_read(reader);

	while (left && sql_word(reader, "and"))
		left = junction_new(reader, QN_NODE_AND, left, negation_read(reader));
	return left;
}

/* conjunction {OR conjunction} */
const struct term *condition_read(struct sql_reader *reader)
{
	const struct term *left = NULL;

	if (reader->depth >= TERM_HEIGHT_MAX)
		return NULL;
	reader->depth++;
	left = conjunction_read(reader);
	while (left && sql_word(reader, "or"))
		left = junction_new(reader, QN_NODE_OR, left, conjunction_read(reader));
	reader->depth--;
	return left;
}
