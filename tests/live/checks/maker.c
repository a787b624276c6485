#include <string.h>

#include "maker_inside.h"

static void add(struct buf *out, const char *text)
{
	buf_add_cstring(out, text);
}

static void add_quoted(struct buf *out, const char *text)
{
	buf_add_char(out, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			buf_add_char(out, '\'');
		buf_add_char(out, *text);
	}
	buf_add_char(out, '\'');
}

static bool is_number(uint8_t type)
{
	return type == QN_TYPE_INT16 || type == QN_TYPE_INT32 || type == QN_TYPE_INT64 ||
	       type == QN_TYPE_DECIMAL || has_specials(type);
}

static const char *cast_of(struct maker *maker, uint8_t type)
{
	static const char *const text_casts[] = { "text", "character varying", "varchar", NULL };

	switch (type) {
	case QN_TYPE_TEXT:
	case QN_TYPE_VARCHAR:
		return one_of(maker, text_casts);
	case QN_TYPE_ENUM:
		return "t_mood";
	case QN_TYPE_TIMESTAMP:
		return "timestamp without time zone";
	case QN_TYPE_TIMESTAMPTZ:
		return one_in(maker, 2) ? "timestamptz" : "timestamp with time zone";
	default:
		return type_info_of(type)->sql_name;
	}
}

static void literal_add(struct maker *maker, uint8_t type, struct buf *out)
{
	const char *text = one_of(maker, values_of(type));

	if (one_in(maker, 20)) {
		add(out, "null");
		return;
	}
	if (type == QN_TYPE_BOOL && !one_in(maker, 3)) {
		add(out, text);
		return;
	}
	if (is_number(type) && !one_in(maker, 3)) {
		if (one_in(maker, 8))
			buf_add_format(out, "(%s)::%s", text, cast_of(maker, type));
		else
			add(out, text);
		return;
	}
	if (has_specials(type) && one_in(maker, 4))
		text = one_of(maker, special_values);
	if (one_in(maker, 8) && type != QN_TYPE_ENUM) {
		buf_add_format(out, "%s ", cast_of(maker, type));
		add_quoted(out, text);
		return;
	}
	add_quoted(out, text);
	if (one_in(maker, 3))
		buf_add_format(out, "::%s", cast_of(maker, type));
}

static const qn_field *field_pick(struct maker *maker)
{
	const qn_model *model = &maker->subject->model;
	const qn_field *field;

	do
		field = &model->fields[pick(maker, model->field_count)];
	while (!values_of(field->type) || (field->flags & QN_FIELD_ARRAY) ||
	       strcmp(field->name, "weather") == 0);
	return field;
}

static bool is_text(uint8_t type)
{
	return type == QN_TYPE_TEXT || type == QN_TYPE_VARCHAR;
}

static bool is_exact(uint8_t type)
{
	return is_number(type) && type != QN_TYPE_FLOAT && type != QN_TYPE_DOUBLE;
}

static bool is_comparable(const qn_field *a, const qn_field *b)
{
	if (is_exact(a->type) || is_text(a->type))
		return is_exact(a->type) ? is_exact(b->type) : is_text(b->type);
	if (is_number(a->type))
		return is_number(b->type) && !is_exact(b->type);
	return a->type == b->type;
}

static void field_add(struct maker *maker, const qn_field *field, struct buf *out)
{
	const char *quote = strcmp(field->column, "user") == 0 || one_in(maker, 8) ? "\"" : "";

	if (one_in(maker, 8)) {
		buf_add_format(out, "(%s%s%s)", quote, field->column, quote);
		if (is_text(field->type))
			add(out, "::text");
		else if (is_exact(field->type))
			add(out, "::numeric");
		return;
	}
	buf_add_format(out, "%s%s%s", quote, field->column, quote);
}

