/*
 * Forms of texts: what is an e-mail address, a URL, a slug, and blank.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "validate/formats.h"

typedef bool form(struct str text);

static void assert_all(form *is_of_form, const char *const *texts, bool expected)
{
	for (; *texts; texts++)
		if (is_of_form(str_from_cstring(*texts)) != expected)
			fail_msg("'%s' is %s", *texts, expected ? "refused" : "taken");
}

#define TAKEN(form, ...)   assert_all(form, (const char *const[]){ __VA_ARGS__, NULL }, true)
#define REFUSED(form, ...) assert_all(form, (const char *const[]){ __VA_ARGS__, NULL }, false)

static void blank_is_unicode_white_space_alone(void **state)
{
	(void)state;
	TAKEN(text_is_blank, "", " ", "\t\n\v\f\r ", "\xc2\x85", "\u00a0", "\u1680", "\u2000\u200a",
	      "\u2028\u2029\u202f\u205f\u3000", " \u3000 ");
	REFUSED(text_is_blank, "a", " a", "a ", "\u200b", "\ufeff", "\u180e", "\u2060", "\x01",
		"\x1c", "\xc2\x84", "\xc2\x86", "\u1681", "\u200b ", " \u3001", "\u00e4",
		"\U0001f600", "  \u2800");
}

static void slugs_are_letters_digits_hyphens_and_underscores(void **state)
{
	(void)state;
	TAKEN(text_is_slug, "a", "A-b_9", "-", "_", "0", "a--b");
	REFUSED(text_is_slug, "", " ", "a ", " a", "a b", "a.b", "\u00e4", "a\u0661", "a\n", "a/",
		"a+");
}

static void emails_are_those_that_browsers_take(void **state)
{
	(void)state;
	TAKEN(text_is_email, "a@b.c", "first.last+tag@example.com", ".a..b.@example.org",
	      "!#$%&'*+/=?^_`{|}~-@example.com", "a@localhost", "a@LocalHost", "a@1.2.3.4",
	      "a@a-b.c-d.e", "a@xn--bcher-kva.example", "a@b\u00fccher.example",
	      "a@\u4f8b\u3048.\u30c6\u30b9\u30c8", "a@\u0939\u093f\u0928\u094d\u0926\u0940.in",
	      "a@\U0001f600.ws");
	REFUSED(text_is_email, "", "@", "a", "a@", "@b.c", "a@b", "a@localhost.", "a@b.c.",
		"a@.b.c", "a@b..c", "a@-b.c", "a@b-.c", "a@b.-c", "a@b.c-", "a b@c.d", "a@b c.d",
		" a@b.c", "a@b.c ", "a@b.c\n", "a@b@c.d", "\"a\"@b.c", "a,b@c.d", "\u00e4@b.c",
		"a@b_c.d", "a@b.c/d", "a@[1.2.3.4]", "a@b\u3002c", "a@b\uff0ec.d", "a@b\u200b.c",
		"a@b\u00a0.c", "a@b\u2024c", "a@b.\ufeffc", "a@b.c\x7f", "<a@b.c>");
}

/* `count` letters, then the tail. */
static const char *long_text(char text[600], const char *head, int count, const char *tail)
{
	int len = snprintf(text, 600, "%s", head);

	memset(text + len, 'x', (size_t)count);
	(void)snprintf(text + len + count, 600 - (size_t)(len + count), "%s", tail);
	return text;
}

static void emails_have_at_most_254_bytes_and_63_characters_in_a_label(void **state)
{
	char text[600];
	char wide[600] = "a@";

	(void)state;
	TAKEN(text_is_email, long_text(text, "", 254 - 12, "@example.com"));
	REFUSED(text_is_email, long_text(text, "", 255 - 12, "@example.com"));
	TAKEN(text_is_email, long_text(text, "a@", 63, ".com"));
	REFUSED(text_is_email, long_text(text, "a@", 64, ".com"));
	TAKEN(text_is_email, long_text(text, "a@b.", 63, ""));
	REFUSED(text_is_email, long_text(text, "a@b.", 64, ""));
	for (int i = 0; i < 63; i++)
		strcat(wide, "\u00fc");
	strcat(wide, ".de");
	TAKEN(text_is_email, wide);
}

