/*
 * Arrays of JSON into those of C, element by element.
 */
#include "json/read.h"

#include <string.h>

#include "codec/type.h"
#include "validate/value.h"

static const struct problem is_empty = { "invalid", "is empty, which a vector cannot be" };
static const struct problem not_null = { "null", "cannot be null" };

void json_elements_init(struct json_elements *elements, struct json_reader *reader,
			const struct json_target *target)
{
	*elements = (struct json_elements){ .target = *target,
					    .field = field_of_element(target->field) };
	buf_init(&elements->values, reader->arena);
	buf_init(&elements->nulls, reader->arena);
}

void json_elements_fail(struct json_elements *elements, struct json_reader *reader,
			struct problem problem)
{
	struct json_target element = elements->target;

	if (elements->is_bad)
		return;
	elements->is_bad = true;
	element.name =
		arena_format(reader->arena, "%s[%zu]", elements->target.name, elements->len).at;
	json_reader_fail(reader, &element, problem);
}

static struct problem element_take(struct json_elements *elements, struct json_reader *reader,
				   const struct json_scalar *scalar, char *out)
{
	bool is_vector = !(elements->target.field->flags & QN_FIELD_ARRAY);

	if (scalar->token == JSON_NULL)
		return is_vector ? not_null : NO_PROBLEM;
	return json_value_take(reader, &elements->field, scalar, out);
}

void json_elements_add(struct json_elements *elements, struct json_reader *reader,
		       const struct json_scalar *scalar)
{
	size_t size = type_info_of(elements->field.type)->size;
	bool is_null = scalar->token == JSON_NULL;
	struct problem problem;
	char *out;

	if (elements->is_bad)
		return;
	out = buf_reserve(&elements->values, size);
	if (!out)
		return;
	memset(out, 0, size + 1);
	problem = element_take(elements, reader, scalar, out);
	if (problem.code)
		json_elements_fail(elements, reader, problem);
	elements->values.len += size;
	buf_add_char(&elements->nulls, (char)is_null);
	elements->has_null |= is_null;
	elements->len++;
}

void json_elements_finish(struct json_elements *elements, struct json_reader *reader)
{
	qn_array_text array = { .len = elements->len };
	void *at = elements->values.at;
	bool is_vector = !(elements->target.field->flags & QN_FIELD_ARRAY);

	if (elements->is_bad || elements->values.failed || elements->nulls.failed)
		return;
	if (is_vector && !elements->len) {
		json_reader_fail(reader, &elements->target, is_empty);
		return;
	}
	if (elements->len)
		memcpy(&array.at, &at, sizeof(at));
	if (elements->has_null)
		array.is_null = (const bool *)elements->nulls.at;
	memcpy(elements->target.at, &array, sizeof(array));
	json_reader_set(reader, &elements->target);
}
