#include "fake_pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "session/inside.h"

static struct qn_pool pool;
static struct buf notes;

static int setup(void **state)
{
	(void)state;
	fake_pool_init(&pool);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_pool_release(&pool);
	assert_int_equal(pool.completed, pool.submitted);
	buf_free(&notes);
	return 0;
}

/* As qn_run. */
static void run_all(void)
{
	while (!session_room_is_idle(pool.room))
		assert_int_equal(pool_run_once(&pool), QN_OK);
}

static qn_status run(qn_session *session, const char *sql)
{
	return qn_await(qn_sql(session, NULL, sql, NULL, 0));
}

static void note_name(qn_session *session, void *name)
{
	(void)session;
	buf_add_format(&notes, "%s;", (const char *)name);
}

static void tasks_start_in_the_next_turn_in_order(void **state)
{
	(void)state;
	assert_int_equal(qn_spawn(&pool, note_name, "a"), QN_OK);
	assert_int_equal(qn_spawn(&pool, note_name, "b"), QN_OK);
	assert_int_equal(qn_spawn(&pool, note_name, "c"), QN_OK);
	assert_int_equal(session_room_task_count(pool.room), 3);
	assert_int_equal(session_room_session_count(pool.room), 3);
	assert_int_equal(notes.len, 0);
	run_all();
	assert_string_equal(notes.at, "a;b;c;");
	assert_int_equal(session_room_session_count(pool.room), 0);
}

static void await_twice(qn_session *session, void *name)
{
	for (int i = 0; i < 2; i++) {
		assert_int_equal(run(session, "ok a"), QN_OK);
		buf_add_format(&notes, "%s%d;", (const char *)name, i);
	}
}

static void await_suspends_the_task_and_others_go_on(void **state)
{
	(void)state;
	assert_int_equal(qn_spawn(&pool, await_twice, "a"), QN_OK);
	assert_int_equal(qn_spawn(&pool, await_twice, "b"), QN_OK);
	pool.answers_a_turn = 1;
	run_all();
	assert_string_equal(notes.at, "a0;b0;a1;b1;");
}

static void sleep_for(qn_session *session, void *argument)
{
	uint32_t milliseconds = (uint32_t)strlen(argument) * 10;
	uint64_t before = pool.now;

	assert_int_equal(qn_sleep(session, milliseconds), QN_OK);
	assert_int_equal(pool.now - before, milliseconds * UINT64_C(1000000));
	note_name(session, argument);
}

static void sleepers_wake_in_the_order_of_the_clock(void **state)
{
	(void)state;
	assert_int_equal(qn_spawn(&pool, sleep_for, "xxx"), QN_OK);
	assert_int_equal(qn_spawn(&pool, sleep_for, "x"), QN_OK);
	assert_int_equal(qn_spawn(&pool, sleep_for, "xxxx"), QN_OK);
	assert_int_equal(qn_spawn(&pool, sleep_for, "xx"), QN_OK);
	run_all();
	assert_string_equal(notes.at, "x;xx;xxx;xxxx;");
}

static void sleep_outside_a_task_runs_the_loop(void **state)
{
	qn_session *session;

	(void)state;
	assert_int_equal(qn_session_open(&pool, &session), QN_OK);
	assert_int_equal(qn_spawn(&pool, note_name, "a"), QN_OK);
	assert_int_equal(qn_sleep(session, 5), QN_OK);
	assert_string_equal(notes.at, "a;");
	assert_int_equal(qn_sleep(NULL, 5), QN_USAGE);
	qn_session_close(session);
}

static void spawn_another(qn_session *session, void *argument)
{
	assert_int_equal(run(session, "ok a"), QN_OK);
	assert_int_equal(qn_spawn(qn_session_pool(session), note_name, argument), QN_OK);
	buf_add_cstring(&notes, "spawned;");
}

static void a_task_may_spawn_tasks(void **state)
{
	(void)state;
	assert_int_equal(qn_spawn(&pool, spawn_another, "inner"), QN_OK);
	run_all();
	assert_string_equal(notes.at, "spawned;inner;");
}

static void leave_work(qn_session *session, void *argument)
{
	(void)argument;
	(void)qn_sql(session, NULL, "ok a", NULL, 0);
	(void)qn_sql(session, NULL, "slow", NULL, 0);
}

static void the_session_of_a_task_is_closed_when_it_returns(void **state)
{
	(void)state;
	assert_int_equal(qn_spawn(&pool, leave_work, NULL), QN_OK);
	run_all();
	assert_int_equal(session_room_session_count(pool.room), 0);
	assert_int_equal(pool.cancels, 2);
}

static void close_own_session(qn_session *session, void *argument)
{
	(void)argument;
	qn_session_close(session);
	assert_null(qn_sql(session, NULL, "ok a", NULL, 0));
	assert_int_equal(qn_session_error(session)->status, QN_OK);
}

static void a_task_may_close_its_session_itself(void **state)
{
	(void)state;
	assert_int_equal(qn_spawn(&pool, close_own_session, NULL), QN_OK);
	run_all();
}

static int many_done;

static void work_a_little(qn_session *session, void *argument)
{
	assert_int_equal(run(session, "ok a"), QN_OK);
	if ((uintptr_t)argument % 10 == 0)
		assert_int_equal(qn_sleep(session, (uint32_t)((uintptr_t)argument % 7)), QN_OK);
	assert_int_equal(run(session, "unique"), QN_UNIQUE_VIOLATION);
	many_done++;
}

