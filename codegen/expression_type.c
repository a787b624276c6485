#include "expression_inside.h"

#include <string.h>

#include "codec/iso_time.h"
#include "codec/numeral.h"
#include "quern/value.h"
#include "json/read_number.h"

/* Longer numbers are left to the database: it has limits of its own. */
#define NUMBER_DIGITS_MAX   ((size_t)500)
#define NUMBER_EXPONENT_MAX 500

enum term_class class_of(qn_type type)
{
	switch (type) {
	case QN_TYPE_BOOL:
		return CLASS_BOOL;
	case QN_TYPE_INT16:
	case QN_TYPE_INT32:
	case QN_TYPE_INT64:
	case QN_TYPE_DECIMAL:
	case QN_TYPE_NUMERIC:
		return CLASS_EXACT;
	case QN_TYPE_FLOAT:
	case QN_TYPE_DOUBLE:
		return CLASS_FLOAT;
	case QN_TYPE_TEXT:
	case QN_TYPE_VARCHAR:
		return CLASS_TEXT;
	case QN_TYPE_ENUM:
		return CLASS_ENUM;
	case QN_TYPE_DATE:
		return CLASS_DATE;
	case QN_TYPE_TIME:
		return CLASS_TIME;
	case QN_TYPE_TIMESTAMP:
		return CLASS_TIMESTAMP;
	case QN_TYPE_TIMESTAMPTZ:
		return CLASS_TIMESTAMPTZ;
	case QN_TYPE_UUID:
		return CLASS_UUID;
	default:
		return CLASS_OTHER;
	}
}

