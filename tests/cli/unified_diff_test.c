/* Unified diffs: exact for small cases, and for random ones by what patch(1) makes of them. */
#include "unified_diff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct buf diff_of(const char *old_text, const char *new_text)
{
	struct buf out = { 0 };

	unified_diff_add(&(struct unified_diff){ "a", "b", str_from_cstring(old_text),
						 str_from_cstring(new_text), false },
			 &out);
	return out;
}

static void assert_diff(const char *old_text, const char *new_text, const char *expected)
{
	struct buf out = diff_of(old_text, new_text);

	assert_string_equal(out.at ? out.at : "", expected);
	buf_free(&out);
}

static void equal_texts_have_none(void **state)
{
	(void)state;
	assert_diff("", "", "");
	assert_diff("a\n", "a\n", "");
}

static void one_line_is_shown_with_three_lines_around(void **state)
{
	(void)state;
	assert_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n",
		    "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

static void whole_files_are_added_and_removed(void **state)
{
	(void)state;
	assert_diff("", "a\nb\n", "--- a\n+++ b\n@@ -0,0 +1,2 @@\n+a\n+b\n");
	assert_diff("a\n", "", "--- a\n+++ b\n@@ -1 +0,0 @@\n-a\n");
}

static void a_missing_last_newline_is_said(void **state)
{
	(void)state;
	assert_diff("a", "a\n",
		    "--- a\n+++ b\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
}

static void changes_far_apart_are_two_hunks(void **state)
{
	(void)state;
	assert_diff("x\n1\n2\n3\n4\n5\n6\n7\ny\n", "X\n1\n2\n3\n4\n5\n6\n7\nY\n",
		    "--- a\n+++ b\n@@ -1,4 +1,4 @@\n-x\n+X\n 1\n 2\n 3\n"
		    "@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-y\n+Y\n");
	assert_diff("x\n1\n2\n3\n4\n5\n6\ny\n", "X\n1\n2\n3\n4\n5\n6\nY\n",
		    "--- a\n+++ b\n@@ -1,8 +1,8 @@\n-x\n+X\n 1\n 2\n 3\n 4\n 5\n 6\n-y\n+Y\n");
}

static void colours_surround_lines(void **state)
{
	struct buf out = { 0 };

	(void)state;
	unified_diff_add(&(struct unified_diff){ "a", "b", STR("x\n"), STR("y\n"), true }, &out);
	assert_string_equal(out.at, "\033[1m--- a\033[0m\n\033[1m+++ b\033[0m\n"
				    "\033[36m@@ -1 +1 @@\033[0m\n"
				    "\033[31m-x\033[0m\n\033[32m+y\033[0m\n");
	buf_free(&out);
}

/*
 * Applies a diff made here, as patch does: the hunks must be in order and their lines those of the
 * text.
 */
static struct buf patched(const char *text, const char *diff)
{
	struct buf out = { 0 };
	size_t line = 1;

	for (const char *at = strchr(strchr(diff, '\n') + 1, '\n') + 1; *at;
	     at = strchr(at, '\n') + 1) {
		size_t len = (size_t)(strchr(at, '\n') - at);
		unsigned long from = 0;
		bool is_empty;

		if (*at == '@') {
			from = strtoul(at + strlen("@@ -"), NULL, 10);
			assert_int_not_equal(at[strlen("@@ -")], ' ');
			is_empty = strncmp(strpbrk(at + 4, ", "), ",0 ", 3) == 0;
			for (; line < from + is_empty; line++) {
				const char *end = strchr(text, '\n') + 1;
				buf_add_bytes(&out, text, (size_t)(end - text));
				text = end;
			}
			continue;
		}
		if (*at != '+') {
			assert_memory_equal(text, at + 1, len);
			text += len;
			line++;
		}
		if (*at != '-')
			buf_add_bytes(&out, at + 1, len);
	}
	buf_add_cstring(&out, text);
	return out;
}

static char *random_text(unsigned *seed, int lines, int letters)
{
	char *text = calloc((size_t)lines + 1, 2);

	assert_non_null(text);
	for (int i = 0; i < lines; i++) {
		*seed = *seed * 1103515245U + 12345U;
		text[(size_t)i * 2] = (char)('a' + (int)(*seed >> 16) % letters);
		text[(size_t)i * 2 + 1] = '\n';
	}
	return text;
}

static void random_diffs_lead_from_one_text_to_the_other(void **state)
{
	unsigned seed = 7;

	(void)state;
	for (int round = 0; round < 400; round++) {
		char *old_text = random_text(&seed, 1 + round % 60, 1 + round % 7);
		char *new_text = random_text(&seed, 1 + (round * 7) % 60, 1 + round % 7);
		struct buf diff = diff_of(old_text, new_text);

		if (diff.len > 0) {
			struct buf result = patched(old_text, diff.at);

			assert_string_equal(result.at, new_text);
			buf_free(&result);
		} else {
			assert_string_equal(old_text, new_text);
		}
		buf_free(&diff);
		free(new_text);
		free(old_text);
	}
}

static void very_different_texts_are_replaced_in_bounded_time(void **state)
{
	unsigned seed = 3;
	char *old_text = random_text(&seed, 20000, 3);
	char *new_text = random_text(&seed, 20000, 20);
	struct buf diff = diff_of(old_text, new_text);
	struct buf result;

	(void)state;
	result = patched(old_text, diff.at);
	assert_string_equal(result.at, new_text);
	buf_free(&result);
	buf_free(&diff);
	free(new_text);
	free(old_text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_texts_have_none),
		cmocka_unit_test(one_line_is_shown_with_three_lines_around),
		cmocka_unit_test(whole_files_are_added_and_removed),
		cmocka_unit_test(a_missing_last_newline_is_said),
		cmocka_unit_test(changes_far_apart_are_two_hunks),
		cmocka_unit_test(colours_surround_lines),
		cmocka_unit_test(random_diffs_lead_from_one_text_to_the_other),
		cmocka_unit_test(very_different_texts_are_replaced_in_bounded_time),
	};

	return cmocka_run_group_tests_name("unified_diff", tests, NULL, NULL);
}
