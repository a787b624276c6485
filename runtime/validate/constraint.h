/*
 * What is said of a constraint of the table that values do not keep, whoever finds it.
 */
#ifndef QUERN_VALIDATE_CONSTRAINT_H
#define QUERN_VALIDATE_CONSTRAINT_H

#include "validate/errors.h"

/*
 * The message about a check or a unique key, which calls the model's fields by these names; NULL:
 * by their own. It is the arena's, or static. NULL: out of memory.
 */
const char *check_message(struct arena *arena, const qn_model *model, const qn_check *check,
			  const char *const *names);
const char *unique_message(struct arena *arena, const qn_model *model, const qn_unique *unique,
			   const char *const *names);

/*
 * Of their field if they have just one, else of the whole. What is not known of the check may be
 * NULL or 0.
 */
void error_list_add_check(struct error_list *list, const qn_check *check);
void error_list_add_unique(struct error_list *list, const qn_unique *unique);

/* The constraint of that name; NULL: the model has none. */
const qn_check *check_find(const qn_model *model, const char *constraint);
const qn_unique *unique_find(const qn_model *model, const char *constraint);

#endif
