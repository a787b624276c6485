/*
 * Checks of the table, told without the database.
 */
#ifndef QUERN_VALIDATE_EXPRESSION_H
#define QUERN_VALIDATE_EXPRESSION_H

#include "quern/model.h"
#include "validate/pattern.h"

enum verdict {
	VERDICT_FALSE,
	VERDICT_TRUE,
	VERDICT_NULL, /* which passes */
	/* Left to the database: no memory, a match over its limits, a value that is none. */
	VERDICT_UNKNOWN,
};

/*
 * What the server says of the check; its `nodes` are not NULL. values: by index of the model's
 * fields the address of the value in C, or NULL for NULL; only fields that the check names are
 * looked at. Allocates nothing but what patterns need.
 */
enum verdict expression_evaluate(const qn_model *model, const qn_check *check,
				 const void *const *values, struct patterns *patterns);

#endif
