/*
 * Rows as objects, by a plan of each model that is made once a call.
 */
#include "json/json_plan.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 32, DEPTH_OF_COMPUTED = 512 };

static char *put_row(struct json_out *out, char *at, struct json_plan *plan, const char *row);

/* What every generated _list struct is. */
struct row_list {
	const char *at;
	size_t len;
};

/*
 * Where to begin: there is room for a bracket. Returns the end, with room for nothing more. NULL:
 * failed.
 */
static char *put_rows(struct json_out *out, char *at, struct json_plan *plan, struct row_list rows)
{
	*at++ = '[';
	for (size_t i = 0; i < rows.len; i++) {
		at = put_row(out, at, plan, rows.at + i * plan->model->row_size);
		if (!at)
			return NULL;
		*at++ = ',';
	}
	at = json_reserve(out, at, 1);
	if (!at)
		return NULL;
	/* In the place of the last comma. */
	at -= rows.len > 0;
	*at++ = ']';
	return at;
}

static char *put_related(struct json_out *out, char *at, struct json_entry *entry, const char *row)
{
	const qn_relation *relation = entry->relation;
	struct row_list rows;
	const char *related;

	if (!entry->plan)
		entry->plan = json_plan_of(out, relation->model, entry->nested);
	if (!entry->plan)
		return NULL;
	if (relation->kind == QN_RELATION_REVERSE || relation->kind == QN_RELATION_MANY) {
		memcpy(&rows, row + relation->row, sizeof(rows));
		return put_rows(out, at, entry->plan, rows);
	}
	memcpy(&related, row + relation->row, sizeof(related));
	if (related)
		return put_row(out, at, entry->plan, related);
	memcpy(at, "null", 4);
	return at + 4;
}

static inline bool entry_is_loaded(const struct json_entry *entry, const char *row)
{
	return *(const uint64_t *)(const void *)(row + entry->loaded) & entry->bit;
}

static inline bool entry_is_null(const struct json_entry *entry, const char *row)
{
	if (entry->null_form == NULL_NEVER)
		return false;
	if (entry->null_form == NULL_TWIN)
		return !*((const bool *)row + entry->has);
	return !*(const char *const *)(const void *)(row + entry->row);
}

static inline char *put_key(char *at, const struct json_entry *entry)
{
	memcpy(at, entry->key, KEY_STEP);
	for (uint32_t i = KEY_STEP; i < entry->key_len; i += KEY_STEP)
		memcpy(at + i, entry->key + i, KEY_STEP);
	return at + entry->key_len;
}

/* Always NULL. */
static char *fail_unloaded(struct json_out *out, const struct json_plan *plan,
			   const struct json_entry *entry)
{
	json_fail(out, QN_USAGE, "%s writes %s.%s, which was not loaded", plan->serializer->name,
		  plan->model->name, entry->name);
	return NULL;
}

/* One field of a key. Returns the end, with room for a byte. NULL: failed. */
static char *put_own(struct json_out *out, char *at, const struct json_entry *own, const char *row)
{
	const struct json_form *form = &own->form;

	at = json_reserve(out, at, JSON_SHORT_MAX + 1);
	if (!at)
		return NULL;
	at = form->put ? form->put(at, row + own->row) : form->write(out, at, form, row + own->row);
	return at ? json_reserve(out, at, 1) : NULL;
}

/* The key that refers to a row which was not loaded; of several fields an array. */
static char *put_key_of_related(struct json_out *out, char *at, const struct json_plan *plan,
				const struct json_entry *entry, const char *row)
{
	uint16_t count = entry->relation->own_len;

	for (uint16_t i = 0; i < count; i++) {
		if (!entry_is_loaded(&entry->own[i], row))
			return fail_unloaded(out, plan, entry);
		if (entry_is_null(&entry->own[i], row)) {
			memcpy(at, "null", 4);
			return at + 4;
		}
	}
	for (uint16_t i = 0; at && i < count; i++) {
		if (count > 1)
			*at++ = i ? ',' : '[';
		at = put_own(out, at, &entry->own[i], row);
	}
	if (at && count > 1)
		*at++ = ']';
	return at;
}

static char *put_computed(struct json_out *out, char *at, const struct json_plan *plan,
			  const struct json_entry *entry, const char *row)
{
	qn_buffer *value = &out->computed;
	qn_status status;

	status = json_compute(out, entry->compute, row);
	if (status != QN_OK)
		json_fail(out, status, "%s.%s cannot be computed%s%s", plan->serializer->name,
			  entry->name, value->problem[0] ? ": " : "", value->problem);
	else if (!value->len || !json_is_valid(value->at, value->len, DEPTH_OF_COMPUTED))
		json_fail(out, QN_INVALID_VALUE, "what was computed for %s.%s is not JSON",
			  plan->serializer->name, entry->name);
	else
		return json_put_bytes(out, at, value->at, value->len);
	return NULL;
}

/*
 * What a serializer writes though no query loaded it; returns the end, with room for the rest of
 * the row. NULL: failed.
 */
