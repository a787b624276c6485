#include "lost_commit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "session/inside.h"

struct lost_commit lost_commit;

static PGresult *values(int count, int format, const char *const *bytes, int length)
{
	PGresAttDesc columns[3] = {
		{ .name = "a", .format = format },
		{ .name = "b", .format = format },
		{ .name = "c", .format = format },
	};
	PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);

	assert_int_equal(PQsetResultAttrs(result, count, columns), 1);
	for (int i = 0; i < count; i++)
		assert_int_equal(PQsetvalue(result, 0, i, (char *)bytes[i], bytes[i] ? length : -1),
				 1);
	return result;
}

static const struct answer *answer_now(void)
{
	return &lost_commit.answers[lost_commit.questions <= lost_commit.answer_count
					    ? lost_commit.questions - 1
					    : lost_commit.answer_count - 1];
}

static qn_status verdict(const char *sql)
{
	if (strcmp(sql, FACTS) == 0 && lost_commit.facts_fail)
		return QN_DEADLOCK;
	if (strcmp(sql, LOOKUP) != 0)
		return QN_OK;
	lost_commit.asked_at[lost_commit.questions++ % QUESTIONS_MAX] = lost_commit.pool.now;
	return answer_now()->status;
}

static PGresult *result(const char *sql)
{
	const char *facts = "\0\0\0\0\0\0\0\7start ofthe time";

	if (strcmp(sql, LOOKUP) == 0) {
		const char *text = answer_now()->text;

		return values(1, 0, &text, text ? (int)strlen(text) : 0);
	}
	if (strcmp(sql, FACTS) != 0)
		return NULL;
	if (lost_commit.ids_withheld > 0) {
		lost_commit.ids_withheld--;
		facts = NULL;
	}
	return values(1, 1, &facts, facts ? 24 : 0);
}

int lost_commit_setup(void **state)
{
	static const struct answer committed = { "committed", QN_OK };

	(void)state;
	fake_pool_init(&lost_commit.pool);
	lost_commit.pool.config.commit_lookup = QN_COMMIT_LOOKUP_DEFAULT;
	lost_commit.pool.result = result;
	lost_commit.pool.verdict = verdict;
	lost_commit.answers = &committed;
	lost_commit.answer_count = 1;
	lost_commit.questions = 0;
	lost_commit.hook_calls = 0;
	lost_commit.ids_withheld = 0;
	lost_commit.facts_fail = false;
	return qn_session_open(&lost_commit.pool, &lost_commit.session) == QN_OK ? 0 : -1;
}

int lost_commit_teardown(void **state)
{
	(void)state;
	if (lost_commit.session)
		assert_false(qn_in_transaction(lost_commit.session));
	qn_session_close(lost_commit.session);
	fake_pool_settle(&lost_commit.pool);
	assert_int_equal(lost_commit.pool.completed, lost_commit.pool.submitted);
	assert_true(session_room_is_idle(lost_commit.pool.room));
	assert_int_equal(lost_commit.pool.timer_count, 0);
	fake_pool_release(&lost_commit.pool);
	return 0;
}

void lost_commit_hook(qn_session *session, void *argument)
{
	(void)session;
	(void)argument;
	lost_commit.hook_calls++;
}

qn_status lost_commit_write(qn_session *session, void *argument)
{
	assert_int_equal(qn_on_commit(session, lost_commit_hook, NULL), QN_OK);
	return qn_await(qn_sql(session, NULL, argument ? argument : "ok a", NULL, 0));
}

void lost_commit_next(const struct answer *told, size_t count)
{
	lost_commit.pool.commit_status = QN_OUTCOME_UNKNOWN;
	lost_commit.answers = told;
	lost_commit.answer_count = count;
}
