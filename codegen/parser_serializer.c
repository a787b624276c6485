#include "parser_inside.h"
#include "suggest.h"

/* How a statement of a serializer begins. */
static const struct part_rule {
	const char *word;
	const char *second; /* or NULL */
	enum ast_part_kind kind;
	const char *what; /* its names are */
	bool has_key;
	bool is_list;
} part_rules[] = {
	{ "fields", NULL, PART_FIELDS, "a field or a relation", true, true },
	{ "exclude", NULL, PART_EXCLUDE, "a field", false, true },
	{ "nested", NULL, PART_NESTED, "a relation", false, false },
	{ "read", "only", PART_READ_ONLY, "a field", false, true },
	{ "write", "only", PART_WRITE_ONLY, "a field", false, true },
	{ "computed", NULL, PART_COMPUTED, "the name of what is computed", true, true },
};

enum { PART_RULE_COUNT = sizeof(part_rules) / sizeof(*part_rules) };

/* entry = NAME [ "as" NAME ]      of "nested": NAME path */
static bool entry_parse(struct parser *parser, const struct part_rule *rule,
			struct ast_entry *entry)
{
	if (!parser_name(parser, rule->what, &entry->name))
		return false;
	if (rule->kind == PART_NESTED)
		return parser_path(parser, "the name of a serializer", &entry->serializer);
	if (!rule->has_key || !parser_take_word(parser, "as"))
		return true;
	return parser_name(parser, "the key in JSON", &entry->key);
}

static bool entries_parse(struct parser *parser, const struct part_rule *rule,
			  struct ast_entry **entries)
{
	do {
		*entries = arena_alloc(parser->arena, sizeof(**entries));
		if (!entry_parse(parser, rule, *entries)) {
			*entries = NULL;
			return false;
		}
		entries = &(*entries)->next;
	} while (rule->is_list && parser_take(parser, TOKEN_COMMA));
	return true;
}

/* Words of other languages, and what to write here. */
static const struct {
	const char *word;
	const char *meant;
} parts_foreign[] = {
	{ "field", "fields" },        { "include", "fields" },       { "only", "fields" },
	{ "omit", "exclude" },        { "except", "exclude" },       { "readonly", "read only" },
	{ "read_only", "read only" }, { "writeonly", "write only" }, { "write_only", "write only" },
	{ "method", "computed" },
};

static bool part_refuse(struct parser *parser)
{
	struct str found = token_describe(&parser->token, parser->arena);
	struct suggestion suggestion;
	struct diagnostic *error;

	if (parser->token.after_error)
		return false;
	parser_doc_take(parser);
	error = diagnostics_error(parser->diagnostics, parser->token.span,
				  "expected \"fields\", \"exclude\", \"nested\", \"read only\", "
				  "\"write only\" or \"computed\", not %.*s",
				  STR_ARGS(found));
	if (!parser_at(parser, TOKEN_NAME))
		return false;
	for (size_t i = 0; i < sizeof(parts_foreign) / sizeof(*parts_foreign); i++)
		if (parser_at_word(parser, parts_foreign[i].word)) {
			diagnostic_hint(error, "write \"%s\"", parts_foreign[i].meant);
			return false;
		}
	suggestion_init(&suggestion, parser->token.text);
	for (size_t i = 0; i < PART_RULE_COUNT; i++)
		suggestion_consider(&suggestion, str_from_cstring(part_rules[i].word));
	suggestion_hint(&suggestion, error);
	return false;
}

/* "only". People write "read-only" too. */
static bool second_word_parse(struct parser *parser, const struct part_rule *rule)
{
	struct diagnostic *error;

	if (!parser_at(parser, TOKEN_MINUS) || parser->token.after_error)
		return parser_expect_word(parser, rule->second);
	error = diagnostics_error(parser->diagnostics, parser->token.span,
				  "expected \"%s\", not \"-\"", rule->second);
	diagnostic_hint(error, "write \"%s %s\"", rule->word, rule->second);
	return false;
}

bool parser_part(struct parser *parser, struct ast_part *part)
{
	const struct part_rule *rule = NULL;

	part->span = parser->token.span;
	for (size_t i = 0; i < PART_RULE_COUNT && !rule; i++)
		if (parser_take_word(parser, part_rules[i].word))
			rule = &part_rules[i];
	if (!rule)
		return part_refuse(parser);
	part->kind = rule->kind;
	if (rule->second && !second_word_parse(parser, rule))
		return false;
	part->span = parser_span_from(parser, part->span);
	if (!entries_parse(parser, rule, &part->entries))
		return false;
	return parser_expect(parser, TOKEN_SEMICOLON, rule->is_list ? "\",\" or \";\"" : "\";\"");
}
