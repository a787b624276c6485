/*
 * Operations on all rows that a where matches: update, update_all, delete_where, delete_all.
 */
#include "query/cascade.h"
#include "query/rows.h"
#include "query/values.h"

static qn_status affected_finish(struct qn_op *op, struct outcome *outcome)
{
	op->row_count = (uint64_t)rows_affected(outcome);
	if (op->out)
		*(int64_t *)op->out = (int64_t)op->row_count;
	return QN_OK;
}

static bool affected_begin(struct call *call, qn_session *session, const qn_model *model,
			   int64_t *count, enum key_operation operation)
{
	if (!call_begin(call, session, model, operation))
		return false;
	if (count)
		*count = 0;
	call->op->out = count;
	return true;
}

/* NULL: the changes leave the field alone. */
static const void *given_change(const qn_field *field, const void *changes)
{
	const void *change;

	if (field->changes == QN_NO_OFFSET)
		return NULL;
	change = (const char *)changes + field->changes;
	return *(const qn_set_op *)change == QN_SET_NOTHING ? NULL : change;
}

static void walk_change(struct call *call, const qn_field *field, const void *change)
{
	unsigned set_op = *(const qn_set_op *)change;

	if (!call_check_set_op(call, field, set_op))
		return;
	if (set_op == QN_SET_TO_NULL)
		set_op = QN_SET_TO_VALUE;
	key_add(call->key, (unsigned)(field - call->model->fields));
	key_add(call->key, set_op);
	if (set_op == QN_SET_ADD || set_op == QN_SET_MULTIPLY)
		call_add_amount(call, field, change);
	else if (set_op == QN_SET_TO_VALUE)
		call_add_set(call, field, change);
}

/* False: there is nothing to change, or it was refused. */
static bool walk_changes(struct call *call, const void *changes)
{
	const qn_model *model = call->model;
	size_t count_at;
	unsigned count = 0;
	bool changes_something = false;

	if (!changes) {
		call_refuse(call, "the changes are NULL");
		return false;
	}
	if (call->op->refused)
		return false;
	count_at = call->key->len;
	key_add(call->key, 0);
	for (unsigned i = 0; i < model->field_count; i++) {
		const qn_field *field = &model->fields[i];
		const void *change = given_change(field, changes);

		if (change) {
			walk_change(call, field, change);
			changes_something = true;
		} else if (field->flags & QN_FIELD_ON_UPDATE_NOW) {
			key_add(call->key, i);
			key_add(call->key, QN_SET_NOTHING);
		} else {
			continue;
		}
		count++;
	}
	if (!call->key->failed)
		call->key->tokens[count_at] = (uint16_t)count;
	return changes_something;
}

/* TRUTH_NEVER also when it is refused. */
static enum truth walk_needed_where(struct call *call, const void *where, const char *otherwise)
{
	enum truth truth;

	if (!where)
		call_refuse(call, "the where is NULL; to mean all rows, use %s", otherwise);
	if (call->op->refused)
		return TRUTH_NEVER;
	truth = call_walk_where(call, where);
	if (truth == TRUTH_ALWAYS)
		call_refuse(call, "the where filters nothing; to mean all rows, use %s", otherwise);
	return truth;
}

qn_op *qn_model_update(qn_session *session, const qn_model *model, int64_t *count,
		       const void *where, const void *changes)
{
	struct call call;
	bool changes_something;
	enum truth truth;

	if (!affected_begin(&call, session, model, count, KEY_UPDATE))
		return NULL;
	changes_something = walk_changes(&call, changes);
	truth = walk_needed_where(&call, where, "update_all");
	if (!changes_something || truth == TRUTH_NEVER)
		return call_complete(&call);
	return call_submit(&call, 0, affected_finish);
}

qn_op *qn_model_update_all(qn_session *session, const qn_model *model, int64_t *count,
			   const void *changes)
{
	struct call call;

	if (!affected_begin(&call, session, model, count, KEY_UPDATE))
		return NULL;
	if (!walk_changes(&call, changes))
		return call_complete(&call);
	key_add(call.key, KEY_END);
	return call_submit(&call, 0, affected_finish);
}

qn_op *qn_model_delete_where(qn_session *session, const qn_model *model, int64_t *count,
			     const void *where)
{
	struct call call;

	if (!affected_begin(&call, session, model, count, KEY_DELETE))
		return NULL;
	call.op->explain = cascade_explain;
	if (walk_needed_where(&call, where, "delete_all") == TRUTH_NEVER)
		return call_complete(&call);
	return call_submit(&call, 0, affected_finish);
}

qn_op *qn_model_delete_all(qn_session *session, const qn_model *model, int64_t *count)
{
	struct call call;

	if (!affected_begin(&call, session, model, count, KEY_DELETE))
		return NULL;
	call.op->explain = cascade_explain;
	if (call.op->refused)
		return call_complete(&call);
	key_add(call.key, KEY_END);
	return call_submit(&call, 0, affected_finish);
}
