#include "call_bytes.h"

#include <stdlib.h>
#include <string.h>

#include "codec/type.h"
#include "quern/validate.h"
#include "query/lookup.h"
#include "thing.h"

enum { TEXT_MAX = 12, LIST_MAX = 4, CONDITIONS_MAX = 5, WHERES_MAX = 3, DEPTH_MAX = 40 };

/* What all lists and arrays of values look like. */
struct any_array {
	void *at;
	size_t len;
	const bool *is_null;
};

struct any_list {
	void *at;
	size_t len;
};

static unsigned take(struct call_bytes *bytes)
{
	return bytes->at < bytes->end ? *bytes->at++ : 0;
}

static size_t take_below(struct call_bytes *bytes, size_t limit)
{
	return take(bytes) % limit;
}

static void *take_room(struct call_bytes *bytes, size_t count, size_t size)
{
	void *room = arena_alloc_array(bytes->arena, count ? count : 1, size);

	if (!room)
		abort();
	return room;
}

/* One in sixteen is NULL, which C allows wherever a text is. */
static const char *take_text(struct call_bytes *bytes)
{
	size_t choice = take_below(bytes, 16);
	size_t len = choice % TEXT_MAX;
	char *text;

	if (choice == 15)
		return NULL;
	text = take_room(bytes, len + 1, 1);
	for (size_t i = 0; i < len; i++)
		text[i] = (char)take(bytes);
	return text;
}

static void take_bytea(struct call_bytes *bytes, void *place)
{
	qn_bytes *value = place;
	const char *text = take_text(bytes);

	*value = (qn_bytes){ (const uint8_t *)text, text ? strlen(text) : 0 };
}

/*
 * Numbers: two bytes at the low end, so that small ones, and with the third byte all others, come
 * up.
 */
static void take_number(struct call_bytes *bytes, void *place, size_t size)
{
	uint8_t *at = place;
	bool is_whole = take_below(bytes, 4) == 0;

	for (size_t i = 0; i < size && (is_whole || i < 2); i++)
		at[i] = (uint8_t)take(bytes);
}

static void take_value(struct call_bytes *bytes, uint8_t type, void *place)
{
	const struct type_info *info = type_info_of(type);
	const char *text;

	if (info->flags & TYPE_POINTER) {
		text = take_text(bytes);
		memcpy(place, &text, sizeof(text));
	} else if (type == QN_TYPE_BYTES) {
		take_bytea(bytes, place);
	} else if (type == QN_TYPE_BOOL) {
		*(bool *)place = take(bytes) & 1;
	} else if (type == QN_TYPE_ENUM) {
		int value = (int)take(bytes) - 2;
		memcpy(place, &value, sizeof(value));
	} else {
		take_number(bytes, place, info->size);
	}
}

static uint8_t element_type(const qn_field *field)
{
	if (field->type == QN_TYPE_INT2VECTOR)
		return QN_TYPE_INT16;
	return field->type == QN_TYPE_OIDVECTOR ? (uint8_t)QN_TYPE_OID : field->type;
}

static size_t element_size(uint8_t type)
{
	return type == QN_TYPE_ENUM ? sizeof(int) : type_info_of(type)->size;
}

static struct any_list take_list(struct call_bytes *bytes, const qn_field *field)
{
	uint8_t type = element_type(field);
	struct any_list list = { .len = take_below(bytes, LIST_MAX + 1) };

	/* A list without an address is a mistake that C cannot see. */
	if (take_below(bytes, 32) == 31)
		return list;
	list.at = take_room(bytes, list.len, element_size(type));
	for (size_t i = 0; i < list.len; i++)
		take_value(bytes, type, (char *)list.at + i * element_size(type));
	return list;
}

static void take_array(struct call_bytes *bytes, const qn_field *field, void *place)
{
	struct any_list list = take_list(bytes, field);
	struct any_array array = { list.at, list.len, NULL };
	bool *is_null;

	if (list.at && take(bytes) & 1) {
		is_null = take_room(bytes, list.len, sizeof(bool));
		for (size_t i = 0; i < list.len; i++)
			is_null[i] = take(bytes) & 1;
		array.is_null = is_null;
	}
	if (!list.at)
		array.len = 0;
	memcpy(place, &array, sizeof(array));
}

static void take_field(struct call_bytes *bytes, const qn_field *field, void *place)
{
	if (field_is_array(field))
		take_array(bytes, field, place);
	else
		take_value(bytes, field->type, place);
}

static const qn_field *take_which(struct call_bytes *bytes)
{
	return &test_thing_model.fields[take_below(bytes, test_thing_model.field_count)];
}

static void take_operand(struct call_bytes *bytes, const qn_field *field,
			 enum lookup_operand operand, char *place)
{
	struct any_list list;
	const char *text;

