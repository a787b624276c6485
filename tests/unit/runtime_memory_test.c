/*
 * Each allocation of the whole runtime fails once, and from then on, from opening a pool to closing
 * it: nothing crashes, leaks or hangs, and each operation ends exactly once. The server is a fake
 * one, and so is time. Its rows have one column, a text, and so has the model that is read and
 * written here.
 */
#include "fake_wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "pool/pool_state.h"
#include "quern.h"
#include "scarce_memory.h"

/* What mmap is called where a file's offset has 64 bits, as in every build of meson's. */
void *__real_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset);
int __real_mprotect(void *at, size_t size, int protection);
void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset);
int __wrap_mprotect(void *at, size_t size, int protection);

enum { SESSIONS = 3, TURNS_MAX = 20000 };

typedef struct line {
	const char *text;
	uint64_t loaded[1];
} line;

typedef struct line_list {
	const line *at;
	size_t len;
} line_list;

typedef struct line_where line_where;

typedef struct line_wheres {
	const line_where *at;
	size_t len;
} line_wheres;

struct line_where {
	qn_where_text text;
	line_wheres any_of;
	line_wheres all_of;
	line_wheres none_of;
};

typedef struct line_new {
	const char *text;
} line_new;

typedef struct line_changes {
	qn_set_text text;
} line_changes;

typedef struct line_query {
	qn_query_options options;
	int32_t only[1];
	line_where where;
} line_query;

static const qn_field line_fields[] = { {
	.name = "text",
	.column = "text",
	.row = offsetof(line, text),
	.has = QN_NO_OFFSET,
	.where = offsetof(line_where, text),
	.values = offsetof(line_new, text),
	.changes = offsetof(line_changes, text),
	.type = QN_TYPE_TEXT,
	.is_plain = true,
} };

static const qn_model line_model = {
	.name = "test.Line",
	.sql_name = "line",
	.fields = line_fields,
	.field_count = 1,
	.only_capacity = 1,
	.row_size = sizeof(line),
	.row_loaded = offsetof(line, loaded),
	.where_size = sizeof(line_where),
	.where_any_of = offsetof(line_where, any_of),
	.where_all_of = offsetof(line_where, all_of),
	.where_none_of = offsetof(line_where, none_of),
	.query_where = offsetof(line_query, where),
	.query_only = offsetof(line_query, only),
};

/* As deep as a pattern may be nested: tasks have to have the stack to compile it. */
#define FIVE_DEEP(inner) "(a|(b|(c|(d|(" inner ")))))"

static const qn_rule line_rules[] = {
	{ .kind = QN_RULE_PATTERN, .text = "^[a-z ]+$" },
	{ .kind = QN_RULE_PATTERN, .text = FIVE_DEEP(FIVE_DEEP(FIVE_DEEP(FIVE_DEEP("line")))) },
};

static const qn_rules line_rules_all = { .rules = line_rules, .rule_count = 2 };

static struct fake_server server;
static qn_pool *pool;
static unsigned taken;  /* operations whose end somebody has asked for */
static unsigned called; /* call-backs of these */

void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
	return scarce_memory_fails() ? MAP_FAILED
				     : __real_mmap64(at, size, protection, flags, fd, offset);
}

int __wrap_mprotect(void *at, size_t size, int protection)
{
	return scarce_memory_fails() ? -1 : __real_mprotect(at, size, protection);
}

/* Any end will do but that of a loop that has nothing left to do. */
static void ended(qn_status status)
{
	assert_int_not_equal(status, QN_USAGE);
}

static void on_end(qn_op *op, void *context)
{
	(void)op;
	(void)context;
	called++;
}

static void then(qn_op *op)
{
	if (qn_then(op, on_end, NULL) == QN_OK)
		taken++;
}

/* A loop that has nothing to do while somebody waits would say QN_USAGE: that is a hang. */
static qn_status await(qn_op *op)
{
	qn_status status = qn_await(op);

	assert_int_not_equal(status, QN_USAGE);
	return status;
}

static qn_op *sql(qn_session *session, const char *text)
{
	return qn_sql(session, NULL, text, NULL, 0);
}

static void settle(void)
{
	size_t turns = 0;

	while (taken > called) {
		assert_true(turns++ < TURNS_MAX);
		assert_int_equal(pool_run_once(pool), QN_OK);
	}
}

static void connect_pool(qn_session *sessions[])
{
	(void)sessions;
	assert_int_not_equal(qn_pool_connect(pool), QN_USAGE);
}

