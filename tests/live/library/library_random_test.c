/*
 * Random queries that load relations, in random small libraries: what is loaded must equal, pointer
 * by pointer, what loops over the same rows in memory find, by as many statements as there are
 * relations with rows to look for.
 *
 *   library_random_test [SEED [LIBRARIES]]
 *
 * A failure names the seed of its library: library_random_test SEED 1 runs that one alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "library_plan.h"

#ifdef __SANITIZE_ADDRESS__
enum { LIBRARIES = 100 };
#else
enum { LIBRARIES = 170 };
#endif

enum { QUERIES = 60, FIRST_SEED = 20260401 };

struct trial {
	struct library *library;
	struct world world;
	struct planner planner;
	struct plan *plan;
	uint64_t seed;
	unsigned query;
	unsigned statements; /* that the plan takes, so far */
};

/* What main was told. */
static struct {
	uint64_t seed;
	unsigned libraries;
} run = { FIRST_SEED, LIBRARIES };

/* A row that was loaded, and which it should be. */
struct loaded {
	struct trial *trial;
	struct plan *plan;
	const char *row;
	size_t index;
};

static void compare_row(const struct loaded *loaded);

static void expect(const struct trial *trial, bool holds, const char *what, const char *of)
{
	if (holds)
		return;
	fprintf(stderr, "seed %llu, query %u: %s: %s\n", (unsigned long long)trial->seed,
		trial->query, of, what);
	plan_print(trial->plan);
	fail();
}

/*
 * The fields that the row was asked for: its key is always there, and what the relations that it
 * loads go by.
 */
static uint64_t fields_of(const struct plan *plan)
{
	const qn_model *model = plan->table->model;
	uint64_t fields = plan->only;

	if (!fields)
		return (UINT64_C(1) << model->field_count) - 1;
	for (size_t i = 0; i < model->primary_key_len; i++)
		fields |= UINT64_C(1) << model->primary_key[i];
	for (size_t i = 0; i < model->relation_count; i++)
		for (size_t j = 0;
		     (plan->selected[i] || plan->prefetched[i]) && j < model->relations[i].own_len;
		     j++)
			fields |= UINT64_C(1) << model->relations[i].own[j];
	return fields;
}

static bool field_equals(const qn_field *field, const char *row, struct cell cell)
{
	const char *text;
	int64_t number = 0;
	int32_t small;

	if (field->type == QN_TYPE_TIMESTAMPTZ)
		return true;
	if (cell.is_null && field->has != QN_NO_OFFSET)
		return row[field->has] == 0;
	if (cell.is_null || cell.text) {
		memcpy(&text, row + field->row, sizeof(text));
		return cell.is_null ? !text : text && strcmp(text, cell.text) == 0;
	}
	if (field->type == QN_TYPE_INT32) {
		memcpy(&small, row + field->row, sizeof(small));
		number = small;
	} else {
		memcpy(&number, row + field->row, sizeof(number));
	}
	return number == cell.number && (field->has == QN_NO_OFFSET || row[field->has] == 1);
}

static void compare_fields(const struct loaded *loaded)
{
	const struct table *table = loaded->plan->table;
	const qn_model *model = table->model;
	uint64_t fields = fields_of(loaded->plan);

	for (int32_t i = 0; i < model->field_count; i++) {
		const qn_field *field = &model->fields[i];
		bool is_wanted = (fields >> i & 1) != 0;

		expect(loaded->trial, qn_model_is_loaded(model, loaded->row, i + 1) == is_wanted,
		       is_wanted ? "it is not loaded" : "it is loaded", field->name);
		expect(loaded->trial,
		       !is_wanted ||
			       field_equals(field, loaded->row, table->rows[loaded->index][i]),
		       "it has another value", field->name);
	}
}

/* The same row at the same place of a query is the same struct. */
static void compare_one(const struct loaded *loaded, const qn_relation *relation, struct plan *plan,
			struct found found)
{
	const char *row;

	memcpy(&row, loaded->row + relation->row, sizeof(row));
	expect(loaded->trial, !row == !found.len, row ? "there is none" : "there is one",
	       relation->name);
	if (!found.len)
		return;
	if (plan->structs[found.at[0]]) {
		expect(loaded->trial, plan->structs[found.at[0]] == row,
		       "the same row is another struct", relation->name);
		return;
	}
	plan->structs[found.at[0]] = row;
	compare_row(&(struct loaded){ loaded->trial, plan, row, found.at[0] });
}

