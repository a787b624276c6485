/*
 * Regular expressions, compiled once a pool.
 *
 * They are PCRE2's, of UTF-8: `.` is any character but a newline unless the pattern says (?s), `$`
 * is the end alone, \d and \w are ASCII. A match is refused when its work is more than a fixed
 * amount and a multiple of the text's length.
 */
#ifndef QUERN_VALIDATE_PATTERN_H
#define QUERN_VALIDATE_PATTERN_H

#include "base/str.h"

enum pattern_verdict {
	PATTERN_MATCHES, /* somewhere in the text */
	PATTERN_MISSES,
	PATTERN_UNDECIDED, /* it is over the limits, or no regular expression */
	PATTERN_NO_MEMORY,
};

/* A pool's patterns; of one thread, as the pool is. */
struct patterns;

/* Holds nothing yet. NULL: out of memory. */
struct patterns *patterns_new(void);
/* NULL is allowed. */
void patterns_free(struct patterns *patterns);
/*
 * text: UTF-8, which is not checked here. A pattern is compiled when it is first asked for; its
 * text is copied.
 */
enum pattern_verdict pattern_match(struct patterns *patterns, const char *pattern, struct str text);

#endif
