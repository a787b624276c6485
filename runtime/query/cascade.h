/*
 * What goes with a deleted row, and what keeps it from going: the foreign keys that refer to a
 * model, followed through ON DELETE CASCADE.
 */
#ifndef QUERN_QUERY_CASCADE_H
#define QUERN_QUERY_CASCADE_H

#include "base/buf.h"
#include "session/op.h"

/* One of those that cascade_find lists. */
struct cascade_model {
	const qn_model *model;
};

/*
 * Adds to `models` (of struct cascade_model) the model and all whose rows a delete can take along,
 * each once.
 */
void cascade_find(struct buf *models, const qn_model *model);

static inline size_t cascade_count(const struct buf *models)
{
	return models->len / sizeof(struct cascade_model);
}

const qn_model *cascade_at(const struct buf *models, size_t index);
/* The place of the model among them; it must be there. */
size_t cascade_index(const struct buf *models, const qn_model *model);

/*
 * For op->explain of a delete: a foreign key that is violated then protects rows; the message names
 * it.
 */
void cascade_explain(struct qn_op *op);

#endif
