/*
 * The rules of a field, but for its hooks.
 */
#ifndef QUERN_VALIDATE_RULES_H
#define QUERN_VALIDATE_RULES_H

#include "validate/errors.h"
#include "validate/pattern.h"

/*
 * Fails the rule's field when the value, which is of the field's type and not NULL, does not keep
 * the rule; of an array its first element that does not.
 */
void rule_check(struct error_list *errors, struct patterns *patterns, const qn_rule *rule,
		const void *value);

#endif
