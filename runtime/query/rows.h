/*
 * From a result of the server to row structs.
 *
 * The types of a result's columns are checked once a statement; then a tight loop decodes by the shape's plan. Text and
 * bytea point into the result, which the session keeps then. That is 3 KB a result even
 * for a single row: long sessions mark and release.
 */
#ifndef QUERN_QUERY_ROWS_H
#define QUERN_QUERY_ROWS_H

#include "query/shape.h"
#include "session/op.h"

struct rows {
	void *at; /* memory of the session */
	size_t len;
};

/* What op->detail is, in the operations of this folder. */
struct shape *op_shape(struct qn_op *op);
/* Reads all rows. On failure the session's memory holds nothing that the program sees. */
QN_MUST_CHECK qn_status rows_read(struct qn_op *op, struct outcome *outcome, struct rows *rows);
/* Reads the first row into the members of `row` that the statement returned. A failure leaves `row` as it was. */
QN_MUST_CHECK qn_status rows_read_into(struct qn_op *op, struct outcome *outcome, void *row);
/* Stores a row's address in the caller's pointer, of whatever type that is. */
void rows_store_pointer(void *place, void *row);
/* A single bigint, not null: count(*). */
QN_MUST_CHECK qn_status rows_read_int64(struct qn_op *op, const struct outcome *outcome,
					int64_t *value);
/* How many rows a statement without a result changed. */
int64_t rows_affected(const struct outcome *outcome);

#endif
