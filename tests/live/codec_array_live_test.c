#include "codec_live.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

static void array_text_is(struct live *live, const qn_field *field, const void *array,
			  const char *expected)
{
	const struct type_info *info = type_info_of(field->type);
	Oid oid = info->flags & TYPE_CAST ? 1009 : info->array_oid;
	codec_refusal refusal;
	PGresult *result;
	union codec_any back = { 0 };

	buf_clear(&live->wire);
	refusal = type_array_encode(&live->wire, (struct codec_value){ array, field });
	assert_null(refusal);
	result = live_query(live, "select $1, $1::text, $2::text", oid, expected);
	assert_string_equal(PQgetvalue(result, 0, 1), expected);
	assert_true(type_array_decode(live_cell(result, 0, 0), field, &live->arena, &back));
	buf_clear(&live->wire);
	assert_null(type_array_encode(&live->wire, (struct codec_value){ &back, field }));
	assert_true(str_equal(buf_str(&live->wire), live_cell(result, 0, 0)));
	PQclear(result);
}

static void arrays_are_what_the_server_reads(void **state)
{
	static const char *const labels[] = { "draft", "a \"live\" \\one" };
	static const qn_enum status = { "shop.Status", "\"status\"", labels, 2 };
	const qn_field text = field_of(QN_TYPE_TEXT);
	const qn_field integer = field_of(QN_TYPE_INT32);
	const qn_field jsonb = field_of(QN_TYPE_JSONB);
	const qn_field boolean = field_of(QN_TYPE_BOOL);
	const qn_field bytes = field_of(QN_TYPE_BYTES);
	const qn_field numeric = field_of(QN_TYPE_NUMERIC);
	const qn_field constant = { .type = QN_TYPE_ENUM, .enumeration = &status };
	static const uint8_t zeros[] = { 0, 0xff };

	array_text_is(*state, &text, &(qn_array_text){ 0 }, "{}");
	array_text_is(*state, &text,
		      &(qn_array_text){ (const char *const[]){ "a", NULL, "", "NULL", "x,\"y\\" },
					5, NULL },
		      "{a,NULL,\"\",\"NULL\",\"x,\\\"y\\\\\"}");
	array_text_is(*state, &integer,
		      &(qn_array_int32){ (const int32_t[]){ 1, 9, INT32_MIN }, 3,
					 (const bool[]){ false, true, false } },
		      "{1,NULL,-2147483648}");
	array_text_is(*state, &jsonb,
		      &(qn_array_jsonb){ (const char *const[]){ "{\"a\": 1}", "2" }, 2, NULL },
		      "{\"{\\\"a\\\": 1}\",2}");
	array_text_is(*state, &boolean, &(qn_array_bool){ (const bool[]){ true, false }, 2, NULL },
		      "{t,f}");
	array_text_is(*state, &bytes,
		      &(qn_array_bytes){ (const qn_bytes[]){ { zeros, 2 }, { NULL, 0 } }, 2, NULL },
		      "{\"\\\\x00ff\",\"\\\\x\"}");
	array_text_is(*state, &numeric,
		      &(qn_array_numeric){ (const char *const[]){ "1.50", "NaN", NULL }, 3, NULL },
		      "{1.50,NaN,NULL}");
	array_text_is(*state, &constant, &(qn_array_int32){ (const int32_t[]){ 2, 1 }, 2, NULL },
		      "{\"a \\\"live\\\" \\\\one\",draft}");
}

static void arrays_of_the_server_are_read(void **state)
{
	const qn_field integer = field_of(QN_TYPE_INT32);
	struct live *live = *state;
	PGresult *result = PQexecParams(live->connection,
					"select '[5:7]={1,2,3}'::int[], '{{1,2},{3,4}}'::int[],"
					" '[0:1]={4,NULL}'::int[]",
					0, NULL, NULL, NULL, NULL, 1);
	qn_array_int32 array = { 0 };

	assert_true(type_array_decode(live_cell(result, 0, 0), &integer, &live->arena, &array));
	assert_int_equal(array.len, 3);
	assert_int_equal(array.at[2], 3);
	assert_null(array.is_null);
	assert_false(type_array_decode(live_cell(result, 0, 1), &integer, &live->arena, &array));
	assert_true(type_array_decode(live_cell(result, 0, 2), &integer, &live->arena, &array));
	assert_int_equal(array.len, 2);
	assert_true(array.is_null[1]);
	PQclear(result);
}

