/*
 * Documents in trees of cJSON, for json and jsonb.
 *
 * Not by cJSON's own printing, which takes doubles for equal that differ in their last digit, and
 * calls itself for each level: a task's stack is small.
 */
#include "json/read.h"

#include <math.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "json/json_out.h"

/* Of a document in the object that is read, which is a level more: 64 as in texts. */
enum { DEPTH_MAX = 63 };

struct document {
	struct json_out out;
	const cJSON *inside[DEPTH_MAX]; /* the arrays and objects that the value at hand is in */
	unsigned depth;
	bool has_odd; /* a part that was given as JSON has what jsonb does not take */
};

static const struct problem not_json = { "invalid", "is not JSON" };

static bool is_container(const cJSON *item)
{
	return cJSON_IsArray(item) || cJSON_IsObject(item);
}

static struct problem text_print(struct document *document, const char *text)
{
	if (!text)
		return not_json;
	if (!json_add_text(&document->out, text, strlen(text)))
		return (struct problem){ "invalid", "is not UTF-8" };
	return NO_PROBLEM;
}

static struct problem number_print(struct document *document, const cJSON *item)
{
	char *at;

	if (!isfinite(item->valuedouble))
		return (struct problem){ "invalid", "has a number that is not finite" };
	if (fabs(item->valuedouble) >= JSON_EXACT_END)
		return (struct problem){ "invalid",
					 "has a double that is not exact; give it as text" };
	at = json_room(&document->out, JSON_SHORT_MAX);
	if (at)
		json_took(&document->out,
			  json_write_double(&document->out, at, NULL, &item->valuedouble));
	return NO_PROBLEM;
}

static bool is_odd(struct str text)
{
	struct json_scanner scanner = { .at = text.at,
					.end = text.at + text.len,
					.depth_max = DEPTH_MAX };

	(void)json_scan(&scanner);
	return json_scan_value(&scanner) && scanner.has_odd;
}

/* A part that the program gives as JSON already. */
static struct problem raw_print(struct document *document, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	if (!text || !json_is_valid(text, len, DEPTH_MAX - document->depth))
		return not_json;
	document->has_odd |= is_odd((struct str){ text, len });
	json_add(&document->out, text, len);
	return NO_PROBLEM;
}

static struct problem word_print(struct document *document, const char *word)
{
	json_add(&document->out, word, strlen(word));
	return NO_PROBLEM;
}

static struct problem scalar_print(struct document *document, const cJSON *item)
{
	if (cJSON_IsString(item))
		return text_print(document, item->valuestring);
	if (cJSON_IsNumber(item))
		return number_print(document, item);
	if (cJSON_IsRaw(item))
		return raw_print(document, item->valuestring);
	if (cJSON_IsNull(item))
		return word_print(document, "null");
	if (cJSON_IsBool(item))
		return word_print(document, cJSON_IsTrue(item) ? "true" : "false");
	return not_json;
}

static struct problem container_open(struct document *document, const cJSON *item)
{
	if (document->depth == DEPTH_MAX)
		return (struct problem){ "too_deep", "is nested more than 63 deep" };
	document->inside[document->depth++] = item;
	json_add_char(&document->out, cJSON_IsArray(item) ? '[' : '{');
	return NO_PROBLEM;
}

static const cJSON *container_close(struct document *document)
{
	const cJSON *item = document->inside[--document->depth];

	json_add_char(&document->out, cJSON_IsArray(item) ? ']' : '}');
	return item;
}

/* A value, without what is in it; of a member its key too. */
static struct problem item_print(struct document *document, const cJSON *item)
{
	if (document->depth && cJSON_IsObject(document->inside[document->depth - 1])) {
		struct problem problem = text_print(document, item->string);

		if (problem.code)
			return problem;
		json_add_char(&document->out, ':');
	}
	if (is_container(item))
		return container_open(document, item);
	return scalar_print(document, item);
}

static struct problem items_print(struct document *document, const cJSON *item)
{
	for (;;) {
		struct problem problem = item_print(document, item);

		if (problem.code)
			return problem;
		if (is_container(item) && item->child) {
			item = item->child;
			continue;
		}
		if (is_container(item))
			(void)container_close(document);
		while (document->depth && !item->next)
			item = container_close(document);
		if (!document->depth)
			return NO_PROBLEM;
		item = item->next;
		json_add_char(&document->out, ',');
	}
}

struct problem json_document_print(struct json_reader *reader, const qn_field *field,
				   const cJSON *item, struct json_scalar *scalar)
{
	struct document document = { .depth = 0 };
	qn_buffer buffer = { 0 };
	struct problem problem;

	json_begin(&document.out, &buffer, NULL);
	problem = items_print(&document, item);
	if (json_end(&document.out) != QN_OK)
		reader->arena->exhausted = true;
	else if (!problem.code)
		scalar->text = arena_copy(reader->arena, (struct str){ buffer.at, buffer.len });
	scalar->token = document.has_odd && field->type == QN_TYPE_JSONB ? JSON_ODD : JSON_TEXT;
	qn_buffer_free(&buffer);
	return problem;
}
