/*
 * libpq as people write it: PQexecParams, everything as text, one statement at a time.
 */
#include "bench.h"
#include "product.h"
#include "tables.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The time in the unit of the other contenders. */
#define COLUMNS                                                                    \
	"id, name, slug, description, price, stock, is_active, category, weight, " \
	"(extract(epoch FROM created_at) * 1000000)::bigint - 946684800000000"

enum { NUMBER_TEXT = 32 };

typedef bool plain_case(PGconn *connection, struct bench *bench, uint64_t number, bool warming);

static int64_t hundredths_read(const char *text)
{
	char *point;
	int64_t whole = strtoll(text, &point, 10);

	return whole * 100 + (*point == '.' ? strtoll(point + 1, NULL, 10) : 0);
}

static void product_read(const PGresult *result, int row, struct product *product)
{
	product->id = strtoll(PQgetvalue(result, row, 0), NULL, 10);
	product->name = PQgetvalue(result, row, 1);
	product->slug = PQgetvalue(result, row, 2);
	product->description = PQgetvalue(result, row, 3);
	product->price = hundredths_read(PQgetvalue(result, row, 4));
	product->stock = (int32_t)strtol(PQgetvalue(result, row, 5), NULL, 10);
	product->is_active = strcmp(PQgetvalue(result, row, 6), "t") == 0;
	product->category = (int32_t)strtol(PQgetvalue(result, row, 7), NULL, 10);
	product->weight = strtod(PQgetvalue(result, row, 8), NULL);
	product->created_at = strtoll(PQgetvalue(result, row, 9), NULL, 10);
}

/* Runs a statement with up to eight parameters; NULL: said why. */
static PGresult *execute(PGconn *connection, const char *sql, int count, const char *const *values,
			 ExecStatusType expected)
{
	PGresult *result = PQexecParams(connection, sql, count, NULL, values, NULL, NULL, 0);

	if (PQresultStatus(result) == expected)
		return result;
	bench_fail(sql, PQerrorMessage(connection));
	PQclear(result);
	return NULL;
}

static bool rows_take(struct bench *bench, const PGresult *result, int expected, bool warming)
{
	int count = PQntuples(result);
	struct product product;

	for (int i = 0; i < count; i++) {
		product_read(result, i, &product);
		bench->checksum += warming ? product_digest(&product) : product_glance(&product);
	}
	return count == expected || bench_fail("select", "it found another number of rows");
}

static bool get_one(PGconn *connection, struct bench *bench, uint64_t number, bool warming)
{
	char id[NUMBER_TEXT];
	const char *const values[] = { id };
	PGresult *result;
	bool good;

	(void)number;
	snprintf(id, sizeof(id), "%" PRIu32, stream_next(&bench->stream, PRODUCT_COUNT));
	result = execute(connection, "SELECT " COLUMNS " FROM store_product WHERE id = $1", 1,
			 values, PGRES_TUPLES_OK);
	good = result != NULL && rows_take(bench, result, 1, warming);
	PQclear(result);
	return good;
}

static bool list_one(PGconn *connection, struct bench *bench, uint64_t number, bool warming)
{
	char category[NUMBER_TEXT];
	const char *const values[] = { category };
	PGresult *result;
	bool good;

	(void)number;
	snprintf(category, sizeof(category), "%" PRIu32,
		 stream_next(&bench->stream, CATEGORY_COUNT));
	result = execute(connection,
			 "SELECT " COLUMNS " FROM store_product WHERE is_active AND "
			 "category = $1 ORDER BY created_at DESC LIMIT 50",
			 1, values, PGRES_TUPLES_OK);
	good = result != NULL && rows_take(bench, result, LIST_LENGTH, warming);
	PQclear(result);
	return good;
}

static bool all_one(PGconn *connection, struct bench *bench, uint64_t number, bool warming)
{
	PGresult *result = execute(connection, "SELECT " COLUMNS " FROM store_product", 0, NULL,
				   PGRES_TUPLES_OK);
	bool good = result != NULL && rows_take(bench, result, PRODUCT_COUNT, warming);

	(void)number;
	PQclear(result);
	return good;
}

