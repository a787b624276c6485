/*
 * Errors that say nothing yet.
 */
#ifndef QUERN_BASE_ERROR_H
#define QUERN_BASE_ERROR_H

#include "quern/status.h"

/* QN_OK, and texts that are "". */
extern const qn_error error_none;

void error_clear(qn_error *error);

#endif
