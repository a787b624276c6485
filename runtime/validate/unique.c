/*
 * Which unique keys of a table have the values of a new row, or of a changed one, already: one
 * statement for all of them.
 */
#include "query/call.h"
#include "query/rows.h"
#include "query/values.h"
#include "validate/constraint.h"
#include "validate/member.h"

/* Where a value of a unique key comes from. */
enum source {
	SOURCE_UNKNOWN, /* the database fills it in, or computes it */
	SOURCE_NULL,
	SOURCE_VALUE, /* what was given */
	SOURCE_ROW,   /* the row that is changed */
};

struct part {
	const qn_field *field;
	const void *value; /* of SOURCE_VALUE */
	enum source source;
};

/* A call under construction. */
struct asking {
	struct call call;
	const void *values; /* the _new or _changes struct */
	const void *row;    /* NULL: the row is new */
	struct part *parts; /* of the unique key in hand */
	unsigned count;     /* unique keys that take part */
};

/* The row has it: a key that was set by hand counts, anything else only when it was read. */
static struct part part_of_row(struct asking *asking, const qn_field *field)
{
	const qn_model *model = asking->call.model;
	struct part part = { field, NULL, SOURCE_ROW };

	if (!(field->flags & QN_FIELD_PRIMARY_KEY) &&
	    !qn_model_is_loaded(model, asking->row, (int32_t)(field - model->fields) + 1))
		op_refuse(asking->call.op, QN_USAGE, field,
			  "the row was read without it, which a unique key needs that changes");
	else if (field->flags & QN_FIELD_NULLABLE && row_value_is_null(field, asking->row))
		part.source = SOURCE_NULL;
	return part;
}

/*
 * What the changes leave alone is as in the row; a default, or the time of the update, only the
 * database knows.
 */
static bool is_left_alone(const qn_field *field, const void *changes)
{
	const void *change = (const char *)changes + field->changes;

	if (field->changes == QN_NO_OFFSET)
		return true;
	return *(const qn_set_op *)change == QN_SET_NOTHING &&
	       !(field->flags & QN_FIELD_ON_UPDATE_NOW);
}

static struct part part_of_values(struct asking *asking, const qn_field *field)
{
	bool is_changes = asking->row;
	struct member member = member_read(field, asking->values, is_changes);
	struct part part = { field, member.value, SOURCE_UNKNOWN };

	switch (member.kind) {
	case MEMBER_NULL:
		part.source = SOURCE_NULL;
		break;
	case MEMBER_VALUE:
		part.source = SOURCE_VALUE;
		break;
	case MEMBER_ABSENT:
		if (is_changes && is_left_alone(field, asking->values))
			part.source = SOURCE_ROW;
		break;
	case MEMBER_WRONG:
		op_refuse(asking->call.op, QN_INVALID_VALUE, field, "%s", member.problem.message);
		break;
	case MEMBER_COMPUTED:
		break;
	}
	return part;
}

/* False: the database alone can tell, or nothing of the key changes. */
static bool parts_find(struct asking *asking, const qn_unique *unique)
{
	bool is_touched = !asking->row;

	for (size_t i = 0; i < unique->field_count; i++) {
		struct part *part = &asking->parts[i];

		*part = part_of_values(asking, &asking->call.model->fields[unique->fields[i]]);
		if (part->source == SOURCE_UNKNOWN)
			return false;
		is_touched |= part->source != SOURCE_ROW;
	}
	for (size_t i = 0; i < unique->field_count && is_touched; i++)
		if (asking->parts[i].source == SOURCE_ROW)
			asking->parts[i] = part_of_row(asking, asking->parts[i].field);
	return is_touched;
}

static bool parts_have_null(const struct asking *asking, const qn_unique *unique)
{
	for (size_t i = 0; i < unique->field_count; i++)
		if (asking->parts[i].source == SOURCE_NULL)
			return true;
	return false;
}

static void part_add(struct asking *asking, const struct part *part)
{
	struct call *call = &asking->call;

	key_add(call->key, part->source == SOURCE_NULL);
	if (part->source == SOURCE_VALUE)
		call_add_value(call, part->field, part->value);
	else if (part->source == SOURCE_ROW)
		call_add_row_value(call, part->field, asking->row);
}

static void unique_walk(struct asking *asking, const qn_unique *unique)
{
	struct call *call = &asking->call;

	if (unique->is_conditional || !parts_find(asking, unique))
		return;
	/* NULL is like no other value, unless the key says so. */
	if (!unique->nulls_not_distinct && parts_have_null(asking, unique))
		return;
	key_add(call->key, (unsigned)(unique - call->model->rules->uniques));
	for (size_t i = 0; i < unique->field_count; i++)
		part_add(asking, &asking->parts[i]);
	if (asking->row)
		call_add_row_key(call, asking->row);
	asking->count++;
}

