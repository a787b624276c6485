/*
 * Whether values are of their types, within the limits of their columns: what the encoders refuse,
 * as errors with codes.
 */
#ifndef QUERN_VALIDATE_VALUE_H
#define QUERN_VALIDATE_VALUE_H

#include "base/buf.h"
#include "validate/errors.h"

/* Of one element of the field's array, or vector. */
qn_field field_of_element(const qn_field *field);
/*
 * What is wrong with a value that is not NULL; of a vector the whole, of an array an element, by
 * field_of_element. `encoded` is room for the time of the call, and its content is lost.
 */
struct problem value_problem(struct arena *arena, struct buf *encoded, const qn_field *field,
			     const void *value);
/* Of a label that the enum does not have: lists those that it has, unless they are many. */
struct problem choice_problem(struct arena *arena, const qn_enum *enumeration);
/*
 * Fails the field of the list's model when the value is not of its type; of an array its first
 * element that is not.
 */
void value_check(struct error_list *errors, struct buf *encoded, const qn_field *field,
		 const void *value);

#endif
