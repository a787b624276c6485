#include "expression_inside.h"

#include <string.h>

/* WITH or WITHOUT TIME ZONE; neither is WITHOUT. */
static bool time_zone_read(struct sql_reader *reader, bool *has_zone)
{
	*has_zone = sql_word(reader, "with");
	if (!*has_zone && !sql_word(reader, "without"))
		return true;
	return sql_word(reader, "time") && sql_word(reader, "zone");
}

/* Names of one word. */
static bool plain_type_read(struct sql_reader *reader, qn_type *type)
{
	static const struct {
		const char *name;
		qn_type type;
	} names[] = {
		{ "bigint", QN_TYPE_INT64 },
		{ "bool", QN_TYPE_BOOL },
		{ "boolean", QN_TYPE_BOOL },
		{ "date", QN_TYPE_DATE },
		{ "decimal", QN_TYPE_NUMERIC },
		{ "float4", QN_TYPE_FLOAT },
		{ "float8", QN_TYPE_DOUBLE },
		{ "int", QN_TYPE_INT32 },
		{ "int2", QN_TYPE_INT16 },
		{ "int4", QN_TYPE_INT32 },
		{ "int8", QN_TYPE_INT64 },
		{ "integer", QN_TYPE_INT32 },
		{ "numeric", QN_TYPE_NUMERIC },
		{ "real", QN_TYPE_FLOAT },
		{ "smallint", QN_TYPE_INT16 },
		{ "text", QN_TYPE_TEXT },
		{ "timestamptz", QN_TYPE_TIMESTAMPTZ },
		{ "uuid", QN_TYPE_UUID },
		{ "varchar", QN_TYPE_VARCHAR },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (sql_word(reader, names[i].name)) {
			*type = names[i].type;
			return true;
		}
	}
	return false;
}

/*
 * Any other name may be that of an enum. Which one need not be known: PostgreSQL compares no enum
 * with a value of another type.
 */
static bool enum_name_read(struct sql_reader *reader, qn_type *type)
{
	do {
		if (!sql_mark(reader, SQL_NAME) && !sql_mark(reader, SQL_QUOTED))
			return false;
	} while (sql_mark(reader, SQL_DOT));
	*type = QN_TYPE_ENUM;
	return true;
}

/* A type without a length or precision, which could change values. */
static bool type_read(struct sql_reader *reader, qn_type *type)
{
	bool has_zone;

	if (plain_type_read(reader, type))
		return true;
	if (sql_word(reader, "character")) {
		*type = QN_TYPE_VARCHAR;
		return sql_word(reader, "varying");
	}
	if (sql_word(reader, "double")) {
		*type = QN_TYPE_DOUBLE;
		return sql_word(reader, "precision");
	}
	if (sql_word(reader, "timestamp")) {
		if (!time_zone_read(reader, &has_zone))
			return false;
		*type = has_zone ? QN_TYPE_TIMESTAMPTZ : QN_TYPE_TIMESTAMP;
		return true;
	}
	if (sql_word(reader, "time")) {
		*type = QN_TYPE_TIME;
		return time_zone_read(reader, &has_zone) && !has_zone;
	}
	return enum_name_read(reader, type);
}

static const struct term *text_literal(struct sql_reader *reader, const struct sql_token *text)
{
	return term_new(reader, (struct term){ .kind = QN_NODE_LITERAL,
					       .text = text->text,
					       .token = text });
}

/* [-+] number */
static const struct term *signed_read(struct sql_reader *reader, bool is_negative)
{
	struct str number = reader->at->text;

	return sql_mark(reader, SQL_NUMBER) ? number_literal(reader, number, is_negative) : NULL;
}

static const struct term *group_read(struct sql_reader *reader)
{
	const struct term *term = condition_read(reader);

	return term && sql_mark(reader, SQL_CLOSE) ? term : NULL;
}

static const struct term *field_new(struct sql_reader *reader, const struct sql_token *name)
{
	const struct column *column = column_find(reader->model, reader->arena, name);
	struct term field = { .kind = QN_NODE_FIELD, .column = column };

	if (!column && column_is_missing(reader->model, reader->arena, name)) {
		fault_add(reader, FAULT_COLUMN, name, NULL);
		field.class = CLASS_FAULT;
		return term_new(reader, field);
	}
	if (!column)
		return NULL;
	field.type = type_info_id(column->type.info);
	field.class = column->type.is_array ? CLASS_OTHER : class_of(field.type);
	/* A composite value is NULL where all of its parts are. */
	if (field.type == QN_TYPE_OPAQUE && !column->type.is_array)
		return NULL;
	return term_new(reader, field);
}

/* What is there behind a name and its "(": length(text), trim([BOTH] [FROM] text). */
static const struct term *call_read(struct sql_reader *reader, const struct sql_token *name)
{
	struct term call = { .kind = QN_NODE_LENGTH, .class = CLASS_EXACT, .type = QN_TYPE_INT32 };
	struct str trims[] = { STR_INIT("trim"), STR_INIT("btrim") };

	if (str_equal(name->text, trims[0]) || str_equal(name->text, trims[1])) {
		call.kind = QN_NODE_TRIM;
		call.class = CLASS_TEXT;
		call.type = QN_TYPE_TEXT;
	} else if (!str_equal(name->text, STR("length")) &&
		   !str_equal(name->text, STR("char_length")) &&
		   !str_equal(name->text, STR("character_length"))) {
		return NULL;
	}
	if (str_equal(name->text, trims[0])) {
		sql_word(reader, "both");
		sql_word(reader, "from");
	}
	call.left = condition_read(reader);
	if (!call.left || (call.left->class != CLASS_TEXT && call.left->class != CLASS_FAULT) ||
	    !sql_mark(reader, SQL_CLOSE))
		return NULL;
	return term_new(reader, call);
}