	switch (operand) {
	case OPERAND_NONE:
		break;
	case OPERAND_RANGE:
		take_value(bytes, field->type, place);
		take_value(bytes, field->type, place + type_info_of(field->type)->size);
		break;
	case OPERAND_LIST:
	case OPERAND_ARRAY:
		list = take_list(bytes, field);
		memcpy(place, &list, sizeof(list));
		break;
	case OPERAND_PATTERN:
	case OPERAND_DOCUMENT:
	case OPERAND_DOCUMENT_KEY:
		text = take_text(bytes);
		memcpy(place, &text, sizeof(text));
		break;
	case OPERAND_VALUE:
		take_value(bytes, field->type, place);
		break;
	}
}

/*
 * A lookup that the field cannot be asked is a mistake that only a cast can make; it has to be
 * refused all the same.
 */
static void take_condition(struct call_bytes *bytes, test_thing_where *where)
{
	const qn_field *field = take_which(bytes);
	char *filter = (char *)where + field->where;
	unsigned lookup = (unsigned)take_below(bytes, QN_LOOKUP_COUNT_ + 1);
	const struct lookup_info *info = lookup_info_of(lookup);
	enum lookup_operand operand;

	memcpy(filter, &lookup, sizeof(lookup));
	if (info && lookup_operand_of(info, field, &operand))
		take_operand(bytes, field, operand, filter + type_where_as(field));
}

static void take_where(struct call_bytes *bytes, test_thing_where *where, unsigned depth);

static test_thing_wheres take_wheres(struct call_bytes *bytes, unsigned depth)
{
	size_t count = take_below(bytes, WHERES_MAX + 1);
	test_thing_where *wheres = take_room(bytes, count, sizeof(*wheres));

	for (size_t i = 0; i < count; i++)
		take_where(bytes, &wheres[i], depth);
	return (test_thing_wheres){ wheres, count };
}

static void take_where(struct call_bytes *bytes, test_thing_where *where, unsigned depth)
{
	size_t count = take_below(bytes, CONDITIONS_MAX + 1);
	unsigned groups = take(bytes);

	for (size_t i = 0; i < count; i++)
		take_condition(bytes, where);
	if (depth == DEPTH_MAX)
		return;
	if (groups & 1)
		where->any_of = take_wheres(bytes, depth + 1);
	if (groups & 2)
		where->all_of = take_wheres(bytes, depth + 1);
	if (groups & 4)
		where->none_of = take_wheres(bytes, depth + 1);
}

static int64_t take_slice(struct call_bytes *bytes)
{
	static const int64_t known[] = { 0, 1, 21, 1000, 1001, INT64_MAX, -1, INT64_MIN };
	size_t choice = take_below(bytes, 16);

	return choice < 8 ? known[choice] : 0;
}

static int32_t take_term(struct call_bytes *bytes)
{
	int32_t term = (int32_t)take_below(bytes, TEST_THING_FIELDS + 2);
	unsigned how = take(bytes);

	if (how & 1)
		term = -term;
	if (how & 2)
		term = QN_NULLS_FIRST(term);
	if (how & 4)
		term = QN_NULLS_LAST(term);
	return term;
}

static test_thing_query *take_query(struct call_bytes *bytes)
{
	test_thing_query *query = take_room(bytes, 1, sizeof(*query));
	size_t terms = take_below(bytes, QN_ORDER_BY_MAX + 1);
	size_t only = take_below(bytes, 8);
	unsigned flags = take(bytes);

	query->limit = take_slice(bytes);
	query->offset = take_slice(bytes);
	for (size_t i = 0; i < terms; i++)
		query->order_by[i] = take_term(bytes);
	query->lock = (qn_lock)(flags & 16 ? take_below(bytes, 6) : 0);
	query->skip_locked = flags & 1;
	query->nowait = flags & 2;
	query->distinct = flags & 4;
	query->unordered = flags & 8;
	for (size_t i = 0; i < only; i++)
		query->only[i] = (int32_t)take_below(bytes, TEST_THING_FIELDS + 2);
	take_where(bytes, &query->where, 0);
	return query;
}

static void take_set(struct call_bytes *bytes, const qn_field *field, char *set)
{
	unsigned how = (unsigned)take_below(bytes, QN_SET_MULTIPLY + 2);

	memcpy(set, &how, sizeof(how));
	take_field(bytes, field, set + type_set_as(field));
}

static test_thing_changes *take_changes(struct call_bytes *bytes)
{
	test_thing_changes *changes = take_room(bytes, 1, sizeof(*changes));
	size_t count = take_below(bytes, CONDITIONS_MAX + 1);

	for (size_t i = 0; i < count; i++) {
		const qn_field *field = take_which(bytes);
		if (field->changes != QN_NO_OFFSET)
			take_set(bytes, field, (char *)changes + field->changes);
	}
	return changes;
}

