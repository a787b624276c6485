/*
 * Money moves between two accounts, or it does not: never half of it.
 *
 * SERIALIZABLE makes concurrent transactions behave as if they ran one after the other; the server
 * refuses those for which it cannot, and qn_atomic runs them again.
 */
#include <inttypes.h>

#include "demo.h"

enum {
	TRANSFER_COUNT = 40,
	TRANSFER_CENTS = 125,
};

struct transfer {
	const char *from;
	const char *to;
	int64_t cents;
	struct transfers *all;
};

struct transfers {
	struct transfer at[TRANSFER_COUNT];
	unsigned runs; /* how often the function below ran */
	unsigned done;
	struct screen *screen;
};

/*
 * In the order of the keys: transfers in opposite directions wait in line then, and not in a
 * circle.
 */
static qn_status save_both(qn_session *session, shop_account *one, shop_account *other)
{
	bool is_first = one->id < other->id;
	qn_status status = qn_await(shop_account_save(session, is_first ? one : other));

	return status == QN_OK ? qn_await(shop_account_save(session, is_first ? other : one))
			       : status;
}

static qn_status move_money(qn_session *session, void *argument)
{
	const struct transfer *transfer = argument;
	shop_account *from;
	shop_account *to;
	qn_status status;

	if (transfer->all)
		transfer->all->runs++;
	status =
		qn_await(shop_account_get(session, &from,
					  &(shop_account_where){ .owner = QN_EQ(transfer->from) }));
	if (status != QN_OK)
		return status;
	status = qn_await(shop_account_get(session, &to,
					   &(shop_account_where){ .owner = QN_EQ(transfer->to) }));
	if (status != QN_OK)
		return status;
	from->balance.unscaled -= transfer->cents;
	to->balance.unscaled += transfer->cents;
	return save_both(session, from, to);
}

static const qn_tx_options serializable = {
	.isolation = QN_SERIALIZABLE,
	.retry = 30,
	.retry_delay = 1,
};

static void transfer_task(qn_session *session, void *argument)
{
	struct transfer *transfer = argument;
	struct transfers *all = transfer->all;

	if (demo_check(session, qn_atomic(session, move_money, transfer, &serializable)))
		all->done++;
	screen_progress(all->screen, "transfers", all->done, TRANSFER_COUNT);
}

static bool say_balances(struct demo *demo)
{
	shop_account_list accounts;
	int64_t total = 0;

	if (!demo_await(
		    shop_account_find(demo->session, &accounts,
				      &(shop_account_query){
					      .order_by = { SHOP_ACCOUNT_OWNER },
					      .only = { SHOP_ACCOUNT_OWNER, SHOP_ACCOUNT_BALANCE },
				      })))
		return false;
	for (size_t i = 0; i < accounts.len; i++)
		total += accounts.at[i].balance.unscaled;
	for (size_t i = 0; i < 2 && i < accounts.len; i++) {
		char balance[QN_DECIMAL_TEXT];

		qn_decimal_format(accounts.at[i].balance, balance);
		screen_result(&demo->screen, "%s has %s", accounts.at[i].owner, balance);
	}
	screen_result(&demo->screen, "all accounts together: %" PRId64 ".%02d", total / 100,
		      (int)(total % 100));
	return true;
}

/* Transfers in both directions between the same two accounts, at the same time. */
static bool transfer_under_contention(struct demo *demo, qn_pool *pool)
{
	struct transfers transfers = { .screen = &demo->screen };

	for (unsigned i = 0; i < TRANSFER_COUNT; i++) {
		bool forth = i % 4 != 0;

		transfers.at[i] = (struct transfer){
			.from = forth ? "ada" : "bela",
			.to = forth ? "bela" : "ada",
			.cents = TRANSFER_CENTS,
			.all = &transfers,
		};
		if (!demo_check(demo->session, qn_spawn(pool, transfer_task, &transfers.at[i])))
			return false;
	}
	if (!demo_check(demo->session, qn_run(pool)))
		return false;
	screen_progress_end(&demo->screen);
	screen_result(&demo->screen,
		      "%u of %d concurrent transfers done, %u runs had to be repeated",
		      transfers.done, TRANSFER_COUNT, transfers.runs - transfers.done);
	return transfers.done == TRANSFER_COUNT;
}

bool chapter_transfer(struct demo *demo)
{
	struct transfer transfer = { .from = "ada", .to = "bela", .cents = 25000 };
	qn_pool *pool;
	bool done;

	if (!demo_check(demo->session,
			qn_atomic(demo->session, move_money, &transfer, &serializable)))
		return false;
	if (!say_balances(demo))
		return false;

	demo->shows_statements = false;
	if (!demo_check(demo->session, qn_pool_open(&pool, &(qn_pool_config){
								   .conninfo = demo->database_url,
								   .max = CONNECTION_COUNT,
								   .log = demo_log,
								   .log_context = demo,
							   })))
		return false;
	done = transfer_under_contention(demo, pool);
	qn_pool_close(pool);
	return done && say_balances(demo);
}
