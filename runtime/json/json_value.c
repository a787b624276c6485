/*
 * Values of columns as JSON, by the one table of types.
 */
#include "json/json_out.h"

#include <string.h>

#include "base/digits.h"
#include "codec/type.h"

enum { DEPTH_OF_DOCUMENTS = 512 };

/* What 2^53 stands for in a double is not known: 2^53 + 1 became it too. */
#define EXACT_DOUBLE_MAX ((INT64_C(1) << 53) - 1)

static char *put_int64(char *at, const void *value)
{
	int64_t number = *(const int64_t *)value;

	if (number >= 0)
		return put_uint(at, (uint64_t)number);
	*at++ = '-';
	return put_uint(at, 0 - (uint64_t)number);
}

static char *put_int16(char *at, const void *value)
{
	return put_int64(at, &(int64_t){ *(const int16_t *)value });
}

static char *put_int32(char *at, const void *value)
{
	return put_int64(at, &(int64_t){ *(const int32_t *)value });
}

static char *put_oid(char *at, const void *value)
{
	return put_uint(at, *(const uint32_t *)value);
}

static char *put_bool(char *at, const void *value)
{
	bool is_true = *(const bool *)value;

	memcpy(at, is_true ? "true" : "false", 5);
	return at + (is_true ? 4 : 5);
}

/* A number, or as text what a double cannot hold. */
static char *put_big_integer(char *at, const void *value)
{
	int64_t number = *(const int64_t *)value;
	bool is_text = number > EXACT_DOUBLE_MAX || number < -EXACT_DOUBLE_MAX;

	if (is_text)
		*at++ = '"';
	at = put_int64(at, value);
	if (is_text)
		*at++ = '"';
	return at;
}

/* "char": a byte of its own; 0 is the empty one. Over ASCII it is no character. */
static char *write_char(struct json_out *out, char *at, const struct json_form *form,
			const void *value)
{
	const char character[] = { *(const char *)value, '\0' };
	const char *text = character;

	return json_write_text(out, at, form, &text);
}

/* What is written between quotes, and needs no escapes. */
#define PUT_FORMATTED(name, type, format)               \
	static char *name(char *at, const void *value)  \
	{                                               \
		*at++ = '"';                            \
		at += format(*(const type *)value, at); \
		*at++ = '"';                            \
		return at;                              \
	}

PUT_FORMATTED(put_decimal, qn_decimal, qn_decimal_format)
PUT_FORMATTED(put_date, qn_date, qn_date_format)
PUT_FORMATTED(put_time, qn_time, qn_time_format)
PUT_FORMATTED(put_timestamp, qn_timestamp, qn_timestamp_format)
PUT_FORMATTED(put_timestamptz, qn_timestamptz, qn_timestamptz_format)
PUT_FORMATTED(put_interval, qn_interval, qn_interval_format)
PUT_FORMATTED(put_uuid, qn_uuid, qn_uuid_format)
PUT_FORMATTED(put_inet, qn_inet, qn_inet_format)
PUT_FORMATTED(put_macaddr, qn_macaddr, qn_macaddr_format)

static char *put_base64(char *at, const uint8_t *bytes, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		uint32_t three = (uint32_t)bytes[i] << 16;

		if (left > 1)
			three |= (uint32_t)bytes[i + 1] << 8;
		if (left > 2)
			three |= bytes[i + 2];
		*at++ = digits[three >> 18];
		*at++ = digits[three >> 12 & 63];
		*at++ = left > 1 ? digits[three >> 6 & 63] : '=';
		*at++ = left > 2 ? digits[three & 63] : '=';
	}
	return at;
}

static char *write_bytes(struct json_out *out, char *at, const struct json_form *form,
			 const void *value)
{
	const qn_bytes *bytes = value;

	(void)form;
	at = json_reserve(out, at, bytes->len / 3 * 4 + 6);
	if (!at)
		return NULL;
	*at++ = '"';
	at = put_base64(at, bytes->at, bytes->len);
	*at++ = '"';
	return at;
}

static char *write_document(struct json_out *out, char *at, const struct json_form *form,
			    const void *value)
{
	const char *text = *(const char *const *)value;
	size_t len = strlen(text);

	if (json_is_valid(text, len, DEPTH_OF_DOCUMENTS))
		return json_put_bytes(out, at, text, len);
	json_fail_field(out, form->model, form->field->name,
			"is not JSON, or nested more than 512 deep");
	return NULL;
}

/* Writes it, and keeps what was written, if there is memory for that. */
static char *write_new_label(struct json_out *out, char *at, const struct json_form *form,
			     int number)
{
	const char *text = form->field->enumeration->labels[number - 1];
	size_t start = (size_t)(at - out->buffer->at);
	size_t len;
	char *copy;

	at = json_write_text(out, at, form, &text);
	if (!at)
		return NULL;
	len = (size_t)(at - out->buffer->at) - start;
	copy = arena_alloc(&out->arena, len + JSON_LABEL_STEP);
	if (copy) {
		memcpy(copy, out->buffer->at + start, len);
		form->labels[number - 1] = (struct json_label){ copy, len };
	}
	return at;
}

