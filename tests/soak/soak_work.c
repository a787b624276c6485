/* What the clients of the soak do. */
#include <stdio.h>
#include <string.h>

#include "random.h"
#include "shop.h"
#include "soak.h"

enum { BURST = 8, BREATH_MS = 20, RETRIES = 5, SLICE = 20, NAME = 32 };

#define BALANCE ((qn_decimal){ 100000, 2 })

const char *const soak_kind_names[SOAK_KINDS] = { "reads",      "writes",  "transactions",
						  "call-backs", "cancels", "deadlines" };

static uint64_t below(struct soak_client *client, uint64_t limit)
{
	return random_next(&client->random) % limit;
}

static qn_status finish(struct soak_client *client, qn_op *op)
{
	qn_status status;

	client->soak->tally.submissions++;
	status = qn_await(op);
	client->soak->tally.ends++;
	return status;
}

static const char *owner_of(uint64_t number, char name[NAME])
{
	snprintf(name, NAME, "owner-%u", (unsigned)number);
	return name;
}

bool soak_work_prepare(qn_session *session, void *soak)
{
	char name[NAME];

	(void)soak;
	for (uint64_t i = 0; i < SOAK_ACCOUNTS; i++)
		if (qn_await(shop_account_create(session, NULL,
						 &(shop_account_new){
							 .owner = owner_of(i, name),
							 .balance = QN_SET(BALANCE) })) != QN_OK)
			return false;
	return true;
}

static qn_status do_read(struct soak_client *client, qn_session *session)
{
	shop_account_list accounts;
	shop_account *account;
	char name[NAME];
	qn_status status =
		finish(client,
		       shop_account_find(session, &accounts,
					 &(shop_account_query){
						 .where = { .balance = QN_GTE(qn_dec("1.00")) },
						 .order_by = { -SHOP_ACCOUNT_BALANCE },
						 .limit = SLICE }));

	if (status != QN_OK)
		return status;
	return finish(client,
		      shop_account_get(session, &account,
				       &(shop_account_where){
					       .owner = QN_EQ(owner_of(below(client, SOAK_ACCOUNTS),
								       name)) }));
}

/* A tag of the client's own: made, changed, read again and removed. */
static qn_status do_write(struct soak_client *client, qn_session *session)
{
	char name[NAME + 16];
	shop_tag *tag;
	qn_status status;

	snprintf(name, sizeof(name), "tag-%u-%llu", client->number,
		 (unsigned long long)random_next(&client->random));
	status = finish(client, shop_tag_create(session, &tag, &(shop_tag_new){ .name = name }));
	if (status == QN_OK)
		status = finish(client, shop_tag_refresh(session, tag));
	return status == QN_OK ? finish(client, shop_tag_delete(session, tag)) : status;
}

static qn_op *pay(qn_session *session, uint64_t account, int64_t cents)
{
	char name[NAME];

	return shop_account_update(
		session, NULL, &(shop_account_where){ .owner = QN_EQ(owner_of(account, name)) },
		&(shop_account_changes){ .balance = QN_ADD(((qn_decimal){ cents, 2 })) });
}

/* Breaks: the owner is there already. */
static qn_status in_savepoint(qn_session *session, void *argument)
{
	char name[NAME];

	return finish(argument,
		      shop_account_create(session, NULL,
					  &(shop_account_new){ .owner = owner_of(0, name) }));
}

static qn_status in_transaction(qn_session *session, void *argument)
{
	struct soak_client *client = argument;
	uint64_t from = below(client, SOAK_ACCOUNTS - 1);
	uint64_t to = from + 1 + below(client, SOAK_ACCOUNTS - from - 1);
	int64_t cents = (int64_t)below(client, 100);
	qn_status status = finish(client, pay(session, from, -cents));

	/* Its failure is its own. */
	if (status == QN_OK && below(client, 3) == 0 &&
	    qn_atomic(session, in_savepoint, client, NULL) == QN_OK)
		return QN_INTERNAL_ERROR;
	return status == QN_OK ? finish(client, pay(session, to, cents)) : status;
}

static qn_status do_transaction(struct soak_client *client, qn_session *session)
{
	return qn_atomic(session, in_transaction, client, &(qn_tx_options){ .retry = RETRIES });
}

struct answer {
	struct soak_client *client;
	qn_op *op;
	unsigned ends;
	qn_status status;
};

