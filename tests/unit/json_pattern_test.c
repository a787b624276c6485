#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json_pattern.h"

/* NULL: there is none. */
static void translation_is(const char *pattern, const char *expected)
{
	struct buf out = { 0 };
	bool is_portable = json_pattern_add(&out, str_from_cstring(pattern));

	if (is_portable != (expected != NULL))
		fail_msg("%s", pattern);
	if (expected && *expected)
		assert_string_equal(out.at, expected);
	buf_free(&out);
}

static void patterns_of_both_languages_are_portable(void **state)
{
	static const char *const patterns[] = {
		"",
		"^[A-Z]{2}-[0-9]{1,9}$",
		"^\\+?[0-9 ]+$",
		"a|b|(?:c|d)*?",
		"(?=a*\\d)(?!b*x$)c{8,}",
		"[\\w.-]+@[-\\w]+\\.[a-z]{2,}",
		"[^'\"\\\\]",
		"\\bword\\b",
		"\xc3\xa9+",
		"[\\b\\n]",
		"(a(b)){3}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++)
		translation_is(patterns[i], patterns[i]);
}

static void a_point_is_all_but_a_line_feed(void **state)
{
	(void)state;
	translation_is("^.*$", "^[^\\n]*$");
	translation_is("a.|\\.[.](.)", "a[^\\n]|\\.[.]([^\\n])");
	translation_is("(?=.*\\d)(?!.*x$).{8,}", "(?=[^\\n]*\\d)(?![^\\n]*x$)[^\\n]{8,}");
}

static void patterns_that_javascript_refuses_or_reads_otherwise_are_not(void **state)
{
	static const char *const patterns[] = {
		"(?i)^abc$",    "\\A[a-z]+\\z", "a++",    "(?>a)",     "(?<name>a)", "(?<=a)b",
		"[[:alpha:]]+", "[]a]",         "[^]a]",  "\\Qa.b\\E", "\\h+",       "\\s",
		"a{,3}",        "a{",           "}",      "]",         "\\-",        "[\\w-.]",
		"[a-\\d]",      "(*UTF)a",      "\\x41",  "^*a",       "(?=a)*b",    "a*?+",
		"(?#note)a",    "[\\B]",        "(a)\\1", "[a[b]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++)
		translation_is(patterns[i], NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_of_both_languages_are_portable),
		cmocka_unit_test(a_point_is_all_but_a_line_feed),
		cmocka_unit_test(patterns_that_javascript_refuses_or_reads_otherwise_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
