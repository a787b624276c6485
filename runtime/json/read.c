/*
 * Readers: which field a key names, what was seen, and what is wrong.
 */
#include "json/read.h"

#include <string.h>

#include "base/bits.h"
#include "codec/type.h"
#include "session/op.h"
#include "validate/taken.h"
#include "validate/validate.h"

/* Errors about keys that nobody knows; there may be any number of them in a text. */
enum { UNKNOWN_MAX = 16 };

/*
 * A place of the hash table: fields by their names, then forward relations of one column by theirs;
 * or a serializer's keys.
 */
struct json_name {
	const char *name; /* NULL: free */
	uint32_t len;
	uint16_t field;
};

static uint32_t member_offset(const struct json_reader *reader, const qn_field *field)
{
	return reader->is_changes ? field->changes : field->values;
}

static bool is_plain(const struct json_reader *reader, const qn_field *field)
{
	return field->is_plain && !reader->is_changes;
}

static size_t field_index(const struct json_reader *reader, const qn_field *field)
{
	return (size_t)(field - reader->model->fields);
}

static void members_unset(struct json_reader *reader)
{
	for (size_t i = 0; i < reader->model->field_count; i++) {
		const qn_field *field = &reader->model->fields[i];
		uint32_t offset = member_offset(reader, field);
		size_t size = type_field_size(field);

		if (offset == QN_NO_OFFSET)
			continue;
		if (!is_plain(reader, field))
			size += type_set_as(field);
		memset(reader->values + offset, 0, size);
	}
}

/* What is kept for each field. False: out of memory. */
static bool places_make(struct json_reader *reader)
{
	size_t words = (size_t)reader->model->field_count / 64 + 1;

	reader->seen = arena_alloc_array(reader->arena, 2 * words, sizeof(*reader->seen));
	if (!reader->seen)
		return false;
	reader->errors = (struct error_list){
		.arena = reader->arena,
		.model = reader->model,
		.failed = reader->seen + words,
	};
	if (!validation_has_rules(reader->model))
		return true;
	reader->given_names = arena_alloc_array(reader->arena, reader->model->field_count,
						sizeof(*reader->given_names));
	return reader->given_names;
}

qn_status json_reader_begin(struct json_reader *reader, qn_session *session, qn_errors *errors)
{
	const qn_serializer *serializer = reader->serializer;

	if (errors)
		*errors = (qn_errors){ NULL, 0 };
	if (!errors)
		return validation_refuse(session, reader->call, "the errors are NULL");
	if (!reader->model)
		return validation_refuse(session, reader->call, "the model is NULL");
	if (!session || !reader->values)
		return validation_refuse(session, reader->call, "the values are NULL");
	if (serializer && serializer->model != reader->model)
		return session_fail(session, QN_USAGE, "%s: serializer %s is for %s, not for %s",
				    reader->call, serializer->name, serializer->model->name,
				    reader->model->name);
	members_unset(reader);
	reader->session = session;
	reader->arena = session_arena(session);
	buf_init(&reader->encoded, reader->arena);
	reader->was_exhausted = reader->arena->exhausted;
	if (!places_make(reader))
		return session_fail(session, QN_OUT_OF_MEMORY, "%s: out of memory for the values",
				    reader->model->name);
	reader->arena->exhausted = false;
	return QN_OK;
}

void json_reader_fail(struct json_reader *reader, const struct json_target *target,
		      struct problem problem)
{
	error_list_fail_as(&reader->errors, field_index(reader, target->field), target->name,
			   problem);
}

void json_reader_stop(struct json_reader *reader, const char *code, const char *message)
{
	reader->is_stopped = true;
	reader->errors.len = 0;
	error_list_add(&reader->errors, "", (struct problem){ code, message });
}

/*
 * Only in a table that has a free place; its names are of the model, so that keys cannot make it
 * slow.
 */
static struct json_name *name_place(const struct json_reader *reader, struct str name)
{
	size_t at = (size_t)str_hash(name) & reader->name_mask;

