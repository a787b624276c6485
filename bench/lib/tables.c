#include "tables.h"

#include <stdio.h>
#include <stdlib.h>

#define TEXT_OF_(number) #number
#define TEXT_OF(number)  TEXT_OF_(number)
#define PRODUCTS         100000
#define CATEGORIES       100
#define ACCOUNTS         10000
#define ITEMS            10000
#define EACH_ITEM        "generate_series(1::bigint, " TEXT_OF(ITEMS) ") AS i"

_Static_assert(PRODUCTS == PRODUCT_COUNT && CATEGORIES == CATEGORY_COUNT &&
		       ACCOUNTS == ACCOUNT_COUNT && ITEMS == ITEM_COUNT,
	       "the text of the numbers and the numbers differ");

static const char fill[] =
	"ALTER TABLE store_product SET (autovacuum_enabled = false);"
	"ALTER TABLE store_delivery SET (autovacuum_enabled = false);"
	"ALTER TABLE store_account SET (autovacuum_enabled = false);"
	"INSERT INTO store_product (name, slug, description, price, stock, is_active, category, "
	"weight, created_at) "
	"SELECT 'Product number ' || i, 'product-' || i, md5(i::text) || md5((i + 1)::text), "
	"(i * 37 % 99999 + 1) / 100.0, i * 7919 % 1000, i / " TEXT_OF(CATEGORIES) " % 10 <> 0, i % " TEXT_OF(
		CATEGORIES) " + 1, i % 500 / 8.0, "
			    "timestamptz '2024-01-01 00:00:00+00' + i * interval '37 seconds' "
			    "FROM generate_series(1::bigint, " TEXT_OF(PRODUCTS) ") AS i";

static const char fill_related[] =
	"INSERT INTO store_owner (name, email, score) SELECT 'Owner number ' || i, 'owner' || i || '@example.com', i % 77 "
	"FROM generate_series(1, 1000) AS i;"
	"INSERT INTO store_category (name, slug) SELECT 'Category number ' || i, 'category-' || i "
	"FROM generate_series(1, 100) AS i;"
	"INSERT INTO store_tag (name) SELECT 'tag ' || i FROM generate_series(1, 200) AS i;"
	"INSERT INTO store_item (name, slug, price, stock, created_at, owner_id, category_id) "
	"SELECT 'Item number ' || i, 'item-' || i, (i * 37 % 99999 + 1) / 100.0, i * 7919 % 1000, "
	"timestamptz '2024-01-01 00:00:00+00' + i * interval '37 seconds', i * 7 % 1000 + 1, i * 13 % 100 + 1 "
	"FROM " EACH_ITEM ";"
	"INSERT INTO store_item_tags (item_id, tag_id) SELECT i, (i * 11 + j * 17) % 200 + 1 "
	"FROM " EACH_ITEM ", generate_series(1, 3) AS j";

static const char *const reset[] = {
	"TRUNCATE store_delivery, store_account RESTART IDENTITY",
	"INSERT INTO store_account (owner, balance) SELECT 'owner ' || i, 1000 "
	"FROM generate_series(1, " TEXT_OF(ACCOUNTS) ") AS i",
	"VACUUM ANALYZE store_account",
	"VACUUM ANALYZE store_delivery",
};

static const char digest_sql[] =
	"SELECT (SELECT coalesce(sum(id + stock * 3 + category * 5 + (price * 100)::bigint * 7 "
	"+ (weight * 8)::bigint * 11 + is_active::int "
	"+ hashtext(name || slug || description)::bigint + 3000000000), 0) FROM store_delivery) "
	"+ (SELECT sum((balance * 100)::bigint * id) FROM store_account)";

static bool execute(PGconn *connection, const char *sql)
{
	PGresult *result = PQexec(connection, sql);
	bool good = PQresultStatus(result) == PGRES_COMMAND_OK;

	if (!good)
		fprintf(stderr, "bench: tables: %s", PQerrorMessage(connection));
	PQclear(result);
	return good;
}

bool tables_make(PGconn *connection, const char *script)
{
	return execute(connection, script) && execute(connection, fill) &&
	       execute(connection, fill_related) &&
	       execute(connection, "VACUUM (FREEZE, ANALYZE) store_product") &&
	       execute(connection,
		       "VACUUM (FREEZE, ANALYZE) store_item, store_owner, store_category, "
		       "store_tag, store_item_tags") &&
	       execute(connection, "CHECKPOINT") && tables_reset(connection);
}

bool tables_reset(PGconn *connection)
{
	for (size_t i = 0; i < sizeof(reset) / sizeof(*reset); i++)
		if (!execute(connection, reset[i]))
			return false;
	return true;
}

bool tables_digest(PGconn *connection, unsigned long long *digest)
{
	PGresult *result = PQexec(connection, digest_sql);
	bool good = PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1;

	if (good)
		*digest = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
	else
		fprintf(stderr, "bench: digest of the tables: %s", PQerrorMessage(connection));
	PQclear(result);
	return good;
}
