#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>
#include <stdalign.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "quern/status.h"

static void utf8_is_told_from_what_only_looks_like_it(void **state)
{
	static const char *const good[] = {
		"",
		"a",
		"\x7f",
		"\xc2\x80",
		"\xdf\xbf",
		"\xe0\xa0\x80",
		"\xed\x9f\xbf",
		"\xee\x80\x80",
		"\xef\xbf\xbf",
		"\xf0\x90\x80\x80",
		"\xf4\x8f\xbf\xbf",
		"a\xc3\xa9z",
		"\xf0\x9f\x92\xa1",
	};
	static const char *const bad[] = {
		"\x80",         "\xbf",     "\xc0\x80",         "\xc1\xbf",
		"\xc2",         "\xc2 ",    "\xe0\x9f\xbf",     "\xed\xa0\x80",
		"\xed\xbf\xbf", "\xe2\x82", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
		"\xf5\x80",     "\xff",     "\xf0\x9f\x92",     "a\xfe",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(str_is_utf8(str_from_cstring(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(str_is_utf8(str_from_cstring(bad[i])));
	assert_int_equal(str_code_points(STR("a\xc3\xa9\xf0\x9f\x92\xa1")), 3);
}

/* Words of ASCII are looked at as a whole. */
static void a_wrong_byte_is_found_wherever_it_stands(void **state)
{
	char text[41];

	(void)state;
	for (size_t len = 1; len < sizeof(text); len++) {
		memset(text, 'x', len);
		assert_true(str_is_utf8((struct str){ text, len }));
		for (size_t at = 0; at < len; at++) {
			text[at] = '\x80';
			assert_false(str_is_utf8((struct str){ text, len }));
			text[at] = 'x';
		}
		for (size_t at = 0; at + 1 < len; at++) {
			memcpy(text + at, "\xc3\xa9", 2);
			assert_true(str_is_utf8((struct str){ text, len }));
			assert_false(str_is_utf8((struct str){ text, at + 1 }));
			memset(text + at, 'x', 2);
		}
	}
}

static void strings_compare_by_bytes(void **state)
{
	(void)state;
	assert_true(str_equal(STR("a"), STR("a")));
	assert_true(str_equal((struct str){ NULL, 0 }, STR("")));
	assert_false(str_equal(STR("a"), STR("ab")));
	assert_true(str_compare(STR("a"), STR("ab")) < 0);
	assert_true(str_compare(STR("b"), STR("ab")) > 0);
	assert_true(str_compare(STR("\xff"), STR("a")) > 0);
	assert_int_equal(str_compare(STR("a"), STR("a")), 0);
	assert_true(str_starts_with(STR("quern"), STR("qu")));
	assert_false(str_starts_with(STR("q"), STR("qu")));
	assert_true(str_ends_with(STR("quern"), STR("rn")));
	assert_false(str_ends_with(STR("n"), STR("rn")));
	assert_true(str_equal(str_slice(STR("quern"), 1, 3), STR("ue")));
	assert_true(str_hash(STR("a")) != str_hash(STR("b")));
	assert_int_equal(str_print_length((struct str){ NULL, (size_t)INT_MAX + 1 }), INT_MAX);
	assert_int_equal(str_from_cstring(NULL).len, 0);
}

static void buffers_always_end_in_a_nul(void **state)
{
	struct buf buf = { 0 };

	(void)state;
	assert_true(str_equal(buf_str(&buf), STR("")));
	for (size_t i = 0; i < 300; i++) {
		buf_add_char(&buf, 'x');
		assert_int_equal(strlen(buf.at), buf.len);
	}
	buf_clear(&buf);
	assert_string_equal(buf.at, "");
	buf_add_cstring(&buf, "n=");
	buf_add_uint(&buf, UINT64_MAX);
	buf_add_format(&buf, " %s", "y");
	assert_string_equal(buf.at, "n=18446744073709551615 y");
	buf_clear(&buf);
	buf_add_be16(&buf, 0x0102);
	buf_add_be32(&buf, 0x03040506);
	buf_add_be64(&buf, UINT64_C(0x0708090a0b0c0d0e));
	assert_memory_equal(buf.at, "\1\2\3\4\5\6\7\10\11\12\13\14\15\16", 15);
	buf_free(&buf);
	assert_null(buf.at);
}

static void a_buffer_over_all_memory_fails_once_and_for_all(void **state)
{
	struct buf buf = { 0 };

	(void)state;
	buf_add_cstring(&buf, "kept");
	assert_null(buf_reserve(&buf, SIZE_MAX));
	assert_true(buf.failed);
	buf_add_cstring(&buf, " more");
	assert_string_equal(buf.at, "kept");
	buf_clear(&buf);
	assert_false(buf.failed);
	buf_free(&buf);
}

static void arenas_give_zeroed_aligned_memory_that_keeps_its_content(void **state)
{
	unsigned char *objects[200];
	struct arena arena;

	(void)state;
	arena_init(&arena, 64, NULL);
	for (size_t i = 0; i < 200; i++) {
		objects[i] = arena_alloc(&arena, i);
		assert_int_equal((uintptr_t)objects[i] % alignof(max_align_t), 0);
		for (size_t n = 0; n < i; n++)
			assert_int_equal(objects[i][n], 0);
		memset(objects[i], (int)i, i);
	}
	for (size_t i = 0; i < 200; i++)
		for (size_t n = 0; n < i; n++)
			assert_int_equal(objects[i][n], i);
	arena_free(&arena);
}

static void a_released_arena_stands_where_it_was_marked(void **state)
{
	struct arena_mark mark;
	struct arena arena;
	const char *kept;

	(void)state;
	arena_init(&arena, 64, NULL);
	mark = arena_mark(&arena);
	arena_alloc(&arena, 10);
	arena_release(&arena, mark);
	kept = arena_cstring(&arena, STR("kept"));
	mark = arena_mark(&arena);
	for (size_t i = 0; i < 100; i++)
		arena_alloc(&arena, 100);
	arena_release(&arena, mark);
	assert_string_equal(kept, "kept");
	assert_ptr_equal(arena_mark(&arena).chunk, mark.chunk);
	assert_int_equal(arena_mark(&arena).used, mark.used);
	assert_string_equal(arena_format(&arena, "%d-%s", 7, "x").at, "7-x");
	arena_clear(&arena);
	arena_free(&arena);
}

static void an_exhausted_arena_says_so_until_it_is_cleared(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, 0, NULL);
	assert_false(arena.exhausted);
	assert_null(arena_alloc(&arena, SIZE_MAX));
	assert_true(arena.exhausted);
	arena_clear(&arena);
	assert_false(arena.exhausted);
	assert_null(arena_alloc_array(&arena, SIZE_MAX / 2, 3));
	assert_true(arena.exhausted);
	assert_non_null(arena_alloc(&arena, 1));
	arena_free(&arena);
}

static void what_was_allocated_last_grows_where_it_is(void **state)
{
	struct arena arena;
	char *first, *last;

	(void)state;
	arena_init(&arena, 1024, NULL);
	first = arena_alloc(&arena, 10);
	assert_true(arena_extend(&arena, first, 10, 100));
	memset(first, 'a', 100);
	last = arena_alloc(&arena, 10);
	assert_false(arena_extend(&arena, first, 100, 200));
	assert_true(last >= first + 100);
	assert_false(arena_extend(&arena, last, 10, 1024));
	assert_false(arena_extend(&arena, last, 10, SIZE_MAX));
	assert_true(arena_extend(&arena, last, 10, 20));
	memset(last, 'b', 20);
	assert_int_equal(first[99], 'a');
	arena_free(&arena);
	assert_false(arena_extend(&arena, last, 10, 20));
}

static void a_text_of_any_length_is_formatted_whole(void **state)
{
	struct arena arena;
	struct buf buf;

	(void)state;
	arena_init(&arena, 0, NULL);
	buf_init(&buf, &arena);
	for (int width = 0; width < 600; width++) {
		struct str text = arena_format(&arena, "%*s%d", width, "", 7);

		assert_int_equal(text.len, (size_t)width + 1);
		assert_int_equal(text.at[width], '7');
		assert_int_equal(text.at[width + 1], '\0');
		buf_clear(&buf);
		buf_add_char(&buf, '<');
		buf_add_format(&buf, "%*s%d", width, "", 7);
		assert_false(buf.failed);
		assert_int_equal(buf.len, (size_t)width + 2);
		assert_int_equal(buf.at[0], '<');
		assert_string_equal(buf.at + 1, text.at);
	}
	arena_free(&arena);
}

static void statuses_have_names_and_texts(void **state)
{
	(void)state;
	assert_string_equal(qn_status_name(QN_OK), "QN_OK");
	assert_string_equal(qn_status_text(QN_OK), "success");
	assert_string_equal(qn_status_name(QN_INTERNAL_ERROR), "QN_INTERNAL_ERROR");
	assert_string_equal(qn_status_text(QN_NOT_FOUND), "no row matches");
	assert_string_equal(qn_status_name((qn_status)1000), "QN_UNKNOWN");
	assert_string_equal(qn_status_text((qn_status)1000), "unknown status");
}

static void only_two_statuses_are_worth_another_try(void **state)
{
	(void)state;
	for (int status = QN_OK; status <= QN_INTERNAL_ERROR; status++)
		assert_int_equal(qn_status_is_retryable((qn_status)status),
				 status == QN_SERIALIZATION_FAILURE || status == QN_DEADLOCK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8_is_told_from_what_only_looks_like_it),
		cmocka_unit_test(a_wrong_byte_is_found_wherever_it_stands),
		cmocka_unit_test(strings_compare_by_bytes),
		cmocka_unit_test(buffers_always_end_in_a_nul),
		cmocka_unit_test(a_buffer_over_all_memory_fails_once_and_for_all),
		cmocka_unit_test(arenas_give_zeroed_aligned_memory_that_keeps_its_content),
		cmocka_unit_test(a_released_arena_stands_where_it_was_marked),
		cmocka_unit_test(an_exhausted_arena_says_so_until_it_is_cleared),
		cmocka_unit_test(what_was_allocated_last_grows_where_it_is),
		cmocka_unit_test(a_text_of_any_length_is_formatted_whole),
		cmocka_unit_test(statuses_have_names_and_texts),
		cmocka_unit_test(only_two_statuses_are_worth_another_try),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
