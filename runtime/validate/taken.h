/*
 * Which fields a serializer takes, and under which keys.
 */
#ifndef QUERN_VALIDATE_TAKEN_H
#define QUERN_VALIDATE_TAKEN_H

#include <stddef.h>

#include "quern/json.h"

/* No model has so many fields. */
enum { NOT_TAKEN = UINT16_MAX };

/*
 * The index of the field that a value under the entry's key is for; NOT_TAKEN: it is written only.
 */
size_t entry_taken_field(const qn_serializer *serializer, const qn_serializer_entry *entry);

#endif