static void compare_rows(struct trial *trial, struct plan *plan, library_tag_list list,
			 struct found found)
{
	const char *rows = (const char *)list.at;

	expect(trial, list.len == found.len, "another number of rows", plan->table->model->name);
	expect(trial, !rows == !list.len, "an address and no rows", plan->table->model->name);
	for (size_t i = 0; i < found.len; i++)
		compare_row(&(struct loaded){ trial, plan, rows + i * plan->table->model->row_size,
					      found.at[i] });
}

/* The lists of the same row at the same place of a query are the same. */
static void compare_many(const struct loaded *loaded, const qn_relation *relation,
			 struct plan *plan, struct found found)
{
	library_tag_list list;

	memcpy(&list, loaded->row + relation->row, sizeof(list));
	if (plan->list_is_seen[loaded->index]) {
		expect(loaded->trial, plan->lists[loaded->index] == list.at,
		       "the same row has another list", relation->name);
		return;
	}
	plan->list_is_seen[loaded->index] = true;
	plan->lists[loaded->index] = list.at;
	compare_rows(loaded->trial, plan, list, found);
}

static void compare_unloaded(const struct loaded *loaded, const qn_relation *relation)
{
	static const library_tag_list none;
	size_t size = relation_is_one(relation) ? sizeof(void *) : sizeof(none);

	expect(loaded->trial, memcmp(loaded->row + relation->row, &none, size) == 0,
	       "something is there", relation->name);
}

static void compare_relation(const struct loaded *loaded, size_t number)
{
	struct trial *trial = loaded->trial;
	const struct table *table = loaded->plan->table;
	const qn_relation *relation = &table->model->relations[number];
	struct plan *selected = loaded->plan->selected[number];
	struct plan *prefetched = loaded->plan->prefetched[number];
	struct found found;

	expect(trial,
	       qn_model_is_loaded(table->model, loaded->row,
				  (int32_t)(table->model->field_count + number + 1)) ==
		       (selected || prefetched),
	       selected || prefetched ? "it is not loaded" : "it is loaded", relation->name);
	if (!selected && !prefetched) {
		compare_unloaded(loaded, relation);
		return;
	}
	found = world_related(&trial->world, table, loaded->index, relation);
	if (prefetched) {
		found = world_find(&trial->world, prefetched, found);
		trial->statements +=
			!prefetched->has_keys && row_has_key(table, loaded->index, relation);
		prefetched->has_keys |= row_has_key(table, loaded->index, relation);
	}
	if (relation_is_one(relation))
		compare_one(loaded, relation, selected ? selected : prefetched, found);
	else
		compare_many(loaded, relation, prefetched, found);
}

static void compare_row(const struct loaded *loaded)
{
	compare_fields(loaded);
	for (size_t i = 0; i < loaded->plan->table->model->relation_count; i++)
		compare_relation(loaded, i);
}

static void await(const struct trial *trial, qn_op *op)
{
	qn_status status = qn_await(op);

	expect(trial, status == QN_OK, qn_session_error(trial->library->session)->message,
	       qn_status_name(status));
}

static void begin(struct trial *trial, struct plan *plan, unsigned statements)
{
	trial->plan = plan;
	trial->statements = statements;
	trial->library->statements = 0;
}

static void end(const struct trial *trial)
{
	char counts[64];

	snprintf(counts, sizeof(counts), "%u statements instead of %u", trial->library->statements,
		 trial->statements);
	expect(trial, trial->library->statements == trial->statements, counts, "all of it");
}

static void find(struct trial *trial)
{
	struct plan *plan = plan_grow(&trial->planner);
	const void *query = plan_query(&trial->planner, plan);
	library_tag_list list;

	if (world_pick(&trial->world, 50) == 0) {
		plan->limit = QN_LIMIT_NONE;
		query = plan_query(&trial->planner, plan);
	}
	begin(trial, plan, plan->limit != QN_LIMIT_NONE);
	await(trial, qn_model_find(trial->library->session, plan->table->model, &list, query));
	compare_rows(trial, plan, list, world_find(&trial->world, plan, world_all(plan->table)));
	end(trial);
}

