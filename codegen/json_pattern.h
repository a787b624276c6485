/*
 * Which regular expressions mean the same to PCRE2 and to JSON Schema, whose ones are those of JavaScript (ECMA-262).
 */
#ifndef QUERN_CODEGEN_JSON_PATTERN_H
#define QUERN_CODEGEN_JSON_PATTERN_H

#include <stdbool.h>

#include "base/str.h"

/*
 * Of a pattern that PCRE2 takes. False: JavaScript has no such thing, means another one by it, or only might; in its
 * Unicode mode or out of it. That `.` is no carriage return there is not looked at.
 */
bool json_pattern_is_portable(struct str pattern);

#endif
