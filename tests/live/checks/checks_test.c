/*
 * What is told of checks without the database is what the database says of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "emit_sql.h"
#include "maker.h"
#include "random.h"
#include "sql_text.h"
#include "test_server.h"
#include "validate/expression.h"

#define ROWS       ((size_t)200)
#define FIELDS_MAX ((size_t)32)
#define CONDITIONS 2500
#define TYPOS      ((size_t)10000)
#define SEED       UINT64_C(20261122)

struct row {
	union codec_any values[FIELDS_MAX];
	const void *given[FIELDS_MAX]; /* by field: the value, or NULL */
};

struct rig {
	struct check_subject subject;
	struct patterns *patterns;
	struct test_server server;
	PGconn *connection;
	struct row *rows;
	size_t pairs;
};

static void execute(struct rig *rig, const char *sql)
{
	PGresult *result = PQexec(rig->connection, sql);

	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		fail_msg("%s: %s", sql, PQresultErrorMessage(result));
	PQclear(result);
}

/* One value on the wire, behind those that are there. */
static void value_encode(struct rig *rig, const struct row *row, size_t field, struct buf *wire)
{
	const qn_field *of = &rig->subject.model.fields[field];
	const struct codec_value value = { row->given[field], of };
	codec_refusal refusal = of->flags & QN_FIELD_ARRAY
					? type_array_encode(wire, value)
					: type_info_of(of->type)->encode(wire, value);

	if (refusal)
		fail_msg("%s %s", of->name, refusal);
}

static void row_insert(struct rig *rig, const char *sql, const struct row *row)
{
	size_t count = rig->subject.model.field_count;
	const char *values[FIELDS_MAX] = { NULL };
	int lengths[FIELDS_MAX] = { 0 };
	int formats[FIELDS_MAX] = { 0 };
	struct buf wires[FIELDS_MAX] = { 0 };
	PGresult *result;

	for (size_t i = 0; i < count; i++) {
		formats[i] = 1;
		if (!row->given[i])
			continue;
		buf_add_cstring(&wires[i], "");
		value_encode(rig, row, i, &wires[i]);
		values[i] = wires[i].len ? wires[i].at : "";
		lengths[i] = (int)wires[i].len;
	}
	result = PQexecParams(rig->connection, sql, (int)count, NULL, values, lengths, formats, 0);
	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		fail_msg("%s: %s", sql, PQresultErrorMessage(result));
	PQclear(result);
	for (size_t i = 0; i < count; i++)
		buf_free(&wires[i]);
}

/* A parameter for each column; those that go as text are cast by the server. */
static const char *insert_statement(struct rig *rig)
{
	struct arena *arena = &rig->subject.arena;
	const struct model *table = rig->subject.table;
	struct buf sql;

	buf_init(&sql, arena);
	buf_add_cstring(&sql, "insert into t_row values (");
	for (size_t i = 0; i < table->column_count; i++) {
		const struct column_type *type = &table->columns[i].type;

		buf_add_format(&sql, "%s$%zu", i ? ", " : "", i + 1);
		if (type->info->flags & TYPE_CAST)
			buf_add_format(&sql, "::text::%.*s", STR_ARGS(sql_type(arena, type)));
	}
	buf_add_char(&sql, ')');
	return sql.at;
}

static void rows_make(struct rig *rig)
{
	struct maker maker = { &rig->subject, SEED };
	const qn_model *model = &rig->subject.model;
	const char *sql = insert_statement(rig);

	for (size_t i = 0; i < ROWS; i++) {
		struct row *row = &rig->rows[i];

		for (size_t field = 1; field < model->field_count; field++)
			if (maker_value(&maker, &model->fields[field], &row->values[field]))
				row->given[field] = &row->values[field];
		row->values[0].int64 = (int64_t)i;
		row->given[0] = &row->values[0];
		row_insert(rig, sql, row);
	}
}