static test_thing_new *take_new(struct call_bytes *bytes)
{
	test_thing_new *values = take_room(bytes, 1, sizeof(*values));
	size_t count = take_below(bytes, CONDITIONS_MAX + 1);

	values->name = take_text(bytes);
	values->flag = take(bytes) & 1;
	take_number(bytes, &values->price, sizeof(values->price));
	for (size_t i = 0; i < count; i++) {
		const qn_field *field = take_which(bytes);
		if (!field->is_plain)
			take_set(bytes, field, (char *)values + field->values);
	}
	return values;
}

static test_thing *take_row(struct call_bytes *bytes)
{
	test_thing *row = take_room(bytes, 1, sizeof(*row));
	size_t count = take_below(bytes, 2 * CONDITIONS_MAX);

	take_number(bytes, row->qn_loaded, sizeof(row->qn_loaded));
	for (size_t i = 0; i < count; i++) {
		const qn_field *field = take_which(bytes);
		take_field(bytes, field, (char *)row + field->row);
		if (field->has != QN_NO_OFFSET)
			*(bool *)((char *)row + field->has) = take(bytes) & 1;
	}
	return row;
}

static void make_of_row(struct call_bytes *bytes, qn_session *session, const qn_model *model)
{
	test_thing *row = take_row(bytes);
	int32_t *fields = take_room(bytes, LIST_MAX, sizeof(*fields));
	size_t count = take_below(bytes, LIST_MAX + 1);

	switch (take_below(bytes, 4)) {
	case 0:
		(void)qn_model_save(session, model, row);
		break;
	case 1:
		for (size_t i = 0; i < count; i++)
			fields[i] = (int32_t)take_below(bytes, TEST_THING_FIELDS + 2);
		(void)qn_model_save_fields(session, model, row, fields, count);
		break;
	case 2:
		(void)qn_model_delete(session, model, row);
		break;
	default:
		(void)qn_model_refresh(session, model, row);
		break;
	}
}

static void make_read(struct call_bytes *bytes, qn_session *session, const qn_model *model)
{
	void *out = take_room(bytes, 1, sizeof(test_thing_list));
	size_t operation = take_below(bytes, 6);
	test_thing_query *query = take_query(bytes);

	switch (operation) {
	case 0:
		(void)qn_model_find(session, model, out, query);
		break;
	case 1:
		(void)qn_model_get(session, model, out, &query->where);
		break;
	case 2:
		(void)qn_model_first(session, model, out, query);
		break;
	case 3:
		(void)qn_model_last(session, model, out, query);
		break;
	case 4:
		(void)qn_model_count(session, model, out, query);
		break;
	default:
		(void)qn_model_exists(session, model, out, query);
		break;
	}
}

static void make_write(struct call_bytes *bytes, qn_session *session, const qn_model *model)
{
	int64_t *count = take_room(bytes, 1, sizeof(*count));
	test_thing_where *where = take_room(bytes, 1, sizeof(*where));
	void *row = take_room(bytes, 1, sizeof(void *));
	size_t operation = take_below(bytes, 5);

	take_where(bytes, where, 0);
	switch (operation) {
	case 0:
		(void)qn_model_update(session, model, count, where, take_changes(bytes));
		break;
	case 1:
		(void)qn_model_update_all(session, model, count, take_changes(bytes));
		break;
	case 2:
		(void)qn_model_delete_where(session, model, count, where);
		break;
	case 3:
		(void)qn_model_delete_all(session, model, count);
		break;
	default:
		(void)qn_model_create(session, model, take(bytes) & 1 ? row : NULL,
				      take_new(bytes));
		break;
	}
}

static void make_unique(struct call_bytes *bytes, qn_session *session)
{
	qn_errors *errors = take_room(bytes, 1, sizeof(*errors));
	const test_thing *row;

	if (take(bytes) & 1) {
		(void)qn_validate_unique_new(session, &test_unique_model, errors, take_new(bytes));
		return;
	}
	row = take_row(bytes);
	(void)qn_validate_unique_changes(session, &test_unique_model, errors, row,
					 take_changes(bytes));
}

void call_bytes_make(struct call_bytes *bytes, qn_session *session)
{
	static const qn_model *const models[] = { &test_thing_model, &test_unordered_model,
						  &test_keyless_model };
	unsigned choice = take(bytes);
	const qn_model *model = models[choice / 8 % 3];

	/* Without a key a model has no operations by key. */
	if (choice >= 224)
		make_unique(bytes, session);
	else if (choice % 8 < 4)
		make_read(bytes, session, model);
	else if (choice % 8 < 6 || !model->primary_key_len)
		make_write(bytes, session, model);
	else
		make_of_row(bytes, session, model);
}
