/*
 * From a result of the server to row structs.
 *
 * The types of a result's columns are checked once a statement; then a tight loop decodes by the
 * shape's plan. Text and bytea point into the result, which the session keeps then. That is 3 KB a
 * result even for a single row: long sessions mark and release.
 */
#ifndef QUERN_QUERY_ROWS_H
#define QUERN_QUERY_ROWS_H

#include "query/shape.h"
#include "session/op.h"

struct rows {
	void *at; /* memory of the session */
	size_t len;
	/*
	 * Of those that were joined: by level, from 1 on; memory of the operation. NULL when there
	 * are none.
	 */
	const struct related_rows *levels;
};

/* The related rows of a level that a result has, each once. */
struct related_rows {
	void *at; /* memory of the session */
	size_t len;
	const int *numbers; /* of a row of the result that has each; memory of the operation */
};

/* What op->detail is, in the operations of this folder. */
struct shape *op_shape(struct qn_op *op);
/* Reads all rows. On failure the session's memory holds nothing that the program sees. */
QN_MUST_CHECK qn_status rows_read(struct qn_op *op, struct outcome *outcome, struct rows *rows);
/*
 * The same, in an order of the program's choice: the numbers that the rows have in the result;
 * NULL: as they come.
 */
QN_MUST_CHECK qn_status rows_read_in_order(struct qn_op *op, struct outcome *outcome,
					   const int *numbers, struct rows *rows);
/*
 * Whether the result has the columns that the statement's plan reads; the readers look themselves.
 */
QN_MUST_CHECK qn_status rows_check(struct qn_op *op, const struct outcome *outcome);
/*
 * Reads the one row that is the request's of a shared result, if there is one, and points to
 * nothing in that.
 */
QN_MUST_CHECK qn_status rows_read_shared(struct qn_op *op, const struct outcome *outcome,
					 struct rows *rows);
/* Reads the joined rows of a result whose own rows were read, and ties them together. */
struct row_reading;
QN_MUST_CHECK qn_status rows_read_levels(const struct row_reading *reading, struct rows *rows);
/*
 * Reads the first row into the members of `row` that the statement returned. A failure leaves `row`
 * as it was.
 */
QN_MUST_CHECK qn_status rows_read_into(struct qn_op *op, struct outcome *outcome, void *row);
/* What every generated _list struct is. */
struct row_list {
	void *at;
	size_t len;
};

/*
 * What was related to the row before it was read again may not be now: no relation counts as
 * loaded.
 */
void row_forget_related(const qn_model *model, void *row);

/* Stores a list in the caller's struct, of whatever type that is. */
void rows_store_list(void *place, struct row_list list);
/* Stores a row's address in the caller's pointer, of whatever type that is. */
void rows_store_pointer(void *place, void *row);
/* A single bigint, not null: count(*). */
QN_MUST_CHECK qn_status rows_read_int64(struct qn_op *op, const struct outcome *outcome,
					int64_t *value);
/* One bigint among several, not null. */
QN_MUST_CHECK qn_status rows_read_int64_at(struct qn_op *op, const struct outcome *outcome, int row,
					   int column, int64_t *value);
/* How many rows a statement without a result changed. */
int64_t rows_affected(const struct outcome *outcome);

#endif
