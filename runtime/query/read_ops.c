/*
 * find, get, first, last, count, exists.
 */
#include "query/load.h"
#include "query/rows.h"

const void *query_where(const qn_model *model, const void *query)
{
	return query ? (const char *)query + model->query_where : NULL;
}

const qn_query_options *query_options(const void *query)
{
	static const qn_query_options none;

	return query ? query : &none;
}

bool call_walk_query(struct call *call, const struct query_shape *shape, const void *where)
{
	enum truth truth = TRUTH_ALWAYS;

	if (!call->registry)
		return false;
	if (where)
		truth = call_walk_where(call, where);
	else
		key_add(call->key, KEY_END);
	return call_walk_options(call, shape) && truth != TRUTH_NEVER;
}

static unsigned read_flags(const qn_query_options *options)
{
	return options->lock == QN_LOCK_NONE ? REQUEST_READ : 0;
}

static struct qn_op *refuse_output(struct call *call)
{
	call_refuse(call, "the place for the result is NULL");
	return call_complete(call);
}

static qn_status find_finish(struct qn_op *op, struct outcome *outcome)
{
	struct rows rows;
	qn_status status = rows_read(op, outcome, &rows);

	if (status == QN_OK)
		rows_store_list(op->out, (struct row_list){ rows.at, rows.len });
	return status;
}

qn_op *qn_model_find(qn_session *session, const qn_model *model, void *list, const void *query)
{
	struct join_list joins = { 0 };
	struct query_shape shape = { .options = query_options(query),
				     .query = query,
				     .joins = &joins };
	struct call call;
	bool may_match;

	if (!call_begin(&call, session, model, KEY_SELECT))
		return NULL;
	if (!list)
		return refuse_output(&call);
	rows_store_list(list, (struct row_list){ NULL, 0 });
	call.op->out = list;
	may_match = call_walk_query(&call, &shape, query_where(model, query));
	if (joins.has_prefetch)
		return load_submit(&call, &shape, may_match, LOAD_LIST);
	if (!may_match)
		return call_complete(&call);
	return call_submit(&call, read_flags(shape.options), find_finish);
}

/* Stores the first row, or NULL. */
static qn_status take_row(struct qn_op *op, struct outcome *outcome, size_t *found)
{
	struct rows rows;
	qn_status status = rows_read(op, outcome, &rows);

	if (status != QN_OK)
		return status;
	*found = rows.len;
	if (rows.len == 1)
		rows_store_pointer(op->out, rows.at);
	return QN_OK;
}

static qn_status get_finish(struct qn_op *op, struct outcome *outcome)
{
	int found = outcome_row_count(outcome);
	struct rows rows;
	qn_status status;

	if (found > 1)
		return op_fail(op, QN_NOT_UNIQUE, NULL, "more than one row matches");
	if (outcome->is_shared)
		status = rows_read_shared(op, outcome, &rows);
	else
		status = rows_read(op, outcome, &rows);
	if (status != QN_OK)
		return status;
	if (!found)
		return op_fail(op, QN_NOT_FOUND, NULL, "no row matches");
	rows_store_pointer(op->out, rows.at);
	return QN_OK;
}

static unsigned get_flags(const qn_session *session)
{
	bool coalesces = pool_config(session_pool(session))->coalesce_gets;

	return REQUEST_READ | (coalesces ? REQUEST_KEYED : 0);
}

qn_op *qn_model_get(qn_session *session, const qn_model *model, void *row, const void *where)
{
	struct call call;

	if (!call_begin(&call, session, model, KEY_SELECT))
		return NULL;
	if (!row)
		return refuse_output(&call);
	rows_store_pointer(row, NULL);
	call.op->out = row;
	if (!where)
		call_refuse(&call, "the where is NULL; an empty one matches every row");
	if (call.op->refused)
		return call_complete(&call);
	if (call_walk_where(&call, where) == TRUTH_NEVER) {
		op_refuse(call.op, QN_NOT_FOUND, NULL, "no row matches");
		return call_complete(&call);
	}
	/* A second row is all that it takes to know that there are several. */
	call_walk_no_options(&call, 2);
	return call_submit(&call, get_flags(session), get_finish);
}