/* The first row, or the last. */
static void find_end(struct trial *trial, bool is_last)
{
	struct plan *plan = plan_grow(&trial->planner);
	struct found found;
	void *row;

	if (is_last)
		plan->limit = plan->offset = 0;
	begin(trial, plan, 1);
	await(trial, (is_last ? qn_model_last : qn_model_first)(trial->library->session,
								plan->table->model, &row,
								plan_query(&trial->planner, plan)));
	found = world_find(&trial->world, plan, world_all(plan->table));
	expect(trial, !row == !found.len, row ? "there is none" : "there is one", "row");
	if (row)
		compare_row(&(struct loaded){ trial, plan, row,
					      found.at[is_last ? found.len - 1 : 0] });
	end(trial);
}

/* What is loaded now takes the place of what was loaded so before; all else is as it was. */
static void plan_replace(struct plan *plan, const struct plan *related)
{
	for (size_t i = 0; i < plan->table->model->relation_count; i++) {
		if (!related->prefetched[i])
			continue;
		plan->selected[i] = NULL;
		plan->prefetched[i] = related->prefetched[i];
	}
}

/* The structs and lists are seen anew. */
static void plan_forget_comparison(struct plan *plan)
{
	memset(plan->structs, 0, sizeof(plan->structs));
	memset(plan->lists, 0, sizeof(plan->lists));
	memset(plan->list_is_seen, 0, sizeof(plan->list_is_seen));
	for (size_t i = 0; i < plan->table->model->relation_count; i++) {
		if (plan->selected[i])
			plan_forget_comparison(plan->selected[i]);
		if (plan->prefetched[i])
			plan_forget_comparison(plan->prefetched[i]);
	}
}

static void load_related(struct trial *trial)
{
	struct plan *plan = plan_grow(&trial->planner);
	struct plan *related = plan_grow_related(&trial->planner, plan->table);
	const qn_model *model = plan->table->model;
	library_tag_list list;
	struct found found;

	plan->only = 0;
	begin(trial, plan, 1);
	await(trial, qn_model_find(trial->library->session, model, &list,
				   plan_query(&trial->planner, plan)));
	found = world_find(&trial->world, plan, world_all(plan->table));
	compare_rows(trial, plan, list, found);
	end(trial);
	plan_forget_comparison(plan);
	plan_replace(plan, related);
	begin(trial, plan, 0);
	await(trial, qn_model_load_related(trial->library->session, model, list.at, list.len,
					   plan_related(&trial->planner, related)));
	compare_rows(trial, plan, list, found);
	end(trial);
}

static void query_once(struct trial *trial)
{
	unsigned kind = world_pick(&trial->world, 8);

	planner_clear(&trial->planner, &trial->world);
	assert_int_equal(qn_session_open(trial->library->pool, &trial->library->session), QN_OK);
	if (kind < 5)
		find(trial);
	else if (kind == 5)
		load_related(trial);
	else
		find_end(trial, kind == 6);
	qn_session_close(trial->library->session);
	trial->library->session = NULL;
}

static void library_fill(struct trial *trial)
{
	char *sql;

	trial->world = (struct world){ .seed = trial->seed * UINT64_C(0x9e3779b97f4a7c15) };
	world_grow(&trial->world);
	sql = world_sql(&trial->world);
	assert_non_null(sql);
	library_execute(trial->library, sql);
	free(sql);
}

static void what_is_loaded_is_what_the_rows_say(void **state)
{
	static struct trial trial;

	trial.library = *state;
	for (unsigned i = 0; i < run.libraries; i++) {
		trial.seed = run.seed + i;
		library_fill(&trial);
		for (trial.query = 0; trial.query < QUERIES; trial.query++)
			query_once(&trial);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_loaded_is_what_the_rows_say),
	};

	if (argc > 1)
		run.seed = strtoull(argv[1], NULL, 10);
	if (argc > 2)
		run.libraries = (unsigned)strtoul(argv[2], NULL, 10);
	return cmocka_run_group_tests_name("library_random", tests, library_setup,
					   library_teardown);
}
