/*
 * The LIKE of SQL, under a collation for which equal texts have equal bytes.
 */
#ifndef QUERN_VALIDATE_LIKE_H
#define QUERN_VALIDATE_LIKE_H

#include "base/str.h"

/*
 * Whether the whole text is as the pattern says: % is any characters, _ is one, \ before a
 * character means that itself. Both are UTF-8, and the pattern does not end in a \ that stands
 * before nothing. The time is at most the product of their lengths.
 */
bool like_matches(struct str text, struct str pattern);

#endif
