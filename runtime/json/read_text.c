/*
 * Reading of texts, and the public functions.
 *
 * The text is copied once: its strings are unescaped and ended where they stand, and what was read
 * points there.
 */
#include "json/read.h"

#include <string.h>

#include "validate/validate.h"

enum { DEPTH_DEFAULT = 64 };

#define SIZE_DEFAULT ((size_t)16 * 1024 * 1024)

static const struct problem not_single = { "invalid", "is not a single value" };
static const struct problem not_array = { "invalid", "is not an array" };

struct text_reader {
	struct json_reader *reader;
	struct json_scanner scanner;
	char *text; /* the copy */
	unsigned depth_max;
};

/* What was scanned is not needed any more, and may be written to. */
static char *writable(const struct text_reader *text, const char *at)
{
	return text->text + (at - text->text);
}

/* The text of the token at hand, with a NUL behind it; an odd one as it was written. */
static struct str text_take(const struct text_reader *text)
{
	struct str raw = json_scan_text(&text->scanner);
	char *at = writable(text, raw.at);

	if (text->scanner.token == JSON_ESCAPED)
		raw.len = json_unescape(at, raw.len);
	at[raw.len] = '\0';
	return raw;
}

static struct json_scalar scalar_take(const struct text_reader *text)
{
	const struct json_scanner *scanner = &text->scanner;
	struct json_scalar scalar = { .token = scanner->token };

	if (scanner->token == JSON_INTEGER || scanner->token == JSON_NUMBER)
		scalar.text =
			(struct str){ scanner->start, (size_t)(scanner->at - scanner->start) };
	else if (scanner->token >= JSON_TEXT)
		scalar.text = text_take(text);
	if (scalar.token == JSON_ESCAPED)
		scalar.token = JSON_TEXT;
	return scalar;
}

/* The value at hand as it was written. False: it is not JSON. */
static bool document_take(struct text_reader *text, const qn_field *field,
			  struct json_scalar *scalar)
{
	struct json_scanner *scanner = &text->scanner;
	const char *start = scanner->start;

	scanner->has_odd = false;
	scalar->token = JSON_NULL;
	if (scanner->token == JSON_NULL)
		return true;
	if (!json_scan_value(scanner))
		return false;
	scalar->token = scanner->has_odd && field->type == QN_TYPE_JSONB ? JSON_ODD : JSON_TEXT;
	scalar->text = arena_copy(text->reader->arena,
				  (struct str){ start, (size_t)(scanner->at - start) });
	return scalar->text.at != NULL;
}

/* False: it is not JSON, or there is no memory. */
static bool element_read(struct text_reader *text, struct json_elements *elements)
{
	struct json_scalar scalar;

	if (json_field_is_document(&elements->field)) {
		if (!document_take(text, &elements->field, &scalar))
			return false;
		json_elements_add(elements, text->reader, &scalar);
		return true;
	}
	if (!json_token_is_scalar(text->scanner.token)) {
		json_elements_fail(elements, text->reader, not_single);
		return json_scan_value(&text->scanner);
	}
	scalar = scalar_take(text);
	json_elements_add(elements, text->reader, &scalar);
	return true;
}

static bool array_read(struct text_reader *text, const struct json_target *target)
{
	struct json_scanner *scanner = &text->scanner;
	struct json_elements elements;

	json_elements_init(&elements, text->reader, target);
	if (json_scan(scanner) == JSON_ARRAY_END) {
		json_elements_finish(&elements, text->reader);
		return true;
	}
	while (element_read(text, &elements)) {
		if (json_scan(scanner) == JSON_ARRAY_END) {
			json_elements_finish(&elements, text->reader);
			return true;
		}
		if (scanner->token != JSON_COMMA)
			return json_scan_miss(scanner, "',' or ']' is missing");
		(void)json_scan(scanner);
	}
	return false;
}

static bool value_read(struct text_reader *text, const struct json_target *target)
{
	struct json_scanner *scanner = &text->scanner;
	struct json_scalar scalar;

	if (scanner->token == JSON_ARRAY && json_field_is_array(target->field))
		return array_read(text, target);
	if (json_field_is_document(target->field) && !json_field_is_array(target->field)) {
		if (!document_take(text, target->field, &scalar))
			return false;
	} else if (json_token_is_scalar(scanner->token)) {
		scalar = scalar_take(text);
	} else {
		if (scanner->token == JSON_OBJECT || scanner->token == JSON_ARRAY)
			json_reader_fail(text->reader, target,
					 json_field_is_array(target->field) ? not_array
									    : not_single);
		return json_scan_value(scanner);
	}
	json_reader_take(text->reader, target, &scalar);
	return true;
}

