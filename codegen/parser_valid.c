#include "parser_inside.h"

#include "suggest.h"

static bool blank_parse(struct parser *parser, struct ast_rule *rule)
{
	(void)rule;
	return parser_expect_word(parser, "blank");
}

/* Rules that say nothing behind their word. */
static bool nothing_parse(struct parser *parser, struct ast_rule *rule)
{
	(void)parser;
	(void)rule;
	return true;
}

static bool pattern_parse(struct parser *parser, struct ast_rule *rule)
{
	return parser_text(parser, "a regular expression in single quotes", &rule->pattern);
}

/* limit = number | TEXT; of a length a number */
static bool limit_parse(struct parser *parser, const struct ast_rule *rule, struct ast_value *value)
{
	bool is_number = parser_at(parser, TOKEN_NUMBER) || parser_at(parser, TOKEN_MINUS);

	if (is_number || rule->kind == RULE_LENGTH)
		return parser_number(parser, value);
	return parser_text(parser, "a number, or a text in single quotes", value);
}

/* Behind "from": limit [ "to" limit ] */
static bool from_parse(struct parser *parser, struct ast_rule *rule)
{
	return limit_parse(parser, rule, &rule->from) &&
	       (!parser_take_word(parser, "to") || limit_parse(parser, rule, &rule->to));
}

static bool to_parse(struct parser *parser, struct ast_rule *rule)
{
	return limit_parse(parser, rule, &rule->to);
}

/* Behind "length": "from" limit [ "to" limit ] | "to" limit */
static bool length_parse(struct parser *parser, struct ast_rule *rule)
{
	if (parser_take_word(parser, "from"))
		return from_parse(parser, rule);
	if (parser_take_word(parser, "to"))
		return to_parse(parser, rule);
	return parser_expected(parser, "\"from\" or \"to\"");
}

static const struct rule_form {
	const char *word;
	const char *whole; /* as it is suggested */
	enum ast_rule_kind kind;
	/* Stands behind the word. */
	bool (*parse)(struct parser *parser, struct ast_rule *rule);
} forms[] = {
	{ "not", "not blank", RULE_NOT_BLANK, blank_parse },
	{ "email", "email", RULE_EMAIL, nothing_parse },
	{ "url", "url", RULE_URL, nothing_parse },
	{ "slug", "slug", RULE_SLUG, nothing_parse },
	{ "pattern", "pattern", RULE_PATTERN, pattern_parse },
	{ "length", "length", RULE_LENGTH, length_parse },
	{ "from", "from", RULE_RANGE, from_parse },
	{ "to", "to", RULE_RANGE, to_parse },
	{ "hook", "hook", RULE_HOOK, nothing_parse },
};

enum { FORM_COUNT = sizeof(forms) / sizeof(*forms) };

/* Words of other languages, and what to write here. */
static const struct {
	const char *word;
	const char *hint;
} foreign_words[] = {
	{ "required", "fields are not null; ? behind the type makes them nullable" },
	{ "null", "fields are not null; ? behind the type makes them nullable" },
	{ "blank", "write \"valid not blank\"" },
	{ "nonempty", "write \"valid not blank\"" },
	{ "min", "write \"valid from\"" },
	{ "min_value", "write \"valid from\"" },
	{ "minimum", "write \"valid from\"" },
	{ "max", "write \"valid to\"" },
	{ "max_value", "write \"valid to\"" },
	{ "maximum", "write \"valid to\"" },
	{ "range", "write \"valid from ... to ...\"" },
	{ "between", "write \"valid from ... to ...\"" },
	{ "len", "write \"valid length from ... to ...\"" },
	{ "size", "write \"valid length from ... to ...\"" },
	{ "min_length", "write \"valid length from\"" },
	{ "max_length", "write \"valid length to\"" },
	{ "regex", "write \"valid pattern\"" },
	{ "regexp", "write \"valid pattern\"" },
	{ "matches", "write \"valid pattern\"" },
	{ "like", "write \"valid pattern\"" },
	{ "uri", "write \"valid url\"" },
	{ "in", "declare an enum, or write \"check (...)\"" },
	{ "choices", "declare an enum" },
	{ "check", "\"check\" stands without \"valid\"" },
	{ "unique", "\"unique\" stands without \"valid\"" },
	{ "function", "write \"valid hook\"" },
};

static const struct rule_form *form_here(const struct parser *parser)
{
	for (size_t i = 0; i < FORM_COUNT; i++)
		if (parser_at_word(parser, forms[i].word))
			return &forms[i];
	return NULL;
}

static bool rule_refuse(struct parser *parser)
{
	struct suggestion suggestion;
	struct diagnostic *error;

	if (!parser_at(parser, TOKEN_NAME) || parser->token.after_error)
		return parser_expected(parser, "a rule, such as \"email\"");
	error = diagnostics_error(parser->diagnostics, parser->token.span, "unknown rule \"%.*s\"",
				  STR_ARGS(parser->token.text));
	for (size_t i = 0; i < sizeof(foreign_words) / sizeof(*foreign_words); i++) {
		if (parser_at_word(parser, foreign_words[i].word)) {
			diagnostic_hint(error, "%s", foreign_words[i].hint);
			return false;
		}
	}
	diagnostic_hint(error, "rules are \"not blank\", \"email\", \"url\", \"slug\", "
			       "\"pattern\", \"length\", \"from\", \"to\" and \"hook\"");
	suggestion_init(&suggestion, parser->token.text);
	for (size_t i = 0; i < FORM_COUNT; i++)
		suggestion_consider(&suggestion, str_from_cstring(forms[i].whole));
	suggestion_hint(&suggestion, error);
	return false;
}

/* What does not end here: a list of rules, a date without quotes. */
static bool end_refuse(struct parser *parser, const char *hint)
{
	struct str found = token_describe(&parser->token, parser->arena);
	struct diagnostic *error;

	if (parser->token.after_error)
		return false;
	error = diagnostics_error(parser->diagnostics, parser->token.span,
				  "expected \";\", not %.*s", STR_ARGS(found));
	diagnostic_hint(error, "%s", hint);
	return false;
}

static bool end_check(struct parser *parser, const struct ast_rule *rule)
{
	if (parser_at(parser, TOKEN_COMMA))
		return end_refuse(parser, "each rule has a \"valid\" of its own, without commas");
	if (rule->kind == RULE_RANGE && parser_at(parser, TOKEN_MINUS))
		return end_refuse(parser, "dates and times are written in single quotes");
	return true;
}

bool parser_rule(struct parser *parser, struct ast_attributes *attributes, struct span from)
{
	const struct rule_form *form = form_here(parser);
	struct ast_rule **last = &attributes->rules;
	struct ast_rule *rule;

	if (!form)
		return rule_refuse(parser);
	rule = arena_alloc(parser->arena, sizeof(*rule));
	rule->kind = form->kind;
	parser_advance(parser);
	if (!form->parse(parser, rule) || !end_check(parser, rule))
		return false;
	rule->span = parser_span_from(parser, from);
	while (*last)
		last = &(*last)->next;
	*last = rule;
	return true;
}

bool parser_rule_hint(struct parser *parser, struct diagnostic *error)
{
	const struct rule_form *form = form_here(parser);
	bool is_whole =
		form && (form->kind != RULE_NOT_BLANK || parser_before_word(parser, "blank"));

	if (is_whole)
		diagnostic_hint(error, "write \"valid %s\"", form->whole);
	return is_whole;
}
