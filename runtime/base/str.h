/*
 * Length-counted strings: a view of bytes that somebody else owns.
 *
 * A `struct str` never owns memory and need not end in NUL; NUL-terminated text exists only at the
 * edges (libpq, the operating system, generated literals). The empty string is { NULL or any, 0 }.
 */
#ifndef QUERN_BASE_STR_H
#define QUERN_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str {
	const char *at;
	size_t len;
};

/* A view of a string literal, as an expression and as a static initializer. */
#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })
#define STR_INIT(literal)                      \
	{                                      \
		(literal), sizeof(literal) - 1 \
	}

/* For printf: `printf("%.*s", STR_ARGS(name))`. Text beyond INT_MAX bytes is cut. */
#define STR_ARGS(s) str_print_length(s), (s).at ? (s).at : ""

int str_print_length(struct str s);
struct str str_from_cstring(const char *text);
bool str_equal(struct str a, struct str b);
/* Orders by bytes, as memcmp does, a prefix first: the same in every locale. */
int str_compare(struct str a, struct str b);
bool str_starts_with(struct str s, struct str prefix);
bool str_ends_with(struct str s, struct str suffix);
struct str str_slice(struct str s, size_t from, size_t to);
/* FNV-1a, for tables within one process. */
uint64_t str_hash(struct str s);
/*
 * True when the bytes are well-formed UTF-8 (no overlong forms, no surrogates, nothing over
 * U+10FFFF).
 */
bool str_is_utf8(struct str s);
/* The number of code points of well-formed UTF-8. */
size_t str_code_points(struct str s);

#endif
