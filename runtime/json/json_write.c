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
enum { KEY_STEP = 16 };

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
	uint32_t word; /* of qn_loaded, and the bit there, that say whether the row has it */
	uint64_t bit;
	json_put *put; /* of the field; NULL: json_add_value */
	const qn_field *field;
	const qn_relation *relation;
	const qn_serializer *nested; /* of the relation's rows, or NULL */
	qn_json_compute compute;
	const char *name;
	uint8_t null_form;
	bool is_text;
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
	char *at = arena_alloc(arena, len + 4 + KEY_STEP);

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

static void entry_set_field(struct json_out *out, struct json_entry *entry, const qn_field *field)
{
	entry->field = field;
	entry->name = field->name;
	entry->row = field->row;
	entry->has = field->has;
	entry->null_form = (uint8_t)null_form_of(field);
	entry->put = json_put_of(out, field);
	entry->is_text = json_is_text(field);
}

/* The field or relation that is so-manieth among the bits of qn_loaded. */
static void entry_set_member(struct json_out *out, const qn_model *model, struct json_entry *entry,
			     size_t number)
{
	if (number < model->field_count) {
		entry_set_field(out, entry, &model->fields[number]);
	} else {
		entry->relation = &model->relations[number - model->field_count];
		entry->name = entry->relation->name;
	}
	entry->word = (uint32_t)(number / 64);
	entry->bit = UINT64_C(1) << (number % 64);
}

/* What is computed has no bit, and so always is what was not loaded. */
static void entry_set(struct json_out *out, const struct json_plan *plan, struct json_entry *entry,
		      const qn_serializer_entry *from)
{
	entry->nested = from->nested;
	entry->compute = from->compute;
	entry->name = from->key;
	if (!from->compute)
		entry_set_member(out, plan->model, entry, (size_t)from->member - 1);
}

static bool plan_fill(struct json_out *out, struct json_plan *plan)
{
	const qn_model *model = plan->model;
	const qn_serializer *serializer = plan->serializer;
	size_t count = serializer ? serializer->entry_count
				  : (size_t)model->field_count + model->relation_count;

	plan->room = KEY_STEP + JSON_SHORT_MAX;
	plan->entries = arena_alloc_array(&out->arena, count ? count : 1, sizeof(*plan->entries));
	for (size_t i = 0; plan->entries && i < count; i++) {
		struct json_entry *entry = &plan->entries[plan->entry_count];

		if (serializer && serializer->entries[i].is_write_only)
			continue;
		if (serializer)
			entry_set(out, plan, entry, &serializer->entries[i]);
		else
			entry_set_member(out, model, entry, i);
		if (!key_make(&out->arena, serializer ? serializer->entries[i].key : entry->name,
			      entry))
			return false;
		plan->room += entry->key_len + JSON_SHORT_MAX;
		plan->entry_count++;
	}
	return plan->entries != NULL;
}

