/*
 * The contents of the tables: the same rows on every machine, made by the server from row numbers.
 */
#ifndef BENCH_TABLES_H
#define BENCH_TABLES_H

#include <libpq-fe.h>
#include <stdbool.h>

enum {
	PRODUCT_COUNT = 100000,
	CATEGORY_COUNT = 100,
	ACCOUNT_COUNT = 10000,
	ITEM_COUNT = 10000,
	LIST_LENGTH = 50,
};

/*
 * Runs the script that makes the tables, then fills the products and the items. False: said on
 * stderr.
 */
bool tables_make(PGconn *connection, const char *script);

/* Brings the tables that benchmarks write to back to where they were: no delivery, each account
 * with its first balance, no dead row in either. False: said on stderr. */
bool tables_reset(PGconn *connection);

/* A number that changes with the contents of the tables that benchmarks write to, whatever the
 * order of the rows and the time of their making. False: said on stderr. */
bool tables_digest(PGconn *connection, unsigned long long *digest);

#endif
