/*
 * Regular expressions: what they match, that they are compiled once, and that none of them takes
 * for ever.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scarce_memory.h"
#include "validate/pattern.h"

static int patterns_setup(void **state)
{
	*state = patterns_new();
	return *state ? 0 : -1;
}

static int patterns_teardown(void **state)
{
	patterns_free(*state);
	return 0;
}

static void assert_matches(struct patterns *patterns, const char *pattern, const char *text)
{
	if (pattern_match(patterns, pattern, str_from_cstring(text)) != PATTERN_MATCHES)
		fail_msg("%s does not match '%s'", pattern, text);
}

static void assert_misses(struct patterns *patterns, const char *pattern, const char *text)
{
	if (pattern_match(patterns, pattern, str_from_cstring(text)) != PATTERN_MISSES)
		fail_msg("%s matches '%s'", pattern, text);
}

static void a_pattern_matches_somewhere_in_the_text(void **state)
{
	assert_matches(*state, "b+", "abbc");
	assert_matches(*state, "^[a-z]", "ab1");
	assert_matches(*state, "", "");
	assert_misses(*state, "^b", "ab");
	assert_misses(*state, "a$", "ab");
	assert_misses(*state, "a", "");
	assert_matches(*state, "(?i)\\AÄB\\z", "äb");
}

static void characters_are_those_of_unicode(void **state)
{
	assert_matches(*state, "^.$", "\u00e4");
	assert_matches(*state, "^.$", "\U0001f600");
	assert_misses(*state, "^.$", "\u00e4\u00e4");
	assert_matches(*state, "^[\u00e4-\u00fc]+$", "\u00f6");
	assert_matches(*state, "\\p{Lu}", "a\u00c4");
	assert_misses(*state, "\\d", "\u0661");
	assert_misses(*state, "\\w", "\u00e4");
}

static void the_end_is_behind_the_last_newline(void **state)
{
	assert_misses(*state, "a$", "a\n");
	assert_matches(*state, "a\\n$", "a\n");
	assert_misses(*state, "^b", "a\nb");
	assert_misses(*state, "a.b", "a\nb");
	assert_matches(*state, "(?s)a.b", "a\nb");
}

static void a_text_may_end_anywhere(void **state)
{
	assert_int_equal(pattern_match(*state, "^a+$", (struct str){ "aaab", 3 }), PATTERN_MATCHES);
	assert_int_equal(pattern_match(*state, "^$", (struct str){ NULL, 0 }), PATTERN_MATCHES);
}

static void what_is_no_expression_matches_nothing(void **state)
{
	static const char *const bad[] = {
		"(", "[a", "a{2,1}", "\\", "\\C", "(?<n>", "\\p{No such}"
	};
	char nested[80] = "";

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		for (int twice = 0; twice < 2; twice++)
			assert_int_equal(pattern_match(*state, bad[i], STR("a")),
					 PATTERN_UNDECIDED);
	for (int i = 0; i < 21; i++)
		strcat(nested, "(");
	strcat(nested, "a");
	for (int i = 0; i < 21; i++)
		strcat(nested, ")");
	assert_int_equal(pattern_match(*state, nested, STR("a")), PATTERN_UNDECIDED);
	nested[42] = '\0';
	assert_int_equal(pattern_match(*state, nested + 1, STR("a")), PATTERN_MATCHES);
}

static void many_patterns_are_kept_and_each_is_compiled_once(void **state)
{
	char pattern[16];
	char text[16];
	size_t warm;

	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 100; i++) {
			(void)snprintf(text, sizeof(text), "%d", i);
			(void)snprintf(pattern, sizeof(pattern), "^%d$", i);
			assert_matches(*state, pattern, text);
			assert_misses(*state, pattern, "x");
		}
	assert_matches(*state, "^7$", "7");
	warm = scarce_memory_allocations();
	assert_matches(*state, "^7$", "7");
	/* The match alone: nothing is compiled. */
	assert_true(scarce_memory_allocations() - warm <= 2);
}

/*
 * Expressions that backtrack without end, on texts that make them do so: the test would not end if
 * one of them did.
 */
