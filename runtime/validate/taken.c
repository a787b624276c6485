#include "validate/taken.h"

#include <string.h>

#include "session/op.h"
#include "validate/constraint.h"
#include "validate/validate.h"

static const char no_memory[] = "qn_errors_rename: out of memory for the names";

size_t entry_taken_field(const qn_serializer *serializer, const qn_serializer_entry *entry)
{
	const qn_model *model = serializer->model;
	size_t number = (size_t)entry->member - 1;
	const qn_relation *relation;

	if (entry->compute || entry->is_read_only)
		return NOT_TAKEN;
	if (number < model->field_count)
		return number;
	relation = &model->relations[number - model->field_count];
	if (relation->kind != QN_RELATION_FORWARD || relation->own_len != 1)
		return NOT_TAKEN;
	return relation->own[0];
}

/* The key that stands for the first `len` bytes of a name in errors; NULL: none does. */
static const char *key_find(const qn_serializer *serializer, const char *name, size_t len)
{
	for (size_t i = 0; i < serializer->entry_count; i++) {
		const qn_serializer_entry *entry = &serializer->entries[i];
		size_t index = entry_taken_field(serializer, entry);
		const char *field;

		if (index == NOT_TAKEN)
			continue;
		field = serializer->model->fields[index].name;
		if (strncmp(field, name, len) == 0 && !field[len])
			return entry->key;
	}
	return NULL;
}

/* "tags[3]" is an element of "tags". */
static const char *name_translate(const qn_serializer *serializer, const char *name,
				  struct arena *arena)
{
	size_t len = strcspn(name, "[");
	const char *key = key_find(serializer, name, len);

	if (!key)
		return name;
	return name[len] ? arena_format(arena, "%s%s", key, name + len).at : key;
}

/* By field: the first key that takes it, or its own name. NULL: out of memory. */
static const char *const *names_make(const qn_serializer *serializer, struct arena *arena)
{
	const qn_model *model = serializer->model;
	const char **names = arena_reserve_array(arena, model->field_count, sizeof(*names));

	for (size_t i = 0; names && i < model->field_count; i++)
		names[i] = model->fields[i].name;
	for (size_t i = serializer->entry_count; names && i-- > 0;) {
		size_t field = entry_taken_field(serializer, &serializer->entries[i]);

		if (field != NOT_TAKEN)
			names[field] = serializer->entries[i].key;
	}
	return names;
}

/* The message of a constraint that calls fields by their names. False: out of memory. */
static bool message_translate(const qn_serializer *serializer, qn_field_error *error,
			      struct arena *arena)
{
	const qn_model *model = serializer->model;
	const qn_check *check = check_find(model, error->constraint);
	const qn_unique *unique = unique_find(model, error->constraint);
	const char *const *names = check || unique ? names_make(serializer, arena) : NULL;

	if (!check && !unique)
		return true;
	if (!names)
		return false;
	error->message = check ? check_message(arena, model, check, names)
			       : unique_message(arena, model, unique, names);
	return error->message != NULL;
}

static bool error_translate(const qn_serializer *serializer, qn_field_error *error,
			    struct arena *arena)
{
	error->field = name_translate(serializer, error->field, arena);
	return error->field && (!error->constraint || message_translate(serializer, error, arena));
}

qn_status qn_errors_rename(qn_session *session, const qn_serializer *serializer, qn_errors *errors)
{
	qn_field_error *renamed;
	struct arena *arena;

	if (!session || !serializer)
		return validation_refuse(session, "qn_errors_rename", "the serializer is NULL");
	if (!errors)
		return validation_refuse(session, "qn_errors_rename", "the errors are NULL");
	if (!errors->len)
		return QN_OK;
	arena = session_arena(session);
	renamed = arena_reserve_array(arena, errors->len, sizeof(*renamed));
	if (!renamed)
		return session_fail(session, QN_OUT_OF_MEMORY, "%s", no_memory);
	for (size_t i = 0; i < errors->len; i++) {
		renamed[i] = errors->at[i];
		if (!error_translate(serializer, &renamed[i], arena))
			return session_fail(session, QN_OUT_OF_MEMORY, "%s", no_memory);
	}
	errors->at = renamed;
	return QN_OK;
}
