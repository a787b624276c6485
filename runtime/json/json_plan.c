#include "json/json_plan.h"

#include <string.h>

#include "codec/type.h"

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

struct json_plan *json_plan_of(struct json_out *out, const qn_model *model,
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

struct json_plan *json_plan_of_call(struct json_out *out, const qn_model *model)
{
	const qn_serializer *serializer = out->options.serializer;

	if (!serializer || serializer->model == model)
		return json_plan_of(out, model, serializer);
	json_fail(out, QN_USAGE, "serializer %s is for %s, not for %s", serializer->name,
		  serializer->model->name, model->name);
	return NULL;
}
