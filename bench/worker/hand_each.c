#include "hand.h"
#include "tables.h"

#include <stdlib.h>

enum { CHUNK = 1000 };

#define CURSOR "DECLARE each NO SCROLL CURSOR FOR SELECT " PRODUCT_COLUMNS " FROM store_product"

static bool command(struct hand *hand, const char *name)
{
	PGresult *result;

	if (PQsendQueryPrepared(hand->connection, name, 0, NULL, NULL, NULL, 1) == 0)
		return bench_fail("each", PQerrorMessage(hand->connection));
	result = hand_one_result(hand, PGRES_COMMAND_OK);
	PQclear(result);
	return result != NULL;
}

static bool fetch(struct hand *hand)
{
	return PQsendQueryPrepared(hand->connection, "fetch", 0, NULL, NULL, NULL, 1) != 0 ||
	       bench_fail("each", PQerrorMessage(hand->connection));
}

static void take(const PGresult *result, struct bench *bench, bool warming)
{
	static struct product products[CHUNK];
	int count = PQntuples(result);

	for (int i = 0; i < count && i < CHUNK; i++)
		hand_product(result, i, &products[i]);
	for (int i = 0; i < count && i < CHUNK; i++)
		bench->checksum +=
			warming ? product_digest(&products[i]) : product_glance(&products[i]);
}

/* A cursor; the next rows are on their way while those that came are looked at. */
static bool cursor_one(struct hand *hand, struct bench *bench, bool warming)
{
	int count = CHUNK;
	int read = 0;

	if (!command(hand, "begin") || !command(hand, "declare") || !fetch(hand))
		return false;
	while (count == CHUNK) {
		PGresult *result = hand_one_result(hand, PGRES_TUPLES_OK);

		if (result == NULL)
			return false;
		count = PQntuples(result);
		read += count;
		if (count == CHUNK && !(fetch(hand) && hand_flush(hand))) {
			PQclear(result);
			return false;
		}
		take(result, bench, warming);
		PQclear(result);
	}
	return command(hand, "commit") &&
	       (read == PRODUCT_COUNT || bench_fail("each", "it found another number of rows"));
}

/* Single-row mode: a result a row. */
static bool rows_one(struct hand *hand, struct bench *bench, bool warming)
{
	PGresult *result;
	int read = 0;

	if (PQsendQueryPrepared(hand->connection, "all", 0, NULL, NULL, NULL, 1) == 0 ||
	    PQsetSingleRowMode(hand->connection) == 0)
		return bench_fail("each", PQerrorMessage(hand->connection));
	while ((result = hand_result(hand)) != NULL) {
		bool is_row = PQresultStatus(result) == PGRES_SINGLE_TUPLE;

		if (is_row)
			take(result, bench, warming);
		read += is_row;
		PQclear(result);
	}
	return read == PRODUCT_COUNT || bench_fail("each", "it found another number of rows");
}

static bool prepare_cursor(struct hand *hand)
{
	return hand_prepare(hand, "begin", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") &&
	       hand_prepare(hand, "declare", CURSOR) && hand_prepare(hand, "commit", "COMMIT");
}

/* FETCH can be prepared only where there is a cursor. */
static bool prepare_fetch(struct hand *hand)
{
	return command(hand, "begin") && command(hand, "declare") &&
	       hand_prepare(hand, "fetch", "FETCH 1000 FROM each") && command(hand, "commit");
}

bool hand_each_all(struct bench *bench)
{
	struct hand hand;
	bool good;

	if (!hand_open(&hand, bench->conninfo))
		return false;
	good = prepare_cursor(&hand) && prepare_fetch(&hand) &&
	       hand_repeat(&hand, bench, cursor_one);
	hand_close(&hand);
	return good;
}

bool plain_each_all(struct bench *bench)
{
	struct hand hand;
	bool good;

	if (!hand_open(&hand, bench->conninfo))
		return false;
	good = hand_prepare(&hand, "all", "SELECT " PRODUCT_COLUMNS " FROM store_product") &&
	       hand_repeat(&hand, bench, rows_one);
	hand_close(&hand);
	return good;
}
