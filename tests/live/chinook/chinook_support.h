/*
 * What the Chinook tests share: a database with its data, and psql to compare with.
 *
 * A test builds its answer as text, a row a line, columns separated by '|' and NULL as nothing,
 * which is what `psql -AtF '|'` writes, and compares the two.
 */
#ifndef QUERN_CHINOOK_SUPPORT_H
#define QUERN_CHINOOK_SUPPORT_H

#include <quern.h>
#include <stdio.h>

#include "chinook.h"
#include "test_server.h"

/* What is loaded lives in `session`; the answer of a test is written to `rows`. */
struct chinook {
	struct test_server server;
	qn_pool *pool;
	qn_session *session;
	FILE *rows;
	char *text; /* of `rows` */
	size_t len;
};

#define CHINOOK_TEST(test) cmocka_unit_test_setup_teardown(test, chinook_open, chinook_close)

/* False when the corpus is not there: the tests cannot run. */
bool chinook_is_available(void);
/* Says so in TAP, and returns the exit status of a program that was skipped. */
int chinook_skip(void);

/* cmocka's group set-up: a database, its tables and rows, a pool. And its tear-down. */
int chinook_start(void **state);
int chinook_stop(void **state);
/* cmocka's set-up of one test: a session and an empty answer. And its tear-down. */
int chinook_open(void **state);
int chinook_close(void **state);

/* Fails the test, with the session's error, when the operation does not end with QN_OK. */
void assert_done(struct chinook *chinook, qn_op *op);

/* The test's answer is what psql writes for the query. Empties the answer for the next one. */
void assert_same_as_psql(struct chinook *chinook, const char *sql);

/* Adds lines to the answer: id|name, id|customer|date|total and so on. */
void add_tracks(struct chinook *chinook, const chinook_track_list *tracks);
void add_customers(struct chinook *chinook, const chinook_customer_list *customers);
void add_invoices(struct chinook *chinook, const chinook_invoice_list *invoices);
void add_count(struct chinook *chinook, int64_t count);

#endif
