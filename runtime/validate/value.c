#include "validate/value.h"

#include <string.h>

#include "codec/array.h"
#include "json/scan.h"

qn_field field_of_element(const qn_field *field)
{
	qn_field element = *field;

	element.flags = (uint16_t)(element.flags & ~(unsigned)QN_FIELD_ARRAY);
	element.type = (uint8_t)type_info_id(array_element_type(field));
	return element;
}

/* The code of what an encoder refuses, by the words of its refusal. */
static const char *refusal_code(const qn_field *field, const char *refusal)
{
	bool is_number = field->type == QN_TYPE_DECIMAL || field->type == QN_TYPE_NUMERIC;

	if (field->type == QN_TYPE_ENUM)
		return "invalid_choice";
	if (strncmp(refusal, "is longer than", 14) == 0)
		return "max_length";
	if (!is_number)
		return "invalid";
	if (strstr(refusal, "decimal") || strstr(refusal, "multiple"))
		return "max_decimal_places";
	return strstr(refusal, "digit") || strstr(refusal, "below") ? "max_digits" : "invalid";
}

/* The server's jsonb, and its json too, are parsed by it; what it would refuse is found here. */
static struct problem document_problem(const qn_field *field, const char *text)
{
	struct json_scanner scanner = { .at = text,
					.end = text + strlen(text),
					.depth_max = JSON_DEPTH_MAX };
	bool is_whole;

	(void)json_scan(&scanner);
	is_whole = json_scan_value(&scanner) && json_scan(&scanner) == JSON_END;
	if (scanner.is_too_deep)
		return (struct problem){ "invalid", "is nested more than 1024 deep" };
	if (!is_whole)
		return (struct problem){ "invalid", "is not JSON" };
	if (scanner.has_odd && field->type == QN_TYPE_JSONB)
		return (struct problem){ "invalid", JSON_ODD_PROBLEM };
	return NO_PROBLEM;
}

struct problem choice_problem(struct arena *arena, const qn_enum *enumeration)
{
	enum { LISTED_MAX = 12 };
	const char *text = "is none of";

	if (enumeration->len > LISTED_MAX)
		return (struct problem){ "invalid_choice", "is none of the choices" };
	for (uint32_t i = 0; text && i < enumeration->len; i++)
		text = arena_format(arena, "%s%s %s", text, i ? "," : "", enumeration->labels[i])
			       .at;
	return (struct problem){ "invalid_choice", text };
}

struct problem value_problem(struct arena *arena, struct buf *encoded, const qn_field *field,
			     const void *value)
{
	const struct type_info *info = type_info_of(field->type);
	codec_refusal refusal;

	buf_clear(encoded);
	refusal = info->encode(encoded, (struct codec_value){ value, field });
	if (encoded->failed) {
		arena->exhausted = true;
		return NO_PROBLEM;
	}
	if (refusal)
		return (struct problem){ refusal_code(field, refusal),
					 arena_format(arena, "%s", refusal).at };
	if (field->type == QN_TYPE_JSON || field->type == QN_TYPE_JSONB)
		return document_problem(field, *(const char *const *)value);
	return NO_PROBLEM;
}

static void array_check(struct error_list *errors, struct buf *encoded, const qn_field *field,
			const struct array *array)
{
	const struct type_info *info = array_element_type(field);
	size_t number = (size_t)(field - errors->model->fields);
	qn_field element = field_of_element(field);
	size_t size = 0;

	for (size_t i = 0; i < array->len && !error_list_has(errors, number); i++) {
		struct problem problem;

		if (array_element_is_null(array, info, i))
			continue;
		problem = value_problem(errors->arena, encoded, &element,
					array_element(array, info, i));
		size += encoded->len;
		if (problem.code)
			error_list_fail_element(errors, number, i, problem);
		else if (codec_check_size(size))
			error_list_fail(errors, number,
					(struct problem){ "invalid", codec_check_size(size) });
	}
}

void value_check(struct error_list *errors, struct buf *encoded, const qn_field *field,
		 const void *value)
{
	size_t number = (size_t)(field - errors->model->fields);
	struct problem problem = NO_PROBLEM;
	struct array array;

	if (field->flags & QN_FIELD_ARRAY) {
		problem.message = array_read((struct codec_value){ value, field }, &array);
		if (problem.message)
			problem.code = "invalid";
		else
			array_check(errors, encoded, field, &array);
	} else {
		problem = value_problem(errors->arena, encoded, field, value);
	}
	if (problem.code)
		error_list_fail(errors, number, problem);
}
