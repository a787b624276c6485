/*
 * "did you mean": the known name that is nearest to a misspelt one.
 */
#ifndef QUERN_SUGGEST_H
#define QUERN_SUGGEST_H

#include "base/str.h"
#include "diagnostics.h"

struct suggestion {
	struct str wanted;
	struct str nearest; /* empty: none is near enough */
	size_t distance;    /* of `nearest` */
};

void suggestion_init(struct suggestion *suggestion, struct str wanted);
/* Letters that are left out, added, changed or swapped count one each; a difference in case alone
 * counts nothing. At equal distance the first candidate stays. */
void suggestion_consider(struct suggestion *suggestion, struct str candidate);

/* Whether a suggestion for this error is worth the search. Those behind the first DIAGNOSTICS_SHOWN
 * get none: in a project where thousands of names are wrong each search is through thousands. */
bool suggestion_pays(const struct diagnostic *error);
/* Gives the error the hint `did you mean "..."?`, unless nothing is near enough. */
void suggestion_hint(const struct suggestion *suggestion, struct diagnostic *error);

#endif
