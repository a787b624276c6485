/*
 * "did you mean": the known name that is nearest to a misspelt one.
 */
#ifndef QUERN_SUGGEST_H
#define QUERN_SUGGEST_H

#include "base/str.h"

struct suggestion {
	struct str wanted;
	struct str nearest; /* empty: none is near enough */
	size_t distance;    /* of `nearest` */
};

void suggestion_init(struct suggestion *suggestion, struct str wanted);
/* Letters that are left out, added, changed or swapped count one each; a difference in case alone
 * counts nothing. At equal distance the first candidate stays. */
void suggestion_consider(struct suggestion *suggestion, struct str candidate);

#endif
