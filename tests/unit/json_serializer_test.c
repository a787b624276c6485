/*
 * Rows as JSON by a serializer: its keys and no others, what it needs loaded, what it nests and
 * what it computes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "node.h"
#include "quern/json.h"
#include "thing.h"

/* What the computed keys are given: how often they were asked, and what they say. */
struct answers {
	unsigned asked;
	const char *text;
	qn_status status;
};

static qn_status answer(qn_buffer *out, const void *row, void *context)
{
	struct answers *answers = context;

	answers->asked++;
	assert_non_null(row);
	if (answers->status != QN_OK)
		(void)snprintf(out->problem, sizeof(out->problem), "there is no answer");
	return answers->status != QN_OK ? answers->status
					: qn_buffer_add(out, answers->text, strlen(answers->text));
}

static const qn_serializer leaf = {
	.name = "test.Leaf",
	.model = &node_model,
	.entries = (const qn_serializer_entry[]){ { .key = "number", .member = NODE_ID } },
	.entry_count = 1,
};

static const qn_serializer branch = {
	.name = "test.Branch",
	.model = &node_model,
	.entries =
		(const qn_serializer_entry[]){
			{ .key = "below", .member = NODE_BELOW, .nested = &leaf },
			{ .key = "above", .member = NODE_ABOVE, .nested = &leaf },
			{ .key = "id", .member = NODE_ID, .is_read_only = true },
		},
	.entry_count = 3,
};

static const qn_serializer asking = {
	.name = "test.Asking",
	.model = &node_model,
	.entries =
		(const qn_serializer_entry[]){
			{ .key = "id", .member = NODE_ID },
			{ .key = "answer", .compute = answer },
		},
	.entry_count = 2,
};

static const uint64_t all_loaded = UINT64_C(1) << (NODE_ID - 1) | UINT64_C(1) << (NODE_UP - 1) |
				   UINT64_C(1) << (NODE_ABOVE - 1) |
				   UINT64_C(1) << (NODE_BELOW - 1);

static node node_of(int64_t id)
{
	return (node){ .id = id, .loaded = { all_loaded } };
}

static void unload(node *row, int32_t member)
{
	row->loaded[0] &= ~(UINT64_C(1) << (member - 1));
}

static void assert_written(const node *row, const qn_json_options *options, const char *text)
{
	qn_buffer out = { 0 };

	assert_int_equal(qn_json_write(&out, &node_model, row, options), QN_OK);
	assert_string_equal(out.at, text);
	qn_buffer_free(&out);
}

static void assert_refused(const node *row, const qn_json_options *options, qn_status status,
			   const char *problem)
{
	qn_buffer out = { 0 };

	assert_int_equal(qn_buffer_add(&out, "kept", 4), QN_OK);
	assert_int_equal(qn_json_write(&out, &node_model, row, options), status);
	assert_string_equal(out.problem, problem);
	assert_string_equal(out.at, "kept");
	assert_int_equal(out.len, 4);
	qn_buffer_free(&out);
}

static void keys_are_its_own_in_its_order(void **state)
{
	node below[] = { node_of(2), node_of(3) };
	node above = node_of(9);
	node row = node_of(1);

	(void)state;
	row.above = &above;
	row.below = (node_list){ below, 2 };
	assert_written(
		&row, &(qn_json_options){ .serializer = &branch },
		"{\"below\":[{\"number\":2},{\"number\":3}],\"above\":{\"number\":9},\"id\":1}");
	row.above = NULL;
	row.below = (node_list){ NULL, 0 };
	assert_written(&row, &(qn_json_options){ .serializer = &branch },
		       "{\"below\":[],\"above\":null,\"id\":1}");
}

static void one_without_keys_writes_an_empty_object(void **state)
{
	const qn_serializer nothing = { .name = "test.Nothing", .model = &node_model };
	const node row = node_of(1);

	(void)state;
	assert_written(&row, &(qn_json_options){ .serializer = &nothing }, "{}");
}