bool is_literal(const struct term *term)
{
	return term->kind == QN_NODE_LITERAL;
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

const struct term *term_new(struct sql_reader *reader, struct term term)
{
	struct term *made;

	term.size = 1 + term.item_count;
	term.height = 1;
	if (term.left) {
		term.size += term.left->size;
		term.height += term.left->height;
	}
	if (term.right) {
		term.size += term.right->size;
		term.height = larger(term.height, 1 + term.right->height);
	}
	if (term.size > TERM_SIZE_MAX || term.height > TERM_HEIGHT_MAX)
		return NULL;
	made = arena_alloc(reader->arena, sizeof(*made));
	*made = term;
	return made;
}

const struct term *truth_new(struct sql_reader *reader, qn_node_kind kind, const struct term *left,
			     const struct term *right)
{
	bool is_of_one = kind == QN_NODE_NOT || kind == QN_NODE_IS_NULL ||
			 kind == QN_NODE_IS_TRUE || kind == QN_NODE_IS_FALSE;

	if (!left || (!is_of_one && !right))
		return NULL;
	return term_new(reader, (struct term){ .kind = kind,
					       .class = CLASS_BOOL,
					       .type = QN_TYPE_BOOL,
					       .left = left,
					       .right = right });
}

static const struct term *literal_new(struct sql_reader *reader, qn_type type, struct str text)
{
	if (!text.at)
		return NULL;
	return term_new(reader, (struct term){ .kind = QN_NODE_LITERAL,
					       .class = class_of(type),
					       .type = type,
					       .text = text });
}

static const struct str nothing = { NULL, 0 };

/*
 * As JSON writes numbers, which the runtime reads in every type. No text: it is no number, or a
 * long one.
 */
static struct str number_text(struct arena *arena, struct str text, bool is_negative)
{
	struct numeral numeral;
	struct str exponent = STR("");

	if (!numeral_parse(arena_cstring(arena, text), &numeral) ||
	    numeral.integer.len + numeral.fraction.len > NUMBER_DIGITS_MAX ||
	    numeral.exponent > NUMBER_EXPONENT_MAX || numeral.exponent < -NUMBER_EXPONENT_MAX)
		return nothing;
	while (numeral.integer.len > 0 && numeral.integer.at[0] == '0')
		numeral.integer = str_slice(numeral.integer, 1, numeral.integer.len);
	if (numeral.integer.len == 0)
		numeral.integer = STR("0");
	if (numeral.exponent != 0)
		exponent = arena_format(arena, "e%ld", numeral.exponent);
	return arena_format(arena, "%s%.*s%s%.*s%.*s",
			    is_negative != numeral.is_negative ? "-" : "",
			    STR_ARGS(numeral.integer), numeral.fraction.len > 0 ? "." : "",
			    STR_ARGS(numeral.fraction), STR_ARGS(exponent));
}

static bool number_is_zero(struct arena *arena, struct str text)
{
	struct numeral numeral;
	long highest;
	long lowest;

	return numeral_parse(arena_cstring(arena, text), &numeral) &&
	       !numeral_extent(&numeral, &highest, &lowest);
}

static bool integer_fits(struct str text, qn_type type)
{
	int64_t integer;

	if (json_number_to_int64(text, &integer) != JSON_NUMBER_FITS)
		return false;
	if (type == QN_TYPE_INT16)
		return integer >= INT16_MIN && integer <= INT16_MAX;
	return type != QN_TYPE_INT32 || (integer >= INT32_MIN && integer <= INT32_MAX);
}

/* Neither infinite nor, without being zero, zero: PostgreSQL refuses those. */
static bool float_fits(struct arena *arena, struct str text, qn_type type)
{
	double real = 0;
	float single = 0;
	bool is_zero;

	if (type == QN_TYPE_DOUBLE && json_number_to_double(arena, text, &real) != JSON_NUMBER_FITS)
		return false;
	if (type == QN_TYPE_FLOAT && json_number_to_float(arena, text, &single) != JSON_NUMBER_FITS)
		return false;
	is_zero = type == QN_TYPE_DOUBLE ? !(real < 0) && !(real > 0)
					 : !(single < 0) && !(single > 0);
	return !is_zero || number_is_zero(arena, text);
}

static bool number_fits(struct arena *arena, struct str text, qn_type type)
{
	switch (type) {
	case QN_TYPE_INT16:
	case QN_TYPE_INT32:
	case QN_TYPE_INT64:
		return integer_fits(text, type);
	case QN_TYPE_FLOAT:
	case QN_TYPE_DOUBLE:
		return float_fits(arena, text, type);
	default:
		return true;
	}
}

const struct term *number_literal(struct sql_reader *reader, struct str text, bool is_negative)
{
	qn_type type = QN_TYPE_NUMERIC;
	struct str number = number_text(reader->arena, text, is_negative);

	if (number.at && strspn(text.at, "0123456789") >= text.len) {
		if (integer_fits(number, QN_TYPE_INT64))
			type = QN_TYPE_INT64;
		if (integer_fits(number, QN_TYPE_INT32))
			type = QN_TYPE_INT32;
	}
	return literal_new(reader, type, number);
}

/* A text as the server reads numbers. */
static struct str number_of_text(struct arena *arena, struct str text, qn_type type)
{
	static const struct str words[] = {
		[NUMERAL_MINUS_INFINITY] = STR_INIT("-Infinity"),
		[NUMERAL_INFINITY] = STR_INIT("Infinity"),
		[NUMERAL_NAN] = STR_INIT("NaN"),
	};
	bool is_integer = type == QN_TYPE_INT16 || type == QN_TYPE_INT32 || type == QN_TYPE_INT64;
	enum numeral_form form = numeral_form_of(arena_cstring(arena, text));
	struct str number;

	if (form != NUMERAL_FINITE)
		return is_integer ? nothing : words[form];
	if (is_integer && (memchr(text.at, '.', text.len) || memchr(text.at, 'e', text.len) ||
			   memchr(text.at, 'E', text.len)))
		return nothing;
	number = number_text(arena, text, false);
	return number.at && number_fits(arena, number, type) ? number : nothing;
}

static struct str bool_of_text(struct str text)
{
	if (str_equal(text, STR("true")) || str_equal(text, STR("t")))
		return STR("true");
	if (str_equal(text, STR("false")) || str_equal(text, STR("f")))
		return STR("false");
	return nothing;
}

/*
 * Four digits of a year, or no date, or an infinity: the rest depends on the server's settings, or
 * is better asked of it. A timestamp may be a date, of its midnight.
 */
static struct str time_of_text(struct arena *arena, struct str text, qn_type type)
{
	const char *written = arena_cstring(arena, text);
	union {
		qn_date date;
		qn_time time;
		qn_timestamp timestamp;
		qn_timestamptz timestamptz;
	} as;
	struct iso_time iso;

	if (!iso_time_scan(written, &iso) || iso.is_bc || (iso.has_date && text.at[4] != '-') ||
	    (iso.has_time && memchr(text.at, 't', text.len)))
		return nothing;
	if (type == QN_TYPE_TIMESTAMP && iso.has_date && !iso.has_time)
		text = arena_format(arena, "%s 00:00:00", written);
	written = arena_cstring(arena, text);
	switch (type) {
	case QN_TYPE_DATE:
		return qn_date_parse(written, &as.date) ? text : nothing;
	case QN_TYPE_TIME:
		return qn_time_parse(written, &as.time) ? text : nothing;
	case QN_TYPE_TIMESTAMP:
		return qn_timestamp_parse(written, &as.timestamp) ? text : nothing;
	default:
		return qn_timestamptz_parse(written, &as.timestamptz) ? text : nothing;
	}
}

static struct str value_of_text(struct arena *arena, struct str text, qn_type type)
{
	qn_uuid uuid;

	switch (class_of(type)) {
	case CLASS_BOOL:
		return bool_of_text(text);
	case CLASS_EXACT:
	case CLASS_FLOAT:
		return number_of_text(arena, text, type);
	case CLASS_DATE:
	case CLASS_TIME:
	case CLASS_TIMESTAMP:
	case CLASS_TIMESTAMPTZ:
		return time_of_text(arena, text, type);
	case CLASS_UUID:
		return qn_uuid_parse(arena_cstring(arena, text), &uuid) ? text : nothing;
	case CLASS_TEXT:
	case CLASS_ENUM:
		return text;
	case CLASS_NONE:
	case CLASS_OTHER:
	case CLASS_FAULT:
		break;
	}
	return nothing;
}

/* How far integers go; numeric goes farthest. */
static int exact_rank(qn_type type)
{
	switch (type) {
	case QN_TYPE_INT16:
		return 0;
	case QN_TYPE_INT32:
		return 1;
	case QN_TYPE_INT64:
		return 2;
	default:
		return 3;
	}
}

/* A cast that changes no value. */
static bool keeps_values(const struct term *term, qn_type type)
{
	if (term->class == CLASS_FLOAT)
		return term->type == type || (type == QN_TYPE_DOUBLE && !is_literal(term));
	if (term->class == CLASS_EXACT)
		return exact_rank(term->type) <= exact_rank(type);
	return term->class != CLASS_ENUM && term->class != CLASS_OTHER;
}

const struct term *term_cast(struct sql_reader *reader, const struct term *term, qn_type type)
{
	struct term cast;

	if (!term)
		return NULL;
	if (term->class == CLASS_FAULT)
		return term;
	cast = *term;
	cast.class = class_of(type);
	cast.type = type;
	if (term->class == CLASS_NONE) {
		if (is_literal(term))
			cast.text = value_of_text(reader->arena, term->text, type);
		return cast.text.at || !is_literal(term) ? term_new(reader, cast) : NULL;
	}
	if (term->class == CLASS_EXACT && is_literal(term) &&
	    (cast.class == CLASS_EXACT || cast.class == CLASS_FLOAT))
		return number_fits(reader->arena, term->text, type) ? term_new(reader, cast) : NULL;
	return cast.class == term->class && keeps_values(term, type) ? term_new(reader, cast)
								     : NULL;
}

/* A number that is the same as a real and as a double. */
static bool is_single(struct arena *arena, struct str text)
{
	double real;

	return json_number_to_double(arena, text, &real) != JSON_NUMBER_FITS ||
	       !((double)(float)real < real || (double)(float)real > real);
}

/* A literal beside a float: a number is a double there, a text is of the float's own type. */
static bool float_match(struct sql_reader *reader, const struct term **literal, qn_type type,
			bool in_list)
{
	bool is_text = (*literal)->class == CLASS_NONE;

	if (!is_literal(*literal))
		return false;
	*literal = term_cast(reader, *literal, is_text && !in_list ? type : QN_TYPE_DOUBLE);
	return *literal &&
	       (!in_list || type == QN_TYPE_DOUBLE || is_single(reader->arena, (*literal)->text));
}

static bool enum_has_label(const struct enumeration *enumeration, struct str label)
{
	for (size_t i = 0; i < enumeration->label_count; i++)
		if (str_equal(enumeration->labels[i].label, label))
			return true;
	return false;
}

/*
 * Gives a label the enum of the other's column. One that was cast to a type by name may be of
 * another type.
 */
static bool enum_match(struct sql_reader *reader, const struct term *other,
		       const struct term **term)
{
	const struct enumeration *enumeration;
	struct term label = **term;

	if (!other->column)
		return false;
	enumeration = other->column->type.enumeration;
	if (label.column)
		return label.column->type.enumeration == enumeration;
	if (label.kind == QN_NODE_NULL)
		return true;
	label.column = other->column;
	*term = term_new(reader, label);
	return *term && enum_has_label(enumeration, label.text);
}

/*
 * A text without a type beside a column of an enum is one of its labels, or PostgreSQL refuses it.
 */
static bool label_match(struct sql_reader *reader, const struct term *other,
			const struct term **term)
{
	if (enum_match(reader, other, term))
		return true;
	if (!*term || !other->column)
		return false;
	fault_add(reader, FAULT_LABEL, (*term)->token, other->column->type.enumeration);
	return true;
}

/* Of a text without a type, or NULL. */
static bool untyped_match(struct sql_reader *reader, const struct term *other,
			  const struct term **term, bool in_list)
{
	if (other->class == CLASS_NONE || other->class == CLASS_OTHER)
		return false;
	if ((*term)->kind == QN_NODE_NULL)
		return true;
	if (other->class == CLASS_FLOAT)
		return float_match(reader, term, other->type, in_list);
	*term = term_cast(reader, *term, other->type);
	if (!*term)
		return false;
	return other->class != CLASS_ENUM || label_match(reader, other, term);
}

bool terms_match(struct sql_reader *reader, const struct term **left, const struct term **right,
		 bool in_list)
{
	enum term_class class = (*left)->class;

	if (class == CLASS_FAULT || (*right)->class == CLASS_FAULT)
		return true;
	if (class == CLASS_NONE)
		return untyped_match(reader, *right, left, in_list);
	if ((*right)->class == CLASS_NONE)
		return untyped_match(reader, *left, right, in_list);
	if (class == CLASS_FLOAT && (*right)->class == CLASS_EXACT)
		return float_match(reader, right, (*left)->type, in_list);
	if (class == CLASS_EXACT && (*right)->class == CLASS_FLOAT)
		return !in_list && float_match(reader, left, (*right)->type, in_list);
	if (class != (*right)->class || class == CLASS_OTHER)
		return false;
	if (class != CLASS_ENUM)
		return true;
	return (*left)->column ? enum_match(reader, *left, right)
			       : enum_match(reader, *right, left);
}
