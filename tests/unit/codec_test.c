#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "codec_subject.h"
#include "random.h"

static const char *const labels[] = { "draft", "live", "retired" };
static const qn_enum status = { "shop.Status", "\"shop_status\"", labels, 3 };

static qn_field field_of(uint8_t type)
{
	return (qn_field){ .type = type, .enumeration = &status };
}

/* The value's wire form, and the same value again from it. */
static void wire_is(const qn_field *field, const void *value, const void *wire, size_t len)
{
	const struct type_info *info = type_info_of(field->type);
	struct buf out = { 0 };
	struct arena arena;
	struct str copy;
	union codec_any back = { 0 };

	arena_init(&arena, 0, NULL);
	assert_null(info->encode(&out, (struct codec_value){ value, field }));
	assert_int_equal(out.len, len);
	assert_memory_equal(out.at, wire, len);
	copy = arena_copy(&arena, buf_str(&out));
	assert_true(info->decode(copy, field, &arena, &back));
	buf_clear(&out);
	assert_null(info->encode(&out, (struct codec_value){ &back, field }));
	assert_int_equal(out.len, len);
	assert_memory_equal(out.at, wire, len);
	if (info->wire_size)
		assert_int_equal(len, info->wire_size);
	buf_free(&out);
	arena_free(&arena);
}