static void query(qn_session *sessions[])
{
	const char *parameters[] = { "a", NULL, "a longer one" };
	qn_sql_result result;
	qn_status status = await(qn_sql(sessions[0], &result, "read", parameters, 3));

	if (status == QN_OK)
		assert_string_equal(result.values[0], "read");
}

static qn_op *create(qn_session *session, line **row)
{
	return qn_model_create(session, &line_model, row, &(line_new){ .text = "a line" });
}

static void create_a_row(qn_session *sessions[])
{
	line *row = NULL;

	if (await(create(sessions[0], &row)) == QN_OK)
		assert_non_null(strstr(row->text, "INSERT"));
	else
		assert_null(row);
}

static void find_rows(qn_session *sessions[])
{
	static const line_where alternatives[] = { { .text = QN_EQ("a line") },
						   { .text = QN_STARTS_WITH("b") } };
	const line_query query = { .options = { .limit = 2000 },
				   .where = { .text = QN_NE("c"), .any_of = { alternatives, 2 } } };
	line_list list;

	if (await(qn_model_find(sessions[0], &line_model, &list, &query)) == QN_OK)
		assert_int_equal(list.len, 1);
}

static void update_rows(qn_session *sessions[])
{
	const line_where where = { .text = QN_CONTAINS("line") };
	const line_changes changes = { .text = QN_SET("another") };
	int64_t count;

	ended(await(qn_model_update(sessions[0], &line_model, &count, &where, &changes)));
}

static void validate_values(qn_session *sessions[])
{
	const line_new values = { .text = "a line" };
	const line_changes changes = { .text = QN_SET("A line") };
	qn_model model = line_model;
	qn_errors errors;
	qn_status status;

	model.rules = &line_rules_all;
	status = qn_validate_new(sessions[0], &model, &values, &errors);
	assert_true(status == QN_OK || status == QN_OUT_OF_MEMORY);
	status = qn_validate_changes(sessions[1], &model, &changes, &errors);
	assert_true(status == QN_INVALID_VALUE || status == QN_OUT_OF_MEMORY);
	assert_int_equal(errors.len, status == QN_INVALID_VALUE);
}

static void validating_task(qn_session *session, void *argument)
{
	(void)argument;
	validate_values((qn_session *[]){ session, session });
}

static void validate_in_a_task(qn_session *sessions[])
{
	(void)sessions;
	if (qn_spawn(pool, validating_task, NULL) == QN_OK)
		assert_int_not_equal(qn_run(pool), QN_USAGE);
}

static qn_status create_twice(qn_session *session, void *argument)
{
	line *first;
	line *second;
	qn_op *ops[] = { create(session, &first), create(session, &second) };
	qn_status status = await(ops[0]);
	qn_status next = await(ops[1]);

	(void)argument;
	return status == QN_OK ? next : status;
}

static void transaction_of_rows(qn_session *sessions[])
{
	ended(qn_atomic(sessions[0], create_twice, NULL, NULL));
	assert_false(qn_in_transaction(sessions[0]));
}

static void pipeline(qn_session *sessions[])
{
	for (size_t i = 0; i < SESSIONS; i++)
		then(sql(sessions[i], "read"));
	settle();
}

static void error_in_pipeline(qn_session *sessions[])
{
	then(sql(sessions[0], "read"));
	then(sql(sessions[1], "error 23505"));
	then(sql(sessions[2], "read"));
	settle();
}

static qn_status inner(qn_session *session, void *argument)
{
	(void)argument;
	return await(sql(session, "error 23505"));
}

static qn_status outer(qn_session *session, void *argument)
{
	qn_status status = await(sql(session, "write"));

	if (status == QN_OK && qn_atomic(session, inner, argument, NULL) == QN_OK)
		return QN_INTERNAL_ERROR;
	return status == QN_OK ? await(sql(session, "write")) : status;
}

static void transaction_with_savepoint(qn_session *sessions[])
{
	ended(qn_atomic(sessions[0], outer, NULL, NULL));
	assert_false(qn_in_transaction(sessions[0]));
}

static void cancelled(qn_session *sessions[])
{
	qn_op *op = sql(sessions[0], "hang");

	(void)qn_sleep(sessions[1], 1);
	qn_cancel(op);
	assert_int_not_equal(await(op), QN_OK);
}

static void task(qn_session *session, void *argument)
{
	(void)argument;
	ended(qn_atomic(session, outer, NULL, NULL));
}