static void text_forms_of_arrays_go_both_ways(void **state)
{
	const qn_field opaque = { .type = QN_TYPE_OPAQUE, .sql_type = "point" };
	const qn_field box = { .type = QN_TYPE_OPAQUE, .sql_type = "box" };
	const char *const points[] = { "(1,2)", NULL, "(3,4)" };
	const char *const boxes[] = { "(1,1),(0,0)", "(3,3),(2,2)" };
	const qn_array_opaque given[] = { { points, 3, NULL }, { boxes, 2, NULL } };
	const qn_field *const fields[] = { &opaque, &box };
	struct live *live = *state;

	for (size_t i = 0; i < 2; i++) {
		char sql[STATEMENT_SIZE];
		qn_array_opaque back = { 0 };
		PGresult *result;
		buf_clear(&live->wire);
		assert_null(type_array_encode_text(&live->wire,
						   (struct codec_value){ &given[i], fields[i] }));
		snprintf(sql, sizeof(sql), "select ($1::text::%s[])::text, $2::text",
			 fields[i]->sql_type);
		result = live_query(live, sql, 25, "");
		assert_true(type_array_decode_text(live_cell(result, 0, 0), fields[i], &live->arena,
						   &back));
		assert_int_equal(back.len, given[i].len);
		for (size_t n = 0; n < back.len; n++)
			if (given[i].at[n])
				assert_string_equal(back.at[n], given[i].at[n]);
			else
				assert_true(back.is_null[n]);
		PQclear(result);
	}
}

static void vectors_are_what_the_server_reads(void **state)
{
	const qn_field small = field_of(QN_TYPE_INT2VECTOR);
	const qn_field oids = field_of(QN_TYPE_OIDVECTOR);
	const qn_array_int16 keys = { (const int16_t[]){ 3, -1, 7 }, 3, NULL };
	const qn_array_oid types = { (const uint32_t[]){ 23, 4294967295 }, 2, NULL };
	const void *const given[] = { &keys, &types };
	const qn_field *const fields[] = { &small, &oids };
	const char *const expected[] = { "3 -1 7", "23 4294967295" };
	struct live *live = *state;

	for (size_t i = 0; i < 2; i++) {
		const struct type_info *info = type_info_of(fields[i]->type);
		union codec_any back = { 0 };
		PGresult *result;
		buf_clear(&live->wire);
		assert_null(info->encode(&live->wire, (struct codec_value){ given[i], fields[i] }));
		result = live_query(live, "select $1, $1::text, $2::text", info->oid, "");
		assert_string_equal(PQgetvalue(result, 0, 1), expected[i]);
		assert_true(info->decode(live_cell(result, 0, 0), fields[i], &live->arena, &back));
		buf_clear(&live->wire);
		assert_null(info->encode(&live->wire, (struct codec_value){ &back, fields[i] }));
		assert_true(str_equal(buf_str(&live->wire), live_cell(result, 0, 0)));
		PQclear(result);
	}
}

#define RANDOM_COUNT 2000