static void answered(qn_op *op, void *context)
{
	struct answer *answer = context;
	struct soak_tally *tally = &answer->client->soak->tally;

	tally->ends++;
	tally->ends_twice += answer->ends > 0;
	answer->ends++;
	answer->status = qn_op_status(op);
	answer->client->outstanding--;
}

/* Waits for the call-backs that are missing. */
static qn_status gather(struct soak_client *client, qn_session *session,
			const struct answer *answers, size_t count)
{
	qn_status status = QN_OK;

	while (client->outstanding > 0)
		if (qn_sleep(session, 1) != QN_OK)
			return QN_POOL_CLOSED;
	for (size_t i = 0; i < count; i++)
		if (status == QN_OK)
			status = answers[i].status;
	return status;
}

static void call_back(struct soak_client *client, struct answer *answer, qn_op *op)
{
	*answer = (struct answer){ .client = client, .op = op };
	client->soak->tally.submissions++;
	client->outstanding++;
	if (qn_then(op, answered, answer) == QN_OK)
		return;
	/* It was never made. */
	client->soak->tally.ends++;
	client->outstanding--;
	answer->status = QN_OUT_OF_MEMORY;
}

static qn_status do_call_backs(struct soak_client *client, qn_session *session)
{
	struct answer answers[BURST];
	int64_t counts[BURST];
	size_t count = 1 + below(client, BURST);

	for (size_t i = 0; i < count; i++)
		call_back(client, &answers[i], shop_account_count(session, &counts[i], NULL));
	return gather(client, session, answers, count);
}

/* Half of them hang on the server, so that it has to be told. */
static qn_status do_cancel(struct soak_client *client, qn_session *session)
{
	struct answer answer;
	qn_status status;

	call_back(client, &answer,
		  qn_sql(session, NULL, below(client, 2) ? "SELECT pg_sleep(0.5)" : "SELECT 1",
			 NULL, 0));
	if (below(client, 2) && qn_sleep(session, (uint32_t)below(client, 5)) != QN_OK)
		return QN_POOL_CLOSED;
	if (answer.ends == 0)
		qn_cancel(answer.op);
	status = gather(client, session, &answer, 1);
	return status == QN_CANCELLED || status == QN_OUTCOME_UNKNOWN ? QN_OK : status;
}

static qn_status do_deadline(struct soak_client *client, qn_session *session)
{
	qn_op *op = qn_sql(session, NULL, "SELECT pg_sleep(5)", NULL, 0);
	qn_status status;

	if (op)
		qn_op_set_deadline(op, 1 + (uint32_t)below(client, 30));
	status = finish(client, op);
	return status == QN_DEADLINE_EXCEEDED || status == QN_OUTCOME_UNKNOWN ? QN_OK : status;
}

static enum soak_kind choose(struct soak_client *client)
{
	static const unsigned percents[SOAK_KINDS] = { 35, 20, 25, 12, 6, 2 };
	uint64_t chance = below(client, 100);
	unsigned kind = 0;

	while (chance >= percents[kind])
		chance -= percents[kind++];
	return (enum soak_kind)kind;
}

static qn_status work(struct soak_client *client, qn_session *session, enum soak_kind kind)
{
	switch (kind) {
	case SOAK_READ:
		return do_read(client, session);
	case SOAK_WRITE:
		return do_write(client, session);
	case SOAK_TRANSACTION:
		return do_transaction(client, session);
	case SOAK_CALL_BACKS:
		return do_call_backs(client, session);
	case SOAK_CANCEL:
		return do_cancel(client, session);
	case SOAK_DEADLINE:
	case SOAK_KINDS:
		break;
	}
	return do_deadline(client, session);
}

void soak_work_live(qn_session *own, void *argument)
{
	struct soak_client *client = argument;
	struct soak *soak = client->soak;

	while (!soak->stop) {
		enum soak_kind kind = choose(client);
		qn_status status = QN_OUT_OF_MEMORY;
		qn_session *session;

		soak->tally.started[kind]++;
		if (qn_session_open(soak->pool, &session) == QN_OK) {
			status = work(client, session, kind);
			qn_session_close(session);
		}
		if (status == QN_OK)
			soak->tally.ok[kind]++;
		else
			soak->tally.failed[kind]++;
		/* While the server is away there is no use in hurry. */
		if (status != QN_OK && qn_sleep(own, BREATH_MS) != QN_OK)
			break;
	}
	client->is_over = true;
}
