#include "session_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "session/inside.h"

int session_rig_setup(void **state)
{
	static struct session_rig rig;

	fake_pool_init(&rig.pool);
	*state = &rig;
	return qn_session_open(&rig.pool, &rig.session) == QN_OK ? 0 : -1;
}

int session_rig_teardown(void **state)
{
	struct session_rig *rig = *state;

	assert_false(qn_in_transaction(rig->session));
	qn_session_close(rig->session);
	fake_pool_settle(&rig->pool);
	assert_int_equal(rig->pool.completed, rig->pool.submitted);
	assert_true(session_room_is_idle(rig->pool.room));
	fake_pool_release(&rig->pool);
	return 0;
}

const char *session_rig_sent(const struct session_rig *rig)
{
	return rig->pool.trace.at ? rig->pool.trace.at : "";
}

const char *session_rig_kept(const struct session_rig *rig)
{
	return rig->pool.kept.at ? rig->pool.kept.at : "";
}

qn_op *session_rig_send(struct session_rig *rig, const char *sql)
{
	qn_op *op = qn_sql(rig->session, NULL, sql, NULL, 0);

	assert_non_null(op);
	return op;
}

qn_status run(qn_session *session, const char *sql)
{
	return qn_await(qn_sql(session, NULL, sql, NULL, 0));
}

qn_status script(qn_session *session, void *argument)
{
	const char *at = argument;
	qn_status status = QN_OK;

	while (*at && status == QN_OK) {
		size_t len = strcspn(at, "\n");
		char line[64] = "";

		memcpy(line, at, len);
		at += len + (at[len] == '\n');
		status = run(session, line);
	}
	return status;
}

void see(qn_op *op, void *context)
{
	struct seen *seen = context;

	seen->calls++;
	seen->status = qn_op_status(op);
	(void)snprintf(seen->message, sizeof(seen->message), "%s", qn_op_error(op)->message);
	if (seen->await)
		seen->await_status = qn_await(seen->await);
	qn_cancel(seen->cancel);
	qn_session_close(seen->close);
}
