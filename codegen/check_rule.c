#include "check_inside.h"
#include "lexer.h"
#include "validate/pattern_options.h"
#include "validate/scalar.h"

/* Characters of a text in PostgreSQL, at most: a gigabyte of ASCII. */
#define BIGGEST_TEXT         1073741823
#define PATTERN_MESSAGE_SIZE ((size_t)256)
/* A range and a length are two each. */
#define RULES_MAX ((size_t)(QN_RULE_HOOK + 1))

/* How messages name a rule, by qn_rule_kind. */
static const char *const rule_names[] = {
	[QN_RULE_NOT_BLANK] = "valid not blank",
	[QN_RULE_EMAIL] = "valid email",
	[QN_RULE_URL] = "valid url",
	[QN_RULE_SLUG] = "valid slug",
	[QN_RULE_PATTERN] = "valid pattern",
	[QN_RULE_FROM] = "valid from",
	[QN_RULE_TO] = "valid to",
	[QN_RULE_MIN_LENGTH] = "valid length from",
	[QN_RULE_MAX_LENGTH] = "valid length to",
	[QN_RULE_HOOK] = "valid hook",
};

/* The rules of a field under construction. */
struct rule_list {
	struct checker *checker;
	const struct field *field;
	struct column_type type; /* of a value; of an array of its elements */
	struct rule *at;
	size_t count;
	const struct ast_value *limits[RULES_MAX]; /* by qn_rule_kind: how a limit is written */
	struct scalar scalars[RULES_MAX];          /* and what it is */
	const struct rule *seen[RULES_MAX];
};

static bool type_is_text(const struct column_type *type)
{
	qn_type id = type_info_id(type->info);

	return id == QN_TYPE_TEXT || id == QN_TYPE_VARCHAR || id == QN_TYPE_BPCHAR ||
	       id == QN_TYPE_NAME;
}

static bool type_is_number(const struct column_type *type)
{
	switch (type_info_id(type->info)) {
	case QN_TYPE_INT16:
	case QN_TYPE_INT32:
	case QN_TYPE_INT64:
	case QN_TYPE_OID:
	case QN_TYPE_FLOAT:
	case QN_TYPE_DOUBLE:
	case QN_TYPE_DECIMAL:
	case QN_TYPE_NUMERIC:
		return true;
	default:
		return false;
	}
}

static bool type_has_limits(const struct column_type *type)
{
	switch (type_info_id(type->info)) {
	case QN_TYPE_DATE:
	case QN_TYPE_TIME:
	case QN_TYPE_TIMESTAMP:
	case QN_TYPE_TIMESTAMPTZ:
		return true;
	default:
		return type_is_number(type);
	}
}

/* The kind that a rule is named by; of a range and a length the first that it has. */
static qn_rule_kind kind_of(const struct ast_rule *rule)
{
	bool begins = rule->from.kind != VALUE_NONE;

	switch (rule->kind) {
	case RULE_NOT_BLANK:
		return QN_RULE_NOT_BLANK;
	case RULE_EMAIL:
		return QN_RULE_EMAIL;
	case RULE_URL:
		return QN_RULE_URL;
	case RULE_SLUG:
		return QN_RULE_SLUG;
	case RULE_PATTERN:
		return QN_RULE_PATTERN;
	case RULE_RANGE:
		return begins ? QN_RULE_FROM : QN_RULE_TO;
	case RULE_LENGTH:
		return begins ? QN_RULE_MIN_LENGTH : QN_RULE_MAX_LENGTH;
	case RULE_HOOK:
		break;
	}
	return QN_RULE_HOOK;
}

