/*
 * Taking a connection and giving it back: more transactions than there are connections, each of
 * one get, so nearly all the time of each is a wait for its turn.
 */
#include "lanes.h"
#include "tables.h"

enum { WAITING = 64, CONNECTIONS = 4 };

static qn_op *get_start(struct lane *lane)
{
	lane->asked = stream_next(&lane_bench(lane)->stream, PRODUCT_COUNT);
	return store_product_get(lane->session, &lane->product,
				 &(store_product_where){ .id = QN_EQ(lane->asked) });
}

static void finish(qn_session *session, qn_status status)
{
	if (qn_tx_finish(session, status) != QN_OK)
		bench_fail("transaction", qn_session_error(session)->message);
}

static void got(qn_op *op, void *context)
{
	(void)context;
	finish(qn_op_session(op), qn_op_status(op));
}

static void body(qn_session *session, void *context)
{
	qn_status status = qn_then(get_start(context), got, context);

	if (status != QN_OK)
		finish(session, status);
}

static qn_op *acquire_start(struct lane *lane)
{
	return qn_atomic_start(lane->session, body, lane, NULL);
}

static qn_status function(qn_session *session, void *context)
{
	(void)session;
	return qn_await(get_start(context));
}

static qn_status acquire_run(struct lane *lane)
{
	return qn_atomic(lane->session, function, lane, NULL);
}

static bool acquire_take(struct lane *lane)
{
	if (lane->product->id != lane->asked)
		return bench_fail("get", "it found another row");
	lane_add_product(lane, lane->product);
	return true;
}

static const struct job acquire = { acquire_start, acquire_take, acquire_run };

bool callback_acquire(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &acquire, WAITING, CONNECTIONS, 0 });
}

bool task_acquire(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &acquire, WAITING, CONNECTIONS, LANES_OF_TASKS });
}
