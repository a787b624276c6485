#include "hand.h"
#include "tables.h"

#include <string.h>

#define DELIVERY_SQL                                                                             \
	"INSERT INTO store_delivery "                                                            \
	"(name, slug, description, price, stock, is_active, category, weight) VALUES "           \
	"($1::varchar, $2::text, $3::text, $4::numeric, $5::integer, $6::boolean, $7::integer, " \
	"$8::double precision) RETURNING " PRODUCT_COLUMNS
#define CHANGE_SQL "UPDATE store_account SET balance = balance + $1::numeric WHERE id = $2::bigint"

/* The statements of a transfer, which are prepared under their own names. */
#define BEGIN_SQL  "BEGIN"
#define READ_SQL   "SELECT id, owner, balance FROM store_account WHERE id = $1::bigint"
#define TAKE_SQL   "UPDATE store_account SET balance = balance - $1::numeric WHERE id = $2::bigint"
#define COMMIT_SQL "COMMIT"

static bool create_one(struct hand *hand, struct bench *bench, uint64_t number)
{
	char price[HAND_NUMERIC];
	char stock[4];
	char category[4];
	char weight[8];
	struct delivery_texts texts;
	const char *const values[] = { texts.name, texts.slug, DELIVERY_DESCRIPTION,
				       price,      stock,      "\1",
				       category,   weight };
	const int formats[] = { 1, 1, 1, 1, 1, 1, 1, 1 };
	int lengths[] = { 0, 0, sizeof(DELIVERY_DESCRIPTION) - 1, 0, 4, 1, 4, 8 };
	struct product product;
	PGresult *result;

	delivery_texts_write(&texts, number);
	lengths[0] = (int)strlen(texts.name);
	lengths[1] = (int)strlen(texts.slug);
	lengths[3] = hand_put_numeric(price, delivery_price(number));
	hand_put_int32(stock, delivery_stock(number));
	hand_put_int32(category, delivery_category(number));
	hand_put_double(weight, delivery_weight(number));
	if (PQsendQueryPrepared(hand->connection, "create", 8, values, lengths, formats, 1) == 0)
		return bench_fail("create", PQerrorMessage(hand->connection));
	result = hand_one_result(hand, PGRES_TUPLES_OK);
	if (result == NULL)
		return false;
	hand_product(result, 0, &product);
	bench->checksum += (uint64_t)product.id;
	PQclear(result);
	return true;
}

/* Sends one of the two statements that change a balance. */
static bool change_send(struct hand *hand, const char *statement, int64_t hundredths, int64_t id)
{
	char amount[HAND_NUMERIC];
	char key[8];
	const char *const values[] = { amount, key };
	const int lengths[] = { hand_put_numeric(amount, hundredths), sizeof(key) };
	const int formats[] = { 1, 1 };

	hand_put_int64(key, id);
	return PQsendQueryPrepared(hand->connection, statement, 2, values, lengths, formats, 1) ==
		       1 ||
	       bench_fail(statement, PQerrorMessage(hand->connection));
}

static bool update_one(struct hand *hand, struct bench *bench, uint64_t number)
{
	PGresult *result;
	bool good;

	(void)number;
	if (!change_send(hand, "change", 125, stream_next(&bench->stream, ACCOUNT_COUNT)))
		return false;
	result = hand_one_result(hand, PGRES_COMMAND_OK);
	good = result != NULL && strcmp(PQcmdTuples(result), "1") == 0;
	PQclear(result);
	return good || bench_fail("update", "it changed no row");
}

/* Takes the results of statements in pipeline mode, the last of which a Sync follows or not. */
static bool pipeline_end(struct hand *hand, unsigned statements, bool sync, int64_t *balance)
{
	for (unsigned i = 0; i < statements; i++) {
		PGresult *result = hand_result(hand);
		ExecStatusType status = PQresultStatus(result);

		if (status == PGRES_TUPLES_OK && PQntuples(result) == 1)
			*balance = hand_numeric(PQgetvalue(result, 0, 2));
		PQclear(result);
		if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
			return bench_fail("transaction", PQerrorMessage(hand->connection));
		PQclear(hand_result(hand));
	}
	if (sync)
		PQclear(hand_result(hand));
	return true;
}

static bool statement_send(struct hand *hand, const char *statement)
{
	return PQsendQueryPrepared(hand->connection, statement, 0, NULL, NULL, NULL, 1) == 1 ||
	       bench_fail(statement, PQerrorMessage(hand->connection));
}

static bool read_send(struct hand *hand, int64_t id)
{
	char key[8];
	const char *const values[] = { key };
	const int lengths[] = { sizeof(key) };
	const int formats[] = { 1 };

	hand_put_int64(key, id);
	return PQsendQueryPrepared(hand->connection, "read", 1, values, lengths, formats, 1) == 1 ||
	       bench_fail("read", PQerrorMessage(hand->connection));
}

/* Two round trips: what is read decides what is written. */
static bool transfer_one(struct hand *hand, struct bench *bench, uint64_t number)
{
	int64_t from = stream_next(&bench->stream, ACCOUNT_COUNT / 2);
	int64_t to = from + ACCOUNT_COUNT / 2;
	int64_t balance = 0;

	(void)number;
	if (!statement_send(hand, "begin") || !read_send(hand, from) ||
	    PQsendFlushRequest(hand->connection) != 1 || !hand_flush(hand) ||
	    !pipeline_end(hand, 2, false, &balance))
		return false;
	bench->checksum += (uint64_t)balance;
	return change_send(hand, "take", balance / 100, from) &&
	       change_send(hand, "change", balance / 100, to) && statement_send(hand, "commit") &&
	       PQpipelineSync(hand->connection) == 1 && hand_flush(hand) &&
	       pipeline_end(hand, 3, true, &balance);
}

static bool repeat(struct hand *hand, struct bench *bench,
		   bool (*one)(struct hand *, struct bench *, uint64_t))
{
	for (uint64_t i = 0; i < bench->warm_up; i++)
		if (!one(hand, bench, i))
			return false;
	bench_begin(bench);
	for (uint64_t i = 0; i < bench->operations; i++)
		if (!one(hand, bench, bench->warm_up + i))
			return false;
	bench_end(bench);
	return true;
}

bool hand_create(struct bench *bench)
{
	struct hand hand;
	bool good;

	if (!hand_open(&hand, bench->conninfo))
		return false;
	good = hand_prepare(&hand, "create", DELIVERY_SQL) && repeat(&hand, bench, create_one);
	hand_close(&hand);
	return good;
}

bool hand_update(struct bench *bench)
{
	struct hand hand;
	bool good;

	if (!hand_open(&hand, bench->conninfo))
		return false;
	good = hand_prepare(&hand, "change", CHANGE_SQL) && repeat(&hand, bench, update_one);
	hand_close(&hand);
	return good;
}

bool hand_transaction(struct bench *bench)
{
	struct hand hand;
	bool good;

	if (!hand_open(&hand, bench->conninfo))
		return false;
	good = hand_prepare(&hand, "begin", BEGIN_SQL) && hand_prepare(&hand, "read", READ_SQL) &&
	       hand_prepare(&hand, "take", TAKE_SQL) && hand_prepare(&hand, "change", CHANGE_SQL) &&
	       hand_prepare(&hand, "commit", COMMIT_SQL) &&
	       PQenterPipelineMode(hand.connection) == 1 && repeat(&hand, bench, transfer_one);
	hand_close(&hand);
	return good;
}
