/*
 * What the parts of the dump share. None of them knows a model: they read descriptors, which
 * quern/model.h and quern/json.h describe.
 */
#ifndef DUMP_H
#define DUMP_H

#include <quern.h>

/*
 * Writes all rows to standard output, as JSON Lines; with a serializer its keys. False: failed, and
 * stderr says why.
 */
bool rows_dump(qn_session *session, const qn_model *model, const qn_serializer *serializer);

/* Writes the name and table of each model, with its serializers. */
void models_list(void);
/* Writes the fields, relations and serializers of a model. */
void model_describe(const qn_model *model);

/* The name that is most like a misspelt one, or NULL when none is. */
const char *model_nearest(const char *name);
const char *serializer_nearest(const char *name);

#endif
