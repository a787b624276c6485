/*
 * Calls of model operations made of arbitrary bytes: every lookup, every type, every option,
 * well-formed in C and nothing more. The same bytes make the same call.
 */
#ifndef TESTS_FUZZ_CALL_BYTES_H
#define TESTS_FUZZ_CALL_BYTES_H

#include "base/arena.h"
#include "quern/model.h"

/* What is left of the bytes; behind their end there are zeros. */
struct call_bytes {
	const uint8_t *at;
	const uint8_t *end;
	struct arena *arena; /* of the values */
};

/* Takes a call from the bytes and makes it on the session: its operation is the session's last. */
void call_bytes_make(struct call_bytes *bytes, qn_session *session);

#endif
