/*
 * Operations on one row: create, save, save_fields, delete, refresh.
 */
#include "base/bits.h"
#include "query/cascade.h"
#include "query/rows.h"
#include "query/values.h"

static qn_status create_finish(struct qn_op *op, struct outcome *outcome)
{
	struct rows rows;
	qn_status status;

	if (!op->out)
		return QN_OK;
	status = rows_read(op, outcome, &rows);
	if (status == QN_OUT_OF_MEMORY)
		return op_fail(op, status, NULL,
			       "the row was inserted, and there is no memory to load it");
	if (status != QN_OK)
		return status;
	if (!rows.len)
		return op_fail(op, QN_NOT_FOUND, NULL,
			       "no row was inserted: a trigger or rule of the table swallowed it");
	rows_store_pointer(op->out, rows.at);
	return QN_OK;
}

qn_op *qn_model_create(qn_session *session, const qn_model *model, void *row, const void *values)
{
	struct call call;

	if (!call_begin(&call, session, model, KEY_INSERT))
		return NULL;
	if (row)
		rows_store_pointer(row, NULL);
	call.op->out = row;
	if (!values) {
		call_refuse(&call, "the values are NULL; an empty struct takes all defaults");
		return call_complete(&call);
	}
	if (call.op->refused)
		return call_complete(&call);
	call_walk_new(&call, values);
	key_add(call.key, row != NULL);
	key_add(call.key, 0);
	return call_submit(&call, 0, create_finish);
}

static qn_status fail_gone(struct qn_op *op)
{
	return op_fail(op, QN_NOT_FOUND, NULL, "the row is gone: no row has its key");
}

/* What the program wrote is in the row now, whether it had been loaded or not. */
static void mark_written(struct qn_op *op)
{
	const struct shape *shape = op_shape(op);
	struct key_reader key = key_read(shape->tokens, shape->token_count);
	uint64_t *loaded = (uint64_t *)(void *)((char *)op->row + op->model->row_loaded);
	unsigned count;

	(void)key_next(&key);
	count = key_next(&key);
	while (count--) {
		unsigned field = key_next(&key);

		(void)key_next(&key);
		bit_set(loaded, field);
	}
}

static qn_status save_finish(struct qn_op *op, struct outcome *outcome)
{
	bool returns = op_shape(op)->plan.column_count > 0;
	qn_status status = QN_OK;

	if (rows_affected(outcome) == 0)
		return fail_gone(op);
	if (returns)
		status = rows_read_into(op, outcome, op->row);
	if (status == QN_OK)
		mark_written(op);
	return status;
}

/*
 * Writes the fields of `bits` that may be written, and what every update sets. False: there is
 * nothing to write.
 */
static bool walk_row(struct call *call, const uint64_t *bits)
{
	const qn_model *model = call->model;
	size_t count_at = call->key->len;
	unsigned count = 0;
	bool writes = false;

	key_add(call->key, 0);
	for (unsigned i = 0; i < model->field_count; i++) {
		const qn_field *field = &model->fields[i];
		bool is_now = field->flags & QN_FIELD_ON_UPDATE_NOW;
		bool is_chosen = bit_is_set(bits, i);

		if (field->flags & (QN_FIELD_PRIMARY_KEY | QN_FIELD_IDENTITY_ALWAYS) ||
		    (!is_chosen && !is_now))
			continue;
		writes |= is_chosen;
		key_add(call->key, i);
		key_add(call->key, is_now ? QN_SET_NOTHING : QN_SET_TO_VALUE);
		if (!is_now)
			call_add_row_value(call, field, call->op->row);
		count++;
	}
	if (!call->key->failed)
		call->key->tokens[count_at] = (uint16_t)count;
	call_add_row_key(call, call->op->row);
	return writes;
}