static qn_status first_finish(struct qn_op *op, struct outcome *outcome)
{
	size_t found = 0;

	return take_row(op, outcome, &found);
}

static void check_first(struct call *call, const qn_query_options *options)
{
	bool is_sliced = options->limit > 0 || options->offset > 0;

	if (is_sliced && !options_are_ordered(call->model, options))
		call_refuse(call, "the first row of a slice needs an order_by");
}

static void check_last(struct call *call, const qn_query_options *options)
{
	if (options->limit > 0 || options->offset > 0)
		call_refuse(call,
			    "a slice has no last row; turn its order_by round and take the first");
	else if (!options_are_ordered(call->model, options) && !call->model->primary_key_len)
		call_refuse(call, "the last row needs an order_by, as the model has no key");
}

static struct qn_op *model_end(qn_session *session, const qn_model *model, void *row,
			       const struct query_shape *asked)
{
	struct join_list joins = { 0 };
	struct query_shape shape = *asked;
	struct call call;
	bool may_match;

	if (!call_begin(&call, session, model, KEY_SELECT))
		return NULL;
	if (!row)
		return refuse_output(&call);
	rows_store_pointer(row, NULL);
	call.op->out = row;
	if (shape.is_reversed)
		check_last(&call, shape.options);
	else
		check_first(&call, shape.options);
	shape.joins = &joins;
	may_match = call_walk_query(&call, &shape, query_where(model, shape.query));
	if (joins.has_prefetch)
		return load_submit(&call, &shape, may_match, LOAD_ROW);
	if (!may_match)
		return call_complete(&call);
	return call_submit(&call, read_flags(shape.options), first_finish);
}

qn_op *qn_model_first(qn_session *session, const qn_model *model, void *row, const void *query)
{
	return model_end(session, model, row,
			 &(struct query_shape){ .options = query_options(query),
						.query = query,
						.orders_by_key = true,
						.row_limit = 1 });
}

qn_op *qn_model_last(qn_session *session, const qn_model *model, void *row, const void *query)
{
	return model_end(session, model, row,
			 &(struct query_shape){ .options = query_options(query),
						.query = query,
						.is_reversed = true,
						.orders_by_key = true,
						.row_limit = 1 });
}

/* Rows that are only counted cannot be locked. */
static void check_unlocked(struct call *call, const qn_query_options *options)
{
	if (options->lock)
		call_refuse(call, "rows that are not loaded cannot be locked; use find");
}

/* For what is told of the rows that are found, and reads none. */
static struct qn_op *submit_verdict(struct call *call, struct query_shape *shape, const void *query,
				    qn_status (*finish)(struct qn_op *op, struct outcome *outcome))
{
	check_unlocked(call, shape->options);
	/* What is selected matters only to which rows are distinct. */
	if (shape->options->distinct)
		shape->query = query;
	if (!call_walk_query(call, shape, query_where(call->model, query)))
		return call_complete(call);
	return call_submit(call, REQUEST_READ, finish);
}

static qn_status count_finish(struct qn_op *op, struct outcome *outcome)
{
	return rows_read_int64(op, outcome, op->out);
}

qn_op *qn_model_count(qn_session *session, const qn_model *model, int64_t *count, const void *query)
{
	struct query_shape shape = { .options = query_options(query), .drops_order = true };
	struct call call;

	if (!call_begin(&call, session, model, KEY_COUNT))
		return NULL;
	if (!count)
		return refuse_output(&call);
	*count = 0;
	call.op->out = count;
	return submit_verdict(&call, &shape, query, count_finish);
}

static qn_status exists_finish(struct qn_op *op, struct outcome *outcome)
{
	*(bool *)op->out = PQntuples(outcome->result) > 0;
	return QN_OK;
}

qn_op *qn_model_exists(qn_session *session, const qn_model *model, bool *exists, const void *query)
{
	struct query_shape shape = { .options = query_options(query),
				     .drops_order = true,
				     .row_limit = 1 };
	struct call call;

	if (!call_begin(&call, session, model, KEY_EXISTS))
		return NULL;
	if (!exists)
		return refuse_output(&call);
	*exists = false;
	call.op->out = exists;
	return submit_verdict(&call, &shape, query, exists_finish);
}