static int start(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	struct str sql;

	*state = rig;
	if (!rig || !check_subject_init(&rig->subject) || !test_server_start(&rig->server))
		return -1;
	rig->rows = calloc(ROWS, sizeof(*rig->rows));
	rig->patterns = patterns_new();
	rig->connection = test_server_connect(&rig->server);
	if (!rig->rows || !rig->patterns || !rig->connection)
		return -1;
	assert_true(rig->subject.model.field_count <= FIELDS_MAX);
	sql = emit_sql(rig->subject.schema, (struct sql_filter){ 0 }, &rig->subject.arena);
	execute(rig, "set client_min_messages = error");
	PQclear(PQexec(rig->connection, arena_cstring(&rig->subject.arena, sql)));
	/* Nothing that is told may depend on these. */
	execute(rig, "set datestyle = 'SQL, DMY'");
	execute(rig, "set timezone = 'Asia/Kathmandu'");
	rows_make(rig);
	return 0;
}

static int stop(void **state)
{
	struct rig *rig = *state;
	bool stopped;

	PQfinish(rig->connection);
	stopped = test_server_stop(&rig->server);
	patterns_free(rig->patterns);
	check_subject_free(&rig->subject);
	free(rig->rows);
	free(rig);
	return stopped ? 0 : -1;
}

static enum verdict verdict_of(const PGresult *result, size_t row)
{
	if (PQgetisnull(result, (int)row, 0))
		return VERDICT_NULL;
	return PQgetvalue(result, (int)row, 0)[0] == 't' ? VERDICT_TRUE : VERDICT_FALSE;
}

static void row_says(struct rig *rig, const qn_check *check, const PGresult *result, size_t row)
{
	static const char *const names[] = { "false", "true", "null", "unknown" };
	enum verdict expected = verdict_of(result, row);
	enum verdict verdict = expression_evaluate(&rig->subject.model, check, rig->rows[row].given,
						   rig->patterns);

	if (verdict != expected)
		fail_msg("row %zu of seed %llu: %s is %s to the server, and %s here", row,
			 (unsigned long long)SEED, check->sql, names[expected], names[verdict]);
	rig->pairs++;
}

static PGresult *server_ask(struct rig *rig, const char *condition)
{
	struct str sql =
		arena_format(&rig->subject.arena, "select (%s) from t_row order by id", condition);

	return PQexec(rig->connection, sql.at);
}

/* False: it is not told. What is told must be valid SQL. */
static bool rows_agree(struct rig *rig, struct str condition)
{
	const qn_check *check = check_subject_compile(&rig->subject, condition);
	PGresult *result;

	if (!check)
		return false;
	result = server_ask(rig, check->sql);
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		fail_msg("%s: %s", check->sql, PQresultErrorMessage(result));
	assert_int_equal(PQntuples(result), ROWS);
	for (size_t row = 0; row < ROWS; row++)
		row_says(rig, check, result, row);
	PQclear(result);
	return true;
}

static void conditions_that_people_write_have_the_servers_verdict(void **state)
{
	struct rig *rig = *state;

	for (const char *const *sql = checks_told; *sql; sql++)
		assert_true(rows_agree(rig, str_from_cstring(*sql)));
}

static void random_conditions_have_the_servers_verdict(void **state)
{
	struct rig *rig = *state;
	struct maker maker = { &rig->subject, SEED };
	size_t told = 0;

	rig->pairs = 0;
	for (size_t i = 0; i < CONDITIONS; i++) {
		struct arena_mark mark = arena_mark(&rig->subject.arena);
		struct buf sql;

		buf_init(&sql, &rig->subject.arena);
		maker_condition(&maker, &sql);
		told += rows_agree(rig, buf_str(&sql));
		arena_release(&rig->subject.arena, mark);
	}
	/* So that the test cannot lose its subject. */
	assert_true(told > CONDITIONS / 2);
	assert_true(rig->pairs > 20000);
}

