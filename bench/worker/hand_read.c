#include "hand.h"
#include "tables.h"

#include <stdlib.h>

static const char get_sql[] = "SELECT " PRODUCT_COLUMNS " FROM store_product WHERE id = $1::bigint";
static const char list_sql[] =
	"SELECT " PRODUCT_COLUMNS " FROM store_product WHERE is_active AND category = $1::integer "
	"ORDER BY created_at DESC LIMIT 50";
static const char all_sql[] = "SELECT " PRODUCT_COLUMNS " FROM store_product";

static bool get_one(struct hand *hand, struct bench *bench, bool warming)
{
	int64_t id = stream_next(&bench->stream, PRODUCT_COUNT);
	char parameter[8];
	const char *const values[] = { parameter };
	const int lengths[] = { sizeof(parameter) };
	const int formats[] = { 1 };
	struct product product;
	PGresult *result;

	hand_put_int64(parameter, id);
	if (PQsendQueryPrepared(hand->connection, "get", 1, values, lengths, formats, 1) == 0)
		return bench_fail("get", PQerrorMessage(hand->connection));
	result = hand_one_result(hand, PGRES_TUPLES_OK);
	if (result == NULL)
		return false;
	if (PQntuples(result) != 1 || hand_int64(PQgetvalue(result, 0, 0)) != id) {
		PQclear(result);
		return bench_fail("get", "it found another row");
	}
	hand_product(result, 0, &product);
	bench->checksum += warming ? product_digest(&product) : product_glance(&product);
	PQclear(result);
	return true;
}

static bool list_one(struct hand *hand, struct bench *bench, bool warming)
{
	char category[4];
	const char *const values[] = { category };
	const int lengths[] = { sizeof(category) };
	const int formats[] = { 1 };
	struct product products[LIST_LENGTH];
	PGresult *result;
	int count;

	hand_put_int32(category, (int32_t)stream_next(&bench->stream, CATEGORY_COUNT));
	if (PQsendQueryPrepared(hand->connection, "list", 1, values, lengths, formats, 1) == 0)
		return bench_fail("list", PQerrorMessage(hand->connection));
	result = hand_one_result(hand, PGRES_TUPLES_OK);
	if (result == NULL)
		return false;
	count = PQntuples(result);
	for (int i = 0; i < count && i < LIST_LENGTH; i++)
		hand_product(result, i, &products[i]);
	for (int i = 0; i < count && i < LIST_LENGTH; i++)
		bench->checksum +=
			warming ? product_digest(&products[i]) : product_glance(&products[i]);
	PQclear(result);
	return count == LIST_LENGTH || bench_fail("list", "it found another number of rows");
}

static bool all_fill(const PGresult *result, struct bench *bench, bool warming)
{
	int count = PQntuples(result);
	struct product *products = malloc((size_t)count * sizeof(*products));

	if (products == NULL)
		return bench_fail("list", "out of memory");
	for (int i = 0; i < count; i++)
		hand_product(result, i, &products[i]);
	for (int i = 0; i < count; i++)
		bench->checksum +=
			warming ? product_digest(&products[i]) : product_glance(&products[i]);
	free(products);
	return count == PRODUCT_COUNT || bench_fail("list", "it found another number of rows");
}

static bool all_one(struct hand *hand, struct bench *bench, bool warming)
{
	PGresult *result;
	bool good;

	if (PQsendQueryPrepared(hand->connection, "all", 0, NULL, NULL, NULL, 1) == 0)
		return bench_fail("list", PQerrorMessage(hand->connection));
	result = hand_one_result(hand, PGRES_TUPLES_OK);
	good = result != NULL && all_fill(result, bench, warming);
	PQclear(result);
	return good;
}

bool hand_get(struct bench *bench)
{
	struct hand hand;
	bool good;

	if (!hand_open(&hand, bench->conninfo))
		return false;
	good = hand_prepare(&hand, "get", get_sql) && hand_repeat(&hand, bench, get_one);
	hand_close(&hand);
	return good;
}

bool hand_list_50(struct bench *bench)
{
	struct hand hand;
	bool good;

	if (!hand_open(&hand, bench->conninfo))
		return false;
	good = hand_prepare(&hand, "list", list_sql) && hand_repeat(&hand, bench, list_one);
	hand_close(&hand);
	return good;
}

bool hand_list_all(struct bench *bench)
{
	struct hand hand;
	bool good;

	if (!hand_open(&hand, bench->conninfo))
		return false;
	good = hand_prepare(&hand, "all", all_sql) && hand_repeat(&hand, bench, all_one);
	hand_close(&hand);
	return good;
}
