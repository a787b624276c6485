/*
 * How regular expressions of a schema are compiled: the same in the compiler, which checks them,
 * and in the runtime.
 */
#ifndef QUERN_VALIDATE_PATTERN_OPTIONS_H
#define QUERN_VALIDATE_PATTERN_OPTIONS_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* $ is the end alone, not also before a newline there. The call-outs count the work of a match. */
#define PATTERN_OPTIONS \
	(PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT)

/*
 * For pcre2_set_parens_nest_limit: what is nested takes stack when it is compiled, and tasks have
 * little.
 */
#define PATTERN_NESTING_MAX 20

#endif