/* A column or a literal that the field can be compared with. */
static void other_add(struct maker *maker, const qn_field *field, struct buf *out)
{
	const qn_field *other = NULL;

	if (!one_in(maker, 4)) {
		literal_add(maker, field->type, out);
		return;
	}
	while (!other || !is_comparable(field, other))
		other = field_pick(maker);
	field_add(maker, other, out);
}

static const char *comparison_pick(struct maker *maker, uint8_t type)
{
	static const char *const comparisons[] = { "=", "<>", "!=", "<", "<=", ">", ">=", NULL };
	static const char *const equalities[] = { "=", "<>", NULL };

	return one_of(maker, is_text(type) || type == QN_TYPE_UUID ? equalities : comparisons);
}

static void list_add(struct maker *maker, const qn_field *field, struct buf *out)
{
	for (size_t i = 0, count = 1 + pick(maker, 4); i < count; i++) {
		add(out, i ? ", " : "");
		literal_add(maker, field->type, out);
	}
}

static void in_add(struct maker *maker, const qn_field *field, struct buf *out)
{
	field_add(maker, field, out);
	if (one_in(maker, 3)) {
		add(out, one_in(maker, 2) ? " = ANY (ARRAY[" : " <> ALL (ARRAY[");
		list_add(maker, field, out);
		if (one_in(maker, 2) && field->type != QN_TYPE_ENUM)
			buf_add_format(out, "]::%s[])", cast_of(maker, field->type));
		else
			add(out, "])");
		return;
	}
	add(out, one_in(maker, 2) ? " in (" : " not in (");
	list_add(maker, field, out);
	add(out, ")");
}

static void like_add(struct maker *maker, const qn_field *field, struct buf *out)
{
	static const char *const parts[] = { "%",   "_",        "a",          "b", "ab",   " ",
					     "\\%", "\\_",      ".",          "1", "\\\\", "c",
					     "%",   "\xc3\xa9", "\\\xc3\xa9", NULL };
	static const char *const operators[] = { " like ", " not like ", " ~~ ", " !~~ ", NULL };

	field_add(maker, field, out);
	add(out, one_of(maker, operators));
	add(out, "'");
	for (size_t i = pick(maker, 5); i > 0; i--)
		add(out, one_of(maker, parts));
	add(out, one_in(maker, 4) ? "'::text" : "'");
}

static void pattern_add(struct maker *maker, size_t depth, struct buf *out)
{
	static const char *const atoms[] = { "a",
					     "b",
					     "c",
					     "1",
					     " ",
					     ".",
					     "\\.",
					     "\\\\",
					     "\xc3\xa9",
					     "[a-z]",
					     "[^a]",
					     "[^A-Z0-9_]",
					     "[abc]",
					     "[a-z0-9_.-]",
					     "[-a]",
					     "[\\]]",
					     "[\\-.]",
					     "-",
					     "\xf0\x9f\x92\xa1",
					     "x",
					     "_",
					     "\\_",
					     "%",
					     "#",
					     NULL };
	static const char *const repeats[] = {
		"*", "+", "?", "{2}", "{1,}", "{0,2}", "{1,3}", NULL
	};

	for (size_t i = 1 + pick(maker, 4); i > 0; i--) {
		if (one_in(maker, 6)) {
			add(out, one_in(maker, 2) ? "^" : "$");
			continue;
		}
		if (depth > 0 && one_in(maker, 4)) {
			add(out, one_in(maker, 2) ? "(" : "(?:");
			pattern_add(maker, depth - 1, out);
			add(out, ")");
		} else {
			add(out, one_of(maker, atoms));
		}
		if (one_in(maker, 3))
			add(out, one_of(maker, repeats));
	}
	if (one_in(maker, 5)) {
		add(out, "|");
		pattern_add(maker, depth ? depth - 1 : 0, out);
	}
}

static void matches_add(struct maker *maker, const qn_field *field, struct buf *out)
{
	field_add(maker, field, out);
	add(out, one_in(maker, 2) ? " ~ '" : " !~ '");
	add(out, one_in(maker, 2) ? "^" : "");
	pattern_add(maker, 2, out);
	add(out, one_in(maker, 2) ? "$" : "");
	add(out, one_in(maker, 4) ? "'::text" : "'");
}