static void urls_have_a_known_scheme_and_a_host(void **state)
{
	(void)state;
	TAKEN(text_is_url, "http://a", "https://example.com", "HTTPS://Example.COM/", "ftp://a.b",
	      "ftps://a.b/c", "http://example.com.", "http://example.com./a",
	      "http://localhost:8080", "http://b\u00fccher.example/\u00e4?\u00f6#\u00fc",
	      "http://a?b", "http://a#b", "http://a/?#", "http://a/b?c=d&e=%20#f", "http://user@a",
	      "http://user:pass@a:80/", "http://:@a", "http://a-b.c",
	      "http://xn--bcher-kva.example", "http://9a.b/", "http://a.9b",
	      "http://a/<>\"{}|\\^`");
	REFUSED(text_is_url, "", "http", "http:", "http:/", "http://", "http:///a", "//a", "a.b",
		"gopher://a", "javascript://a", "mailto:a@b.c", "httpss://a", "xhttp://a",
		" http://a", "http://a ", "http://a b", "http://a/ b", "http://a/\tb",
		"http://a/\nb", "http://a/\x7f", "http://a/\xc2\x85", "http://a/\u00a0",
		"http://a/\u3000", "http://-a", "http://a-", "http://a..b", "http://.a",
		"http://a_b", "http://a\\b", "http://a@", "http://a@b@c", "http://a b@c",
		"http://?a", "http://#a", "http://a\u3002b", "http://\u200b", "http://%61",
		"http://a:80\n");
}

static void urls_have_real_addresses_and_ports(void **state)
{
	(void)state;
	TAKEN(text_is_url, "http://1.2.3.4", "http://255.255.255.255:65535/", "http://[::1]",
	      "http://[2001:db8::1]:8080/a", "http://[::ffff:1.2.3.4]", "http://u@[::1]/",
	      "http://a:0", "http://a:00080/", "http://1.2.3.4./");
	REFUSED(text_is_url, "http://1.2.3", "http://1", "http://1.2.3.256", "http://01.2.3.4",
		"http://a.1", "http://1.2.3.4.5", "http://[]", "http://[1.2.3.4]", "http://[::1",
		"http://::1", "http://[::1]a", "http://[:::1]", "http://[fe80::1%25eth0]",
		"http://[12345::]", "http://[1:2:3:4:5:6:7:8:9]", "http://a:", "http://a:/",
		"http://a:65536", "http://a:999999999999999999999", "http://a:-1", "http://a:8a",
		"http://a:80:80",
		"http://[1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111]");
}

/* char(n) is padded; the spaces are none of its characters. */
static void a_text_may_end_before_a_space(void **state)
{
	(void)state;
	assert_true(text_is_slug((struct str){ "ab  ", 2 }));
	assert_false(text_is_slug((struct str){ "ab  ", 3 }));
	assert_true(text_is_email((struct str){ "a@b.c ", 5 }));
	assert_true(text_is_url((struct str){ "http://a/ ", 9 }));
	assert_true(text_is_url((struct str){ "http://a ", 8 }));
	assert_true(text_is_blank((struct str){ "  ", 0 }));
}

static void long_texts_are_told_in_linear_time(void **state)
{
	static const struct {
		form *is_of_form;
		const char *head;
		char body;
	} cases[] = {
		{ text_is_blank, "", ' ' },        { text_is_slug, "", '-' },
		{ text_is_url, "http://", 'a' },   { text_is_url, "http://", ':' },
		{ text_is_url, "http://a", '-' },  { text_is_url, "http://a/", '?' },
		{ text_is_url, "http://[", ':' },  { text_is_url, "http://", '@' },
		{ text_is_url, "http://a:", '9' }, { text_is_url, "http://a", '.' },
	};
	size_t len = 8 << 20;
	char *text = malloc(len + 2);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		memset(text, cases[i].body, len);
		memcpy(text, cases[i].head, strlen(cases[i].head));
		text[len] = '!';
		text[len + 1] = '\0';
		(void)cases[i].is_of_form((struct str){ text, len + 1 });
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blank_is_unicode_white_space_alone),
		cmocka_unit_test(slugs_are_letters_digits_hyphens_and_underscores),
		cmocka_unit_test(emails_are_those_that_browsers_take),
		cmocka_unit_test(emails_have_at_most_254_bytes_and_63_characters_in_a_label),
		cmocka_unit_test(urls_have_a_known_scheme_and_a_host),
		cmocka_unit_test(urls_have_real_addresses_and_ports),
		cmocka_unit_test(a_text_may_end_before_a_space),
		cmocka_unit_test(long_texts_are_told_in_linear_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
