/*
 * Rows as objects, by a plan of each model that is made once a call.
 */
#include "json/json_out.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "codec/type.h"

enum { DEPTH_MAX = 32, DEPTH_OF_COMPUTED = 512 };

/* Keys are copied by this many bytes at a time, so that there is as much behind them and behind what they are copied to. */
enum { KEY_STEP = 32 };

/* How a row says that a field is NULL. */
enum null_form {
	NULL_NEVER,
	NULL_POINTER,
	NULL_TWIN, /* has_name is false */
};

/* What is written for a field, a relation or what a serializer computes: one of the three is there. */
struct json_entry {
	const char *key; /* `,"name":` */
	uint32_t key_len;
	uint32_t row; /* offset of the member, and of its twin */
	uint32_t has;
	uint32_t
		loaded; /* offset of the word, and the bit there, that say whether the row has it */
	uint64_t bit;
	struct json_form form; /* of the field */
	const qn_relation *relation;
	struct json_entry *own;      /* the fields that hold the key of its row, for a serializer */
	const qn_serializer *nested; /* of the relation's rows, or NULL */
	struct json_plan *plan;      /* of them, once it was needed */
	qn_json_compute compute;
	const char *name;
	uint8_t null_form;
};

struct json_plan {
	struct json_plan *next;
	const qn_model *model;
	const qn_serializer *serializer; /* NULL: what was not loaded is left out */
	struct json_entry *entries;
	size_t entry_count;
	size_t room; /* for all keys and all short values of a row */
};

/* Names are of letters, digits and "_": no escapes. */
static bool key_make(struct arena *arena, const char *name, struct json_entry *entry)
{
	size_t len = strlen(name);
	char *at = arena_reserve_array(arena, len + 4 + KEY_STEP, 1);

	if (!at)
		return false;
	entry->key = at;
	entry->key_len = (uint32_t)len + 4;
	*at++ = ',';
	*at++ = '"';
	memcpy(at, name, len);
	memcpy(at + len, "\":", 2);
	return true;
}

static enum null_form null_form_of(const qn_field *field)
{
	if (field->has != QN_NO_OFFSET)
		return NULL_TWIN;
	if (field->flags & QN_FIELD_ARRAY)
		return NULL_NEVER;
	return type_info_of(field->type)->flags & TYPE_POINTER ? NULL_POINTER : NULL_NEVER;
}

static bool entry_set_field(struct json_out *out, const qn_model *model, struct json_entry *entry,
			    const qn_field *field)
{
	entry->name = field->name;
	entry->row = field->row;
	entry->has = field->has;
	entry->null_form = (uint8_t)null_form_of(field);
	return json_form_init(&entry->form, out, model, field);
}

/* The field or relation that is so-manieth among the bits of qn_loaded. */
static bool entry_set_member(struct json_out *out, const qn_model *model, struct json_entry *entry,
			     size_t number)
{
	entry->loaded = model->row_loaded + (uint32_t)(number / 64 * sizeof(uint64_t));
	entry->bit = UINT64_C(1) << (number % 64);
	if (number < model->field_count)
		return entry_set_field(out, model, entry, &model->fields[number]);
	entry->relation = &model->relations[number - model->field_count];
	entry->name = entry->relation->name;
	return true;
}

/* The fields that refer to the row of a relation. */
static bool entry_set_own(struct json_out *out, const struct json_plan *plan,
			  struct json_entry *entry)
{
	const qn_relation *relation = entry->relation;
	bool is_set = true;

	entry->own = arena_alloc_array(&out->arena, relation->own_len, sizeof(*entry->own));
	for (uint16_t i = 0; entry->own && is_set && i < relation->own_len; i++)
		is_set = entry_set_member(out, plan->model, &entry->own[i], relation->own[i]);
	return entry->own && is_set;
}

