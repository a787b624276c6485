/*
 * Sessions and operations without a pool, for tests of runtime/query: what is submitted stays where
 * the test can look at it, and the test finishes it with a result of its own making.
 */
#ifndef TESTS_FAKE_OP_H
#define TESTS_FAKE_OP_H

#include "session/op.h"

enum { FAKE_KEPT_MAX = 8 };

struct qn_pool {
	qn_pool_config config;
	struct shape_registry *shapes;
	struct patterns *patterns;
};

struct qn_session {
	struct qn_pool pool;
	struct arena arena;
	struct qn_op *op; /* the last that was submitted; freed with the session or by the next */
	PGresult *kept[FAKE_KEPT_MAX];
	size_t kept_count;
	bool in_transaction;
	char message[512]; /* of the last refusal or failure: "shop.Product.name: ..." */
	const qn_field *field;
};

/* Zeroed memory becomes a session. */
void fake_session_init(struct qn_session *session);
void fake_session_free(struct qn_session *session);
/*
 * Completes the last operation with this result, which it takes; returns what its finish returns.
 */
qn_status fake_finish(struct qn_session *session, PGresult *result);

#endif