static void related_rows_without_a_serializer_are_written_as_they_were_loaded(void **state)
{
	static const qn_serializer_entry entry = { .key = "parent", .member = NODE_ABOVE };
	const qn_serializer plain = { "test.Plain", &node_model, &entry, 1 };
	node above = { .id = 4, .loaded = { 1 } };
	node row = node_of(1);

	(void)state;
	row.above = &above;
	assert_written(&row, &(qn_json_options){ .serializer = &plain }, "{\"parent\":{\"id\":4}}");
}

static void what_is_write_only_never_goes_out(void **state)
{
	static const qn_serializer_entry entries[] = {
		{ .key = "secret", .member = TEST_THING_TITLE, .is_write_only = true },
		{ .key = "price", .member = TEST_THING_PRICE },
		{ .key = "other", .member = TEST_THING_NAME, .is_write_only = true },
	};
	const qn_serializer card = { "test.Card", &test_thing_model, entries, 3 };
	test_thing thing = { .title = "hidden", .name = "hidden", .price = { 125, 1 } };
	qn_buffer out = { 0 };

	(void)state;
	thing.qn_loaded[0] = UINT64_MAX;
	assert_int_equal(qn_json_write_list(&out, &test_thing_model, &thing, 1,
					    &(qn_json_options){ .serializer = &card }),
			 QN_OK);
	assert_string_equal(out.at, "[{\"price\":\"12.5\"}]");
	qn_buffer_clear(&out);
	/* It need not even be loaded. */
	thing.qn_loaded[0] = UINT64_C(1) << (TEST_THING_PRICE - 1);
	assert_int_equal(qn_json_write_lines(&out, &test_thing_model, &thing, 1,
					     &(qn_json_options){ .serializer = &card }),
			 QN_OK);
	assert_string_equal(out.at, "{\"price\":\"12.5\"}\n");
	qn_buffer_free(&out);
}

static void a_row_that_was_not_loaded_is_its_key(void **state)
{
	node row = node_of(1);

	(void)state;
	unload(&row, NODE_ABOVE);
	assert_written(&row, &(qn_json_options){ .serializer = &branch },
		       "{\"below\":[],\"above\":null,\"id\":1}");
	row.up = 7;
	row.has_up = true;
	assert_written(&row, &(qn_json_options){ .serializer = &branch },
		       "{\"below\":[],\"above\":7,\"id\":1}");
	unload(&row, NODE_UP);
	assert_refused(&row, &(qn_json_options){ .serializer = &branch }, QN_USAGE,
		       "test.Branch writes test.Node.above, which was not loaded");
}

/* A key of two fields: test.Node with a relation of its own that goes by both. */
static void the_key_of_several_fields_is_an_array(void **state)
{
	static const uint16_t own[] = { NODE_ID - 1, NODE_UP - 1 };
	qn_relation pair = node_model.relations[0];
	qn_model model = node_model;
	const qn_serializer_entry entry = { .key = "pair", .member = model.field_count + 1 };
	const qn_serializer card = { "test.Pair", &model, &entry, 1 };
	const qn_json_options options = { .serializer = &card };
	node row = { .id = 1, .up = 2, .has_up = true, .loaded = { 3 } };
	qn_buffer out = { 0 };

	(void)state;
	pair.kind = QN_RELATION_FORWARD;
	pair.own = own;
	pair.own_len = 2;
	model.relations = &pair;
	model.relation_count = 1;
	assert_int_equal(qn_json_write(&out, &model, &row, &options), QN_OK);
	assert_string_equal(out.at, "{\"pair\":[1,2]}");
	qn_buffer_clear(&out);
	row.has_up = false;
	assert_int_equal(qn_json_write(&out, &model, &row, &options), QN_OK);
	assert_string_equal(out.at, "{\"pair\":null}");
	qn_buffer_clear(&out);
	row.loaded[0] = 1;
	assert_int_equal(qn_json_write(&out, &model, &row, &options), QN_USAGE);
	qn_buffer_free(&out);
}

static void what_was_not_loaded_is_refused_by_name(void **state)
{
	node row = node_of(1);

	(void)state;
	unload(&row, NODE_BELOW);
	assert_refused(&row, &(qn_json_options){ .serializer = &branch }, QN_USAGE,
		       "test.Branch writes test.Node.below, which was not loaded");
	row = node_of(1);
	unload(&row, NODE_ID);
	assert_refused(&row, &(qn_json_options){ .serializer = &branch }, QN_USAGE,
		       "test.Branch writes test.Node.id, which was not loaded");
}

