/*
 * Asking for unique keys, and the database's refusals, without memory: whichever allocation fails,
 * it is said, nothing leaks, and the next call works.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_op.h"
#include "quern/validate.h"
#include "query/shape.h"
#include "scarce_memory.h"
#include "thing.h"

static const uint16_t name[] = { TEST_THING_NAME - 1 };
static const uint16_t pair[] = { TEST_THING_TITLE - 1, TEST_THING_BIG - 1 };
static const qn_unique uniques[] = {
	{ .constraint = "thing_name_key", .fields = name, .field_count = 1 },
	{ .constraint = "thing_pair", .fields = pair, .field_count = 2 },
};
static const qn_rules rules = { .uniques = uniques, .unique_count = 2 };

struct world {
	qn_session session;
	qn_model model;
	qn_errors errors;
};

static void world_init(struct world *world)
{
	*world = (struct world){ .model = test_thing_model };
	world->model.rules = &rules;
	fake_session_init(&world->session);
}

static qn_op *ask(struct world *world)
{
	static const test_thing_new values = {
		.name = "lamp",
		.set_title = QN_SET("a lamp"),
		.set_big = QN_SET(1),
	};

	return qn_validate_unique_new(&world->session, &world->model, &world->errors, &values);
}

static void asking_survives(void **state)
{
	bool failed = true;

	(void)state;
	for (size_t number = 0; failed; number++) {
		struct world world;
		qn_op *op;

		world_init(&world);
		scarce_memory_begin(number, SCARCE_FOR_EVER);
		op = ask(&world);
		scarce_memory_end();
		failed = scarce_memory_has_failed();
		if (op && op->refused)
			assert_int_equal(op->status, QN_OUT_OF_MEMORY);
		else if (op)
			assert_true(op->wire.failed || !failed);
		op = ask(&world);
		assert_non_null(op);
		assert_false(op->refused);
		assert_int_equal(op->parameter_count, 3);
		fake_session_free(&world.session);
	}
}

/* Both are taken. */
static PGresult *make_answer(void)
{
	PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc columns[2] = { 0 };

	assert_non_null(result);
	for (int i = 0; i < 2; i++)
		columns[i] = (PGresAttDesc){ .name = (char *)"exists", .typid = 16, .format = 1 };
	assert_true(PQsetResultAttrs(result, 2, columns));
	for (int i = 0; i < 2; i++)
		assert_true(PQsetvalue(result, 0, i, (char *)"\1", 1));
	return result;
}

static void an_answer_survives(void **state)
{
	bool failed = true;

	(void)state;
	for (size_t number = 0; failed; number++) {
		struct world world;
		PGresult *answer = make_answer();
		qn_status status;

		world_init(&world);
		assert_non_null(ask(&world));
		scarce_memory_begin(number, SCARCE_FOR_EVER);
		status = fake_finish(&world.session, answer);
		scarce_memory_end();
		failed = scarce_memory_has_failed();
		assert_int_equal(status, failed ? QN_OUT_OF_MEMORY : QN_INVALID_VALUE);
		assert_int_equal(world.errors.len, failed ? 0 : 2);
		fake_session_free(&world.session);
	}
}

static void a_refusal_survives(void **state)
{
	const qn_error error = { .status = QN_UNIQUE_VIOLATION,
				 .constraint = "thing_pair",
				 .schema = "public",
				 .table = "test_thing" };
	bool failed = true;

	(void)state;
	for (size_t number = 0; failed; number++) {
		struct world world;
		bool is_mapped;

		world_init(&world);
		scarce_memory_begin(number, SCARCE_FOR_EVER);
		is_mapped = qn_errors_from_database(&world.session, &world.model, &error,
						    &world.errors);
		scarce_memory_end();
		failed = scarce_memory_has_failed();
		assert_int_equal(is_mapped, !failed);
		assert_int_equal(world.errors.len, !failed);
		fake_session_free(&world.session);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asking_survives),
		cmocka_unit_test(an_answer_survives),
		cmocka_unit_test(a_refusal_survives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
