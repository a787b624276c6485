#include "validate/taken.h"

#include <string.h>

#include "quern/validate.h"
#include "session/op.h"

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

qn_status qn_errors_rename(qn_session *session, const qn_serializer *serializer, qn_errors *errors)
{
	qn_field_error *renamed;

	if (!session || !serializer || !errors)
		return QN_USAGE;
	if (!errors->len)
		return QN_OK;
	renamed = arena_reserve_array(session_arena(session), errors->len, sizeof(*renamed));
	if (!renamed)
		return QN_OUT_OF_MEMORY;
	for (size_t i = 0; i < errors->len; i++) {
		renamed[i] = errors->at[i];
		renamed[i].field =
			name_translate(serializer, errors->at[i].field, session_arena(session));
		if (!renamed[i].field)
			return QN_OUT_OF_MEMORY;
	}
	errors->at = renamed;
	return QN_OK;
}
