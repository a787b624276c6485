/*
 * The walk over the values of one row: types where they are not known, rules, checks, hooks.
 */
#ifndef QUERN_VALIDATE_WALK_H
#define QUERN_VALIDATE_WALK_H

#include "base/buf.h"
#include "validate/errors.h"
#include "validate/pattern.h"

struct qn_validation {
	qn_session *session;
	const qn_model *model;
	struct error_list *errors;
	const void *values;    /* the _new or _changes struct */
	const uint64_t *taken; /* a bit for each field that is looked at; NULL: all */
	bool is_changes;
	bool is_typed; /* the values are known to be of their types */
	/* From here on the walk's own. */
	const void **found; /* by field: the value; NULL: NULL, or not given */
	uint64_t *given;    /* a bit for each field that is NULL, or has a value */
	uint64_t *needed;   /* a bit for each field that a rule or a check is about */
	struct patterns *patterns;
	struct buf encoded;
	int32_t field; /* that the hook is for; 0: the whole */
};

/* Whether there is anything to ask of values that are of their types. */
bool validation_has_rules(const qn_model *model);
/*
 * Adds to the errors what the values do not keep; fields that have an error already are left alone.
 * Members from `found` on are to be zero. What runs out of memory shows in the arena of the errors.
 */
void validation_run(struct qn_validation *validation);
/*
 * What a call says in the end: QN_OK, QN_INVALID_VALUE with the errors, or QN_OUT_OF_MEMORY, which
 * the session's error tells too.
 */
qn_status validation_end(qn_session *session, const struct error_list *list, bool is_exhausted,
			 qn_errors *errors);
/* The same of a call that is misused. */
qn_status validation_refuse(qn_session *session, const char *call, const char *reason);

#endif