/* What is computed has no bit, and so always is what was not loaded. */
static bool entry_set(struct json_out *out, const struct json_plan *plan, struct json_entry *entry,
		      const qn_serializer_entry *from)
{
	entry->nested = from->nested;
	entry->compute = from->compute;
	entry->name = from->key;
	entry->loaded = plan->model->row_loaded;
	if (from->compute)
		return true;
	if (!entry_set_member(out, plan->model, entry, (size_t)from->member - 1))
		return false;
	/* Its key stands for it, where it was not loaded. */
	return !entry->relation || entry->relation->kind != QN_RELATION_FORWARD ||
	       entry_set_own(out, plan, entry);
}

static bool plan_fill(struct json_out *out, struct json_plan *plan)
{
	const qn_model *model = plan->model;
	const qn_serializer *serializer = plan->serializer;
	size_t count = serializer ? serializer->entry_count
				  : (size_t)model->field_count + model->relation_count;

	plan->room = KEY_STEP + JSON_SHORT_MAX;
	plan->entries = arena_reserve_array(&out->arena, count ? count : 1, sizeof(*plan->entries));
	for (size_t i = 0; plan->entries && i < count; i++) {
		struct json_entry *entry = &plan->entries[plan->entry_count];

		if (serializer && serializer->entries[i].is_write_only)
			continue;
		*entry = (struct json_entry){ 0 };
		if (!(serializer ? entry_set(out, plan, entry, &serializer->entries[i])
				 : entry_set_member(out, model, entry, i)))
			return false;
		if (!key_make(&out->arena, serializer ? serializer->entries[i].key : entry->name,
			      entry))
			return false;
		plan->room += entry->key_len + JSON_SHORT_MAX;
		plan->entry_count++;
	}
	return plan->entries != NULL;
}

/* NULL: out of memory. */
static struct json_plan *plan_of(struct json_out *out, const qn_model *model,
				 const qn_serializer *serializer)
{
	struct json_plan *plan = out->plans;

	while (plan && (plan->model != model || plan->serializer != serializer))
		plan = plan->next;
	if (plan)
		return plan;
	plan = arena_alloc(&out->arena, sizeof(*plan));
	if (plan)
		*plan = (struct json_plan){ .model = model, .serializer = serializer };
	if (!plan || !plan_fill(out, plan)) {
		json_fail(out, QN_OUT_OF_MEMORY, "out of memory");
		return NULL;
	}
	plan->next = out->plans;
	out->plans = plan;
	return plan;
}

static char *put_row(struct json_out *out, char *at, struct json_plan *plan, const char *row);

/* What every generated _list struct is. */
struct row_list {
	const char *at;
	size_t len;
};

/* Where to begin: there is room for a bracket. Returns the end, with room for nothing more. NULL: failed. */
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
		entry->plan = plan_of(out, relation->model, entry->nested);
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

/* What a serializer writes though no query loaded it; returns the end, with room for the rest of the row. NULL: failed. */
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

/* The plan of the rows that a call is about; NULL: it failed. */
static struct json_plan *plan_of_call(struct json_out *out, const qn_model *model)
{
	const qn_serializer *serializer = out->options.serializer;

	if (!serializer || serializer->model == model)
		return plan_of(out, model, serializer);
	json_fail(out, QN_USAGE, "serializer %s is for %s, not for %s", serializer->name,
		  serializer->model->name, model->name);
	return NULL;
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
	plan = plan_of_call(&out, model);
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
	plan = plan_of_call(&out, model);
	at = put_begin(&out, plan);
	if (at)
		at = put_rows(&out, at, plan, (struct row_list){ rows, count });
	return put_end(&out, at);
}

/* Line breaks in a json field or in what was computed are white space: those in a text are escapes. */
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
	plan = plan_of_call(&out, model);
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

struct cJSON *qn_json_tree(const qn_model *model, const void *row, const qn_json_options *options)
{
	qn_json_options exact = { 0 };
	struct cJSON *tree = NULL;
	qn_buffer text = { 0 };

	if (options)
		exact = *options;
	exact.integers_as_text = true;
	if (qn_json_write(&text, model, row, &exact) == QN_OK)
		tree = cJSON_ParseWithLength(text.at, text.len);
	qn_buffer_free(&text);
	return tree;
}
