/*
 * Values to write: from a row struct, a _new struct or a _changes struct into parameters, with NULL
 * where there is none.
 */
#ifndef QUERN_QUERY_VALUES_H
#define QUERN_QUERY_VALUES_H

#include "query/call.h"

/* For what finds its row by the key. False: refused. */
bool call_check_row(struct call *call, void *row);
/* True when the member of this field in a row of its model says NULL. */
bool row_value_is_null(const qn_field *field, const void *row);
/* The field of a row. */
void call_add_row_value(struct call *call, const qn_field *field, const void *row);
/* The condition on the key, from a row. */
void call_add_row_key(struct call *call, const void *row);
/* One array of the field's values in these rows. A row without one refuses the call. */
void call_add_row_values(struct call *call, const qn_field *field, const void *const *rows,
			 size_t count);
/* The field's member of a _new struct. False: it is left out, the database fills it in. */
bool call_add_new_value(struct call *call, const qn_field *field, const void *values);
/* All of a _new struct of the call's model: the list of fields that are given, and their values. */
void call_walk_new(struct call *call, const void *values);
/* A plain member of a _new struct: it must have a value. */
void call_add_required(struct call *call, const qn_field *field, const void *value);
/* A qn_set_ struct whose op is QN_SET_TO_VALUE or QN_SET_TO_NULL. */
void call_add_set(struct call *call, const qn_field *field, const void *set);
/* A qn_change_ struct whose op is QN_SET_ADD or QN_SET_MULTIPLY. */
void call_add_amount(struct call *call, const qn_field *field, const void *change);
/* Refuses an op that is none. False: refused. */
bool call_check_set_op(struct call *call, const qn_field *field, unsigned set_op);

#endif
