/*
 * Operations of several statements.
 *
 * A whole is an operation that the program has; its parts are operations that nobody sees, one
 * statement each. They are made when the whole is, so that all arguments are read then, and are
 * sent when what they need is there: from `start`, or from the finish of the whole's own statement
 * or of another part. They have the whole's deadline, belong to the transaction in which it was
 * started, end with it, and are logged and counted as statements of their own.
 *
 * The whole completes when none of its statements is under way. The first failure is the whole's,
 * and cancels the others.
 */
#ifndef QUERN_SESSION_PARTS_H
#define QUERN_SESSION_PARTS_H

#include "session/op.h"

struct op_parts {
	struct qn_op *whole;
	struct qn_op *first;  /* of the parts, in the order in which they were made */
	struct qn_op *failed; /* what failed first; NULL: nothing yet */
	void *context;        /* of start and done */
	/*
	 * Submits the first parts of a whole that has no statement, from op_submit. NULL: there is
	 * nothing to start with.
	 */
	void (*start)(struct qn_op *whole);
	/* All is done and nothing failed: stores the results, before the whole completes. */
	void (*done)(struct qn_op *whole);
};

/* Makes a new operation a whole, without parts yet. NULL: out of memory. */
struct op_parts *op_parts_begin(struct qn_op *whole);
/* As op_new. NULL: out of memory. */
struct qn_op *op_new_part(struct qn_op *whole, const qn_model *model);
/* Sends it. What is refused, or not taken by the pool, fails the whole. */
void op_submit_part(struct qn_op *part);
/* True when something has failed, so that nothing further is to be sent. */
bool op_parts_failed(const struct qn_op *whole);

#endif