static void what_a_nested_one_needs_has_to_be_loaded_too(void **state)
{
	node below = node_of(2);
	node row = node_of(1);

	(void)state;
	unload(&below, NODE_ID);
	row.below = (node_list){ &below, 1 };
	assert_refused(&row, &(qn_json_options){ .serializer = &branch }, QN_USAGE,
		       "test.Leaf writes test.Node.id, which was not loaded");
}

static void the_serializer_of_another_model_is_refused(void **state)
{
	const qn_json_options options = { .serializer = &leaf };
	test_thing thing = { 0 };
	qn_buffer out = { 0 };
	cJSON *tree;

	(void)state;
	assert_int_equal(qn_json_write(&out, &test_thing_model, &thing, &options), QN_USAGE);
	assert_string_equal(out.problem,
			    "serializer test.Leaf is for test.Node, not for test.Thing");
	assert_int_equal(qn_json_write_list(&out, &test_thing_model, &thing, 1, &options),
			 QN_USAGE);
	assert_int_equal(qn_json_write_lines(&out, &test_thing_model, &thing, 1, &options),
			 QN_USAGE);
	assert_int_equal(qn_json_tree(&tree, &test_thing_model, &thing, &options), QN_USAGE);
	assert_null(tree);
	assert_int_equal(out.len, 0);
	qn_buffer_free(&out);
}

static void what_is_computed_is_asked_for_each_row_with_the_context(void **state)
{
	struct answers answers = { .text = "{\"a\":[1,\"x\"]}" };
	const qn_json_options options = { .serializer = &asking, .context = &answers };
	const node rows[] = { node_of(1), node_of(2) };
	qn_buffer out = { 0 };
	cJSON *tree;

	(void)state;
	assert_int_equal(qn_json_write_list(&out, &node_model, rows, 2, &options), QN_OK);
	assert_string_equal(out.at, "[{\"id\":1,\"answer\":{\"a\":[1,\"x\"]}},"
				    "{\"id\":2,\"answer\":{\"a\":[1,\"x\"]}}]");
	assert_int_equal(answers.asked, 2);
	qn_buffer_free(&out);
	answers.text = "5";
	assert_int_equal(qn_json_tree(&tree, &node_model, &rows[0], &options), QN_OK);
	assert_int_equal(cJSON_GetObjectItem(tree, "answer")->valueint, 5);
	cJSON_Delete(tree);
}

static void what_is_computed_has_to_be_json(void **state)
{
	static const char *const bad[] = { "", " ", "{", "1,\"a\":2", "nothing", "\"\xff\"" };
	const node row = node_of(1);

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_refused(&row,
			       &(qn_json_options){ .serializer = &asking,
						   .context = &(struct answers){ .text = bad[i] } },
			       QN_INVALID_VALUE,
			       "what was computed for test.Asking.answer is not JSON");
}

static void a_failure_to_compute_ends_the_call(void **state)
{
	struct answers answers = { .status = QN_OUT_OF_MEMORY };
	const node row = node_of(1);

	(void)state;
	assert_refused(&row, &(qn_json_options){ .serializer = &asking, .context = &answers },
		       QN_OUT_OF_MEMORY,
		       "test.Asking.answer cannot be computed: there is no answer");
	assert_int_equal(answers.asked, 1);
}

static qn_status write_again(qn_buffer *out, const void *row, void *context)
{
	const qn_json_options options = { .serializer = context };

	return qn_json_write(out, &node_model, row, &options);
}

static void what_is_computed_may_write_rows(void **state)
{
	static const qn_serializer_entry entry = { .key = "self", .compute = write_again };
	const qn_serializer twice = { "test.Twice", &node_model, &entry, 1 };
	qn_serializer inner = leaf;
	node row = node_of(1);

	(void)state;
	assert_written(&row, &(qn_json_options){ .serializer = &twice, .context = &inner },
		       "{\"self\":{\"number\":1}}");
	unload(&row, NODE_ID);
	assert_refused(
		&row, &(qn_json_options){ .serializer = &twice, .context = &inner }, QN_USAGE,
		"test.Twice.self cannot be computed: test.Leaf writes test.Node.id, which was "
		"not loaded");
}