/* Many values in one array: the server's text of each must parse to the same value. */
static void random_values_agree(struct live *live, uint8_t type, const void *values, size_t size)
{
	const qn_field field = field_of(type);
	const qn_array_text array = { values, RANDOM_COUNT, NULL };
	PGresult *result;

	buf_clear(&live->wire);
	assert_null(type_array_encode(&live->wire, (struct codec_value){ &array, &field }));
	result = live_query(live,
			    "select e::text from unnest($1) with ordinality as u(e, n)"
			    " where $2::text is not null order by n",
			    type_info_of(type)->array_oid, "");
	assert_int_equal(PQntuples(result), RANDOM_COUNT);
	for (int i = 0; i < RANDOM_COUNT; i++) {
		const void *value = (const char *)values + (size_t)i * size;
		union codec_any parsed;
		if (!codec_subject_parse(type, PQgetvalue(result, i, 0), &parsed) ||
		    memcmp(&parsed, value, size) != 0)
			fail_msg("%s: the server says \"%s\"", type_info_of(type)->sql_name,
				 PQgetvalue(result, i, 0));
	}
	PQclear(result);
}

static void random_values_are_the_servers(void **state)
{
	static qn_date dates[RANDOM_COUNT];
	static qn_time times[RANDOM_COUNT];
	static qn_timestamp timestamps[RANDOM_COUNT];
	static qn_timestamptz moments[RANDOM_COUNT];
	static qn_interval intervals[RANDOM_COUNT];
	static qn_inet addresses[RANDOM_COUNT];
	uint64_t seed = 20261122;

	memset(addresses, 0, sizeof(addresses));
	for (size_t i = 0; i < RANDOM_COUNT; i++) {
		uint64_t number = random_next(&seed);
		int64_t range = INT64_C(9223371331200000000);
		dates[i].days = (int32_t)(number % 2147483494) - 2451545;
		times[i].microseconds = (int64_t)(number % UINT64_C(86400000001));
		timestamps[i].microseconds = (int64_t)(number % (uint64_t)range);
		moments[i].microseconds = -(int64_t)(number % UINT64_C(211813488000000001));
		intervals[i] =
			(qn_interval){ (int64_t)random_next(&seed), (int32_t)random_next(&seed),
				       (int32_t)random_next(&seed) };
		addresses[i].is_ipv6 = number & 1;
		addresses[i].prefix_length = (uint8_t)((number >> 8) % (number & 1 ? 129 : 33));
		for (size_t n = 0; n < (number & 1 ? 16 : 4); n++)
			addresses[i].at[n] = (uint8_t)(random_next(&seed) % 3 ? 0 : number >> n);
	}
	random_values_agree(*state, QN_TYPE_DATE, dates, sizeof(dates[0]));
	random_values_agree(*state, QN_TYPE_TIME, times, sizeof(times[0]));
	random_values_agree(*state, QN_TYPE_TIMESTAMP, timestamps, sizeof(timestamps[0]));
	random_values_agree(*state, QN_TYPE_TIMESTAMPTZ, moments, sizeof(moments[0]));
	random_values_agree(*state, QN_TYPE_INTERVAL, intervals, sizeof(intervals[0]));
	random_values_agree(*state, QN_TYPE_INET, addresses, sizeof(addresses[0]));
}

static void random_decimals_are_the_servers(void **state)
{
	static qn_decimal decimals[RANDOM_COUNT];
	uint64_t seed = 7;

	for (size_t i = 0; i < RANDOM_COUNT; i++) {
		uint64_t number = random_next(&seed) % UINT64_C(1000000000000000000);
		for (uint64_t cut = random_next(&seed) % 18; cut > 0; cut--)
			number /= 10;
		decimals[i].unscaled = number & 1 ? -(int64_t)number : (int64_t)number;
		decimals[i].scale = (int32_t)(random_next(&seed) % 19);
	}
	random_values_agree(*state, QN_TYPE_DECIMAL, decimals, sizeof(decimals[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arrays_are_what_the_server_reads),
		cmocka_unit_test(arrays_of_the_server_are_read),
		cmocka_unit_test(text_forms_of_arrays_go_both_ways),
		cmocka_unit_test(vectors_are_what_the_server_reads),
		cmocka_unit_test(random_values_are_the_servers),
		cmocka_unit_test(random_decimals_are_the_servers),
	};

	return cmocka_run_group_tests(tests, live_start, live_stop);
}