/* Whether the rule suits a foreign key, or the type; an error otherwise. */
static bool rule_suits(const struct rule_list *list, const struct ast_rule *rule)
{
	struct diagnostics *diagnostics = list->checker->diagnostics;
	bool is_range = rule->kind == RULE_RANGE;
	const char *name = rule_names[kind_of(rule)];
	struct diagnostic *error;

	if (rule->kind == RULE_HOOK)
		return true;
	if (list->field->kind == FIELD_RELATION) {
		error = diagnostics_error(diagnostics, rule->span, "a foreign key takes no \"%s\"",
					  name);
		diagnostic_hint(error, "\"valid hook\" is the one rule of a foreign key");
		return false;
	}
	if (is_range ? type_has_limits(&list->type) : type_is_text(&list->type))
		return true;
	error = diagnostics_error(diagnostics, rule->span, "\"%s\" is for %s, not for \"%.*s\"",
				  rule->kind == RULE_LENGTH ? "valid length" : name,
				  is_range ? "numbers, dates and times" : "texts",
				  STR_ARGS(type_spell(list->checker->arena, &list->field->type)));
	if (is_range && type_is_text(&list->type))
		diagnostic_hint(error, "the length of a text is \"valid length from ... to ...\"");
	else if (rule->kind == RULE_LENGTH && type_has_limits(&list->type))
		diagnostic_hint(error, "the range of a value is \"valid from ... to ...\"");
	return false;
}

/* Another rule of the field; NULL, with an error: it has it already. */
static struct rule *rule_add(struct rule_list *list, const struct ast_rule *ast, qn_rule_kind kind)
{
	const struct rule *first = list->seen[kind];
	struct rule *rule = &list->at[list->count];

	if (first) {
		diagnostic_note(diagnostics_error(list->checker->diagnostics, ast->span,
						  "\"%s\" stands here twice", rule_names[kind]),
				first->span, "the first is here");
		return NULL;
	}
	list->count++;
	*rule = (struct rule){ .span = ast->span, .kind = kind };
	list->seen[kind] = rule;
	return rule;
}

/* The place of the character that the offset is behind, in a text whose quotes are doubled. */
static struct span pattern_place(const struct ast_value *pattern, size_t offset)
{
	struct str text = pattern->text;
	size_t at = 0;
	size_t from = 0;

	for (; offset > 0 && at < text.len; offset--) {
		from = at;
		at += text.at[at] == '\'' ? 2 : 1;
	}
	while (from > 0 && ((unsigned char)text.at[from] & 0xC0) == 0x80)
		from--;
	if (at == 0 && text.len > 0)
		at = text.at[0] == '\'' ? 2 : 1;
	return (struct span){ pattern->span.source, pattern->span.from + 1 + (uint32_t)from,
			      pattern->span.from + 1 + (uint32_t)at };
}

static void pattern_refuse(struct rule_list *list, const struct ast_value *pattern, int code,
			   size_t offset)
{
	PCRE2_UCHAR message[PATTERN_MESSAGE_SIZE];

	if (pcre2_get_error_message(code, message, sizeof(message)) < 0)
		message[0] = '\0';
	diagnostics_error(list->checker->diagnostics, pattern_place(pattern, offset),
			  "this is no regular expression: %s", (const char *)message);
}

struct pattern_scan {
	struct rule_list *list;
	const struct rule *rule;
	const struct ast_value *pattern;
};

/*
 * To find where a character as people see it ends takes any number of others, which no limit of a
 * match counts. The backslash of \Q\X\E is a part of its own.
 */
static int pattern_part_check(pcre2_callout_enumerate_block *part, void *context)
{
	const struct pattern_scan *scan = context;
	struct str rest = str_slice(scan->rule->text, part->pattern_position, scan->rule->text.len);
	struct diagnostic *error;

	if (part->next_item_length < 2 || !str_starts_with(rest, STR("\\X")))
		return 0;
	error = diagnostics_error(scan->list->checker->diagnostics,
				  pattern_place(scan->pattern, part->pattern_position + 2),
				  "\"\\X\" may take too long to match");
	diagnostic_hint(error, "\".\" is one character, \"\\P{M}\\p{M}*\" one with its marks");
	return 1;
}

