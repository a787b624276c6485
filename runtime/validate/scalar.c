#include "validate/scalar.h"

#include <string.h>
#include <strings.h>

#include "codec/numeral.h"
#include "quern/value.h"
#include "json/read_number.h"

static struct scalar ordinal_of(int64_t ordinal)
{
	return (struct scalar){ .kind = SCALAR_ORDINAL, .as.ordinal = ordinal };
}

static struct scalar integer_of(int64_t integer)
{
	return (struct scalar){ .kind = SCALAR_DECIMAL, .as.decimal = { integer, 0 } };
}

static struct scalar float_of(double real)
{
	return (struct scalar){ .kind = SCALAR_FLOAT, .as.real = real };
}

static bool enum_scalar(struct scalar *out, const qn_enum *enumeration, int constant)
{
	if (constant < 1 || (uint32_t)constant > enumeration->len)
		return false;
	*out = ordinal_of(constant);
	return true;
}

static bool label_scalar(struct scalar *out, const qn_enum *enumeration, const char *label)
{
	for (uint32_t i = 0; i < enumeration->len; i++) {
		if (strcmp(enumeration->labels[i], label) == 0) {
			*out = ordinal_of(i + 1);
			return true;
		}
	}
	return false;
}

static bool numeric_scalar(struct scalar *out, const char *text)
{
	struct numeral numeral;
	qn_decimal decimal;

	if (qn_decimal_parse(text, &decimal)) {
		*out = (struct scalar){ .kind = SCALAR_DECIMAL, .as.decimal = decimal };
		return true;
	}
	if (numeral_form_of(text) == NUMERAL_FINITE && !numeral_parse(text, &numeral))
		return false;
	*out = (struct scalar){ .kind = SCALAR_NUMERIC, .as.numeric = text };
	return true;
}

static bool float_scalar(struct scalar *out, bool is_single, const char *text)
{
	struct str digits = str_from_cstring(text);
	enum json_number_fit fit;
	struct arena arena;
	double real = 0;
	float single = 0;

	switch (numeral_form_of(text)) {
	case NUMERAL_NAN:
		*out = float_of(__builtin_nan(""));
		return true;
	case NUMERAL_INFINITY:
		*out = float_of(__builtin_inf());
		return true;
	case NUMERAL_MINUS_INFINITY:
		*out = float_of(-__builtin_inf());
		return true;
	case NUMERAL_FINITE:
		break;
	}
	arena_init(&arena, 0, NULL);
	fit = is_single ? json_number_to_float(&arena, digits, &single)
			: json_number_to_double(&arena, digits, &real);
	arena_free(&arena);
	if (fit != JSON_NUMBER_FITS)
		return false;
	*out = float_of(is_single ? (double)single : real);
	return true;
}

/* Of the types whose values are pointers to texts. */
static bool pointer_scalar(struct scalar *out, uint8_t type, const char *text)
{
	if (!text) {
		*out = (struct scalar){ .kind = SCALAR_NULL };
		return true;
	}
	if (type == QN_TYPE_NUMERIC)
		return numeric_scalar(out, text);
	*out = (struct scalar){ .kind = SCALAR_TEXT, .as.text = str_from_cstring(text) };
	return true;
}

static bool number_scalar(struct scalar *out, const qn_field *field, const void *value)
{
	switch (field->type) {
	case QN_TYPE_INT16:
		*out = integer_of(*(const int16_t *)value);
		return true;
	case QN_TYPE_INT32:
		*out = integer_of(*(const int32_t *)value);
		return true;
	case QN_TYPE_INT64:
		*out = integer_of(*(const int64_t *)value);
		return true;
	case QN_TYPE_OID:
		*out = integer_of(*(const uint32_t *)value);
		return true;
	case QN_TYPE_FLOAT:
		*out = float_of((double)*(const float *)value);
		return true;
	case QN_TYPE_DOUBLE:
		*out = float_of(*(const double *)value);
		return true;
	default:
		*out = (struct scalar){ .kind = SCALAR_DECIMAL };
		out->as.decimal = *(const qn_decimal *)value;
		return true;
	}
}

bool scalar_of_value(struct scalar *out, const qn_field *field, const void *value)
{
	if (!value) {
		*out = (struct scalar){ .kind = SCALAR_NULL };
		return true;
	}
	switch (field->type) {
	case QN_TYPE_BOOL:
		*out = ordinal_of(*(const bool *)value);
		return true;
	case QN_TYPE_INT16:
	case QN_TYPE_INT32:
	case QN_TYPE_INT64:
	case QN_TYPE_OID:
	case QN_TYPE_FLOAT:
	case QN_TYPE_DOUBLE:
	case QN_TYPE_DECIMAL:
		return number_scalar(out, field, value);
	case QN_TYPE_TEXT:
	case QN_TYPE_VARCHAR:
	case QN_TYPE_BPCHAR:
	case QN_TYPE_NAME:
	case QN_TYPE_NUMERIC:
		return pointer_scalar(out, field->type, *(const char *const *)value);
	case QN_TYPE_DATE:
		*out = ordinal_of(((const qn_date *)value)->days);
		return true;
	case QN_TYPE_TIME:
	case QN_TYPE_TIMESTAMP:
	case QN_TYPE_TIMESTAMPTZ:
		*out = ordinal_of(*(const int64_t *)value);
		return true;
	case QN_TYPE_UUID:
		*out = (struct scalar){ .kind = SCALAR_UUID, .as.uuid = *(const qn_uuid *)value };
		return true;
	case QN_TYPE_ENUM:
		return enum_scalar(out, field->enumeration, *(const int *)value);
	default:
		*out = (struct scalar){ .kind = SCALAR_OTHER };
		return true;
	}
}