#define WIRE(type_, ctype, value, bytes)                           \
	do {                                                       \
		qn_field field = field_of(QN_TYPE_##type_);        \
		ctype given = value;                               \
		wire_is(&field, &given, bytes, sizeof(bytes) - 1); \
	} while (0)

static void every_type_has_a_row_of_its_own(void **state)
{
	(void)state;
	for (unsigned i = 0; i < QN_TYPE_COUNT_; i++) {
		uint8_t type = (uint8_t)i;
		const struct type_info *info = type_info_of(type);
		const qn_field field = field_of(type);
		const qn_field array = { .type = type, .flags = QN_FIELD_ARRAY };
		assert_int_equal(type_info_id(info), type);
		assert_non_null(info->enumerator);
		assert_non_null(info->suffix);
		assert_non_null(info->sql_name);
		assert_true(info->size > 0 && info->size <= sizeof(union codec_any));
		assert_true(info->encode && info->decode);
		if (info->schema_name)
			assert_ptr_equal(type_info_find(str_from_cstring(info->schema_name)), info);
		assert_int_equal(info->flags & TYPE_CAST ? 0 : 1, info->oid != 0);
		assert_int_equal(type_field_size(&field), info->size);
		assert_int_equal(type_field_alignment(&field), info->alignment);
		assert_int_equal(type_field_size(&array), sizeof(qn_array_text));
	}
	assert_null(type_info_find(STR("varchar2")));
	assert_null(type_info_find(STR("")));
	assert_int_equal(type_info_id(type_info_find(STR("numeric"))), QN_TYPE_NUMERIC);
	assert_int_equal(type_info_id(type_info_find(STR("char"))), QN_TYPE_BPCHAR);
	assert_int_equal(type_info_id(type_info_find(STR("\"char\""))), QN_TYPE_CHAR);
}

static void operands_are_found_where_the_compiler_put_them(void **state)
{
	const qn_field small = field_of(QN_TYPE_INT16);
	const qn_field text = field_of(QN_TYPE_TEXT);
	const qn_field inet = field_of(QN_TYPE_CIDR);
	const qn_field array = { .type = QN_TYPE_INT16, .flags = QN_FIELD_ARRAY };
	qn_where_int16 where = QN_EQ(7);
	qn_set_int16 set = QN_SET(7);
	qn_change_int16 change = QN_ADD(7);
	qn_where_text contains = QN_CONTAINS("x");

	(void)state;
	assert_ptr_equal((char *)&where + type_where_as(&small), &where.as.value);
	assert_ptr_equal((char *)&set + type_set_as(&small), &set.as.value);
	assert_ptr_equal((char *)&change + type_set_as(&small), &change.as.amount);
	assert_ptr_equal((char *)&contains + type_where_as(&text), &contains.as.pattern);
	assert_int_equal(type_where_as(&inet), offsetof(qn_where_inet, as));
	assert_int_equal(type_set_as(&inet), offsetof(qn_set_inet, as));
	assert_int_equal(type_where_as(&array), offsetof(qn_where_array_int16, as));
	assert_int_equal(type_set_as(&array), offsetof(qn_set_array_int16, as));
}

static void numbers_are_big_endian(void **state)
{
	(void)state;
	WIRE(BOOL, bool, true, "\1");
	WIRE(BOOL, bool, false, "\0");
	WIRE(INT16, int16_t, -2, "\xff\xfe");
	WIRE(INT16, int16_t, INT16_MIN, "\x80\0");
	WIRE(INT32, int32_t, INT32_MAX, "\x7f\xff\xff\xff");
	WIRE(INT64, int64_t, INT64_MIN, "\x80\0\0\0\0\0\0\0");
	WIRE(OID, uint32_t, UINT32_MAX, "\xff\xff\xff\xff");
	WIRE(CHAR, char, 'r', "r");
	WIRE(CHAR, char, '\0', "\0");
	WIRE(FLOAT, float, 1.5F, "\x3f\xc0\0\0");
	WIRE(FLOAT, float, -0.0F, "\x80\0\0\0");
	WIRE(FLOAT, float, INFINITY, "\x7f\x80\0\0");
	WIRE(DOUBLE, double, -1.5, "\xbf\xf8\0\0\0\0\0\0");
	WIRE(DOUBLE, double, (double)NAN, "\x7f\xf8\0\0\0\0\0\0");
	WIRE(DOUBLE, double, 5e-324, "\0\0\0\0\0\0\0\1");
}

static void times_count_from_2000(void **state)
{
	(void)state;
	WIRE(DATE, qn_date, ((qn_date){ -1 }), "\xff\xff\xff\xff");
	WIRE(DATE, qn_date, QN_DATE_INFINITY, "\x7f\xff\xff\xff");
	WIRE(TIME, qn_time, ((qn_time){ 1 }), "\0\0\0\0\0\0\0\1");
	WIRE(TIMESTAMP, qn_timestamp, QN_TIMESTAMP_MINUS_INFINITY, "\x80\0\0\0\0\0\0\0");
	WIRE(TIMESTAMPTZ, qn_timestamptz, ((qn_timestamptz){ 256 }), "\0\0\0\0\0\0\1\0");
	WIRE(INTERVAL, qn_interval, ((qn_interval){ 1, 2, -3 }),
	     "\0\0\0\0\0\0\0\1\0\0\0\2\xff\xff\xff\xfd");
}

static void texts_are_themselves(void **state)
{
	(void)state;
	WIRE(TEXT, const char *, "", "");
	WIRE(TEXT, const char *, "\xf0\x9f\x92\xa1'", "\xf0\x9f\x92\xa1'");
	WIRE(NAME, const char *, "pg_class", "pg_class");
	WIRE(JSON, const char *, "{\"a\": 1}", "{\"a\": 1}");
	WIRE(JSONB, const char *, "{}", "\1{}");
	WIRE(OPAQUE, const char *, "(1,2)", "(1,2)");
	WIRE(ENUM, int, 1, "draft");
	WIRE(ENUM, int, 3, "retired");
}

static void addresses_have_the_servers_header(void **state)
{
	qn_inet ipv4 = { 0, 24, { 192, 0, 2, 0 } };
	qn_inet ipv6 = { 1, 128, { 0x20, 1 } };

	(void)state;
	WIRE(INET, qn_inet, ipv4, "\2\x18\0\4\xc0\0\2\0");
	WIRE(CIDR, qn_inet, ipv4, "\2\x18\1\4\xc0\0\2\0");
	WIRE(INET, qn_inet, ipv6, "\3\x80\0\x10\x20\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
	WIRE(MACADDR, qn_macaddr, ((qn_macaddr){ { 8, 0, 43, 1, 2, 3 } }), "\x08\0\x2b\1\2\3");
}

static void numerics_are_in_base_10000(void **state)
{
	(void)state;
	WIRE(DECIMAL, qn_decimal, ((qn_decimal){ 0, 0 }), "\0\0\0\0\0\0\0\0");
	WIRE(DECIMAL, qn_decimal, ((qn_decimal){ 0, 2 }), "\0\0\0\0\0\0\0\2");
	WIRE(DECIMAL, qn_decimal, ((qn_decimal){ 1250, 2 }), "\0\2\0\0\0\0\0\2\0\x0c\x13\x88");
	WIRE(DECIMAL, qn_decimal, ((qn_decimal){ -5, 5 }), "\0\1\xff\xfe\x40\0\0\5\x13\x88");
	WIRE(DECIMAL, qn_decimal, ((qn_decimal){ 10000, 0 }), "\0\1\0\1\0\0\0\0\0\1");
	WIRE(DECIMAL, qn_decimal, ((qn_decimal){ 0, QN_DECIMAL_NAN }), "\0\0\0\0\xc0\0\0\0");
	WIRE(NUMERIC, const char *, "-12.50", "\0\2\0\0\x40\0\0\2\0\x0c\x13\x88");
	WIRE(NUMERIC, const char *, "Infinity", "\0\0\0\0\xd0\0\0\0");
	WIRE(NUMERIC, const char *, "-Infinity", "\0\0\0\0\xf0\0\0\0");
	WIRE(NUMERIC, const char *, "NaN", "\0\0\0\0\xc0\0\0\0");
}

static void bytes_point_into_the_wire(void **state)
{
	static const uint8_t content[] = { 0, 255, 0 };
	const qn_field field = field_of(QN_TYPE_BYTES);
	const qn_bytes bytes = { content, 3 };
	struct buf out = { 0 };
	qn_bytes back = { 0 };

	(void)state;
	assert_null(
		type_info_of(QN_TYPE_BYTES)->encode(&out, (struct codec_value){ &bytes, &field }));
	assert_true(type_info_of(QN_TYPE_BYTES)->decode(buf_str(&out), &field, NULL, &back));
	assert_ptr_equal(back.at, out.at);
	assert_int_equal(back.len, 3);
	assert_memory_equal(back.at, content, 3);
	buf_free(&out);
}

static void refusal_is(const qn_field *field, const void *value, const char *expected)
{
	struct buf out = { 0 };
	codec_refusal refusal;

	buf_add_cstring(&out, "before");
	refusal = type_info_of(field->type)->encode(&out, (struct codec_value){ value, field });
	assert_non_null(refusal);
	assert_string_equal(refusal, expected);
	assert_string_equal(out.at, "before");
	assert_int_equal(out.len, 6);
	buf_free(&out);
}

#define REFUSED(field_, ctype, value, expected)       \
	do {                                          \
		const qn_field field = field_;        \
		const ctype given = value;            \
		refusal_is(&field, &given, expected); \
	} while (0)
#define FIELD(...) ((qn_field){ .enumeration = &status, __VA_ARGS__ })

static void values_out_of_range_are_refused(void **state)
{
	const unsigned char two = 2;
	const qn_field boolean = field_of(QN_TYPE_BOOL);

	(void)state;
	refusal_is(&boolean, &two, "is neither true nor false");
	REFUSED(FIELD(.type = QN_TYPE_DATE), qn_date, { -2451546 },
		"is not between 4714-11-24 BC and 5874897-12-31");
	REFUSED(FIELD(.type = QN_TYPE_TIME), qn_time, { -1 },
		"is not between 00:00:00 and 24:00:00");
	REFUSED(FIELD(.type = QN_TYPE_TIMESTAMP), qn_timestamp, { INT64_MAX - 1 },
		"is not between 4714-11-24 BC and 294276-12-31");
	REFUSED(FIELD(.type = QN_TYPE_ENUM), int, 0, "is unset");
	REFUSED(FIELD(.type = QN_TYPE_ENUM), int, 4, "is not a value of shop.Status");
	REFUSED(FIELD(.type = QN_TYPE_ENUM), int, -1, "is not a value of shop.Status");
	REFUSED(FIELD(.type = QN_TYPE_BYTES), qn_bytes, ((qn_bytes){ NULL, 1 }),
		"has a length and no bytes");
	REFUSED(FIELD(.type = QN_TYPE_BYTES), qn_bytes,
		((qn_bytes){ (const uint8_t *)"", (size_t)1 << 30 }), "is larger than 1 GB");
	REFUSED(FIELD(.type = QN_TYPE_INET), qn_inet, { .is_ipv6 = 2 },
		"is neither an IPv4 nor an IPv6 address");
	REFUSED(FIELD(.type = QN_TYPE_INET), qn_inet, { .prefix_length = 33 },
		"has a prefix longer than its address");
	REFUSED(FIELD(.type = QN_TYPE_CIDR), qn_inet,
		((qn_inet){ .prefix_length = 24, .at = { 1, 2, 3, 4 } }),
		"has bits set to the right of its network's prefix");
}

static void texts_that_do_not_fit_are_refused(void **state)
{
	(void)state;
	REFUSED(FIELD(.type = QN_TYPE_TEXT), char *, "\xff", "is not valid UTF-8");
	REFUSED(FIELD(.type = QN_TYPE_JSONB), char *, "\"\xc3", "is not valid UTF-8");
	REFUSED(FIELD(.type = QN_TYPE_VARCHAR, .limit = 3), char *, "abcd",
		"is longer than 3 characters");
	REFUSED(FIELD(.type = QN_TYPE_BPCHAR, .limit = 1), char *, "ab",
		"is longer than 1 character");
	REFUSED(FIELD(.type = QN_TYPE_NAME), char *,
		"1234567890123456789012345678901234567890123456789012345678901234",
		"is longer than the 63 bytes of a name");
}

static void limits_count_characters_and_0_is_none(void **state)
{
	const qn_field three = { .type = QN_TYPE_VARCHAR, .limit = 3 };
	const qn_field none = { .type = QN_TYPE_VARCHAR };
	const char *bulbs = "\xf0\x9f\x92\xa1\xf0\x9f\x92\xa1\xc3\xa9";

	(void)state;
	wire_is(&three, &bulbs, bulbs, strlen(bulbs));
	wire_is(&none, &bulbs, bulbs, strlen(bulbs));
}

static void numerics_that_would_be_rounded_or_overflow_are_refused(void **state)
{
	const qn_field money = { .type = QN_TYPE_DECIMAL, .limit = 5, .scale = 2 };
	const qn_field wide = { .type = QN_TYPE_NUMERIC, .limit = 20, .scale = 1 };
	const qn_field tiny = { .type = QN_TYPE_NUMERIC, .limit = 2, .scale = 4 };
	const qn_field hundreds = { .type = QN_TYPE_NUMERIC, .limit = 2, .scale = -2 };
	const qn_field whole = { .type = QN_TYPE_DECIMAL, .limit = 1 };

	(void)state;
	REFUSED(money, qn_decimal, ((qn_decimal){ 100000, 2 }),
		"has more than 3 digits before the point");
	REFUSED(money, qn_decimal, ((qn_decimal){ 1005, 3 }), "has more than 2 decimals");
	REFUSED(money, qn_decimal, ((qn_decimal){ 1, 19 }),
		"has a scale that is not between 0 and 18");
	REFUSED(money, qn_decimal, ((qn_decimal){ 1, -1 }),
		"has a scale that is not between 0 and 18");
	REFUSED(whole, qn_decimal, ((qn_decimal){ 10, 0 }),
		"has more than 1 digit before the point");
	REFUSED(wide, char *, "0.01", "has more than 1 decimal");
	REFUSED(wide, char *, "1e19", "has more than 19 digits before the point");
	REFUSED(wide, char *, "Infinity", "is infinite, which needs a numeric without precision");
	REFUSED(tiny, char *, "0.01", "is not below 10^-2");
	REFUSED(hundreds, char *, "150", "is not a multiple of 10^2");
	REFUSED(FIELD(.type = QN_TYPE_NUMERIC), char *, "1e131072",
		"has more than 131072 digits before the point");
	REFUSED(FIELD(.type = QN_TYPE_NUMERIC), char *, "1e-16384", "has more than 16383 decimals");
	REFUSED(FIELD(.type = QN_TYPE_NUMERIC), char *, "1e99999999999999999999",
		"is not a number");
}

static void numerics_that_fit_by_value_are_taken(void **state)
{
	const qn_field money = { .type = QN_TYPE_DECIMAL, .limit = 5, .scale = 2 };
	const qn_field tiny = { .type = QN_TYPE_NUMERIC, .limit = 2, .scale = 4 };
	const qn_field hundreds = { .type = QN_TYPE_NUMERIC, .limit = 2, .scale = -2 };
	const char *small = "0.0099";
	const char *large = "9900";

	(void)state;
	wire_is(&money, &(qn_decimal){ 99999, 2 }, "\0\2\0\0\0\0\0\2\x03\xe7\x26\xac", 12);
	wire_is(&money, &(qn_decimal){ 15000, 4 }, "\0\2\0\0\0\0\0\4\0\1\x13\x88", 12);
	wire_is(&tiny, &small, "\0\1\xff\xff\0\0\0\4\0\x63", 10);
	wire_is(&hundreds, &large, "\0\1\0\0\0\0\0\0\x26\xac", 10);
}

static void what_is_no_number_is_refused(void **state)
{
	static const char *const bad[] = { "",    "-",   ".",    "e5",    "1e",
					   "1e+", " 1",  "1 ",   "1,5",   "0x10",
					   "--1", "1_0", "-nan", "infin", "1.2.3" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		REFUSED(FIELD(.type = QN_TYPE_NUMERIC), char *, (char *)(uintptr_t)bad[i],
			"is not a number");
}

/* numeric(p, s) of both kinds refuses the same, for the same reason. */
static void columns_agree_on(qn_decimal value, const char *text)
{
	for (int limit = 1; limit <= 18; limit++) {
		const int16_t scale = (int16_t)(limit / 3 - 1);
		const qn_field decimal =
			FIELD(.type = QN_TYPE_DECIMAL, .limit = limit, .scale = scale);
		const qn_field numeric =
			FIELD(.type = QN_TYPE_NUMERIC, .limit = limit, .scale = scale);
		struct buf first = { 0 };
		struct buf second = { 0 };
		codec_refusal one =
			type_info_of(QN_TYPE_DECIMAL)
				->encode(&first, (struct codec_value){ &value, &decimal });
		codec_refusal other =
			type_info_of(QN_TYPE_NUMERIC)
				->encode(&second, (struct codec_value){ &text, &numeric });

		assert_int_equal(one != NULL, other != NULL);
		if (one)
			assert_string_equal(one, other);
		assert_true(str_equal(buf_str(&first), buf_str(&second)));
		buf_free(&first);
		buf_free(&second);
	}
}

/* Each random decimal as its own text, sent as numeric and as decimal: the same wire, and back. */
static void random_decimals_and_numerics_agree(void **state)
{
	const qn_field decimal = field_of(QN_TYPE_DECIMAL);
	const qn_field numeric = field_of(QN_TYPE_NUMERIC);
	struct buf first = { 0 };
	struct buf second = { 0 };
	struct arena arena;
	uint64_t seed = 11;

	(void)state;
	arena_init(&arena, 0, NULL);
	for (int i = 0; i < 100000; i++) {
		uint64_t number = random_next(&seed) % UINT64_C(1000000000000000000);
		qn_decimal value = { 0, (int32_t)(random_next(&seed) % 19) };
		char room[QN_DECIMAL_TEXT];
		const char *text = room;
		qn_decimal back;
		for (uint64_t cut = random_next(&seed) % 18; cut > 0; cut--)
			number /= 10;
		value.unscaled = number % 2 ? -(int64_t)number : (int64_t)number;
		qn_decimal_format(value, room);
		buf_clear(&first);
		buf_clear(&second);
		arena_clear(&arena);
		assert_null(type_info_of(QN_TYPE_DECIMAL)
				    ->encode(&first, (struct codec_value){ &value, &decimal }));
		assert_null(type_info_of(QN_TYPE_NUMERIC)
				    ->encode(&second, (struct codec_value){ &text, &numeric }));
		assert_true(str_equal(buf_str(&first), buf_str(&second)));
		assert_true(type_info_of(QN_TYPE_DECIMAL)
				    ->decode(buf_str(&first), &decimal, &arena, &back));
		assert_int_equal(back.unscaled, value.unscaled);
		assert_int_equal(back.scale, value.scale);
		assert_true(type_info_of(QN_TYPE_NUMERIC)
				    ->decode(buf_str(&first), &numeric, &arena, &text));
		assert_string_equal(text, room);
		if (i % 16 == 0)
			columns_agree_on(value, room);
	}
	buf_free(&first);
	buf_free(&second);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_has_a_row_of_its_own),
		cmocka_unit_test(operands_are_found_where_the_compiler_put_them),
		cmocka_unit_test(numbers_are_big_endian),
		cmocka_unit_test(times_count_from_2000),
		cmocka_unit_test(texts_are_themselves),
		cmocka_unit_test(addresses_have_the_servers_header),
		cmocka_unit_test(numerics_are_in_base_10000),
		cmocka_unit_test(bytes_point_into_the_wire),
		cmocka_unit_test(values_out_of_range_are_refused),
		cmocka_unit_test(texts_that_do_not_fit_are_refused),
		cmocka_unit_test(limits_count_characters_and_0_is_none),
		cmocka_unit_test(numerics_that_would_be_rounded_or_overflow_are_refused),
		cmocka_unit_test(numerics_that_fit_by_value_are_taken),
		cmocka_unit_test(what_is_no_number_is_refused),
		cmocka_unit_test(random_decimals_and_numerics_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