static void text_add(struct maker *maker, const qn_field *field, struct buf *out)
{
	static const char *const lengths[] = { "length", "char_length", "character_length", NULL };
	static const char *const trims[] = { "trim(", "btrim(", "trim(both from ", "TRIM(FROM ",
					     NULL };

	switch (pick(maker, 4)) {
	case 0:
		like_add(maker, field, out);
		return;
	case 1:
		matches_add(maker, field, out);
		return;
	case 2:
		buf_add_format(out, "%s(", one_of(maker, lengths));
		field_add(maker, field, out);
		buf_add_format(out, ") %s ", comparison_pick(maker, QN_TYPE_INT32));
		buf_add_format(out, "%zu", pick(maker, 5));
		return;
	default:
		add(out, one_of(maker, trims));
		field_add(maker, field, out);
		buf_add_format(out, ") %s ", comparison_pick(maker, QN_TYPE_TEXT));
		other_add(maker, field, out);
		return;
	}
}

static void simple_add(struct maker *maker, struct buf *out)
{
	const qn_field *field = field_pick(maker);
	bool is_ordered = !is_text(field->type) && field->type != QN_TYPE_UUID;

	if (is_text(field->type) && one_in(maker, 2)) {
		text_add(maker, field, out);
		return;
	}
	switch (pick(maker, 8)) {
	case 0:
		field_add(maker, field, out);
		add(out, one_in(maker, 2) ? " is null" : " is not null");
		return;
	case 1:
		field_add(maker, field, out);
		add(out, one_in(maker, 2) ? " is distinct from " : " is not distinct from ");
		other_add(maker, field, out);
		return;
	case 2:
		in_add(maker, field, out);
		return;
	case 3:
		if (!is_ordered)
			break;
		field_add(maker, field, out);
		add(out, one_in(maker, 2) ? " between " : " not between ");
		other_add(maker, field, out);
		add(out, " and ");
		other_add(maker, field, out);
		return;
	case 4:
		literal_add(maker, field->type, out);
		buf_add_format(out, " %s ", comparison_pick(maker, field->type));
		field_add(maker, field, out);
		return;
	default:
		break;
	}
	field_add(maker, field, out);
	buf_add_format(out, one_in(maker, 4) ? "%s" : " %s ", comparison_pick(maker, field->type));
	other_add(maker, field, out);
}

static void condition_add(struct maker *maker, size_t depth, struct buf *out)
{
	static const char *const joints[] = { " and ", " or ", " AND ",
					      " = ",   " <> ", " is distinct from ",
					      NULL };
	static const char *const tests[] = { " is true",    " is not true",
					     " is false",   " is not false",
					     " is unknown", " is null",
					     NULL };
	const char *joint;
	bool is_bare;

	if (depth == 0 || one_in(maker, 3)) {
		simple_add(maker, out);
		return;
	}
	switch (pick(maker, 4)) {
	case 0:
		add(out, "not ");
		condition_add(maker, depth - 1, out);
		return;
	case 1:
		add(out, "(");
		condition_add(maker, depth - 1, out);
		buf_add_format(out, ")%s", one_of(maker, tests));
		return;
	default:
		joint = one_of(maker, joints);
		is_bare = (strstr(joint, "or") || strcasestr(joint, "and")) && one_in(maker, 2);
		add(out, is_bare ? "" : "(");
		condition_add(maker, depth - 1, out);
		add(out, is_bare ? joint : ")");
		buf_add_format(out, "%s%s", is_bare ? "" : joint, is_bare ? "" : "(");
		condition_add(maker, depth - 1, out);
		add(out, is_bare ? "" : ")");
		return;
	}
}

void maker_condition(struct maker *maker, struct buf *out)
{
	condition_add(maker, pick(maker, 4), out);
}