/* Room for the parts of the longest. False: there is no memory. */
static bool parts_make(struct asking *asking, const qn_rules *rules)
{
	size_t most = 0;

	for (size_t i = 0; i < rules->unique_count; i++)
		if (rules->uniques[i].field_count > most)
			most = rules->uniques[i].field_count;
	asking->parts = arena_alloc_array(&asking->call.op->arena, most, sizeof(*asking->parts));
	if (!asking->parts)
		op_refuse(asking->call.op, QN_OUT_OF_MEMORY, NULL, "out of memory");
	return asking->parts;
}

static void uniques_walk(struct asking *asking)
{
	struct call *call = &asking->call;
	const qn_rules *rules = call->model->rules;
	size_t count_at;

	if (call->op->refused || !rules || !parts_make(asking, rules))
		return;
	key_add(call->key, asking->row != NULL);
	count_at = call->key->len;
	key_add(call->key, 0);
	for (size_t i = 0; i < rules->unique_count; i++)
		unique_walk(asking, &rules->uniques[i]);
	if (!call->key->failed)
		call->key->tokens[count_at] = (uint16_t)asking->count;
}

static bool answer_is_sound(const PGresult *result, unsigned count)
{
	const struct type_info *info = type_info_of(QN_TYPE_BOOL);

	if (PQntuples(result) != 1 || PQnfields(result) != (int)count)
		return false;
	for (int i = 0; i < (int)count; i++)
		if (PQftype(result, i) != info->oid || PQfformat(result, i) != 1 ||
		    PQgetlength(result, 0, i) != 1)
			return false;
	return true;
}

/* The key's list of what was asked for, as the answer has it. */
static void answer_read(struct error_list *list, struct key_reader key, const PGresult *result)
{
	for (int i = 0; i < PQnfields(result); i++) {
		const qn_unique *unique = &list->model->rules->uniques[key_next(&key)];

		for (size_t part = 0; part < unique->field_count; part++)
			(void)key_next(&key);
		if (*PQgetvalue(result, 0, i))
			error_list_add_unique(list, unique);
	}
}

static qn_status unique_finish(struct qn_op *op, struct outcome *outcome)
{
	const struct shape *shape = op_shape(op);
	struct key_reader key = key_read(shape->tokens, shape->token_count);
	struct arena *arena = session_arena(op->session);
	bool was_exhausted = arena->exhausted;
	struct error_list list;
	bool is_exhausted;
	unsigned count;

	(void)key_next(&key); /* the operation */
	(void)key_next(&key); /* whether a row is left out */
	count = key_next(&key);
	if (!answer_is_sound(outcome->result, count))
		return op_fail(op, QN_PROTOCOL_ERROR, NULL,
			       "the server did not answer with %u booleans", count);
	arena->exhausted = false;
	if (error_list_init(&list, arena, op->model))
		answer_read(&list, key, outcome->result);
	is_exhausted = arena->exhausted;
	arena->exhausted |= was_exhausted;
	if (is_exhausted)
		return op_fail(op, QN_OUT_OF_MEMORY, NULL, "out of memory for what is taken");
	if (error_list_finish(&list, op->out) == QN_OK)
		return QN_OK;
	return op_fail(op, QN_INVALID_VALUE, NULL, "other rows have some of these values already");
}

static struct qn_op *asking_submit(struct asking *asking)
{
	uniques_walk(asking);
	if (!asking->count)
		return call_complete(&asking->call);
	return call_submit(&asking->call, REQUEST_READ, unique_finish);
}

static bool asking_begin(struct asking *asking, qn_session *session, const qn_model *model,
			 qn_errors *errors)
{
	if (!call_begin(&asking->call, session, model, KEY_UNIQUE))
		return false;
	asking->call.op->out = errors;
	if (errors)
		*errors = (qn_errors){ NULL, 0 };
	else
		call_refuse(&asking->call, "the place for the errors is NULL");
	return true;
}

qn_op *qn_validate_unique_new(qn_session *session, const qn_model *model, qn_errors *errors,
			      const void *values)
{
	struct asking asking = { .values = values };

	if (!asking_begin(&asking, session, model, errors))
		return NULL;
	if (!values)
		call_refuse(&asking.call, "the values are NULL");
	return asking_submit(&asking);
}

qn_op *qn_validate_unique_changes(qn_session *session, const qn_model *model, qn_errors *errors,
				  const void *row, const void *changes)
{
	struct asking asking = { .values = changes, .row = row };

	if (!asking_begin(&asking, session, model, errors))
		return NULL;
	if (!changes)
		call_refuse(&asking.call, "the changes are NULL");
	if (!row)
		call_refuse(&asking.call, "the row is NULL");
	else if (!model->primary_key_len)
		call_refuse(&asking.call, "the model has no key to know the row by");
	return asking_submit(&asking);
}