static __attribute__((noinline)) char *put_unloaded(struct json_out *out, char *at,
						    const struct json_plan *plan,
						    const struct json_entry *entry, const char *row)
{
	at = put_key(at, entry);
	if (entry->compute)
		at = put_computed(out, at, plan, entry, row);
	else if (entry->own)
		at = put_key_of_related(out, at, plan, entry, row);
	else
		at = fail_unloaded(out, plan, entry);
	return at ? json_reserve(out, at, plan->room) : NULL;
}

/* What the row has, at any length; returns as put_unloaded does. */
static inline char *put_long(struct json_out *out, char *at, const struct json_plan *plan,
			     struct json_entry *entry, const char *row)
{
	const struct json_form *form = &entry->form;

	at = form->write ? form->write(out, at, form, row + entry->row)
			 : put_related(out, at, entry, row);
	return at ? json_reserve(out, at, plan->room) : NULL;
}

static char *put_entries(struct json_out *out, char *at, struct json_plan *plan, const char *row)
{
	struct json_entry *end = plan->entries + plan->entry_count;

	for (struct json_entry *entry = plan->entries; at && entry < end; entry++) {
		if (!entry_is_loaded(entry, row)) {
			if (plan->serializer)
				at = put_unloaded(out, at, plan, entry, row);
			continue;
		}
		at = put_key(at, entry);
		if (entry_is_null(entry, row)) {
			memcpy(at, "null", 4);
			at += 4;
		} else if (entry->form.put) {
			at = entry->form.put(at, row + entry->row);
		} else {
			at = put_long(out, at, plan, entry, row);
		}
	}
	return at;
}

/* At `at`, wherever that is; returns the end, with room for a byte and a NUL. NULL: failed. */
static char *put_row(struct json_out *out, char *at, struct json_plan *plan, const char *row)
{
	size_t start;

	if (out->depth == DEPTH_MAX) {
		json_fail(out, QN_USAGE, "rows of %s are nested more than %d deep",
			  plan->model->name, DEPTH_MAX);
		return NULL;
	}
	at = json_reserve(out, at, plan->room);
	if (!at)
		return NULL;
	start = (size_t)(at - out->buffer->at);
	out->depth++;
	at = put_entries(out, at, plan, row);
	out->depth--;
	if (!at)
		return NULL;
	/* The comma before the first entry is where the brace belongs. */
	at += at == out->buffer->at + start;
	out->buffer->at[start] = '{';
	*at++ = '}';
	return at;
}

/* Begins behind the text that the buffer has. NULL: failed. */
static char *put_begin(struct json_out *out, const struct json_plan *plan)
{
	return plan ? json_room(out, 1) : NULL;
}

/* Takes over what was written up to `at`, or, that being NULL, nothing. */
static qn_status put_end(struct json_out *out, char *at)
{
	if (at)
		json_took(out, at);
	return json_end(out);
}

qn_status qn_json_write(qn_buffer *buffer, const qn_model *model, const void *row,
			const qn_json_options *options)
{
	struct json_plan *plan;
	struct json_out out;
	char *at;

	if (!row)
		return qn_buffer_add(buffer, "null", 4);
	json_begin(&out, buffer, options);
	plan = json_plan_of_call(&out, model);
	at = put_begin(&out, plan);
	if (at)
		at = put_row(&out, at, plan, row);
	return put_end(&out, at);
}

qn_status qn_json_write_list(qn_buffer *buffer, const qn_model *model, const void *rows,
			     size_t count, const qn_json_options *options)
{
	struct json_plan *plan;
	struct json_out out;
	char *at;

	json_begin(&out, buffer, options);
	plan = json_plan_of_call(&out, model);
	at = put_begin(&out, plan);
	if (at)
		at = put_rows(&out, at, plan, (struct row_list){ rows, count });
	return put_end(&out, at);
}

/*
 * Line breaks in a json field or in what was computed are white space: those in a text are escapes.
 */
static void line_join(char *from, const char *end, char line_break)
{
	char *at = from;

	while ((at = memchr(at, line_break, (size_t)(end - at))))
		*at = ' ';
}

qn_status qn_json_write_lines(qn_buffer *buffer, const qn_model *model, const void *rows,
			      size_t count, const qn_json_options *options)
{
	struct json_plan *plan;
	struct json_out out;
	char *at;

	json_begin(&out, buffer, options);
	plan = json_plan_of_call(&out, model);
	at = put_begin(&out, plan);
	for (size_t i = 0; at && i < count; i++) {
		size_t from = (size_t)(at - buffer->at);

		at = put_row(&out, at, plan, (const char *)rows + i * model->row_size);
		if (!at)
			break;
		line_join(buffer->at + from, at, '\n');
		line_join(buffer->at + from, at, '\r');
		*at++ = '\n';
	}
	return put_end(&out, at);
}

qn_status qn_json_write_text(qn_buffer *buffer, const char *text)
{
	struct json_out out;

	json_begin(&out, buffer, NULL);
	if (!text)
		json_add(&out, "null", 4);
	else if (!json_add_text(&out, text, strlen(text)))
		json_fail(&out, QN_INVALID_VALUE, "the text is not UTF-8");
	return json_end(&out);
}
