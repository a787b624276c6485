#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json_pattern.h"

static void patterns_of_both_languages_are_portable(void **state)
{
	static const char *const patterns[] = {
		"",
		"^[A-Z]{2}-[0-9]{1,9}$",
		"^\\+?[0-9 ]+$",
		"a|b|(?:c|d)*?",
		"(?=.*\\d)(?!.*x$).{8,}",
		"[\\w.-]+@[-\\w]+\\.[a-z]{2,}",
		"[^'\"\\\\]",
		"\\bword\\b",
		"\xc3\xa9+",
		"[\\b\\n]",
		"(a(b)){3}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++)
		if (!json_pattern_is_portable(str_from_cstring(patterns[i])))
			fail_msg("%s", patterns[i]);
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
		if (json_pattern_is_portable(str_from_cstring(patterns[i])))
			fail_msg("%s", patterns[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_of_both_languages_are_portable),
		cmocka_unit_test(patterns_that_javascript_refuses_or_reads_otherwise_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