static bool create_one(PGconn *connection, struct bench *bench, uint64_t number, bool warming)
{
	struct delivery_texts texts;
	char price[NUMBER_TEXT];
	char stock[NUMBER_TEXT];
	char category[NUMBER_TEXT];
	char weight[NUMBER_TEXT];
	const char *const values[] = { texts.name, texts.slug, DELIVERY_DESCRIPTION,
				       price,      stock,      "true",
				       category,   weight };
	int64_t hundredths = delivery_price(number);
	PGresult *result;

	(void)warming;
	delivery_texts_write(&texts, number);
	snprintf(price, sizeof(price), "%" PRId64 ".%02" PRId64, hundredths / 100,
		 hundredths % 100);
	snprintf(stock, sizeof(stock), "%" PRId32, delivery_stock(number));
	snprintf(category, sizeof(category), "%" PRId32, delivery_category(number));
	snprintf(weight, sizeof(weight), "%g", delivery_weight(number));
	result = execute(connection,
			 "INSERT INTO store_delivery (name, slug, description, price, stock, "
			 "is_active, category, weight) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
			 "RETURNING id",
			 8, values, PGRES_TUPLES_OK);
	if (result == NULL)
		return false;
	bench->checksum += strtoull(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	return true;
}

static bool change(PGconn *connection, int64_t hundredths, int64_t id)
{
	char amount[NUMBER_TEXT];
	char key[NUMBER_TEXT];
	const char *const values[] = { amount, key };
	const char *sign = hundredths < 0 ? "-" : "";
	int64_t size = hundredths < 0 ? -hundredths : hundredths;
	PGresult *result;
	bool good;

	snprintf(amount, sizeof(amount), "%s%" PRId64 ".%02" PRId64, sign, size / 100, size % 100);
	snprintf(key, sizeof(key), "%" PRId64, id);
	result =
		execute(connection, "UPDATE store_account SET balance = balance + $1 WHERE id = $2",
			2, values, PGRES_COMMAND_OK);
	good = result != NULL && strcmp(PQcmdTuples(result), "1") == 0;
	PQclear(result);
	return good || bench_fail("update", "it changed no row");
}

static bool update_one(PGconn *connection, struct bench *bench, uint64_t number, bool warming)
{
	(void)number;
	(void)warming;
	return change(connection, 125, stream_next(&bench->stream, ACCOUNT_COUNT));
}

static bool command(PGconn *connection, const char *sql)
{
	PGresult *result = PQexec(connection, sql);
	bool good = PQresultStatus(result) == PGRES_COMMAND_OK;

	PQclear(result);
	return good || bench_fail(sql, PQerrorMessage(connection));
}

static bool transfer_one(PGconn *connection, struct bench *bench, uint64_t number, bool warming)
{
	int64_t from = stream_next(&bench->stream, ACCOUNT_COUNT / 2);
	char id[NUMBER_TEXT];
	const char *const values[] = { id };
	PGresult *result;
	int64_t balance;

	(void)number;
	(void)warming;
	snprintf(id, sizeof(id), "%" PRId64, from);
	if (!command(connection, "BEGIN"))
		return false;
	result = execute(connection, "SELECT id, owner, balance FROM store_account WHERE id = $1",
			 1, values, PGRES_TUPLES_OK);
	if (result == NULL)
		return false;
	balance = hundredths_read(PQgetvalue(result, 0, 2));
	bench->checksum += (uint64_t)balance;
	PQclear(result);
	return change(connection, -(balance / 100), from) &&
	       change(connection, balance / 100, from + ACCOUNT_COUNT / 2) &&
	       command(connection, "COMMIT");
}

static bool repeat(PGconn *connection, struct bench *bench, plain_case *one)
{
	for (uint64_t i = 0; i < bench->warm_up; i++)
		if (!one(connection, bench, i, true))
			return false;
	bench_begin(bench);
	for (uint64_t i = 0; i < bench->operations; i++)
		if (!one(connection, bench, bench->warm_up + i, false))
			return false;
	bench_end(bench);
	return true;
}

static bool run(struct bench *bench, plain_case *one)
{
	PGconn *connection = PQconnectdb(bench->conninfo);
	bool good;

	if (PQstatus(connection) == CONNECTION_OK)
		good = repeat(connection, bench, one);
	else
		good = bench_fail("cannot connect", PQerrorMessage(connection));
	PQfinish(connection);
	return good;
}

bool plain_get(struct bench *bench)
{
	return run(bench, get_one);
}

bool plain_list_50(struct bench *bench)
{
	return run(bench, list_one);
}

bool plain_list_all(struct bench *bench)
{
	return run(bench, all_one);
}

bool plain_create(struct bench *bench)
{
	return run(bench, create_one);
}

bool plain_update(struct bench *bench)
{
	return run(bench, update_one);
}

bool plain_transaction(struct bench *bench)
{
	return run(bench, transfer_one);
}