qn_op *qn_model_save(qn_session *session, const qn_model *model, void *row)
{
	const uint64_t *loaded;
	struct call call;

	if (!call_begin(&call, session, model, KEY_UPDATE_ROW))
		return NULL;
	if (!call_check_row(&call, row))
		return call_complete(&call);
	loaded = (const uint64_t *)(const void *)((const char *)row + model->row_loaded);
	for (size_t i = 0; i < model->primary_key_len; i++) {
		if (!bit_is_set(loaded, model->primary_key[i]))
			call_refuse(&call, "save takes a row that was loaded or created; use "
					   "save_fields to name what to write");
	}
	if (!walk_row(&call, loaded))
		return call_complete(&call);
	return call_submit(&call, 0, save_finish);
}

static void refuse_number(struct call *call, int32_t number)
{
	const qn_model *model = call->model;

	if (number > model->field_count && number <= model->field_count + model->relation_count)
		call_refuse(call,
			    "save_fields takes fields, not the relation %s; save the foreign "
			    "key's own fields, or use the functions of the relation",
			    model->relations[number - model->field_count - 1].name);
	else
		call_refuse(call, "%d is not a field; use the constants of the model's field enum",
			    (int)number);
}

/* NULL: refused. */
static const uint64_t *chosen_bits(struct call *call, const int32_t *fields, size_t count)
{
	const qn_model *model = call->model;
	uint64_t *bits = arena_alloc_array(&call->op->arena, ((size_t)model->field_count + 63) / 64,
					   sizeof(*bits));

	if (!bits) {
		op_refuse(call->op, QN_OUT_OF_MEMORY, NULL, "out of memory");
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		const qn_field *field;

		if (fields[i] <= 0 || fields[i] > model->field_count) {
			refuse_number(call, fields[i]);
			return NULL;
		}
		field = &model->fields[fields[i] - 1];
		if (field->flags & (QN_FIELD_PRIMARY_KEY | QN_FIELD_IDENTITY_ALWAYS)) {
			op_refuse(call->op, QN_USAGE, field, "it cannot be written by save_fields");
			return NULL;
		}
		bit_set(bits, (size_t)fields[i] - 1);
	}
	return bits;
}

qn_op *qn_model_save_fields(qn_session *session, const qn_model *model, void *row,
			    const int32_t *fields, size_t count)
{
	const uint64_t *bits;
	struct call call;

	if (!call_begin(&call, session, model, KEY_UPDATE_ROW))
		return NULL;
	if (!fields && count) {
		call_refuse(&call, "the list of fields is NULL");
		return call_complete(&call);
	}
	if (!call_check_row(&call, row))
		return call_complete(&call);
	bits = chosen_bits(&call, fields, count);
	if (!bits || !walk_row(&call, bits))
		return call_complete(&call);
	return call_submit(&call, 0, save_finish);
}

static qn_status delete_finish(struct qn_op *op, struct outcome *outcome)
{
	return rows_affected(outcome) ? QN_OK : fail_gone(op);
}

qn_op *qn_model_delete(qn_session *session, const qn_model *model, void *row)
{
	struct call call;

	if (!call_begin(&call, session, model, KEY_DELETE_ROW))
		return NULL;
	if (!call_check_row(&call, row))
		return call_complete(&call);
	call.op->explain = cascade_explain;
	call_add_row_key(&call, row);
	return call_submit(&call, 0, delete_finish);
}

static qn_status refresh_finish(struct qn_op *op, struct outcome *outcome)
{
	qn_status status;

	if (!PQntuples(outcome->result))
		return fail_gone(op);
	status = rows_read_into(op, outcome, op->row);
	if (status == QN_OK)
		row_forget_related(op->model, op->row);
	return status;
}

qn_op *qn_model_refresh(qn_session *session, const qn_model *model, void *row)
{
	struct call call;

	if (!call_begin(&call, session, model, KEY_SELECT_ROW))
		return NULL;
	if (!call_check_row(&call, row))
		return call_complete(&call);
	call_add_row_key(&call, row);
	key_add(call.key, 0);
	return call_submit(&call, REQUEST_READ, refresh_finish);
}