/* As the database hands them back: a table with these checks, asked for its definition. */
static void conditions_as_the_server_spells_them_are_told_alike(void **state)
{
	struct rig *rig = *state;

	for (const char *const *sql = checks_told; *sql; sql++) {
		struct str add = arena_format(&rig->subject.arena,
					      "alter table t_row add constraint c check (%s) not "
					      "valid",
					      *sql);
		char *spelled;

		execute(rig, add.at);
		spelled =
			test_server_value(&rig->server, "select pg_get_expr(conbin, conrelid) from "
							"pg_constraint where conname = 'c'");
		assert_non_null(spelled);
		if (!rows_agree(rig, str_from_cstring(spelled)))
			fail_msg("%s is told, but not as %s", *sql, spelled);
		execute(rig, "alter table t_row drop constraint c");
		free(spelled);
	}
}

static size_t fault_count(struct rig *rig, struct str condition)
{
	struct expression expression;

	(void)expression_compile(rig->subject.table, condition, &rig->subject.arena, &expression);
	return expression.fault_count;
}

static bool server_takes(struct rig *rig, struct str condition)
{
	PGresult *result = server_ask(rig, arena_cstring(&rig->subject.arena, condition));
	bool is_taken = PQresultStatus(result) == PGRES_TUPLES_OK;

	PQclear(result);
	return is_taken;
}

static void conditions_with_a_fault_are_refused_by_the_server(void **state)
{
	struct rig *rig = *state;

	for (const struct check_fault *check = checks_with_faults; check->sql; check++) {
		struct str condition = str_from_cstring(check->sql);

		assert_true(fault_count(rig, condition) > 0);
		if (server_takes(rig, condition))
			fail_msg("the server takes %s", check->sql);
	}
}

static void checks_of_other_names_are_taken_by_the_server(void **state)
{
	struct rig *rig = *state;

	for (const char *const *sql = checks_of_other_names; *sql; sql++) {
		struct str add = arena_format(&rig->subject.arena,
					      "alter table t_row add constraint c check (%s) not "
					      "valid",
					      *sql);

		execute(rig, add.at);
		execute(rig, "alter table t_row drop constraint c");
		assert_int_equal(fault_count(rig, str_from_cstring(*sql)), 0);
	}
}

/* One byte is lost, or another. */
static struct str typo_make(struct rig *rig, struct str condition, uint64_t *seed)
{
	static const char bytes[] = "abcdefghijklmnopqrstuvwxyz_AB19' \"(),.:";
	size_t at = random_next(seed) % condition.len;
	struct str after = str_slice(condition, at + 1, condition.len);
	struct str typo = STR("");

	if (random_next(seed) % 2)
		typo = (struct str){ &bytes[random_next(seed) % (sizeof(bytes) - 1)], 1 };
	return arena_format(&rig->subject.arena, "%.*s%.*s%.*s", (int)at, condition.at,
			    STR_ARGS(typo), STR_ARGS(after));
}

static void typos_that_are_faults_are_refused_by_the_server(void **state)
{
	struct rig *rig = *state;
	struct maker maker = { &rig->subject, SEED };
	uint64_t seed = SEED;
	size_t faulty = 0;

	for (size_t i = 0; i < TYPOS; i++) {
		struct arena_mark mark = arena_mark(&rig->subject.arena);
		struct buf sql;
		struct str typo;

		buf_init(&sql, &rig->subject.arena);
		maker_condition(&maker, &sql);
		typo = typo_make(rig, buf_str(&sql), &seed);
		if (fault_count(rig, typo) > 0) {
			faulty++;
			if (server_takes(rig, typo))
				fail_msg("the server takes %.*s", STR_ARGS(typo));
		}
		arena_release(&rig->subject.arena, mark);
	}
	assert_true(faulty > TYPOS / 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions_that_people_write_have_the_servers_verdict),
		cmocka_unit_test(random_conditions_have_the_servers_verdict),
		cmocka_unit_test(conditions_as_the_server_spells_them_are_told_alike),
		cmocka_unit_test(conditions_with_a_fault_are_refused_by_the_server),
		cmocka_unit_test(checks_of_other_names_are_taken_by_the_server),
		cmocka_unit_test(typos_that_are_faults_are_refused_by_the_server),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
