/*
 * Delete with counts. The database's own rules do the deleting; a recursive query finds what they
 * will take along.
 */
#include "query/cascade.h"
#include "query/rows.h"
#include "query/sql.h"
#include "query/values.h"

/*
 * Of quern__gone: the model's place among those of the cascade, and where the row is: its partition
 * and its place there.
 */
#define ROW_PLACE "t.tableoid, t.ctid::text"

static void add_number(struct sql *sql, size_t number)
{
	buf_add_uint(&sql->text, number);
	sql_add(sql, "::bigint");
}

/* Perhaps the parameters were named already: the same key once more. */
static void add_same_key(struct sql *sql)
{
	sql->parameter_count = 0;
	sql->parameter_types.len = 0;
	sql_add_key_condition(sql);
}

/*
 * "SELECT 1, ... FROM product AS t JOIN author AS o ON t.author_id = o.id WHERE ... is one of those
 * that go"
 */
static void add_step(struct sql *sql, const struct buf *models, size_t from,
		     const qn_dependent *dependent)
{
	const qn_relation *key = &dependent->model->relations[dependent->relation];
	const qn_model *owner = cascade_at(models, from);

	sql_add(sql, "SELECT ");
	add_number(sql, cascade_index(models, dependent->model));
	sql_add(sql, ", " ROW_PLACE " FROM ");
	sql_add(sql, dependent->model->sql_name);
	sql_add(sql, " AS t JOIN ");
	sql_add(sql, owner->sql_name);
	sql_add(sql, " AS t1 ON ");
	for (size_t i = 0; i < key->own_len; i++) {
		sql_add(sql, i ? " AND " : "");
		sql_add_column(sql, &dependent->model->fields[key->own[i]]);
		sql_add(sql, " = ");
		sql_add_column_of(sql, 1, &owner->fields[key->other[i]]);
	}
	sql_add(sql, " WHERE g.model = ");
	add_number(sql, from);
	sql_add(sql, " AND t1.tableoid = g.part AND t1.ctid = g.place::tid");
}

static void add_steps(struct sql *sql, const struct buf *models)
{
	const char *before = " UNION SELECT d.* FROM quern__gone AS g, LATERAL (";

	for (size_t i = 0; i < cascade_count(models); i++) {
		const qn_model *model = cascade_at(models, i);

		for (size_t j = 0; j < model->dependent_count; j++) {
			const qn_dependent *dependent = &model->dependents[j];
			const qn_relation *key = &dependent->model->relations[dependent->relation];

			if (key->on_delete != QN_ON_DELETE_CASCADE)
				continue;
			sql_add(sql, before);
			before = " UNION ALL ";
			add_step(sql, models, i, dependent);
		}
	}
	sql_add(sql, ") AS d");
}

static bool takes_rows_along(const qn_model *model)
{
	for (size_t i = 0; i < model->dependent_count; i++) {
		const qn_dependent *dependent = &model->dependents[i];

		if (dependent->model->relations[dependent->relation].on_delete ==
		    QN_ON_DELETE_CASCADE)
			return true;
	}
	return false;
}

/*
 * A trigger, or another transaction, may keep the row from being deleted here: then nothing was,
 * and nothing is counted.
 */
static void add_delete(struct sql *sql)
{
	sql_add(sql, "quern__deleted AS (DELETE FROM ");
	sql_add(sql, sql->model->sql_name);
	sql_add(sql, " AS t");
	add_same_key(sql);
	sql_add(sql, " RETURNING 1)");
}

void sql_add_delete_counted(struct sql *sql)
{
	struct buf models = { 0 };

	/* A view has no places of rows to go by. */
	if (!takes_rows_along(sql->model)) {
		sql_add(sql, "WITH ");
		add_delete(sql);
		sql_add(sql, " SELECT 0::bigint, count(*) FROM quern__deleted HAVING count(*) > 0");
		return;
	}
	cascade_find(&models, sql->model);
	sql_add(sql, "WITH RECURSIVE quern__gone(model, part, place) AS (SELECT ");
	add_number(sql, 0);
	sql_add(sql, ", " ROW_PLACE " FROM ");
	sql_add(sql, sql->model->sql_name);
	sql_add(sql, " AS t");
	sql_add_key_condition(sql);
	add_steps(sql, &models);
	sql_add(sql, "), ");
	add_delete(sql);
	sql_add(sql, " SELECT model, count(*) FROM quern__gone WHERE EXISTS "
		     "(SELECT 1 FROM quern__deleted) GROUP BY model ORDER BY model");
	sql->text.failed |= models.failed;
	buf_free(&models);
}

/* One row of the answer. */
static qn_status deleted_read(struct qn_op *op, const struct outcome *outcome, int row,
			      qn_deleted *deleted, const struct buf *models)
{
	int64_t index;
	qn_status status = rows_read_int64_at(op, outcome, row, 0, &index);

	if (status == QN_OK)
		status = rows_read_int64_at(op, outcome, row, 1, &deleted->count);
	if (status != QN_OK)
		return status;
	if (index < 0 || (size_t)index >= cascade_count(models))
		return op_fail(op, QN_PROTOCOL_ERROR, NULL, "the server counted another model");
	deleted->model = cascade_at(models, (size_t)index)->name;
	return QN_OK;
}

static qn_status deleted_read_all(struct qn_op *op, const struct outcome *outcome,
				  const struct buf *models)
{
	int count = PQntuples(outcome->result);
	qn_deleted *deleted =
		arena_alloc_array(session_arena(op->session), (size_t)count, sizeof(*deleted));
	qn_deleted_list *list = op->out;
	qn_status status = QN_OK;

	if (!deleted || models->failed)
		return op_fail(op, QN_OUT_OF_MEMORY, NULL, "out of memory");
	for (int i = 0; i < count && status == QN_OK; i++)
		status = deleted_read(op, outcome, i, &deleted[i], models);
	if (status == QN_OK)
		*list = (qn_deleted_list){ deleted, (size_t)count };
	return status;
}

static qn_status counted_finish(struct qn_op *op, struct outcome *outcome)
{
	struct buf models = { 0 };
	qn_status status;

	if (!PQntuples(outcome->result))
		return op_fail(op, QN_NOT_FOUND, NULL, "the row is gone: no row has its key");
	cascade_find(&models, op->model);
	status = deleted_read_all(op, outcome, &models);
	buf_free(&models);
	return status;
}

qn_op *qn_model_delete_counted(qn_session *session, const qn_model *model, qn_deleted_list *deleted,
			       void *row)
{
	struct call call;

	if (!call_begin(&call, session, model, KEY_DELETE_COUNTED))
		return NULL;
	if (!deleted)
		call_refuse(&call, "the place for the result is NULL");
	else
		*deleted = (qn_deleted_list){ NULL, 0 };
	if (!call_check_row(&call, row))
		return call_complete(&call);
	call.op->out = deleted;
	call.op->explain = cascade_explain;
	call_add_row_key(&call, row);
	return call_submit(&call, 0, counted_finish);
}
