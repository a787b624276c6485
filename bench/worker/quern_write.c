#include "lanes.h"
#include "tables.h"

static qn_op *create_start(struct lane *lane)
{
	struct delivery_texts texts;
	const store_delivery_new values = {
		.name = texts.name,
		.slug = texts.slug,
		.description = DELIVERY_DESCRIPTION,
		.price = { delivery_price(lane->number), 2 },
		.stock = QN_SET(delivery_stock(lane->number)),
		.is_active = QN_SET(true),
		.category = delivery_category(lane->number),
		.weight = delivery_weight(lane->number),
	};

	delivery_texts_write(&texts, lane->number);
	return store_delivery_create(lane->session, &lane->delivery, &values);
}

static bool create_take(struct lane *lane)
{
	lane_bench(lane)->checksum += (uint64_t)lane->delivery->id;
	return true;
}

static qn_op *change_start(struct lane *lane, int64_t *count, int64_t id, int64_t hundredths)
{
	const qn_decimal amount = { hundredths, 2 };

	return store_account_update(lane->session, count, &(store_account_where){ .id = QN_EQ(id) },
				    &(store_account_changes){ .balance = QN_ADD(amount) });
}

static qn_op *update_start(struct lane *lane)
{
	int64_t id = stream_next(&lane_bench(lane)->stream, ACCOUNT_COUNT);

	return change_start(lane, &lane->count, id, 125);
}

static bool update_take(struct lane *lane)
{
	return lane->count == 1 || bench_fail("update", "it changed no row");
}

static qn_op *read_start(struct lane *lane)
{
	return store_account_get(lane->session, &lane->account,
				 &(store_account_where){ .id = QN_EQ(lane->asked) });
}

/* The hundredth part of the balance that was read. */
static int64_t amount_of(const struct lane *lane)
{
	return lane->account->balance.unscaled / 100;
}

static void transfer_finish(qn_session *session, qn_status status)
{
	if (qn_tx_finish(session, status) != QN_OK)
		bench_fail("transaction", qn_session_error(session)->message);
}

static void transfer_given(qn_op *op, void *context)
{
	(void)context;
	transfer_finish(qn_op_session(op), qn_op_status(op));
}

/* The first change needs no call-back: its failure fails the second. */
static void transfer_read(qn_op *op, void *context)
{
	struct lane *lane = context;
	qn_status status = qn_op_status(op);

	if (status == QN_OK) {
		qn_detach(change_start(lane, NULL, lane->asked, -amount_of(lane)));
		status = qn_then(change_start(lane, &lane->count, lane->asked + ACCOUNT_COUNT / 2,
					      amount_of(lane)),
				 transfer_given, lane);
	}
	if (status != QN_OK)
		transfer_finish(lane->session, status);
}

static void transfer_body(qn_session *session, void *context)
{
	qn_status status = qn_then(read_start(context), transfer_read, context);

	if (status != QN_OK)
		transfer_finish(session, status);
}

static void transfer_choose(struct lane *lane)
{
	lane->asked = stream_next(&lane_bench(lane)->stream, ACCOUNT_COUNT / 2);
}

static qn_op *transfer_start(struct lane *lane)
{
	transfer_choose(lane);
	return qn_atomic_start(lane->session, transfer_body, lane, NULL);
}

static qn_status transfer_function(qn_session *session, void *context)
{
	struct lane *lane = context;
	qn_status status = qn_await(read_start(lane));
	int64_t taken;
	qn_op *take;
	qn_op *give;

	(void)session;
	if (status != QN_OK)
		return status;
	take = change_start(lane, &taken, lane->asked, -amount_of(lane));
	give = change_start(lane, &lane->count, lane->asked + ACCOUNT_COUNT / 2, amount_of(lane));
	status = qn_await(take);
	return status != QN_OK ? status : qn_await(give);
}

static qn_status transfer_run(struct lane *lane)
{
	transfer_choose(lane);
	return qn_atomic(lane->session, transfer_function, lane, NULL);
}

static bool transfer_take(struct lane *lane)
{
	lane_bench(lane)->checksum += (uint64_t)lane->account->balance.unscaled;
	return update_take(lane);
}

static const struct job create = { create_start, create_take, NULL };
static const struct job update = { update_start, update_take, NULL };
static const struct job transfer = { transfer_start, transfer_take, transfer_run };

bool callback_create(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &create, 1, 1, 0 });
}

bool task_create(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &create, 1, 1, LANES_OF_TASKS });
}

bool callback_update(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &update, 1, 1, 0 });
}

bool task_update(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &update, 1, 1, LANES_OF_TASKS });
}

bool callback_transaction(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &transfer, 1, 1, 0 });
}

bool task_transaction(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &transfer, 1, 1, LANES_OF_TASKS });
}
