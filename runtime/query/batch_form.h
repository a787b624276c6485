/*
 * Which gets can go in a batch (pool/batch.h), and the statement that asks for several of them at
 * once.
 *
 * A get qualifies when its where is one QN_EQ, of a field that is the primary key or unique by
 * itself, and of a type whose equal values have equal bytes on the wire: integers, oid, uuid; or
 * nearly: text and varchar, which a collation may hold equal for all that.
 */
#ifndef QUERN_QUERY_BATCH_FORM_H
#define QUERN_QUERY_BATCH_FORM_H

#include "query/call.h"

/*
 * The batch form of the shape of a get, from now on in shape->statement, if it has one. Overwrites
 * the registry's key. Without memory for it nothing changes, and the next get tries again.
 */
void shape_find_batch_form(struct call *call, struct shape *shape);

#endif
