/*
 * The members of _new and _changes structs, as validation sees them.
 */
#ifndef QUERN_VALIDATE_MEMBER_H
#define QUERN_VALIDATE_MEMBER_H

#include "validate/errors.h"

enum member_kind {
	/* Not given: of a new row the database fills it in, of changes it stays as it is. */
	MEMBER_ABSENT,
	MEMBER_NULL, /* given as NULL; of a new row also one that is left out and has no default */
	MEMBER_VALUE,
	MEMBER_COMPUTED, /* changes that add or multiply; the value is the amount */
	MEMBER_WRONG,    /* `problem` says why; nothing can be written */
};

struct member {
	enum member_kind kind;
	const void *value; /* in C, of MEMBER_VALUE and MEMBER_COMPUTED; else NULL */
	struct problem problem;
};

/*
 * values: the struct. Says what writing it would refuse, but for what is wrong with the value
 * itself. A required enum that is 0 is a value, and is found by its type.
 */
struct member member_read(const qn_field *field, const void *values, bool is_changes);

#endif
