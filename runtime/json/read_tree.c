/*
 * Reading of cJSON's trees, where every number is a double.
 */
#include "json/read.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "validate/validate.h"

enum { NUMBER_ROOM = 48 };

/* As many bits behind the point are taken as there are decimals. */
#define LAST_BIT      262144.0                /* 2^18 */
#define LAST_DECIMALS UINT64_C(3814697265625) /* 10^18 / 2^18 */

struct tree_reader {
	struct json_reader *reader;
	char number[NUMBER_ROOM];
};

static const struct problem not_utf8 = { "invalid", "is not UTF-8" };
static const struct problem not_array = { "invalid", "is not an array" };
static const struct problem not_exact = { "invalid",
					  "is a double that is not exact; give it as text" };

/* All digits, whatever the locale. False: the double has more of them, or is 2^53 or more. */
static bool number_print(double number, char text[NUMBER_ROOM])
{
	double magnitude = fabs(number);
	uint64_t whole;
	uint64_t bits;
	int len;

	if (!(magnitude < JSON_EXACT_END))
		return false;
	whole = (uint64_t)magnitude;
	bits = (uint64_t)((magnitude - (double)whole) * LAST_BIT);
	if ((double)bits / LAST_BIT != magnitude - (double)whole)
		return false;
	len = snprintf(text, NUMBER_ROOM, "%s%" PRIu64, number < 0 ? "-" : "", whole);
	if (bits)
		(void)snprintf(text + len, NUMBER_ROOM - (size_t)len, ".%018" PRIu64,
			       bits * LAST_DECIMALS);
	return true;
}

static struct problem number_take(struct tree_reader *tree, const qn_field *field,
				  const cJSON *item, struct json_scalar *scalar)
{
	scalar->token = JSON_NUMBER;
	if (!isfinite(item->valuedouble))
		return (struct problem){ "invalid", "is not a number" };
	if (field->type == QN_TYPE_FLOAT || field->type == QN_TYPE_DOUBLE) {
		scalar->number = &item->valuedouble;
		return NO_PROBLEM;
	}
	if (!number_print(item->valuedouble, tree->number))
		return not_exact;
	scalar->text = str_from_cstring(tree->number);
	return NO_PROBLEM;
}

static struct problem text_take(struct tree_reader *tree, const cJSON *item,
				struct json_scalar *scalar)
{
	struct str text = str_from_cstring(item->valuestring);

	if (!str_is_utf8(text))
		return not_utf8;
	scalar->token = JSON_TEXT;
	scalar->text = arena_copy(tree->reader->arena, text);
	return NO_PROBLEM;
}

static struct problem scalar_take(struct tree_reader *tree, const qn_field *field,
				  const cJSON *item, struct json_scalar *scalar)
{
	*scalar = (struct json_scalar){ .token = JSON_NULL };
	if (cJSON_IsNull(item))
		return NO_PROBLEM;
	if (json_field_is_document(field))
		return json_document_print(tree->reader, field, item, scalar);
	if (cJSON_IsNumber(item))
		return number_take(tree, field, item, scalar);
	if (cJSON_IsString(item) && item->valuestring)
		return text_take(tree, item, scalar);
	if (!cJSON_IsBool(item))
		return (struct problem){ "invalid", "is not a single value" };
	scalar->token = cJSON_IsTrue(item) ? JSON_TRUE : JSON_FALSE;
	return NO_PROBLEM;
}

static void array_read(struct tree_reader *tree, const struct json_target *target,
		       const cJSON *array)
{
	struct json_elements elements;
	const cJSON *item;

	json_elements_init(&elements, tree->reader, target);
	cJSON_ArrayForEach(item, array)
	{
		struct json_scalar scalar;
		struct problem problem = scalar_take(tree, &elements.field, item, &scalar);

		if (problem.code)
			json_elements_fail(&elements, tree->reader, problem);
		else
			json_elements_add(&elements, tree->reader, &scalar);
	}
	json_elements_finish(&elements, tree->reader);
}

static void value_read(struct tree_reader *tree, const struct json_target *target,
		       const cJSON *item)
{
	struct problem problem;
	struct json_scalar scalar;

	if (cJSON_IsArray(item) && json_field_is_array(target->field)) {
		array_read(tree, target, item);
		return;
	}
	problem = scalar_take(tree, target->field, item, &scalar);
	if (cJSON_IsObject(item) && json_field_is_array(target->field))
		problem = not_array;
	if (problem.code)
		json_reader_fail(tree->reader, target, problem);
	else if (!tree->reader->arena->exhausted)
		json_reader_take(tree->reader, target, &scalar);
}

static qn_status tree_read(struct json_reader *reader, qn_session *session,
			   const qn_json_tree_input *input, qn_errors *errors)
{
	struct tree_reader tree = { .reader = reader };
	const cJSON *item;
	qn_status status;

	if (errors)
		*errors = (qn_errors){ NULL, 0 };
	if (!input->tree)
		return validation_refuse(session, reader->call, "the tree is NULL");
	status = json_reader_begin(reader, session, errors);
	if (status != QN_OK)
		return status;
	reader->ignores_unknown = input->ignore_unknown;
	if (!cJSON_IsObject(input->tree)) {
		json_reader_stop(reader, "invalid", "it is not an object");
		return json_reader_finish(reader, errors);
	}
	cJSON_ArrayForEach(item, input->tree)
	{
		struct str key = str_from_cstring(item->string);
		struct json_target target;

		/* The errors would name it, and could not be written. */
		if (!str_is_utf8(key)) {
			json_reader_stop(reader, "invalid", "it has a key that is not UTF-8");
			break;
		}
		if (json_reader_find(reader, key, &target))
			value_read(&tree, &target, item);
	}
	return json_reader_finish(reader, errors);
}

qn_status qn_json_read_new_tree(qn_session *session, const qn_model *model, void *values,
				qn_json_tree_input input, qn_errors *errors)
{
	struct json_reader reader = {
		.call = "qn_json_read_new_tree",
		.model = model,
		.serializer = input.serializer,
		.values = values,
	};

	return tree_read(&reader, session, &input, errors);
}

qn_status qn_json_read_changes_tree(qn_session *session, const qn_model *model, void *values,
				    qn_json_tree_input input, qn_errors *errors)
{
	struct json_reader reader = {
		.call = "qn_json_read_changes_tree",
		.model = model,
		.serializer = input.serializer,
		.values = values,
		.is_changes = true,
	};

	return tree_read(&reader, session, &input, errors);
}