static void pattern_add(struct rule_list *list, const struct ast_rule *ast)
{
	struct rule *rule = rule_add(list, ast, QN_RULE_PATTERN);
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	pcre2_code *code = NULL;
	PCRE2_SIZE offset = 0;
	int error = PCRE2_ERROR_NOMEMORY;

	if (rule && ast->pattern.kind == VALUE_TEXT) {
		(void)literal_refuse(list->checker, &list->type, &ast->pattern, &rule->text);
		if (rule->text.len == 0)
			diagnostics_error(list->checker->diagnostics, ast->pattern.span,
					  "an empty pattern matches every text");
		if (context) {
			pcre2_set_parens_nest_limit(context, PATTERN_NESTING_MAX);
			code = pcre2_compile((PCRE2_SPTR)rule->text.at, rule->text.len,
					     PATTERN_OPTIONS, &error, &offset, context);
		}
		if (!code)
			pattern_refuse(list, &ast->pattern, error, offset);
		else
			(void)pcre2_callout_enumerate(code, pattern_part_check,
						      &(struct pattern_scan){ list, rule,
									      &ast->pattern });
	}
	pcre2_code_free(code);
	pcre2_compile_context_free(context);
}

/* Characters that fit into the type. */
static long length_max(const struct column_type *type)
{
	if (type_info_id(type->info) == QN_TYPE_NAME)
		return NAME_LENGTH_MAX;
	return type->length ? type->length : BIGGEST_TEXT;
}

static void length_add(struct rule_list *list, const struct ast_rule *ast, qn_rule_kind kind)
{
	const struct ast_value *value = kind == QN_RULE_MIN_LENGTH ? &ast->from : &ast->to;
	struct checker *checker = list->checker;
	struct rule *rule;

	if (value->kind == VALUE_NONE)
		return;
	rule = rule_add(list, ast, kind);
	if (!rule || !whole_number_check(checker, value, 0, BIGGEST_TEXT, &rule->number))
		return;
	if (rule->number > length_max(&list->type)) {
		diagnostics_error(checker->diagnostics, value->span,
				  "\"%.*s\" has room for %ld characters, not for %d",
				  STR_ARGS(type_spell(checker->arena, &list->type)),
				  length_max(&list->type), (int)rule->number);
		return;
	}
	list->limits[kind] = value;
	list->scalars[kind] = (struct scalar){ .kind = SCALAR_ORDINAL, .as.ordinal = rule->number };
}

static void limit_add(struct rule_list *list, const struct ast_rule *ast, qn_rule_kind kind)
{
	const struct ast_value *value = kind == QN_RULE_FROM ? &ast->from : &ast->to;
	struct checker *checker = list->checker;
	struct rule *rule;
	const char *why;

	if (value->kind == VALUE_NONE)
		return;
	rule = rule_add(list, ast, kind);
	if (!rule)
		return;
	why = literal_refuse(checker, &list->type, value, &rule->text);
	if (!why && type_is_number(&list->type) && value->kind != VALUE_NUMBER)
		why = "is a number, without quotes";
	if (why)
		diagnostics_error(checker->diagnostics, value->span,
				  "the limit of this \"%.*s\" %s",
				  STR_ARGS(type_spell(checker->arena, &list->type)), why);
	else if (scalar_of_text(&list->scalars[kind], (uint8_t)type_info_id(list->type.info), NULL,
				arena_cstring(checker->arena, rule->text)))
		list->limits[kind] = value;
}

/* A limit as it is written. */
static struct str limit_text(const struct ast_value *limit)
{
	return str_slice(limit->span.source->text, limit->span.from, limit->span.to);
}

static void limits_check(const struct rule_list *list, qn_rule_kind from, qn_rule_kind to,
			 const char *what)
{
	struct diagnostic *error;

	if (!list->limits[from] || !list->limits[to] ||
	    scalar_compare(&list->scalars[from], &list->scalars[to]) <= 0)
		return;
	error = diagnostics_error(list->checker->diagnostics, list->limits[to]->span,
				  "no %s is from %.*s to %.*s", what,
				  STR_ARGS(limit_text(list->limits[from])),
				  STR_ARGS(limit_text(list->limits[to])));
	if (list->seen[from]->span.from != list->seen[to]->span.from)
		diagnostic_note(error, list->limits[from]->span, "the other limit is here");
}

