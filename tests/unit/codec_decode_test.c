/* What the server may not have sent: bytes that are no value of their type. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "codec_subject.h"

static const char *const labels[] = { "draft", "live", "retired" };
static const qn_enum status = { "shop.Status", "\"shop_status\"", labels, 3 };

static qn_field field_of(uint8_t type)
{
	return (qn_field){ .type = type, .enumeration = &status };
}

static void wire_is_refused(uint8_t type, const char *bytes, size_t len)
{
	const qn_field field = field_of(type);
	struct arena arena;
	union codec_any value = { 0 };
	/* Exactly as long as said, so that a read too far is found. */
	char *exact = malloc(len + 1);

	memcpy(exact, bytes, len);
	exact = realloc(exact, len ? len : 1);
	arena_init(&arena, 0, NULL);
	if (type_info_of(type)->decode((struct str){ exact, len }, &field, &arena, &value))
		fail_msg("type %d takes %zu bytes", type, len);
	arena_free(&arena);
	free(exact);
}

static void values_of_another_length_are_not_decoded(void **state)
{
	static const char zeros[32] = { 0 };

	(void)state;
	for (unsigned i = 0; i < QN_TYPE_COUNT_; i++) {
		uint8_t type = (uint8_t)i;

		for (size_t len = 0; len < sizeof(zeros) && type_info_of(type)->wire_size; len++)
			if (len != type_info_of(type)->wire_size)
				wire_is_refused(type, zeros, len);
	}
}

#define BAD_WIRE(type, bytes) wire_is_refused(QN_TYPE_##type, bytes, sizeof(bytes) - 1)

static void bytes_that_make_no_sense_are_not_decoded(void **state)
{
	(void)state;
	BAD_WIRE(BOOL, "\2");
	BAD_WIRE(ENUM, "");
	BAD_WIRE(ENUM, "sold");
	BAD_WIRE(ENUM, "drafts");
	BAD_WIRE(JSONB, "");
	BAD_WIRE(JSONB, "\2{}");
	BAD_WIRE(INET, "\2\x20\0");
	BAD_WIRE(INET, "\4\x20\0\4\1\2\3\4");
	BAD_WIRE(INET, "\2\x21\0\4\1\2\3\4");
	BAD_WIRE(INET, "\2\x20\0\5\1\2\3\4");
	BAD_WIRE(INET, "\2\x20\0\4\1\2\3");
	BAD_WIRE(CIDR, "\3\x20\0\4\1\2\3\4");
}

static void numerics_that_make_no_sense_are_not_decoded(void **state)
{
	(void)state;
	for (int type = QN_TYPE_DECIMAL; type <= QN_TYPE_NUMERIC; type++) {
		uint8_t t = (uint8_t)type;
		wire_is_refused(t, "\0\0\0\0\0\0\0", 7);
		wire_is_refused(t, "\0\1\0\0\0\0\0\0", 8);
		wire_is_refused(t, "\0\0\0\0\0\0\0\0\0\1", 10);
		wire_is_refused(t, "\0\1\0\0\0\0\0\0\x27\x10", 10);
		wire_is_refused(t, "\0\1\0\0\x12\x34\0\0\0\1", 10);
		wire_is_refused(t, "\0\0\0\0\0\0\x40\0", 8);
		/* A digit behind the last decimal: within a group, and beyond it. */
		wire_is_refused(t, "\0\1\xff\xff\0\0\0\1\0\1", 10);
		wire_is_refused(t, "\0\1\xff\xfe\0\0\0\1\0\1", 10);
	}
	/* Too large for a decimal, with too many decimals, infinite. */
	BAD_WIRE(DECIMAL, "\0\1\0\5\0\0\0\0\0\1");
	BAD_WIRE(DECIMAL, "\0\1\x7f\xff\0\0\0\0\0\1");
	BAD_WIRE(DECIMAL, "\0\0\0\0\0\0\0\x13");
	BAD_WIRE(DECIMAL, "\0\0\0\0\xd0\0\0\0");
}

static void a_label_gives_its_constant(void **state)
{
	const qn_field field = field_of(QN_TYPE_ENUM);
	int value = 0;

	(void)state;
	assert_true(type_info_of(QN_TYPE_ENUM)->decode(STR("live"), &field, NULL, &value));
	assert_int_equal(value, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_of_another_length_are_not_decoded),
		cmocka_unit_test(bytes_that_make_no_sense_are_not_decoded),
		cmocka_unit_test(numerics_that_make_no_sense_are_not_decoded),
		cmocka_unit_test(a_label_gives_its_constant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
