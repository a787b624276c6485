#include "parser_inside.h"

/* nulls = "nulls" ( "first" | "last" ) */
static bool nulls_parse(struct parser *parser, struct ast_term *term)
{
	struct span from = parser->token.span;

	parser_advance(parser);
	term->nulls = parser_at_word(parser, "first") ? NULLS_FIRST : NULLS_LAST;
	if (!parser_take_word(parser, "first") && !parser_take_word(parser, "last"))
		return parser_expected(parser, "\"first\" or \"last\"");
	term->nulls_span = parser_span_from(parser, from);
	return true;
}

/* term = "-"? ( NAME | sql ) NAME? nulls?      where the second name is an operator class */
static bool term_parse(struct parser *parser, struct ast_term *term)
{
	struct ast_value sql = { .kind = VALUE_NONE };

	term->span = parser->token.span;
	term->descending_span = parser->token.span;
	term->descending = parser_take(parser, TOKEN_MINUS);
	if (parser_at(parser, TOKEN_OPEN_PAREN)) {
		if (!parser_sql(parser, &sql))
			return false;
		term->sql = sql;
	} else if (!parser_name(parser, "a field", &term->name)) {
		return false;
	}
	if (parser_at(parser, TOKEN_NAME) && !parser_at_word(parser, "nulls") &&
	    !parser_name(parser, "an operator class", &term->operator_class))
		return false;
	if (parser_at_word(parser, "nulls") && !nulls_parse(parser, term))
		return false;
	term->span = parser_span_from(parser, term->span);
	return true;
}

/* terms = term ( "," term )* */
static bool terms_parse(struct parser *parser, struct ast_term **terms)
{
	do {
		*terms = arena_alloc(parser->arena, sizeof(**terms));
		if (!term_parse(parser, *terms)) {
			*terms = NULL;
			return false;
		}
		terms = &(*terms)->next;
	} while (parser_take(parser, TOKEN_COMMA));
	return true;
}

/* term_list = "(" terms ")" */
static bool term_list_parse(struct parser *parser, struct ast_term **terms)
{
	return parser_expect(parser, TOKEN_OPEN_PAREN, "\"(\"") && terms_parse(parser, terms) &&
	       parser_expect(parser, TOKEN_CLOSE_PAREN, "\",\" or \")\"");
}

/* primary_key = "primary" "key" term_list */
static bool primary_key_parse(struct parser *parser, struct ast_member *member)
{
	member->kind = MEMBER_PRIMARY_KEY;
	parser_advance(parser);
	parser_advance(parser);
	member->span = parser_span_from(parser, member->span);
	return term_list_parse(parser, &member->terms);
}

/* no_primary_key = "no" "primary" "key" */
static bool no_primary_key_parse(struct parser *parser, struct ast_member *member)
{
	member->kind = MEMBER_NO_PRIMARY_KEY;
	parser_advance(parser);
	parser_advance(parser);
	if (!parser_expect_word(parser, "key"))
		return false;
	member->span = parser_span_from(parser, member->span);
	return true;
}

/* order_by = "order" "by" terms */
static bool order_by_parse(struct parser *parser, struct ast_member *member)
{
	member->kind = MEMBER_ORDER_BY;
	parser_advance(parser);
	parser_advance(parser);
	member->span = parser_span_from(parser, member->span);
	return terms_parse(parser, &member->terms);
}

/* What may follow the list of a unique or an index: each option at most once, in any order. */
static bool option_parse(struct parser *parser, struct ast_member *member)
{
	struct span from = parser->token.span;
	struct str word = parser->token.text;
	bool is_again = false;

	if (parser_take_word(parser, "include")) {
		is_again = member->include != NULL;
		if (!term_list_parse(parser, &member->include))
			return false;
	} else if (parser_take_word(parser, "where")) {
		is_again = member->where.kind != VALUE_NONE;
		if (!parser_sql(parser, &member->where))
			return false;
	} else if (member->kind == MEMBER_UNIQUE && parser_take_word(parser, "nulls")) {
		if (!parser_expect_word(parser, "not") || !parser_expect_word(parser, "distinct"))
			return false;
		is_again = member->nulls_not_distinct.source != NULL;
		member->nulls_not_distinct = parser_span_from(parser, from);
	} else {
		return parser_expected(parser, member->kind == MEMBER_UNIQUE
						       ? "\"nulls not distinct\", \"include\", "
							 "\"where\" or \";\""
						       : "\"include\", \"where\" or \";\"");
	}
	if (is_again)
		diagnostics_error(parser->diagnostics, from, "\"%.*s\" stands here twice",
				  STR_ARGS(word));
	return true;
}

static bool options_parse(struct parser *parser, struct ast_member *member)
{
	while (parser_at(parser, TOKEN_NAME))
		if (!option_parse(parser, member))
			return false;
	return true;
}

