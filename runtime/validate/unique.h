/*
 * What is said of a unique key that another row has, by whoever finds it.
 */
#ifndef QUERN_VALIDATE_UNIQUE_H
#define QUERN_VALIDATE_UNIQUE_H

#include "validate/errors.h"

/* Of its field if it has one, else of the whole. */
void error_list_add_unique(struct error_list *list, const qn_unique *unique);

#endif