static bool time_scalar(struct scalar *out, uint8_t type, const char *text)
{
	union {
		qn_date date;
		qn_time time;
		qn_timestamp timestamp;
		qn_timestamptz timestamptz;
	} as;

	switch (type) {
	case QN_TYPE_DATE:
		if (!qn_date_parse(text, &as.date))
			return false;
		*out = ordinal_of(as.date.days);
		return true;
	case QN_TYPE_TIME:
		if (!qn_time_parse(text, &as.time))
			return false;
		*out = ordinal_of(as.time.microseconds);
		return true;
	case QN_TYPE_TIMESTAMP:
		if (!qn_timestamp_parse(text, &as.timestamp))
			return false;
		*out = ordinal_of(as.timestamp.microseconds);
		return true;
	default:
		if (!qn_timestamptz_parse(text, &as.timestamptz))
			return false;
		*out = ordinal_of(as.timestamptz.microseconds);
		return true;
	}
}

static bool bool_scalar(struct scalar *out, const char *text)
{
	bool is_true = strcmp(text, "true") == 0;

	if (!is_true && strcmp(text, "false") != 0)
		return false;
	*out = ordinal_of(is_true);
	return true;
}

bool scalar_of_text(struct scalar *out, uint8_t type, const qn_enum *enumeration, const char *text)
{
	qn_uuid uuid;

	switch (type) {
	case QN_TYPE_BOOL:
		return bool_scalar(out, text);
	case QN_TYPE_INT16:
	case QN_TYPE_INT32:
	case QN_TYPE_INT64:
	case QN_TYPE_OID:
	case QN_TYPE_DECIMAL:
	case QN_TYPE_NUMERIC:
		return numeric_scalar(out, text);
	case QN_TYPE_FLOAT:
	case QN_TYPE_DOUBLE:
		return float_scalar(out, type == QN_TYPE_FLOAT, text);
	case QN_TYPE_TEXT:
	case QN_TYPE_VARCHAR:
	case QN_TYPE_BPCHAR:
	case QN_TYPE_NAME:
		return pointer_scalar(out, type, text);
	case QN_TYPE_DATE:
	case QN_TYPE_TIME:
	case QN_TYPE_TIMESTAMP:
	case QN_TYPE_TIMESTAMPTZ:
		return time_scalar(out, type, text);
	case QN_TYPE_UUID:
		if (!qn_uuid_parse(text, &uuid))
			return false;
		*out = (struct scalar){ .kind = SCALAR_UUID, .as.uuid = uuid };
		return true;
	case QN_TYPE_ENUM:
		return label_scalar(out, enumeration, text);
	default:
		return false;
	}
}

/* The digits of a decimal, for what has more of them; in `room`. */
static void decimal_numeral(qn_decimal decimal, char room[QN_DECIMAL_TEXT], struct numeral *numeral)
{
	qn_decimal_format(decimal, room);
	/* What was formatted is a number. */
	(void)numeral_parse(room, numeral);
}

static enum numeral_form scalar_form(const struct scalar *scalar)
{
	if (scalar->kind == SCALAR_NUMERIC)
		return numeral_form_of(scalar->as.numeric);
	return qn_decimal_is_nan(scalar->as.decimal) ? NUMERAL_NAN : NUMERAL_FINITE;
}

static void scalar_numeral(const struct scalar *scalar, char room[QN_DECIMAL_TEXT],
			   struct numeral *numeral)
{
	if (scalar->kind == SCALAR_DECIMAL)
		decimal_numeral(scalar->as.decimal, room, numeral);
	else
		(void)numeral_parse(scalar->as.numeric, numeral);
}

static int exact_compare(const struct scalar *a, const struct scalar *b)
{
	enum numeral_form form_a;
	enum numeral_form form_b;
	char room_a[QN_DECIMAL_TEXT];
	char room_b[QN_DECIMAL_TEXT];
	struct numeral numeral_a;
	struct numeral numeral_b;

	if (a->kind == SCALAR_DECIMAL && b->kind == SCALAR_DECIMAL)
		return qn_decimal_compare(a->as.decimal, b->as.decimal);
	form_a = scalar_form(a);
	form_b = scalar_form(b);
	if (form_a != NUMERAL_FINITE || form_b != NUMERAL_FINITE)
		return (int)form_a - (int)form_b;
	scalar_numeral(a, room_a, &numeral_a);
	scalar_numeral(b, room_b, &numeral_b);
	return numeral_compare(&numeral_a, &numeral_b);
}

static int float_compare(double a, double b)
{
	bool is_nan_a = a != a;
	bool is_nan_b = b != b;

	if (is_nan_a || is_nan_b)
		return (int)is_nan_a - (int)is_nan_b;
	return (a > b) - (a < b);
}

int scalar_compare(const struct scalar *a, const struct scalar *b)
{
	switch (a->kind) {
	case SCALAR_ORDINAL:
		return (a->as.ordinal > b->as.ordinal) - (a->as.ordinal < b->as.ordinal);
	case SCALAR_DECIMAL:
	case SCALAR_NUMERIC:
		return exact_compare(a, b);
	case SCALAR_FLOAT:
		return float_compare(a->as.real, b->as.real);
	case SCALAR_TEXT:
		return str_compare(a->as.text, b->as.text);
	case SCALAR_UUID:
		return memcmp(a->as.uuid.at, b->as.uuid.at, sizeof(a->as.uuid.at));
	case SCALAR_NULL:
	case SCALAR_OTHER:
		break;
	}
	return 0;
}