/* Three connections for three transactions, of which all but one go again. */
static void grown_and_shrunk(qn_session *sessions[])
{
	for (size_t i = 0; i < SESSIONS; i++)
		ended(qn_spawn(pool, task, NULL));
	assert_int_equal(qn_run(pool), QN_OK);
	loop_virtual_pass(&server.loop, UINT64_C(3600000000000));
	assert_true(server.open_count <= 1);
	ended(await(sql(sessions[0], "read")));
}

static void run(void (*scenario)(qn_session *sessions[]))
{
	const qn_pool_config config = { .conninfo = "host=/nowhere",
					.max = SESSIONS,
					.min = 1,
					.acquire_timeout = 1000,
					.loop = loop_virtual_hooks(),
					.loop_context = &server.loop };
	qn_session *sessions[SESSIONS] = { NULL };
	bool is_open = true;

	fake_server_init(&server);
	taken = called = 0;
	if (pool_open_on(&pool, &config, &fake_wire, &server) == QN_OK) {
		for (size_t i = 0; i < SESSIONS; i++)
			is_open = qn_session_open(pool, &sessions[i]) == QN_OK && is_open;
		if (is_open)
			scenario(sessions);
		for (size_t i = 0; i < SESSIONS; i++)
			qn_session_close(sessions[i]);
		qn_pool_close(pool);
	}
	scarce_memory_end();
	assert_int_equal(called, taken);
	assert_int_equal(server.open_count, 0);
	assert_int_equal(server.loop.watch_count, 0);
	assert_int_equal(server.loop.timer_count, 0);
	fake_server_release(&server);
}

static void fail_each_allocation(void (*scenario)(qn_session *sessions[]))
{
	static const enum scarcity scarcities[] = { SCARCE_ONCE, SCARCE_FOR_EVER };

	for (size_t i = 0; i < 2; i++) {
		size_t at = 0;

		do {
			scarce_memory_begin(at++, scarcities[i]);
			run(scenario);
		} while (scarce_memory_has_failed());
		/*
		 * The pool, its settings, the sessions, and at least something of the scenario's.
		 */
		assert_true(at > 8);
	}
}

#define SCENARIO(name)                                     \
	static void running_out_while_##name(void **state) \
	{                                                  \
		(void)state;                               \
		fail_each_allocation(name);                \
	}

SCENARIO(connect_pool)
SCENARIO(query)
SCENARIO(create_a_row)
SCENARIO(find_rows)
SCENARIO(update_rows)
SCENARIO(validate_values)
SCENARIO(validate_in_a_task)
SCENARIO(transaction_of_rows)
SCENARIO(pipeline)
SCENARIO(error_in_pipeline)
SCENARIO(transaction_with_savepoint)
SCENARIO(cancelled)
SCENARIO(grown_and_shrunk)

static void noted_task(qn_session *session, void *argument)
{
	bool *has_run = argument;

	(void)session;
	*has_run = true;
}

/* The task, its stack, and the guard of that; a session that was closed again is at hand. */
static void a_task_without_a_stack(qn_session *sessions[])
{
	bool has_run = false;
	bool has_run_in_vain = false;
	size_t at = 0;

	qn_session_close(sessions[0]);
	sessions[0] = NULL;
	do {
		scarce_memory_begin(at++, SCARCE_ONCE);
		assert_int_equal(qn_spawn(pool, noted_task, at <= 3 ? &has_run_in_vain : &has_run),
				 at <= 3 ? QN_OUT_OF_MEMORY : QN_OK);
	} while (scarce_memory_has_failed());
	scarce_memory_end();
	assert_int_equal(at, 4);
	assert_int_equal(qn_run(pool), QN_OK);
	assert_true(has_run && !has_run_in_vain);
}

static void a_task_whose_stack_cannot_be_mapped_is_out_of_memory(void **state)
{
	(void)state;
	run(a_task_without_a_stack);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(running_out_while_connect_pool),
		cmocka_unit_test(running_out_while_query),
		cmocka_unit_test(running_out_while_create_a_row),
		cmocka_unit_test(running_out_while_find_rows),
		cmocka_unit_test(running_out_while_update_rows),
		cmocka_unit_test(running_out_while_validate_values),
		cmocka_unit_test(running_out_while_validate_in_a_task),
		cmocka_unit_test(running_out_while_transaction_of_rows),
		cmocka_unit_test(running_out_while_pipeline),
		cmocka_unit_test(running_out_while_error_in_pipeline),
		cmocka_unit_test(running_out_while_transaction_with_savepoint),
		cmocka_unit_test(running_out_while_cancelled),
		cmocka_unit_test(running_out_while_grown_and_shrunk),
		cmocka_unit_test(a_task_whose_stack_cannot_be_mapped_is_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