/* NULL: out of memory. */
static const struct json_plan *plan_of(struct json_out *out, const qn_model *model,
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

static void add_row(struct json_out *out, const struct json_plan *plan, const char *row);

/* What every generated _list struct is. */
struct row_list {
	const char *at;
	size_t len;
};

static void add_rows(struct json_out *out, const struct json_plan *plan, struct row_list rows)
{
	json_add_char(out, '[');
	for (size_t i = 0; plan && i < rows.len && out->status == QN_OK; i++) {
		if (i)
			json_add_char(out, ',');
		add_row(out, plan, rows.at + i * plan->model->row_size);
	}
	json_add_char(out, ']');
}

static void add_related(struct json_out *out, const struct json_entry *entry, const char *row)
{
	const qn_relation *relation = entry->relation;
	const struct json_plan *plan = plan_of(out, relation->model, entry->nested);
	struct row_list rows;
	const char *related;

	if (relation->kind == QN_RELATION_REVERSE || relation->kind == QN_RELATION_MANY) {
		memcpy(&rows, row + relation->row, sizeof(rows));
		add_rows(out, plan, rows);
		return;
	}
	memcpy(&related, row + relation->row, sizeof(related));
	if (!related) {
		json_add(out, "null", 4);
		return;
	}
	if (plan)
		add_row(out, plan, related);
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
	for (uint32_t i = 0; i < entry->key_len; i += KEY_STEP)
		memcpy(at + i, entry->key + i, KEY_STEP);
	return at + entry->key_len;
}

/* A value of any length; returns the end of the text, with room for what is left of the row. NULL: failed. */
static char *add_long(struct json_out *out, const struct json_plan *plan,
		      const struct json_entry *entry, const char *row)
{
	if (entry->is_text)
		json_add_field_text(out, plan->model, entry->field,
				    *(const char *const *)(const void *)(row + entry->row));
	else if (entry->field)
		json_add_value(out,
			       (struct json_value){ plan->model, entry->field, row + entry->row });
	else
		add_related(out, entry, row);
	return out->status == QN_OK ? json_room(out, plan->room) : NULL;
}

static void fail_unloaded(struct json_out *out, const struct json_plan *plan,
			  const struct json_entry *entry)
{
	json_fail(out, QN_USAGE, "%s writes %s.%s, which was not loaded", plan->serializer->name,
		  plan->model->name, entry->name);
}

static bool is_loaded(const qn_model *model, const char *row, size_t number)
{
	const uint64_t *loaded = (const uint64_t *)(const void *)(row + model->row_loaded);

	return loaded[number / 64] >> (number % 64) & 1;
}

/* The key that refers to a row which was not loaded; of several fields an array. */
static void add_key_of_related(struct json_out *out, const struct json_plan *plan,
			       const struct json_entry *entry, const char *row)
{
	const qn_relation *relation = entry->relation;
	struct json_entry field = { 0 };

	for (uint16_t i = 0; i < relation->own_len; i++) {
		if (!is_loaded(plan->model, row, relation->own[i])) {
			fail_unloaded(out, plan, entry);
			return;
		}
		entry_set_field(out, &field, &plan->model->fields[relation->own[i]]);
		if (entry_is_null(&field, row)) {
			json_add(out, "null", 4);
			return;
		}
	}
	for (uint16_t i = 0; i < relation->own_len; i++) {
		const qn_field *own = &plan->model->fields[relation->own[i]];

		if (relation->own_len > 1)
			json_add_char(out, i ? ',' : '[');
		json_add_value(out, (struct json_value){ plan->model, own, row + own->row });
	}
	if (relation->own_len > 1)
		json_add_char(out, ']');
}

static void add_computed(struct json_out *out, const struct json_plan *plan,
			 const struct json_entry *entry, const char *row)
{
	qn_buffer *value = &out->computed;
	qn_status status;

	qn_buffer_clear(value);
	status = entry->compute(value, row, out->options.context);
	if (status != QN_OK)
		json_fail(out, status, "%s.%s cannot be computed%s%s", plan->serializer->name,
			  entry->name, value->problem[0] ? ": " : "", value->problem);
	else if (!value->len || !json_is_valid(value->at, value->len, DEPTH_OF_COMPUTED))
		json_fail(out, QN_INVALID_VALUE, "what was computed for %s.%s is not JSON",
			  plan->serializer->name, entry->name);
	else
		json_add(out, value->at, value->len);
}

/* What a serializer writes though no query loaded it. Returns as add_long does. */
static char *add_unloaded(struct json_out *out, const struct json_plan *plan,
			  const struct json_entry *entry, const char *row)
{
	if (entry->compute)
		add_computed(out, plan, entry, row);
	else if (entry->relation && entry->relation->kind == QN_RELATION_FORWARD)
		add_key_of_related(out, plan, entry, row);
	else
		fail_unloaded(out, plan, entry);
	return out->status == QN_OK ? json_room(out, plan->room) : NULL;
}

static void add_entries(struct json_out *out, const struct json_plan *plan, const char *row)
{
	const uint64_t *loaded = (const uint64_t *)(const void *)(row + plan->model->row_loaded);
	const struct json_entry *end = plan->entries + plan->entry_count;
	char *at = json_room(out, plan->room);

	for (const struct json_entry *entry = plan->entries; at && entry < end; entry++) {
		bool has_it = loaded[entry->word] & entry->bit;

		if (!has_it && !plan->serializer)
			continue;
		at = put_key(at, entry);
		if (!has_it) {
			json_took(out, at);
			at = add_unloaded(out, plan, entry, row);
		} else if (entry_is_null(entry, row)) {
			memcpy(at, "null", 4);
			at += 4;
		} else if (entry->put) {
			at = entry->put(at, row + entry->row);
		} else {
			json_took(out, at);
			at = add_long(out, plan, entry, row);
		}
	}
	if (at)
		json_took(out, at);
}

static void add_row(struct json_out *out, const struct json_plan *plan, const char *row)
{
	size_t start = out->buffer->len;

	if (out->depth == DEPTH_MAX) {
		json_fail(out, QN_USAGE, "rows of %s are nested more than %d deep",
			  plan->model->name, DEPTH_MAX);
		return;
	}
	out->depth++;
	add_entries(out, plan, row);
	out->depth--;
	/* The comma before the first entry is where the brace belongs. */
	if (out->buffer->len == start)
		json_add_char(out, '{');
	else
		out->buffer->at[start] = '{';
	json_add_char(out, '}');
}

/* The plan of the rows that a call is about; NULL: it failed. */
static const struct json_plan *plan_of_call(struct json_out *out, const qn_model *model)
{
	const qn_serializer *serializer = out->options.serializer;

	if (!serializer || serializer->model == model)
		return plan_of(out, model, serializer);
	json_fail(out, QN_USAGE, "serializer %s is for %s, not for %s", serializer->name,
		  serializer->model->name, model->name);
	return NULL;
}

qn_status qn_json_write(qn_buffer *buffer, const qn_model *model, const void *row,
			const qn_json_options *options)
{
	const struct json_plan *plan;
	struct json_out out;

	if (!row)
		return qn_buffer_add(buffer, "null", 4);
	json_begin(&out, buffer, options);
	plan = plan_of_call(&out, model);
	if (plan)
		add_row(&out, plan, row);
	return json_end(&out);
}

qn_status qn_json_write_list(qn_buffer *buffer, const qn_model *model, const void *rows,
			     size_t count, const qn_json_options *options)
{
	struct json_out out;

	json_begin(&out, buffer, options);
	add_rows(&out, plan_of_call(&out, model), (struct row_list){ rows, count });
	return json_end(&out);
}

qn_status qn_json_write_lines(qn_buffer *buffer, const qn_model *model, const void *rows,
			      size_t count, const qn_json_options *options)
{
	const struct json_plan *plan;
	struct json_out out;

	json_begin(&out, buffer, options);
	plan = plan_of_call(&out, model);
	for (size_t i = 0; plan && i < count && out.status == QN_OK; i++) {
		add_row(&out, plan, (const char *)rows + i * model->row_size);
		json_add_char(&out, '\n');
	}
	return json_end(&out);
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
