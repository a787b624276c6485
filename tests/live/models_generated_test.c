/*
 * Generated models against a server: a column of every type, composite and uuid keys, and
 * PostgreSQL's own catalog.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "everything.h"
#include "models.h"
#include "pg_catalog.h"

static const char types_of_carried[] =
	"CREATE TYPE everything_point AS (x integer, note text);"
	"CREATE DOMAIN everything_even AS integer CHECK (VALUE % 2 = 0)";

static int setup(void **state)
{
	struct models *models;
	bool loaded;

	if (models_setup(state) != 0)
		return -1;
	models = *state;
	loaded = test_server_execute(&models->server, types_of_carried) &&
		 test_server_execute_file(&models->server, getenv("QUERN_EVERYTHING_SQL"));
	return loaded ? 0 : -1;
}

static qn_inet inet_of(const char *text)
{
	qn_inet inet = { 0 };

	assert_true(qn_inet_parse(text, &inet));
	return inet;
}

static const char *const words[] = { "a", "", "it's" };
static const int32_t numbers[] = { 1, -2 };
static const everything_mood moods[] = { EVERYTHING_MOOD_ANGRY, EVERYTHING_MOOD_CALM };

static everything_thing *create_thing(struct models *models)
{
	const everything_thing_new values = {
		.flag = true,
		.small = QN_SET(-1),
		.large = QN_SET(INT64_MIN),
		.single = QN_SET(1.5F),
		.precise = QN_SET(-0.1),
		.price = qn_dec("12.34"),
		.wide = QN_SET("123456789012345678901234567890.5"),
		.word = "w",
		.code = QN_SET("abc"),
		.body = QN_SET("text"),
		.data = QN_SET(((qn_bytes){ (const uint8_t *)"\0x", 2 })),
		.day = QN_SET((qn_date){ 1 }),
		.clock = QN_SET((qn_time){ 1 }),
		.seen = QN_SET((qn_timestamp){ 1 }),
		.span = QN_SET(((qn_interval){ 1, 2, 3 })),
		.token = QN_SET((qn_uuid){ { 1 } }),
		.document = QN_SET("{\"a\":1}"),
		.binary_doc = QN_SET("{\"b\": 2}"),
		.address = QN_SET(inet_of("192.0.2.1")),
		.network = QN_SET(inet_of("192.0.2.0/24")),
		.hardware = QN_SET(((qn_macaddr){ { 1, 2, 3, 4, 5, 6 } })),
		.object = QN_SET(4294967295U),
		.label = QN_SET("label"),
		.other_mood = QN_SET(EVERYTHING_MOOD_ANGRY),
		.place = QN_SET("(1,2)"),
		.words = QN_SET_ARRAY(words, 3),
		.numbers = QN_SET_ARRAY(numbers, 2),
		.moods = QN_SET_ARRAY(moods, 2),
	};
	everything_thing *thing = NULL;

	models_expect(models, everything_thing_create(models->session, &thing, &values), QN_OK);
	assert_non_null(thing);
	return thing;
}

static void assert_thing(const everything_thing *thing)
{
	const qn_inet network = inet_of("192.0.2.0/24");

	assert_true(thing->flag && thing->has_small && thing->small == -1 && thing->number == 7);
	assert_true(thing->large == INT64_MIN && thing->single == 1.5F && thing->precise == -0.1);
	assert_int_equal(qn_decimal_compare(thing->price, qn_dec("12.34")), 0);
	assert_string_equal(thing->wide, "123456789012345678901234567890.5");
	assert_string_equal(thing->word, "w");
	assert_string_equal(thing->code, "abc");
	assert_string_equal(thing->body, "text");
	assert_int_equal(thing->data.len, 2);
	assert_memory_equal(thing->data.at, "\0x", 2);
	assert_true(thing->day.days == 1 && thing->clock.microseconds == 1);
	assert_true(thing->seen.microseconds == 1 && thing->touched.microseconds > 0);
	assert_true(thing->span.microseconds == 1 && thing->span.days == 2 &&
		    thing->span.months == 3);
	assert_int_equal(thing->token.at[0], 1);
	assert_string_equal(thing->document, "{\"a\":1}");
	assert_string_equal(thing->binary_doc, "{\"b\": 2}");
	assert_memory_equal(&thing->network, &network, sizeof(network));
	assert_int_equal(thing->hardware.at[5], 6);
	assert_int_equal(thing->object, 4294967295U);
	assert_string_equal(thing->label, "label");
	assert_int_equal(thing->mood, EVERYTHING_MOOD_CALM);
	assert_int_equal(thing->other_mood, EVERYTHING_MOOD_ANGRY);
	assert_string_equal(thing->place, "(1,2)");
	assert_int_equal(thing->words.len, 3);
	assert_string_equal(thing->words.at[2], "it's");
	assert_int_equal(thing->numbers.at[1], -2);
	assert_int_equal(thing->moods.at[0], EVERYTHING_MOOD_ANGRY);
}

static void every_type_round_trips(void **state)
{
	struct models *models = *state;
	everything_thing *thing = create_thing(models);
	everything_thing *found;

	assert_thing(thing);
	models_expect(models, everything_thing_save(models->session, thing), QN_OK);
	models_expect(models, everything_thing_refresh(models->session, thing), QN_OK);
	assert_thing(thing);
	models_expect(models,
		      everything_thing_get(models->session, &found,
					   &(everything_thing_where){ .id = QN_EQ(thing->id) }),
		      QN_OK);
	assert_thing(found);
	models_expect(models, everything_thing_delete(models->session, thing), QN_OK);
}

static void every_type_finds_its_own_value(void **state)
{
	struct models *models = *state;
	const everything_thing_where wheres[] = {
		{ .flag = QN_EQ(true) },
		{ .small = QN_EQ(-1) },
		{ .large = QN_LT(0) },
		{ .single = QN_EQ(1.5F) },
		{ .precise = QN_EQ(-0.1) },
		{ .price = QN_RANGE(qn_dec("12"), qn_dec("12.34")) },
		{ .wide = QN_GT("1e10") },
		{ .word = QN_IEQ("W") },
		{ .code = QN_EQ("abc") },
		{ .body = QN_ENDS_WITH("xt") },
		{ .data = QN_EQ(((qn_bytes){ (const uint8_t *)"\0x", 2 })) },
		{ .day = QN_EQ((qn_date){ 1 }) },
		{ .clock = QN_LTE((qn_time){ 1 }) },
		{ .seen = QN_GTE((qn_timestamp){ 1 }) },
		{ .span = QN_EQ(((qn_interval){ 1, 2, 3 })) },
		{ .token = QN_IN_UUID({ { 1 } }, { { 2 } }) },
		{ .document = QN_IS_NOT_NULL },
		{ .binary_doc = QN_JSON_HAS_KEY("b") },
		{ .address = QN_EQ(inet_of("192.0.2.1")) },
		{ .network = QN_EQ(inet_of("192.0.2.0/24")) },
		{ .hardware = QN_EQ(((qn_macaddr){ { 1, 2, 3, 4, 5, 6 } })) },
		{ .object = QN_EQ(4294967295U) },
		{ .label = QN_EQ("label") },
		{ .mood = QN_EQ(EVERYTHING_MOOD_CALM) },
		{ .other_mood = QN_IN_LIST(moods, 1) },
		{ .place = QN_EQ("(1,2)") },
		{ .words = QN_ARRAY_CONTAINS(words, 2) },
		{ .numbers = QN_ARRAY_EQ(numbers, 2) },
		{ .moods = QN_ARRAY_CONTAINED_BY(moods, 2) },
	};
	everything_thing *thing;

	create_thing(models);
	for (size_t i = 0; i < sizeof(wheres) / sizeof(wheres[0]); i++)
		models_expect(models, everything_thing_get(models->session, &thing, &wheres[i]),
			      QN_OK);
	models_expect(models, everything_thing_delete_all(models->session, NULL), QN_OK);
}

static void composite_keys_find_their_row(void **state)
{
	static const everything_pair_field note[] = { EVERYTHING_PAIR_NOTE };
	struct models *models = *state;
	everything_pair *pair;

	for (int day = 1; day <= 2; day++)
		models_expect(models,
			      everything_pair_create(models->session, &pair,
						     &(everything_pair_new){ .left_word = "a",
									     .day = { day } }),
			      QN_OK);
	pair->note = "second";
	models_expect(models, everything_pair_save_fields(models->session, pair, note, 1), QN_OK);
	models_expect_value(models,
			    "SELECT string_agg(coalesce(note, '-'), ' ' ORDER BY day) FROM "
			    "everything_pair",
			    "- second");
	models_expect(models, everything_pair_delete(models->session, pair), QN_OK);
	models_expect_value(models, "SELECT count(*) FROM everything_pair", "1");
}

static void uuid_keys_find_their_row(void **state)
{
	struct models *models = *state;
	everything_token *token;
	everything_token_new values = { .note = QN_SET("one") };

	assert_true(qn_uuid_v7(&values.key));
	models_expect(models, everything_token_create(models->session, &token, &values), QN_OK);
	token->note = "two";
	models_expect(models, everything_token_save(models->session, token), QN_OK);
	models_expect(models, everything_token_refresh(models->session, token), QN_OK);
	assert_string_equal(token->note, "two");
}

#define CARRIED(member, text)                                                                    \
	do {                                                                                     \
		everything_carried *carried;                                                     \
		models_expect(models,                                                            \
			      everything_carried_create(models->session, &carried,               \
							&(everything_carried_new){               \
								.member = QN_SET(text) }),       \
			      QN_OK);                                                            \
		assert_string_equal(carried->member, text);                                      \
		models_expect(models, everything_carried_save(models->session, carried), QN_OK); \
		models_expect(models, everything_carried_refresh(models->session, carried),      \
			      QN_OK);                                                            \
		assert_string_equal(carried->member, text);                                      \
	} while (0)

static void any_other_type_is_carried_as_text(void **state)
{
	struct models *models = *state;

	CARRIED(numbers, "[1,5)");
	CARRIED(numbers, "empty");
	CARRIED(numbers, "(,)");
	CARRIED(times, "[\"2026-01-01 00:00:00+00\",infinity)");
	CARRIED(many, "{[1,3),[5,6)}");
	CARRIED(many, "{}");
	CARRIED(point, "(1,\"a \"\"b\"\", (c) \\\\ 'd'\")");
	CARRIED(point, "(,)");
	CARRIED(even, "-2");
	CARRIED(transaction, "18446744073709551615");
	CARRIED(markup, "<a b=\"c\">&amp;</a>");
	CARRIED(bits, "10101");
	CARRIED(bits, "");
	CARRIED(vector, "'fat':2 'it''s':1A");
	CARRIED(path, "$.\"a\"[*]?(@ > 1)");
	CARRIED(matrix, "{{1,2},{3,NULL}}");
	CARRIED(matrix, "[0:1]={7,8}");
	CARRIED(matrix, "{{{{{{1}}}}}}");
	CARRIED(zoned, "12:00:00+15:59:59");
}

static void what_a_carried_type_refuses_is_refused(void **state)
{
	const struct {
		everything_carried_new values;
		qn_status status;
	} cases[] = {
		{ { .numbers = QN_SET("[5,1)") }, QN_BAD_DATA },
		{ { .even = QN_SET("3") }, QN_CHECK_VIOLATION },
		{ { .even = QN_SET("x") }, QN_BAD_DATA },
		{ { .markup = QN_SET("<a>") }, QN_BAD_DATA },
		{ { .matrix = QN_SET("{{1},{2,3}}") }, QN_BAD_DATA },
		{ { .point = QN_SET("(1") }, QN_BAD_DATA },
	};
	struct models *models = *state;
	everything_carried *carried;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		models_expect(models,
			      everything_carried_create(models->session, &carried,
							&cases[i].values),
			      cases[i].status);
		assert_null(carried);
	}
}

static void the_catalog_is_a_model_like_any_other(void **state)
{
	struct models *models = *state;
	pg_catalog_class *table;
	pg_catalog_index *index;
	pg_catalog_type *type;

	models_expect(
		models,
		pg_catalog_class_get(models->session, &table,
				     &(pg_catalog_class_where){ .relname = QN_EQ("everything_pair"),
								.relkind = QN_EQ('r') }),
		QN_OK);
	models_expect(
		models,
		pg_catalog_index_get(models->session, &index,
				     &(pg_catalog_index_where){ .indrelid = QN_EQ(table->oid),
								.indisprimary = QN_EQ(true) }),
		QN_OK);
	assert_int_equal(index->indkey.len, 2);
	assert_int_equal(index->indkey.at[1], 2);
	models_expect(models,
		      pg_catalog_type_get(models->session, &type,
					  &(pg_catalog_type_where){
						  .typname = QN_EQ("everything_mood") }),
		      QN_OK);
	assert_int_equal(type->typtype, 'e');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, models_clear)
		TEST(every_type_round_trips),
		TEST(every_type_finds_its_own_value),
		TEST(composite_keys_find_their_row),
		TEST(uuid_keys_find_their_row),
		TEST(any_other_type_is_carried_as_text),
		TEST(what_a_carried_type_refuses_is_refused),
		TEST(the_catalog_is_a_model_like_any_other),
	};

	return cmocka_run_group_tests_name("models_generated", tests, setup, models_teardown);
}
