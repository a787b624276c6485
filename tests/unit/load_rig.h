/*
 * What the tests of operations of several statements share: a server that answers them, from memory
 * of its own.
 */
#ifndef TESTS_UNIT_LOAD_RIG_H
#define TESTS_UNIT_LOAD_RIG_H

#include "node.h"
#include "pool_rig.h"
#include "quern.h"

/* What the server is to do; load_begin sets it anew. */
struct load_script {
	unsigned answered;    /* statements since the test began */
	unsigned hold_after;  /* the server stops when it has answered so many */
	unsigned spoil_after; /* the answer to the next one has a NULL for a key */
	uint64_t group_given; /* which key the server says its related rows have */
};

extern struct load_script load_script;

/*
 * A result without rows, of so many bigint columns, four at the most; and a value of it in binary,
 * in the next row if need be.
 */
PGresult *load_make_result(int columns);
void load_set_number(PGresult *result, int row, int column, uint64_t number);

/* Seven statements on four levels: two roads down from the second on. */
extern const node_query load_leaves;
extern const node_query load_third;
extern const node_query load_whole;

enum { WHOLE_STATEMENTS = 7 };

struct ending {
	unsigned calls;
	qn_status status;
};

/* The call-back for an ending. */
void load_on_end(qn_op *op, void *context);
struct rig *load_begin(void);
qn_session *load_open_session(struct rig *rig);
/* Finds load_whole. */
qn_op *load_start(qn_session *session, node_list *list, struct ending *ending);
void load_assert_whole(const node_list *list);
/* All or nothing, once. */
void load_assert_end(const struct ending *ending, const node_list *list, qn_status expected);
/* The session is as good as new. */
void load_assert_works(struct rig *rig, qn_session *session);

#endif
