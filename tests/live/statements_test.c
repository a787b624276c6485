/*
 * What reaches the server is what quern says it sent, whatever the values are: the server itself
 * tells each statement that it executes (log_statement, sent to the client), and none is there that
 * was not expected.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "models.h"

#define MODEL &test_thing_model

enum { LOG_ROOM = 4096 };

struct heard {
	struct models *models;
	qn_pool *pool;
	qn_session *session;
	char executed[LOG_ROOM]; /* by the server, as it tells */
	size_t executed_count;
	size_t sent_count;
	bool differs;
};

static struct heard heard;

/* "execute quern_1: SELECT ..." or "execute <unnamed>: SELECT ...". */
static void hear(void *context, const qn_log_entry *entry)
{
	struct heard *all = context;
	const char *text = strstr(entry->message, ": ");

	if (entry->event == QN_LOG_NOTICE && strncmp(entry->message, "execute ", 8) == 0 && text) {
		snprintf(all->executed, sizeof(all->executed), "%s", text + 2);
		all->executed_count++;
	} else if (entry->event == QN_LOG_NOTICE) {
		print_error("unexpected: %s\n", entry->message);
		all->differs = true;
	} else if (entry->event == QN_LOG_QUERY) {
		all->differs |= strcmp(all->executed, entry->sql) != 0;
		all->sent_count++;
	}
}

static int setup(void **state)
{
	if (models_setup(state) != 0)
		return -1;
	heard.models = *state;
	/* Not by the conninfo: poolers refuse options. */
	return test_server_execute(&heard.models->server,
				   "DO $$ BEGIN "
				   "EXECUTE 'ALTER DATABASE ' || current_database() || "
				   "' SET log_statement = ''all'''; "
				   "EXECUTE 'ALTER DATABASE ' || current_database() || "
				   "' SET client_min_messages = ''log'''; END $$")
		       ? 0
		       : -1;
}

static int open_heard(void **state)
{
	const qn_pool_config config = {
		.conninfo = test_server_conninfo(&heard.models->server),
		.max = 1,
		.no_prepared_statements = test_server_pools_transactions(),
		.no_pipeline = test_server_pools_transactions(),
		.log = hear,
		.log_context = &heard,
	};

	if (models_clear(state) != 0 || qn_pool_open(&heard.pool, &config) != QN_OK)
		return -1;
	heard.executed_count = 0;
	heard.sent_count = 0;
	heard.differs = false;
	return qn_session_open(heard.pool, &heard.session) == QN_OK ? 0 : -1;
}

static int close_heard(void **state)
{
	(void)state;
	qn_session_close(heard.session);
	qn_pool_close(heard.pool);
	return 0;
}

static void expect(qn_op *op, qn_status expected)
{
	qn_status status = qn_await(op);

	if (status != expected)
		fail_msg("%s instead of %s: %s", qn_status_name(status), qn_status_name(expected),
			 qn_session_error(heard.session)->message);
}

static void assert_heard(size_t count)
{
	assert_false(heard.differs);
	assert_int_equal(heard.sent_count, count);
	assert_int_equal(heard.executed_count, count);
}

static const char *const hostile[] = {
	"'; DROP TABLE test_thing;--",
	"\\'; DROP TABLE test_thing;--",
	"$1",
	"$$; DROP TABLE test_thing; $$",
	"E'\\\\x'",
	"%s%n",
	"\" OR 1=1",
	"x' OR 'x'='x",
	"/* ",
	"-- \n; DROP TABLE test_thing",
};

enum { HOSTILE_COUNT = sizeof(hostile) / sizeof(hostile[0]) };

static void use_everywhere(const char *text)
{
	const char *const list[] = { text };
	const test_thing_new values = { .name = "n",
					.set_title = QN_SET(text),
					.set_tags = QN_SET_ARRAY(list, 1) };
	const test_thing_where where = { .title = QN_EQ(text) };
	test_thing *row;
	int64_t count;

	expect(qn_model_create(heard.session, MODEL, &row, &values), QN_OK);
	row->title = text;
	expect(qn_model_save(heard.session, MODEL, row), QN_OK);
	expect(qn_model_get(heard.session, MODEL, &row,
			    &(test_thing_where){
				    .title = QN_ICONTAINS(text),
				    .tags = QN_ARRAY_CONTAINS(list, 1),
				    .any_of = QN_ALL(test_thing_where,
						     { .title = QN_IN_LIST(list, 1) },
						     { .doc = QN_JSON_HAS_KEY(text) }) }),
	       QN_OK);
	expect(qn_model_update(heard.session, MODEL, &count, &where,
			       &(test_thing_changes){ .title = QN_SET(text) }),
	       QN_OK);
	assert_int_equal(count, 1);
	expect(qn_sql(heard.session, NULL, "SELECT $1::text", list, 1), QN_OK);
	expect(qn_model_delete_where(heard.session, MODEL, &count, &where), QN_OK);
	assert_int_equal(count, 1);
}

static void hostile_values_make_no_statement(void **state)
{
	(void)state;
	for (size_t i = 0; i < HOSTILE_COUNT; i++)
		use_everywhere(hostile[i]);
	assert_heard((size_t)HOSTILE_COUNT * 6);
}

static void values_that_are_refused_send_nothing(void **state)
{
	const test_thing_new values[] = {
		{ .name = "\xff'; DROP TABLE test_thing;--" },
		{ .name = "n", .set_title = QN_SET("\xf0\x9f'; DROP TABLE test_thing;--") },
		{ .name = "n", .set_title = QN_SET("\xc0\xa7 OR 1=1") },
	};
	int64_t count;

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		expect(qn_model_create(heard.session, MODEL, NULL, &values[i]), QN_INVALID_VALUE);
	expect(qn_model_count(heard.session, MODEL, &count,
			      &(test_thing_query){
				      .where = { .title = QN_CONTAINS("\xff'; --") } }),
	       QN_INVALID_VALUE);
	expect(qn_model_count(heard.session, MODEL, &count,
			      &(test_thing_query){ .where = { .id = QN_IN_LIST(NULL, 0) } }),
	       QN_OK);
	assert_heard(0);
}

static qn_status create_in_a_block(qn_session *session, void *argument)
{
	const test_thing_new values = { .name = "n", .set_title = QN_SET(argument) };

	return qn_await(qn_model_create(session, MODEL, NULL, &values));
}

static qn_status create_twice(qn_session *session, void *argument)
{
	qn_status status = qn_atomic(session, create_in_a_block, argument, NULL);

	return status == QN_OK ? create_in_a_block(session, argument) : status;
}

static void a_transaction_is_begin_its_statements_a_question_and_commit(void **state)
{
	(void)state;
	assert_int_equal(qn_atomic(heard.session, create_twice, "'; ROLLBACK; --", NULL), QN_OK);
	/* BEGIN, SAVEPOINT, INSERT, the transaction's id, RELEASE, INSERT, COMMIT. */
	assert_int_equal(heard.executed_count, test_server_pools_transactions() ? 6 : 7);
	assert_string_equal(heard.executed, "COMMIT");
	models_expect_value(heard.models, "SELECT count(*) FROM test_thing", "2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_heard, close_heard)
		TEST(hostile_values_make_no_statement),
		TEST(values_that_are_refused_send_nothing),
		TEST(a_transaction_is_begin_its_statements_a_question_and_commit),
	};

	return cmocka_run_group_tests_name("statements", tests, setup, models_teardown);
}
