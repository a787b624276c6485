/*
 * Which regular expressions mean the same to PCRE2 and to JSON Schema, whose ones are those of
 * JavaScript (ECMA-262).
 */
#ifndef QUERN_CODEGEN_JSON_PATTERN_H
#define QUERN_CODEGEN_JSON_PATTERN_H

#include "base/buf.h"

/*
 * Adds what JavaScript calls a pattern that PCRE2 takes: the same, but for `.`, which is no
 * carriage return there. False: JavaScript has no such thing, means another one by it, or only
 * might; in its Unicode mode or out of it. What was added then is a part of it.
 */
bool json_pattern_add(struct buf *out, struct str pattern);

#endif