static void a_match_without_end_is_given_up(void **state)
{
	static const char *const patterns[] = {
		"^(a+)+$",
		"^(a|aa)+$",
		"^(a|a?)+$",
		"(a*)*b",
		"(.*)*x",
		"(a+){2,}b",
		"a*a*a*a*a*b",
		"(?=(a+))*b",
		"(a+a+)+y",
		"([a-z]+)*1",
		"[a-z]*1",
		".*.*.*=",
		"^(([a-z])+.)+[A-Z]([a-z])+$",
		"(?R)?b",
		"(a(?1)?)+b",
	};
	enum { LEN = 1000000 };
	char *text = malloc(LEN + 1);

	assert_non_null(text);
	memset(text, 'a', LEN);
	memcpy(text + LEN - 7, "!bxy1=A", 8);
	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++)
		for (size_t len = 10; len <= LEN; len *= 10) {
			struct str tail = { text + LEN - len, len };
			struct str plain = { text, len - 7 };

			assert_int_not_equal(pattern_match(*state, patterns[i], tail),
					     PATTERN_NO_MEMORY);
			assert_int_not_equal(pattern_match(*state, patterns[i], plain),
					     PATTERN_NO_MEMORY);
		}
	assert_int_equal(pattern_match(*state, "^(a|aa)+$", (struct str){ text, LEN }),
			 PATTERN_UNDECIDED);
	assert_int_equal(pattern_match(*state, "[a-z]*1", (struct str){ text, LEN }),
			 PATTERN_UNDECIDED);
	assert_int_equal(pattern_match(*state, "^[a-z]*!", (struct str){ text, LEN }),
			 PATTERN_MATCHES);
	free(text);
}

static void back_references_count_as_what_they_compare(void **state)
{
	enum { LEN = 20000 };
	char text[LEN];
	struct str whole = { text, LEN };

	memset(text, 'a', LEN);
	text[LEN / 2] = 'b';
	assert_int_equal(pattern_match(*state, "^(a{5001,})\\1", whole), PATTERN_UNDECIDED);
	assert_int_equal(pattern_match(*state, "^(?<a>a{5001,})\\k<a>", whole), PATTERN_UNDECIDED);
	assert_int_equal(pattern_match(*state, "^(['\"]).*\\1$", whole), PATTERN_MISSES);
	assert_int_equal(pattern_match(*state, "(.)\\1{9}b", whole), PATTERN_MATCHES);
	assert_int_equal(pattern_match(*state, "^(?!.*(.)\\1).*$", whole), PATTERN_MISSES);
}

static void repeats_count_as_what_they_go_over(void **state)
{
	enum { LEN = 200000 };
	char *text = malloc(LEN);

	assert_non_null(text);
	memset(text, 'a', LEN);
	for (size_t i = 999; i < LEN; i += 1000)
		text[i] = '-';
	assert_int_equal(pattern_match(*state, "[a-z]{1000}", (struct str){ text, LEN }),
			 PATTERN_UNDECIDED);
	assert_int_equal(pattern_match(*state, "[a-z]{1000}", (struct str){ text, 5000 }),
			 PATTERN_MISSES);
	assert_int_equal(pattern_match(*state, "[a-z]{999}-", (struct str){ text, LEN }),
			 PATTERN_MATCHES);
	assert_int_equal(pattern_match(*state, "[a-z]{16}!", (struct str){ text, LEN }),
			 PATTERN_MISSES);
	assert_int_equal(pattern_match(*state, "[a-z][{5000}]\\x{00005000}",
				       (struct str){ text, LEN }),
			 PATTERN_MISSES);
	assert_int_equal(pattern_match(*state, "(?:[a-z]-?){1000}!", (struct str){ text, 5000 }),
			 PATTERN_MISSES);
	assert_matches(*state, "(?)", "a");
	free(text);
}

static void whatever_memory_is_missing_is_told(void **state)
{
	(void)state;
	for (size_t number = 0;; number++) {
		struct patterns *patterns;
		enum pattern_verdict verdict = PATTERN_NO_MEMORY;

		scarce_memory_begin(number, SCARCE_ONCE);
		patterns = patterns_new();
		if (patterns)
			verdict = pattern_match(patterns, "^(a|b)+$", STR("abab"));
		scarce_memory_end();
		assert_int_equal(verdict,
				 scarce_memory_has_failed() ? PATTERN_NO_MEMORY : PATTERN_MATCHES);
		if (patterns)
			assert_matches(patterns, "^(a|b)+$", "abab");
		patterns_free(patterns);
		assert_true(number < 100);
		if (!scarce_memory_has_failed())
			break;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pattern_matches_somewhere_in_the_text),
		cmocka_unit_test(characters_are_those_of_unicode),
		cmocka_unit_test(the_end_is_behind_the_last_newline),
		cmocka_unit_test(a_text_may_end_anywhere),
		cmocka_unit_test(what_is_no_expression_matches_nothing),
		cmocka_unit_test(many_patterns_are_kept_and_each_is_compiled_once),
		cmocka_unit_test(a_match_without_end_is_given_up),
		cmocka_unit_test(back_references_count_as_what_they_compare),
		cmocka_unit_test(repeats_count_as_what_they_go_over),
		cmocka_unit_test(whatever_memory_is_missing_is_told),
	};

	return cmocka_run_group_tests(tests, patterns_setup, patterns_teardown);
}
