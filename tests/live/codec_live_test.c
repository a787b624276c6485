#include "codec_live.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Our reading of the text, sent in binary, must be what the server reads; what the server sends
 * must decode to the same wire, and what we format must be read by the server as the same value.
 */
static void text_survives(struct live *live, uint8_t type, const char *text)
{
	const struct type_info *info = type_info_of(type);
	const qn_field field = field_of(type);
	char sql[STATEMENT_SIZE];
	char room[CODEC_SUBJECT_TEXT];
	union codec_any value;
	codec_refusal refusal;
	PGresult *formatted;
	PGresult *result;

	if (!codec_subject_parse(type, text, &value))
		fail_msg("%s does not parse \"%.100s\"", info->sql_name, text);
	buf_clear(&live->wire);
	refusal = info->encode(&live->wire, (struct codec_value){ &value, &field });
	if (refusal)
		fail_msg("%s \"%.100s\" %s", info->sql_name, text, refusal);
	snprintf(sql, sizeof(sql), "select $1, $1::text, $2::text::%s::text", info->sql_name);
	result = live_query(live, sql, info->oid, text);
	if (strcmp(PQgetvalue(result, 0, 1), PQgetvalue(result, 0, 2)) != 0)
		fail_msg("%s \"%.100s\" was sent as \"%.100s\", the server reads \"%.100s\"",
			 info->sql_name, text, PQgetvalue(result, 0, 1), PQgetvalue(result, 0, 2));
	memset(&value, 0, sizeof(value));
	if (!info->decode(live_cell(result, 0, 0), &field, &live->arena, &value))
		fail_msg("%s \"%.100s\" cannot be decoded", info->sql_name, text);
	buf_clear(&live->wire);
	assert_null(info->encode(&live->wire, (struct codec_value){ &value, &field }));
	/* The server's infinities have decimals, which it does not look at. */
	if (!strstr(PQgetvalue(result, 0, 1), "Infinity") &&
	    !str_equal(buf_str(&live->wire), live_cell(result, 0, 0)))
		fail_msg("%s \"%.100s\" has another wire form than the server's", info->sql_name,
			 text);
	text = codec_subject_format(type, &value, room);
	formatted = live_query(live, sql, info->oid, text);
	if (strcmp(PQgetvalue(formatted, 0, 1), PQgetvalue(formatted, 0, 2)) != 0)
		fail_msg("%s is formatted as \"%.100s\", the server has \"%.100s\"", info->sql_name,
			 text, PQgetvalue(formatted, 0, 1));
	PQclear(formatted);
	PQclear(result);
}

static void texts_survive(struct live *live, uint8_t type, const char *const *texts)
{
	for (; *texts; texts++)
		text_survives(live, type, *texts);
}

