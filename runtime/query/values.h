/*
 * Values to write: from a row struct, a _new struct or a _changes struct into parameters, with NULL where there is none.
 */
#ifndef QUERN_QUERY_VALUES_H
#define QUERN_QUERY_VALUES_H

#include "query/call.h"

/* The field of a row. */
void call_add_row_value(struct call *call, const qn_field *field, const void *row);
/* The condition on the key, from a row. */
void call_add_row_key(struct call *call, const void *row);
/* A plain member of a _new struct: it must have a value. */
void call_add_required(struct call *call, const qn_field *field, const void *value);
/* A qn_set_ struct whose op is QN_SET_TO_VALUE or QN_SET_TO_NULL. */
void call_add_set(struct call *call, const qn_field *field, const void *set);
/* A qn_change_ struct whose op is QN_SET_ADD or QN_SET_MULTIPLY. */
void call_add_amount(struct call *call, const qn_field *field, const void *change);
/* Refuses an op that is none. False: refused. */
bool call_check_set_op(struct call *call, const qn_field *field, unsigned set_op);

#endif
