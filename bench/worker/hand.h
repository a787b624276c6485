/*
 * libpq by hand as well as it can be written: not blocking, prepared, binary both ways, waiting
 * in epoll, structs filled from the result's own memory.
 */
#ifndef BENCH_WORKER_HAND_H
#define BENCH_WORKER_HAND_H

#include "bench.h"
#include "product.h"

#include <libpq-fe.h>

#define PRODUCT_COLUMNS \
	"id, name, slug, description, price, stock, is_active, category, weight, created_at"

enum { HAND_NUMERIC = 16 };

struct hand {
	PGconn *connection;
	int epoll;
};

/* Connects and sets it up for hand_result. False: said why, with nothing to close. */
bool hand_open(struct hand *hand, const char *conninfo);
void hand_close(struct hand *hand);

/* Prepares a statement; blocks. */
bool hand_prepare(struct hand *hand, const char *name, const char *sql);

/* Sends what is queued, reading when the server does not take more. */
bool hand_flush(struct hand *hand);

/* Waits in epoll until the server has sent something, and reads it. */
bool hand_read(struct hand *hand);

/* The next result, waiting for it; NULL at the end of a query, and after a failure. */
PGresult *hand_result(struct hand *hand);

/* The one result of the query that was just sent, of the expected status; NULL: said why. */
PGresult *hand_one_result(struct hand *hand, ExecStatusType expected);

/*
 * Warms up with one operation again and again, and measures it; the last argument is whether it
 * warms up.
 */
bool hand_repeat(struct hand *hand, struct bench *bench,
		 bool (*one)(struct hand *hand, struct bench *bench, bool warming));

/* Binary values, as PostgreSQL sends and reads them. */
int16_t hand_int16(const char *at);
int32_t hand_int32(const char *at);
int64_t hand_int64(const char *at);
double hand_double(const char *at);
/* numeric with two digits after the point, as hundredths. */
int64_t hand_numeric(const char *at);
void hand_put_int32(char *at, int32_t value);
void hand_put_int64(char *at, int64_t value);
void hand_put_double(char *at, double value);
/* Returns the length. The value is not negative. */
int hand_put_numeric(char at[HAND_NUMERIC], int64_t hundredths);

/* Fills the struct from a row of PRODUCT_COLUMNS; its texts live as long as the result. */
void hand_product(const PGresult *result, int row, struct product *product);

#endif