/* date '2026-11-22'. False: that does not stand here. */
static bool typed_text_read(struct sql_reader *reader, qn_type *type, const struct sql_token **text)
{
	struct sql_reader ahead = *reader;

	if (!type_read(&ahead, type))
		return false;
	*text = ahead.at;
	if (!sql_mark(&ahead, SQL_TEXT))
		return false;
	*reader = ahead;
	return true;
}

static const struct term *bool_literal(struct sql_reader *reader, const char *text)
{
	return term_new(reader, (struct term){ .kind = QN_NODE_LITERAL,
					       .class = CLASS_BOOL,
					       .type = QN_TYPE_BOOL,
					       .text = str_from_cstring(text) });
}

static const struct term *name_read(struct sql_reader *reader)
{
	const struct sql_token *name = reader->at;
	const struct sql_token *text;
	qn_type type;

	if (sql_word(reader, "null"))
		return term_new(reader, (struct term){ .kind = QN_NODE_NULL });
	if (sql_word(reader, "true"))
		return bool_literal(reader, "true");
	if (sql_word(reader, "false"))
		return bool_literal(reader, "false");
	if (typed_text_read(reader, &type, &text))
		return term_cast(reader, text_literal(reader, text), type);
	reader->at++;
	if (sql_mark(reader, SQL_OPEN))
		return call_read(reader, name);
	return field_new(reader, name);
}

static const struct term *primary_read(struct sql_reader *reader)
{
	const struct sql_token *token = reader->at;

	switch (token->kind) {
	case SQL_OPEN:
		reader->at++;
		return group_read(reader);
	case SQL_NUMBER:
		return signed_read(reader, false);
	case SQL_OPERATOR:
		reader->at++;
		if (str_equal(token->text, STR("-")))
			return signed_read(reader, true);
		return str_equal(token->text, STR("+")) ? signed_read(reader, false) : NULL;
	case SQL_TEXT:
		reader->at++;
		return text_literal(reader, token);
	case SQL_NAME:
	case SQL_QUOTED:
		return name_read(reader);
	default:
		return NULL;
	}
}

const struct term *operand_read(struct sql_reader *reader)
{
	const struct term *term = primary_read(reader);
	qn_type type;

	while (term && sql_mark(reader, SQL_CAST)) {
		if (!type_read(reader, &type))
			return NULL;
		term = term_cast(reader, term, type);
	}
	return term;
}

static void list_add(struct sql_reader *reader, struct term_list *list, const struct term *term)
{
	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? list->capacity * 2 : 8;
		const struct term **at = arena_alloc_array(reader->arena, capacity, sizeof(*at));

		if (list->count)
			memcpy(at, list->at, list->count * sizeof(*at));
		list->at = at;
		list->capacity = capacity;
	}
	list->at[list->count++] = term;
}

bool literals_read(struct sql_reader *reader, enum sql_token_kind end, struct term_list *list)
{
	do {
		const struct term *literal = operand_read(reader);

		if (!literal || (!is_literal(literal) && literal->kind != QN_NODE_NULL &&
				 literal->class != CLASS_FAULT))
			return false;
		list_add(reader, list, literal);
	} while (sql_mark(reader, SQL_COMMA));
	return sql_mark(reader, end);
}

/*
 * The elements of an array have one type: text, where none has a type of its own. Numbers among
 * floats may become reals, which is left alone.
 */
static bool elements_settle(struct sql_reader *reader, struct term_list *list)
{
	bool has[CLASS_FAULT + 1] = { false };
	bool any_text = false;
	bool any_type = false;

	for (size_t i = 0; i < list->count; i++) {
		has[list->at[i]->class] = true;
		any_type = any_type || list->at[i]->class != CLASS_NONE;
		any_text =
			any_text || (list->at[i]->class == CLASS_NONE && is_literal(list->at[i]));
	}
	if (any_type)
		return !any_text && !(has[CLASS_EXACT] && has[CLASS_FLOAT]);
	for (size_t i = 0; i < list->count; i++)
		list->at[i] = term_cast(reader, list->at[i], QN_TYPE_TEXT);
	return true;
}

/* {"::" type "[]"}: of each element. */
static bool array_casts_read(struct sql_reader *reader, struct term_list *list)
{
	qn_type type;

	while (sql_mark(reader, SQL_CAST)) {
		if (!type_read(reader, &type) || !sql_mark(reader, SQL_OPEN_BRACKET) ||
		    !sql_mark(reader, SQL_CLOSE_BRACKET))
			return false;
		for (size_t i = 0; i < list->count; i++) {
			list->at[i] = term_cast(reader, list->at[i], type);
			if (!list->at[i])
				return false;
		}
	}
	return true;
}

bool array_literal_read(struct sql_reader *reader, struct term_list *list)
{
	size_t depth = 0;

	while (sql_mark(reader, SQL_OPEN))
		depth++;
	if (depth == 0 || !sql_word(reader, "array") || !sql_mark(reader, SQL_OPEN_BRACKET) ||
	    !literals_read(reader, SQL_CLOSE_BRACKET, list) || !elements_settle(reader, list))
		return false;
	for (; depth > 0; depth--)
		if (!array_casts_read(reader, list) || !sql_mark(reader, SQL_CLOSE))
			return false;
	return true;
}