#define SURVIVE(type, ...) \
	texts_survive(*state, QN_TYPE_##type, (const char *const[]){ __VA_ARGS__, NULL })

static void the_table_names_the_servers_types(void **state)
{
	struct live *live = *state;

	for (unsigned type = 0; type < QN_TYPE_COUNT_; type++) {
		const struct type_info *info = type_info_of((uint8_t)type);
		char sql[STATEMENT_SIZE];
		char *value;
		if (info->flags & TYPE_CAST)
			continue;
		/* Alone, the word char means char(1). */
		snprintf(sql, sizeof(sql),
			 "select t.oid = %u and t.typarray = %u and (t.typlen = %d or %d = 0)"
			 " from pg_type t where t.oid = '%s'::regtype",
			 info->oid, info->array_oid, info->wire_size, info->wire_size,
			 info->sql_name);
		value = test_server_value(&live->server, sql);
		assert_non_null(value);
		if (strcmp(value, "t") != 0)
			fail_msg("%s differs", info->sql_name);
		free(value);
	}
}

static void numbers_are_what_the_server_reads(void **state)
{
	SURVIVE(BOOL, "true", "false");
	SURVIVE(INT16, "0", "-1", "32767", "-32768");
	SURVIVE(INT32, "0", "-1", "2147483647", "-2147483648");
	SURVIVE(INT64, "0", "-1", "9223372036854775807", "-9223372036854775808");
	SURVIVE(OID, "0", "1", "4294967295");
	SURVIVE(FLOAT, "0", "-0", "1.5", "nan", "inf", "-inf", "1e-45", "3.4028235e38", "0.1");
	SURVIVE(DOUBLE, "0", "-0", "1.5", "nan", "inf", "-inf", "5e-324", "1.7976931348623157e308",
		"1e308", "0.1");
	SURVIVE(CHAR, "a", "", "~", "'", "\\");
}

static void decimals_are_what_the_server_reads(void **state)
{
	SURVIVE(DECIMAL, "0", "0.00", "-0.00", "1", "-1", "12.50", "0.5", "-0.05", "NaN", "10000",
		"0.0001", "0.00001", "9999.9999", "10000.0001", "100000000", "999999999999999999",
		"-999999999999999999", "0.999999999999999999", "0.000000000000000001",
		"123456789.123456789", "1.10", "20000000.00", ".5", "5.", "+7", "0012.3");
	SURVIVE(NUMERIC, "0", "-0.000", "1e131071", "-1e131071", "1e-16383", "NaN", "Infinity",
		"-Infinity", "inf", "+inf", "nan", "123456789012345678901234567890.12345678901234",
		"1.5e3", "15e-3", "1500e-2", "0e10", "0e-10", ".5", "5.", "+1", "1e4", "1e-4",
		"9999", "10000", "99990000", "0.0000100010000");
}

static void long_numerics_are_what_the_server_reads(void **state)
{
	char *text = malloc(131072 + 1 + 16383 + 1);

	for (size_t i = 0; i < 131072 + 1 + 16383; i++)
		text[i] = (char)('1' + i * 7 % 9);
	text[131072] = '.';
	text[131072 + 1 + 16383] = '\0';
	text_survives(*state, QN_TYPE_NUMERIC, text);
	free(text);
}

static void times_are_what_the_server_reads(void **state)
{
	SURVIVE(DATE, "2026-11-22", "2000-02-29", "1999-12-31", "infinity", "-infinity",
		"4714-11-24 BC", "4713-02-29 BC", "0001-12-31 BC", "0001-01-01", "9999-12-31",
		"10000-01-01", "294276-12-31", "5874897-12-31", "1900-02-28", "0044-03-15 BC");
	SURVIVE(TIME, "00:00:00", "13:05:00.25", "23:59:59.999999", "24:00:00", "23:59:60", "12:00",
		"12:34:60", "12:34:60.5", "00:00:00.000001", "12:34:56.700000");
	SURVIVE(TIMESTAMP, "2026-11-22T13:05:00.25", "2026-11-22 13:05", "infinity", "-infinity",
		"4714-11-24 00:00:00 BC", "294276-12-31 23:59:59.999999", "1999-12-31 23:59:60",
		"1999-12-31 24:00:00", "1999-12-31 23:59:59.999999", "0001-12-31T23:59:59.5 BC",
		"10000-01-01T00:00:00", "1999-12-31 12:00:60.5", "4713-02-29 12:00:00.000001 BC");
	SURVIVE(TIMESTAMPTZ, "2026-11-22T13:05:00.25+01:00", "2026-11-22 13:05Z", "infinity",
		"2026-11-22T13:05:00-15:59:59", "2026-11-22T13:05:00+15:59:59", "-infinity",
		"2026-03-29 02:30:00+01", "2026-03-29 02:30:00+0130", "4714-11-24 00:00:00+00 BC",
		"294276-12-31 23:59:59.999999+00", "0044-03-15T12:00:00+00:00 BC",
		"294277-01-01 00:00:00+01", "4714-11-23 23:00:00-01 BC",
		"1999-12-31 24:00:00-00:30");
	SURVIVE(INTERVAL, "PT0S", "P1Y2M3DT4H5M6.5S", "P-1Y-2M3DT-4H-5M-6.5S", "P1Y-3D", "PT-0.5S",
		"P178956970Y7M2147483647DT2562047788H54.775807S", "P2W", "P1Y-14M",
		"P-178956970Y-8M-2147483648DT-2562047788H-54.775808S", "PT0.000001S", "PT1M-1S",
		"PT-1H1M");
}

static void addresses_are_what_the_server_reads(void **state)
{
	SURVIVE(UUID, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "{A0EEBC99-9C0B4EF8BB6D6BB9BD380A11}",
		"a0eebc999c0b4ef8bb6d6bb9bd380a11", "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11",
		"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff");
	SURVIVE(INET, "192.0.2.1", "192.0.2.1/24", "0.0.0.0/0", "255.255.255.255", "2001:db8::1",
		"::", "::1/128", "::ffff:1.2.3.4", "2001:db8::/32", "fe80::1/10", "::1.2.3.4/96",
		"1:0:0:2::3", "1:0:2:3:4:5:6:7");
	SURVIVE(CIDR, "192.0.2.0/24", "0.0.0.0/0", "10.1.2.3/32", "2001:db8::/32", "::/0");
	SURVIVE(MACADDR, "08:00:2b:01:02:03", "08-00-2B-01-02-03", "08002b:010203", "08002b-010203",
		"0800.2b01.0203", "0800-2b01-0203", "08002b010203", "ff:ff:ff:ff:ff:ff");
}

static void texts_are_what_the_server_reads(void **state)
{
	SURVIVE(TEXT, "", "x", "'; DROP TABLE x;--", "\\'", "$1", "$$", "E'\\x'", "%s%n",
		"\" OR 1=1", "\xf0\x9f\x92\xa1", "e\xcc\x81", "\xc3\xa9", "\xe2\x80\xae\xd7\xa9",
		"  trailing  ", "\x01\x7f\n\t");
	SURVIVE(VARCHAR, "", "two words ");
	SURVIVE(NAME, "", "pg_class",
		"123456789012345678901234567890123456789012345678901234567890123");
	SURVIVE(JSON, "{}", "[1, 2]", "{\"a\": \"\\u0000\"}", " null ", "\"\xc3\xa9\"");
	SURVIVE(JSONB, "{}", "[1, 2]", "{\"a\": 1}", "null", "1.50");
}

/* Where our reading is refused, the server's is too: nothing is lost by refusing. */
static void what_is_no_value_is_none_for_the_server(void **state)
{
	static const struct {
		uint8_t type;
		const char *text;
	} cases[] = {
		{ QN_TYPE_DATE, "0000-01-01" },
		{ QN_TYPE_DATE, "2023-02-29" },
		{ QN_TYPE_DATE, "2026-13-01" },
		{ QN_TYPE_DATE, "2026-00-01" },
		{ QN_TYPE_DATE, "2026-01-00" },
		{ QN_TYPE_DATE, "2026-04-31" },
		{ QN_TYPE_DATE, "5874898-01-01" },
		{ QN_TYPE_DATE, "4714-11-23 BC" },
		{ QN_TYPE_DATE, "4714-02-29 BC" },
		{ QN_TYPE_DATE, "1900-02-29" },
		{ QN_TYPE_TIME, "24:00:00.000001" },
		{ QN_TYPE_TIME, "25:00:00" },
		{ QN_TYPE_TIME, "12:60:00" },
		{ QN_TYPE_TIME, "12:00:61" },
		{ QN_TYPE_TIME, "24:00:01" },
		{ QN_TYPE_TIME, "23:59:60.5" },
		{ QN_TYPE_TIMESTAMP, "294277-01-01 00:00:00" },
		{ QN_TYPE_TIMESTAMP, "4714-11-23 23:59:59 BC" },
		{ QN_TYPE_TIMESTAMP, "9999999-01-01 00:00:00" },
		{ QN_TYPE_TIMESTAMP, "1999-12-31 23:59:60.5" },
		{ QN_TYPE_TIMESTAMPTZ, "2026-11-22 00:00:00+16:00" },
		{ QN_TYPE_TIMESTAMPTZ, "294276-12-31 23:59:59-01" },
		{ QN_TYPE_TIMESTAMPTZ, "4714-11-24 00:00:00+01 BC" },
		{ QN_TYPE_TIMESTAMPTZ, "2026-11-22 00:00:00+01:60" },
		{ QN_TYPE_INTERVAL, "P" },
		{ QN_TYPE_INTERVAL, "P1H" },
		{ QN_TYPE_INTERVAL, "PT1D" },
		{ QN_TYPE_INTERVAL, "P178956971Y" },
		{ QN_TYPE_INTERVAL, "P2147483648D" },
		{ QN_TYPE_INTERVAL, "PT9223372036854775808S" },
		{ QN_TYPE_UUID, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1" },
		{ QN_TYPE_UUID, "a0eebc9-99c0b-4ef8-bb6d-6bb9bd380a11" },
		{ QN_TYPE_UUID, "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11" },
		{ QN_TYPE_UUID, "g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11" },
		{ QN_TYPE_INET, "256.0.0.1" },
		{ QN_TYPE_INET, "1.2.3.4/33" },
		{ QN_TYPE_INET, "::1/129" },
		{ QN_TYPE_INET, "1.2.3.4/" },
		{ QN_TYPE_INET, "fe80::1%eth0" },
		{ QN_TYPE_MACADDR, "08:00:2b:01:02" },
		{ QN_TYPE_MACADDR, "08:00:2b:01:02:0g" },
		{ QN_TYPE_MACADDR, "08:00:2b:01:02:03:04" },
		{ QN_TYPE_DECIMAL, "" },
		{ QN_TYPE_DECIMAL, "." },
		{ QN_TYPE_DECIMAL, "1,5" },
		{ QN_TYPE_DECIMAL, "--1" },
	};
	struct live *live = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *values[] = { cases[i].text };
		union codec_any value;
		char sql[STATEMENT_SIZE];
		PGresult *result;
		if (codec_subject_parse(cases[i].type, cases[i].text, &value))
			fail_msg("\"%s\" is read", cases[i].text);
		snprintf(sql, sizeof(sql), "select $1::text::%s",
			 type_info_of(cases[i].type)->sql_name);
		result = PQexecParams(live->connection, sql, 1, NULL, values, NULL, NULL, 0);
		if (PQresultStatus(result) == PGRES_TUPLES_OK)
			fail_msg("the server reads \"%s\"", cases[i].text);
		PQclear(result);
	}
}

static void value_is_refused(struct live *live, uint8_t type, const void *value)
{
	const struct type_info *info = type_info_of(type);
	const qn_field field = field_of(type);
	const struct codec_value given = { value, &field };

	buf_clear(&live->wire);
	assert_non_null(info->encode(&live->wire, given));
	assert_int_equal(live->wire.len, 0);
}

/* Sends bytes as a binary value, and says whether the server took them. */
static bool server_takes(struct live *live, Oid oid, const void *bytes, size_t len)
{
	const char *values[] = { bytes };
	const int lengths[] = { (int)len };
	const int formats[] = { 1 };
	PGresult *result =
		PQexecParams(live->connection, "select $1", 1, &oid, values, lengths, formats, 1);
	bool is_taken = PQresultStatus(result) == PGRES_TUPLES_OK;

	PQclear(result);
	return is_taken;
}

static bool server_takes_integer(struct live *live, Oid oid, int64_t value)
{
	uint64_t bytes = __builtin_bswap64((uint64_t)value);

	return server_takes(live, oid, &bytes, sizeof(bytes));
}

/* One step over each end of a range is refused by the server, the end itself taken. */
static void ranges_end_where_the_servers_end(void **state)
{
	static const int64_t inside[] = { INT64_C(-211813488000000000),
					  INT64_C(9223371331199999999) };
	static const int64_t outside[] = { INT64_C(-211813488000000001),
					   INT64_C(9223371331200000000) };
	static const int32_t dates[] = { -2451546, 2145031949 };
	struct live *live = *state;

	for (size_t i = 0; i < 2; i++) {
		uint32_t days = __builtin_bswap32((uint32_t)dates[i]);
		assert_true(server_takes_integer(live, 1114, inside[i]));
		assert_false(server_takes_integer(live, 1114, outside[i]));
		value_is_refused(live, QN_TYPE_TIMESTAMP, &(qn_timestamp){ outside[i] });
		assert_true(server_takes_integer(live, 1184, inside[i]));
		assert_false(server_takes_integer(live, 1184, outside[i]));
		value_is_refused(live, QN_TYPE_TIMESTAMPTZ, &(qn_timestamptz){ outside[i] });
		assert_false(server_takes(live, 1082, &days, sizeof(days)));
		value_is_refused(live, QN_TYPE_DATE, &(qn_date){ dates[i] });
	}
	assert_true(server_takes_integer(live, 1083, INT64_C(86400000000)));
	assert_false(server_takes_integer(live, 1083, INT64_C(86400000001)));
	value_is_refused(live, QN_TYPE_TIME, &(qn_time){ INT64_C(86400000001) });
	assert_false(server_takes_integer(live, 1083, -1));
	value_is_refused(live, QN_TYPE_TIME, &(qn_time){ -1 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_names_the_servers_types),
		cmocka_unit_test(numbers_are_what_the_server_reads),
		cmocka_unit_test(decimals_are_what_the_server_reads),
		cmocka_unit_test(long_numerics_are_what_the_server_reads),
		cmocka_unit_test(times_are_what_the_server_reads),
		cmocka_unit_test(addresses_are_what_the_server_reads),
		cmocka_unit_test(texts_are_what_the_server_reads),
		cmocka_unit_test(what_is_no_value_is_none_for_the_server),
		cmocka_unit_test(ranges_end_where_the_servers_end),
	};

	return cmocka_run_group_tests(tests, live_start, live_stop);
}