	while (reader->names[at].name &&
	       !str_equal((struct str){ reader->names[at].name, reader->names[at].len }, name))
		at = (at + 1) & reader->name_mask;
	return &reader->names[at];
}

static void name_add(struct json_reader *reader, const char *name, size_t field)
{
	struct str text = str_from_cstring(name);
	struct json_name *place = name_place(reader, text);

	if (text.len > reader->name_longest)
		reader->name_longest = text.len;
	if (!place->name)
		*place = (struct json_name){ name, (uint32_t)text.len, (uint16_t)field };
}

static void serializer_names_add(struct json_reader *reader)
{
	const qn_serializer *serializer = reader->serializer;

	for (size_t i = 0; i < serializer->entry_count; i++) {
		const qn_serializer_entry *entry = &serializer->entries[i];

		name_add(reader, entry->key, entry_taken_field(serializer, entry));
	}
}

static size_t names_count(const struct json_reader *reader)
{
	if (reader->serializer)
		return reader->serializer->entry_count;
	return (size_t)reader->model->field_count + reader->model->relation_count;
}

static bool names_make(struct json_reader *reader)
{
	const qn_model *model = reader->model;
	size_t size = 8;

	while (size < 2 * names_count(reader))
		size *= 2;
	reader->names = arena_alloc_array(reader->arena, size, sizeof(*reader->names));
	if (!reader->names)
		return false;
	reader->name_mask = size - 1;
	if (reader->serializer) {
		serializer_names_add(reader);
		return true;
	}
	for (size_t i = 0; i < model->field_count; i++)
		name_add(reader, model->fields[i].name, i);
	for (size_t i = 0; i < model->relation_count; i++) {
		const qn_relation *relation = &model->relations[i];

		if (relation->kind == QN_RELATION_FORWARD && relation->own_len == 1)
			name_add(reader, relation->name, relation->own[0]);
	}
	return true;
}

static bool name_is(const char *name, struct str text)
{
	return strnlen(name, text.len + 1) == text.len && memcmp(name, text.at, text.len) == 0;
}

/* NULL: there is none, or no memory, or, when the target gets a name, it is not taken. */
static const qn_field *field_find(struct json_reader *reader, struct json_target *target,
				  struct str name)
{
	const qn_model *model = reader->model;
	const struct json_name *place;

	/* Most texts have the order of the model. */
	if (!reader->serializer && reader->next < model->field_count &&
	    name_is(model->fields[reader->next].name, name)) {
		target->name = model->fields[reader->next].name;
		return &model->fields[reader->next++];
	}
	if (!reader->names && !names_make(reader))
		return NULL;
	if (name.len > reader->name_longest)
		return NULL;
	place = name_place(reader, name);
	if (!place->name)
		return NULL;
	target->name = place->name;
	if (place->field == NOT_TAKEN)
		return NULL;
	reader->next = place->field + 1U;
	return &model->fields[place->field];
}

static void unknown_fail(struct json_reader *reader, struct str name, bool is_known)
{
	if (reader->ignores_unknown || reader->unknown_count == UNKNOWN_MAX)
		return;
	reader->unknown_count++;
	error_list_add(&reader->errors, arena_cstring(reader->arena, name),
		       is_known ? (struct problem){ "read_only", "cannot be given" }
				: (struct problem){ "unknown", "is not a field" });
}

static bool is_read_only(const struct json_reader *reader, const qn_field *field)
{
	return member_offset(reader, field) == QN_NO_OFFSET ||
	       field->flags & QN_FIELD_IDENTITY_ALWAYS;
}