/* A key and its value. */
static bool member_read(struct text_reader *text)
{
	struct json_scanner *scanner = &text->scanner;
	struct json_target target;
	struct str name;

	if (scanner->token < JSON_TEXT)
		return json_scan_miss(scanner, "a key in quotes is missing");
	name = text_take(text);
	if (json_scan(scanner) != JSON_COLON)
		return json_scan_miss(scanner, "':' is missing");
	(void)json_scan(scanner);
	if (!json_reader_find(text->reader, name, &target))
		return json_scan_value(scanner);
	return value_read(text, &target);
}

static bool object_read(struct text_reader *text)
{
	struct json_scanner *scanner = &text->scanner;

	if (json_scan(scanner) == JSON_OBJECT_END)
		return true;
	while (member_read(text)) {
		if (json_scan(scanner) == JSON_OBJECT_END)
			return true;
		if (scanner->token != JSON_COMMA)
			return json_scan_miss(scanner, "',' or '}' is missing");
		(void)json_scan(scanner);
	}
	return false;
}

/* The one value, which is an object, and nothing behind it. */
static bool document_read(struct text_reader *text)
{
	struct json_scanner *scanner = &text->scanner;

	if (json_scan(scanner) == JSON_OBJECT) {
		if (!object_read(text))
			return false;
	} else {
		if (!json_scan_value(scanner))
			return false;
		json_reader_stop(text->reader, "invalid", "it is not an object");
	}
	return json_scan(scanner) == JSON_END ||
	       json_scan_miss(scanner, "nothing may follow the value");
}

static void scanner_explain(const struct text_reader *text)
{
	const struct json_scanner *scanner = &text->scanner;
	struct arena *arena = text->reader->arena;

	if (scanner->is_too_deep)
		json_reader_stop(
			text->reader, "too_deep",
			arena_format(arena, "it is nested more than %u deep", text->depth_max).at);
	else if (scanner->problem)
		json_reader_stop(text->reader, "syntax",
				 arena_format(arena, "it is not JSON: byte %zu: %s",
					      (size_t)(scanner->start - text->text),
					      scanner->problem)
					 .at);
}

/* Makes the copy. False: it is too large, or there is no memory. */
static bool text_copy(struct text_reader *text, const qn_json_input *input)
{
	size_t size_max = input->max_size ? input->max_size : SIZE_DEFAULT;
	struct arena *arena = text->reader->arena;

	if (input->len > size_max) {
		json_reader_stop(text->reader, "too_large",
				 arena_format(arena, "it has more than %zu bytes", size_max).at);
		return false;
	}
	text->text = arena_reserve_array(arena, input->len + 1, 1);
	if (!text->text)
		return false;
	if (input->len)
		memcpy(text->text, input->text, input->len);
	text->text[input->len] = '\0';
	return true;
}

static qn_status text_read(struct json_reader *reader, qn_session *session,
			   const qn_json_input *input, qn_errors *errors)
{
	unsigned depth = input->max_depth ? input->max_depth : DEPTH_DEFAULT;
	struct text_reader text = { .reader = reader };
	qn_status status;

	if (errors)
		*errors = (qn_errors){ NULL, 0 };
	if (!input->text && input->len)
		return validation_refuse(session, reader->call, "the text is NULL");
	status = json_reader_begin(reader, session, errors);
	if (status != QN_OK)
		return status;
	reader->ignores_unknown = input->ignore_unknown;
	if (text_copy(&text, input)) {
		text.scanner.at = text.text;
		text.scanner.end = text.text + input->len;
		text.depth_max = depth < JSON_DEPTH_MAX ? depth : JSON_DEPTH_MAX;
		/* The object is one of the levels. */
		text.scanner.depth_max = text.depth_max - 1;
		if (!document_read(&text))
			scanner_explain(&text);
	}
	return json_reader_finish(reader, errors);
}

qn_status qn_json_read_new(qn_session *session, const qn_model *model, void *values,
			   qn_json_input input, qn_errors *errors)
{
	struct json_reader reader = {
		.call = "qn_json_read_new",
		.model = model,
		.serializer = input.serializer,
		.values = values,
	};

	return text_read(&reader, session, &input, errors);
}

qn_status qn_json_read_changes(qn_session *session, const qn_model *model, void *values,
			       qn_json_input input, qn_errors *errors)
{
	struct json_reader reader = {
		.call = "qn_json_read_changes",
		.model = model,
		.serializer = input.serializer,
		.values = values,
		.is_changes = true,
	};

	return text_read(&reader, session, &input, errors);
}
