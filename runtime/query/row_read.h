/*
 * Cells of a result become members of row structs, by the row's plan.
 *
 * The types were checked before (rows.c): what is looked at here is whether a value is NULL and has
 * the length of its type. A cell that does not fit refuses the operation and names its field.
 */
#ifndef QUERN_QUERY_ROW_READ_H
#define QUERN_QUERY_ROW_READ_H

#include "query/row_plan.h"
#include "session/op.h"

/* Some rows of a result on their way into structs. */
struct row_reading {
	struct qn_op *op; /* its model is that of the structs */
	const PGresult *result;
	const struct row_plan *plan;
	struct arena *arena; /* for what cannot point into the result */
	char *rows;          /* the structs, one behind the other */
	size_t row_size;
	int count;
	/* Of each of them in the result; NULL: it has them in this order, from its first on. */
	const int *numbers;
	int first_column;        /* of the result that the plan reads */
	const struct str *known; /* the cells of known_column in these rows; NULL: not read yet */
	int known_column;        /* of the plan's */
};

/*
 * Fills the rows, whatever is in their memory, with what is loaded by their plan and nothing else.
 * They point into the result (plan->points).
 */
QN_MUST_CHECK qn_status row_reading_fill(const struct row_reading *reading);
/* Fills the one row in hand, which points to copies in the arena instead of into the result. */
QN_MUST_CHECK qn_status row_reading_fill_copied(const struct row_reading *reading);

#endif