bool json_reader_find(struct json_reader *reader, struct str name, struct json_target *target)
{
	const qn_field *field;
	size_t i;

	target->name = NULL;
	field = field_find(reader, target, name);
	if (!field) {
		unknown_fail(reader, name, target->name != NULL);
		return false;
	}
	target->field = field;
	i = field_index(reader, field);
	if (bit_is_set(reader->seen, i)) {
		json_reader_fail(reader, target,
				 (struct problem){ "duplicate_key", "is given twice" });
		return false;
	}
	bit_set(reader->seen, i);
	if (reader->given_names)
		reader->given_names[i] = target->name;
	if (is_read_only(reader, field)) {
		json_reader_fail(reader, target,
				 (struct problem){ "read_only", "cannot be given" });
		return false;
	}
	target->at = reader->values + member_offset(reader, field);
	if (!is_plain(reader, field))
		target->at = (char *)target->at + type_set_as(field);
	return true;
}

static void member_set_op(struct json_reader *reader, const qn_field *field, qn_set_op op)
{
	if (!is_plain(reader, field))
		memcpy(reader->values + member_offset(reader, field), &op, sizeof(op));
}

void json_reader_set(struct json_reader *reader, const struct json_target *target)
{
	member_set_op(reader, target->field, QN_SET_TO_VALUE);
}

void json_reader_set_null(struct json_reader *reader, const struct json_target *target)
{
	if (target->field->flags & QN_FIELD_NULLABLE)
		member_set_op(reader, target->field, QN_SET_TO_NULL);
	else
		json_reader_fail(reader, target, (struct problem){ "null", "cannot be null" });
}

static void field_require(struct json_reader *reader, size_t i, const char *name)
{
	const qn_field *field = &reader->model->fields[i];
	const struct json_target target = { .field = field, .name = name };

	if (field->values != QN_NO_OFFSET && field->is_plain && !bit_is_set(reader->seen, i))
		json_reader_fail(reader, &target, (struct problem){ "required", "is required" });
}

/* Of a serializer what it takes: the rest is for the program to set. */
static void required_check(struct json_reader *reader)
{
	const qn_serializer *serializer = reader->serializer;

	for (size_t i = 0; serializer && i < serializer->entry_count; i++) {
		size_t field = entry_taken_field(serializer, &serializer->entries[i]);

		if (field != NOT_TAKEN)
			field_require(reader, field, serializer->entries[i].key);
	}
	for (size_t i = 0; !serializer && i < reader->model->field_count; i++)
		field_require(reader, i, reader->model->fields[i].name);
}

/*
 * The fields that the serializer takes, under the first of their keys that was not given under
 * another.
 */
static uint64_t *taken_find(const struct json_reader *reader)
{
	const qn_serializer *serializer = reader->serializer;
	uint64_t *taken =
		arena_alloc_array(reader->arena, (size_t)reader->model->field_count / 64 + 1,
				  sizeof(*taken));

	for (size_t i = 0; taken && i < serializer->entry_count; i++) {
		size_t field = entry_taken_field(serializer, &serializer->entries[i]);

		if (field == NOT_TAKEN)
			continue;
		bit_set(taken, field);
		if (!reader->given_names[field])
			reader->given_names[field] = serializer->entries[i].key;
	}
	return taken;
}

static void rules_check(struct json_reader *reader)
{
	struct qn_validation validation = {
		.session = reader->session,
		.model = reader->model,
		.errors = &reader->errors,
		.values = reader->values,
		.is_changes = reader->is_changes,
		.is_typed = true,
	};

	if (reader->serializer) {
		validation.taken = taken_find(reader);
		if (!validation.taken)
			return;
	}
	for (size_t i = 0; i < reader->model->field_count; i++)
		if (!reader->given_names[i])
			reader->given_names[i] = reader->model->fields[i].name;
	reader->errors.names = reader->given_names;
	validation_run(&validation);
}

qn_status json_reader_finish(struct json_reader *reader, qn_errors *errors)
{
	bool is_exhausted;

	if (!reader->is_stopped && !reader->is_changes)
		required_check(reader);
	if (!reader->is_stopped && reader->given_names && !reader->arena->exhausted)
		rules_check(reader);
	is_exhausted = reader->arena->exhausted;
	reader->arena->exhausted = is_exhausted || reader->was_exhausted;
	if (is_exhausted || reader->errors.len)
		members_unset(reader);
	return validation_end(reader->session, &reader->errors, is_exhausted, errors);
}