static void ten_thousand_tasks_run_at_the_same_time(void **state)
{
	(void)state;
	many_done = 0;
	for (uintptr_t i = 0; i < 10000; i++)
		assert_int_equal(qn_spawn(&pool, work_a_little, (void *)i), QN_OK);
	pool.answers_a_turn = 500;
	run_all();
	assert_int_equal(many_done, 10000);
	assert_int_equal(pool.submitted, 20000);
}

static qn_status transfer(qn_session *session, void *argument)
{
	assert_true(qn_in_transaction(session));
	assert_int_equal(qn_sleep(session, 5), QN_OK);
	return run(session, argument);
}

static void transact(qn_session *session, void *argument)
{
	assert_int_equal(qn_atomic(session, transfer, "serialization",
				   &(qn_tx_options){ .retry = 1 }),
			 QN_SERIALIZATION_FAILURE);
	assert_int_equal(qn_atomic(session, transfer, argument, NULL), QN_OK);
	buf_add_cstring(&notes, "committed;");
}

static void a_transaction_in_a_task_suspends_only_the_task(void **state)
{
	(void)state;
	assert_int_equal(qn_spawn(&pool, transact, "ok a"), QN_OK);
	assert_int_equal(qn_spawn(&pool, note_name, "other"), QN_OK);
	run_all();
	assert_string_equal(notes.at, "other;committed;");
	assert_string_equal(pool.kept.at, "a\n");
}

struct foreign {
	qn_session *session;
	qn_op *op;
};

static void await_foreign(qn_session *session, void *argument)
{
	struct foreign *foreign = argument;

	(void)session;
	buf_add_format(&notes, "%s;", qn_status_name(qn_await(foreign->op)));
}

static void a_waiting_task_goes_on_when_the_session_it_waits_for_is_closed(void **state)
{
	struct foreign foreign;

	(void)state;
	assert_int_equal(qn_session_open(&pool, &foreign.session), QN_OK);
	foreign.op = qn_sql(foreign.session, NULL, "slow", NULL, 0);
	assert_int_equal(qn_spawn(&pool, await_foreign, &foreign), QN_OK);
	fake_pool_settle(&pool);
	assert_int_equal(notes.len, 0);
	qn_session_close(foreign.session);
	run_all();
	assert_string_equal(notes.at, "QN_CANCELLED;");
}

static void wait_for_ever(qn_session *session, void *argument)
{
	(void)argument;
	buf_add_format(&notes, "%s;", qn_status_name(qn_sleep(session, 1000)));
	buf_add_format(&notes, "%s;", qn_status_name(run(session, "ok a")));
}

static void never_give_up(qn_session *session, void *argument)
{
	(void)argument;
	for (;;)
		(void)run(session, "slow");
}

static void closing_the_pool_ends_tasks_that_wait(void **state)
{
	static struct qn_pool other;

	(void)state;
	fake_pool_init(&other);
	other.config.log = fake_pool_log;
	other.config.log_context = &pool;
	assert_int_equal(qn_spawn(&other, wait_for_ever, NULL), QN_OK);
	assert_int_equal(qn_spawn(&other, never_give_up, NULL), QN_OK);
	fake_pool_settle(&other);
	fake_pool_release(&other);
	assert_string_equal(notes.at, "QN_POOL_CLOSED;QN_POOL_CLOSED;");
	assert_non_null(strstr(pool.log.at, "leak QN_USAGE"));
}

static void spawn_needs_a_pool_and_a_function(void **state)
{
	(void)state;
	assert_int_equal(qn_spawn(NULL, note_name, NULL), QN_USAGE);
	assert_int_equal(qn_spawn(&pool, NULL, NULL), QN_USAGE);
	pool.config.task_stack = UINT32_MAX;
	pool.closing = true;
	assert_int_equal(qn_spawn(&pool, note_name, NULL), QN_POOL_CLOSED);
	pool.closing = false;
}

static int dig(const volatile char *above, int depth)
{
	volatile char here[1024];

	here[0] = 1;
	if (above)
		here[0] = above[0];
	return depth ? dig(here, depth - 1) + here[0] : here[0];
}

static void overflow(qn_session *session, void *argument)
{
	(void)session;
	(void)argument;
	_exit(dig(NULL, 1000000) ? 0 : 1);
}

static void a_stack_overflow_faults_instead_of_corrupting(void **state)
{
	int status;
	pid_t child;

	(void)state;
	child = fork();
	if (child == 0) {
		close(STDERR_FILENO);
		if (qn_spawn(&pool, overflow, NULL) == QN_OK)
			fake_pool_settle(&pool);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	/* The signal, or the exit status of the sanitizer that caught it. */
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) != 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(tasks_start_in_the_next_turn_in_order),
		TEST(await_suspends_the_task_and_others_go_on),
		TEST(sleepers_wake_in_the_order_of_the_clock),
		TEST(sleep_outside_a_task_runs_the_loop),
		TEST(a_task_may_spawn_tasks),
		TEST(the_session_of_a_task_is_closed_when_it_returns),
		TEST(a_task_may_close_its_session_itself),
		TEST(ten_thousand_tasks_run_at_the_same_time),
		TEST(a_transaction_in_a_task_suspends_only_the_task),
		TEST(a_waiting_task_goes_on_when_the_session_it_waits_for_is_closed),
		TEST(closing_the_pool_ends_tasks_that_wait),
		TEST(spawn_needs_a_pool_and_a_function),
		TEST(a_stack_overflow_faults_instead_of_corrupting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