/* Not into the buffer that it was given, but into that of the whole text. */
static qn_status write_elsewhere(qn_buffer *out, const void *row, void *context)
{
	char long_text[1000];

	(void)row;
	memset(long_text, 'x', sizeof(long_text));
	assert_int_equal(qn_buffer_add(context, long_text, sizeof(long_text)), QN_OK);
	return qn_buffer_add(out, "1", 1);
}

static qn_status clear_elsewhere(qn_buffer *out, const void *row, void *context)
{
	(void)row;
	qn_buffer_free(context);
	return qn_buffer_add(out, "1", 1);
}

static void the_text_that_is_being_written_is_out_of_reach_for_what_is_computed(void **state)
{
	static const qn_serializer_entry elsewhere = { .key = "odd", .compute = write_elsewhere };
	static const qn_serializer_entry cleared = { .key = "odd", .compute = clear_elsewhere };
	const qn_serializer writing = { "test.Odd", &node_model, &elsewhere, 1 };
	const qn_serializer clearing = { "test.Odd", &node_model, &cleared, 1 };
	const node rows[] = { node_of(1), node_of(2) };
	qn_buffer out = { 0 };

	(void)state;
	assert_int_equal(qn_buffer_add(&out, "kept", 4), QN_OK);
	assert_int_equal(
		qn_json_write_list(&out, &node_model, rows, 2,
				   &(qn_json_options){ .serializer = &writing, .context = &out }),
		QN_USAGE);
	assert_string_equal(out.problem, "test.Odd.odd cannot be computed: it wrote into the text "
					 "of the whole, not into its own buffer");
	assert_string_equal(out.at, "kept");
	assert_int_equal(out.len, 4);
	assert_int_equal(
		qn_json_write_list(&out, &node_model, rows, 2,
				   &(qn_json_options){ .serializer = &clearing, .context = &out }),
		QN_OK);
	assert_string_equal(out.at, "kept[{\"odd\":1},{\"odd\":1}]");
	qn_buffer_free(&out);
}

static void text_for_what_is_computed_is_escaped(void **state)
{
	qn_buffer out = { 0 };

	(void)state;
	assert_int_equal(qn_json_write_text(&out, "a \"b\"\n\xc3\xa4"), QN_OK);
	assert_int_equal(qn_json_write_text(&out, NULL), QN_OK);
	assert_string_equal(out.at, "\"a \\\"b\\\"\\n\xc3\xa4\"null");
	assert_int_equal(qn_json_write_text(&out, "bad \xff"), QN_INVALID_VALUE);
	assert_string_equal(out.problem, "the text is not UTF-8");
	assert_string_equal(out.at, "\"a \\\"b\\\"\\n\xc3\xa4\"null");
	qn_buffer_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_its_own_in_its_order),
		cmocka_unit_test(one_without_keys_writes_an_empty_object),
		cmocka_unit_test(related_rows_without_a_serializer_are_written_as_they_were_loaded),
		cmocka_unit_test(what_is_write_only_never_goes_out),
		cmocka_unit_test(a_row_that_was_not_loaded_is_its_key),
		cmocka_unit_test(the_key_of_several_fields_is_an_array),
		cmocka_unit_test(what_was_not_loaded_is_refused_by_name),
		cmocka_unit_test(what_a_nested_one_needs_has_to_be_loaded_too),
		cmocka_unit_test(the_serializer_of_another_model_is_refused),
		cmocka_unit_test(what_is_computed_is_asked_for_each_row_with_the_context),
		cmocka_unit_test(what_is_computed_has_to_be_json),
		cmocka_unit_test(a_failure_to_compute_ends_the_call),
		cmocka_unit_test(what_is_computed_may_write_rows),
		cmocka_unit_test(
			the_text_that_is_being_written_is_out_of_reach_for_what_is_computed),
		cmocka_unit_test(text_for_what_is_computed_is_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