/* A number that is no label, as the unset 0, has none to be written. */
static char *write_enum(struct json_out *out, char *at, const struct json_form *form,
			const void *value)
{
	int number = *(const int *)value;
	const struct json_label *label;

	if (number <= 0 || (uint32_t)number > form->field->enumeration->len) {
		memcpy(at, "null", 4);
		return at + 4;
	}
	label = &form->labels[number - 1];
	if (!label->len)
		return write_new_label(out, at, form, number);
	if (label->len > JSON_LABEL_STEP)
		return json_put_bytes(out, at, label->at, label->len);
	memcpy(at, label->at, JSON_LABEL_STEP);
	return at + label->len;
}

/* The layout that all qn_array_ structs share. */
struct json_array {
	const char *at;
	size_t len;
	const bool *is_null;
};

static inline bool element_is_null(const struct json_form *form, const struct json_array *array,
				   size_t index, const char *element)
{
	if (array->is_null && array->is_null[index])
		return true;
	return form->element_is_pointer && !*(const char *const *)(const void *)element;
}

static char *write_array(struct json_out *out, char *at, const struct json_form *form,
			 const void *value)
{
	const struct json_array *array = value;
	const char *element = array->at;

	*at++ = '[';
	for (size_t i = 0; i < array->len; i++, element += form->element_size) {
		if (i)
			*at++ = ',';
		at = json_reserve(out, at, JSON_SHORT_MAX + 1);
		if (!at)
			return NULL;
		if (element_is_null(form, array, i, element)) {
			memcpy(at, "null", 4);
			at += 4;
		} else if (form->element_put) {
			at = form->element_put(at, element);
		} else {
			at = form->element_write(out, at, form, element);
			if (!at)
				return NULL;
			at = json_reserve(out, at, 1);
			if (!at)
				return NULL;
		}
	}
	*at++ = ']';
	return at;
}

/* A type has one of both. */
struct type_form {
	json_put *put;
	json_write *write;
};

static const struct type_form forms[QN_TYPE_COUNT_] = {
	[QN_TYPE_BOOL] = { .put = put_bool },
	[QN_TYPE_INT16] = { .put = put_int16 },
	[QN_TYPE_INT32] = { .put = put_int32 },
	[QN_TYPE_INT64] = { .put = put_int64 },
	[QN_TYPE_FLOAT] = { .write = json_write_float },
	[QN_TYPE_DOUBLE] = { .write = json_write_double },
	[QN_TYPE_OID] = { .put = put_oid },
	[QN_TYPE_CHAR] = { .write = write_char },
	[QN_TYPE_TEXT] = { .write = json_write_text },
	[QN_TYPE_VARCHAR] = { .write = json_write_text },
	[QN_TYPE_BPCHAR] = { .write = json_write_text },
	[QN_TYPE_NAME] = { .write = json_write_text },
	[QN_TYPE_DECIMAL] = { .put = put_decimal },
	[QN_TYPE_NUMERIC] = { .write = json_write_text },
	[QN_TYPE_BYTES] = { .write = write_bytes },
	[QN_TYPE_DATE] = { .put = put_date },
	[QN_TYPE_TIME] = { .put = put_time },
	[QN_TYPE_TIMESTAMP] = { .put = put_timestamp },
	[QN_TYPE_TIMESTAMPTZ] = { .put = put_timestamptz },
	[QN_TYPE_INTERVAL] = { .put = put_interval },
	[QN_TYPE_UUID] = { .put = put_uuid },
	[QN_TYPE_JSON] = { .write = write_document },
	[QN_TYPE_JSONB] = { .write = write_document },
	[QN_TYPE_INET] = { .put = put_inet },
	[QN_TYPE_CIDR] = { .put = put_inet },
	[QN_TYPE_MACADDR] = { .put = put_macaddr },
	[QN_TYPE_ENUM] = { .write = write_enum },
	[QN_TYPE_OPAQUE] = { .write = json_write_text },
};

static struct type_form form_of(const struct json_out *out, uint8_t type)
{
	if (type == QN_TYPE_INT64 && out->options.integers_as_text)
		return (struct type_form){ .put = put_big_integer };
	return forms[type];
}

/* int2vector, oidvector: the C type is itself an array. */
static uint8_t element_type_of(const qn_field *field)
{
	if (field->type == QN_TYPE_INT2VECTOR)
		return QN_TYPE_INT16;
	return field->type == QN_TYPE_OIDVECTOR ? QN_TYPE_OID : field->type;
}

bool json_form_init(struct json_form *form, struct json_out *out, const qn_model *model,
		    const qn_field *field)
{
	uint8_t type = element_type_of(field);
	struct type_form of_type = form_of(out, type);

	*form = (struct json_form){ .model = model, .field = field };
	if (type == QN_TYPE_ENUM) {
		form->labels = arena_alloc_array(&out->arena, field->enumeration->len,
						 sizeof(*form->labels));
		if (!form->labels)
			return false;
	}
	if (!(field->flags & QN_FIELD_ARRAY) && type == field->type) {
		form->put = of_type.put;
		form->write = of_type.write;
		return true;
	}
	form->write = write_array;
	form->element_put = of_type.put;
	form->element_write = of_type.write;
	form->element_size = type_info_of(type)->size;
	form->element_is_pointer = type_info_of(type)->flags & TYPE_POINTER;
	return true;
}