/* unique = "unique" term_list option* */
static bool unique_parse(struct parser *parser, struct ast_member *member)
{
	member->kind = MEMBER_UNIQUE;
	parser_advance(parser);
	return term_list_parse(parser, &member->terms) && options_parse(parser, member);
}

/* index = "index" [ "using" NAME ] term_list option* */
static bool index_parse(struct parser *parser, struct ast_member *member)
{
	member->kind = MEMBER_INDEX;
	parser_advance(parser);
	if (parser_take_word(parser, "using") &&
	    !parser_name(parser, "the method of the index", &member->method))
		return false;
	return term_list_parse(parser, &member->terms) && options_parse(parser, member);
}

/* check = "check" sql */
static bool check_parse(struct parser *parser, struct ast_member *member)
{
	member->kind = MEMBER_CHECK;
	parser_advance(parser);
	return parser_sql(parser, &member->sql);
}

/* table = "table" table_name */
static bool table_parse(struct parser *parser, struct ast_member *member)
{
	member->kind = MEMBER_TABLE;
	parser_advance(parser);
	return parser_table_name(parser, &member->table);
}

/* unmanaged = "unmanaged" */
static bool unmanaged_parse(struct parser *parser, struct ast_member *member)
{
	member->kind = MEMBER_UNMANAGED;
	parser_advance(parser);
	return true;
}

/* renamed = "renamed" "from" ( NAME | QUOTED ) */
static bool renamed_parse(struct parser *parser, struct ast_member *member)
{
	member->kind = MEMBER_RENAMED;
	parser_advance(parser);
	parser_advance(parser);
	if (parser_at(parser, TOKEN_QUOTED))
		return parser_quoted(parser, "the old name", &member->renamed_from);
	return parser_name(parser, "the old name", &member->renamed_from);
}

/* valid_hook = "valid" "hook" */
static bool valid_hook_parse(struct parser *parser, struct ast_member *member)
{
	member->kind = MEMBER_VALID_HOOK;
	parser_advance(parser);
	if (!parser_take_word(parser, "hook")) {
		diagnostic_hint(diagnostics_error(parser->diagnostics, parser->token.span,
						  "a rule of a field, in a model"),
				"a rule stands behind the type of a field; a whole model has "
				"\"valid hook;\"");
		return false;
	}
	member->span = parser_span_from(parser, member->span);
	return true;
}

typedef bool (*member_rule)(struct parser *parser, struct ast_member *member);

static bool is_before(struct parser *parser, enum token_kind kind)
{
	return parser_peek(parser)->kind == kind;
}

/* The rule of a member that is no field, by its first two tokens; NULL: it is a field. No word is
 * reserved: a field may be called "order" or "index". */
static member_rule member_rule_here(struct parser *parser)
{
	if (parser_at_word(parser, "primary") && parser_before_word(parser, "key"))
		return primary_key_parse;
	if (parser_at_word(parser, "no") && parser_before_word(parser, "primary"))
		return no_primary_key_parse;
	if (parser_at_word(parser, "order") && parser_before_word(parser, "by"))
		return order_by_parse;
	if (parser_at_word(parser, "unique") && is_before(parser, TOKEN_OPEN_PAREN))
		return unique_parse;
	if (parser_at_word(parser, "index") &&
	    (is_before(parser, TOKEN_OPEN_PAREN) || parser_before_word(parser, "using")))
		return index_parse;
	if (parser_at_word(parser, "check") && is_before(parser, TOKEN_OPEN_PAREN))
		return check_parse;
	if (parser_at_word(parser, "table") &&
	    (is_before(parser, TOKEN_QUOTED) || is_before(parser, TOKEN_TEXT)))
		return table_parse;
	if (parser_at_word(parser, "unmanaged") && is_before(parser, TOKEN_SEMICOLON))
		return unmanaged_parse;
	if (parser_at_word(parser, "renamed") && parser_before_word(parser, "from"))
		return renamed_parse;
	if (parser_at_word(parser, "valid") &&
	    (parser_before_word(parser, "hook") || parser_before_word(parser, "not")))
		return valid_hook_parse;
	return NULL;
}

bool parser_member(struct parser *parser, struct ast_member *member)
{
	member_rule rule = parser_at(parser, TOKEN_NAME) ? member_rule_here(parser) : NULL;

	member->span = parser->token.span;
	if (!parser_at(parser, TOKEN_NAME)) {
		parser_doc_take(parser);
		return parser_expected(parser, "a field or another member of the model");
	}
	if (!rule)
		return parser_field(parser, member);
	return rule(parser, member) && parser_expect(parser, TOKEN_SEMICOLON, "\";\"");
}