static void any_rule_add(struct rule_list *list, const struct ast_rule *rule)
{
	switch (rule->kind) {
	case RULE_PATTERN:
		pattern_add(list, rule);
		break;
	case RULE_RANGE:
		limit_add(list, rule, QN_RULE_FROM);
		limit_add(list, rule, QN_RULE_TO);
		break;
	case RULE_LENGTH:
		length_add(list, rule, QN_RULE_MIN_LENGTH);
		length_add(list, rule, QN_RULE_MAX_LENGTH);
		break;
	case RULE_NOT_BLANK:
	case RULE_EMAIL:
	case RULE_URL:
	case RULE_SLUG:
	case RULE_HOOK:
		(void)rule_add(list, rule, kind_of(rule));
		break;
	}
}

/* Wherever it stands, the program is asked when the rules that quern knows are kept. */
static void hook_move_last(struct rule_list *list)
{
	for (size_t i = 0; i + 1 < list->count; i++)
		if (list->at[i].kind == QN_RULE_HOOK) {
			struct rule hook = list->at[i];

			list->at[i] = list->at[i + 1];
			list->at[i + 1] = hook;
		}
}

static void rules_collect(struct checker *checker, struct field *field)
{
	struct rule_list list = { .checker = checker, .field = field, .type = field->type };

	list.type.is_array = false;
	list.at = arena_alloc_array(checker->arena, RULES_MAX, sizeof(*list.at));
	for (const struct ast_rule *rule = field->member->attributes->rules; rule;
	     rule = rule->next)
		if (rule_suits(&list, rule))
			any_rule_add(&list, rule);
	limits_check(&list, QN_RULE_FROM, QN_RULE_TO, "value");
	limits_check(&list, QN_RULE_MIN_LENGTH, QN_RULE_MAX_LENGTH, "length");
	hook_move_last(&list);
	field->rules = list.at;
	field->rule_count = list.count;
}

void field_rules_check(struct checker *checker, struct field *field)
{
	const struct ast_attributes *a = field->member->attributes;

	if (!a->rules)
		return;
	if (a->identity_span.source && a->identity == IDENTITY_ALWAYS)
		diagnostics_error(checker->diagnostics, a->rules->span,
				  "an \"identity always\" takes no \"valid\"");
	else
		rules_collect(checker, field);
}

/*
 * The program's function `model_check_name`; `of` is what messages call what it is for, and its
 * place. False: the name is taken, and that was said.
 */
static bool hook_name(struct checker *checker, const struct model *model, struct str name,
		      struct ast_name of, struct str *symbol)
{
	struct ast_name *hook = arena_alloc(checker->arena, sizeof(*hook));

	*hook = of;
	*symbol = arena_format(checker->arena, "%.*s_check_%.*s", STR_ARGS(model->c_name),
			       STR_ARGS(name));
	return symbol_check(checker, *symbol, hook, "the hook of");
}

static void column_hook_check(struct checker *checker, const struct model *model,
			      struct column *column)
{
	struct rule *rules;
	size_t last = column->rule_count - 1;

	if (column->rule_count == 0 || column->rules[last].kind != QN_RULE_HOOK)
		return;
	rules = arena_alloc_array(checker->arena, column->rule_count, sizeof(*rules));
	for (size_t i = 0; i < column->rule_count; i++)
		rules[i] = column->rules[i];
	(void)hook_name(checker, model, column->name,
			(struct ast_name){ column->name, rules[last].span },
			&rules[last].c_function);
	column->rules = rules;
}

void hooks_check(struct checker *checker, struct model_draft *draft)
{
	struct model *model = draft->model;

	if (draft->hook) {
		struct ast_name of = { model->name, draft->hook->span };

		(void)(hook_name(checker, model, STR("new"), of, &model->new_hook) &&
		       hook_name(checker, model, STR("changes"), of, &model->changes_hook));
	}
	for (size_t i = 0; i < model->column_count; i++)
		column_hook_check(checker, model, (struct column *)(uintptr_t)&model->columns[i]);
}
