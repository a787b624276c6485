/*
 * What each lookup takes, and of which types it can be asked.
 */
#ifndef QUERN_QUERY_LOOKUP_H
#define QUERN_QUERY_LOOKUP_H

#include "codec/type.h"

enum lookup_operand {
	OPERAND_NONE,
	OPERAND_VALUE,
	OPERAND_RANGE,
	OPERAND_LIST,
	OPERAND_PATTERN,
	OPERAND_ARRAY,
	OPERAND_DOCUMENT,
	OPERAND_DOCUMENT_KEY,
};

struct lookup_info {
	const char *macro;     /* "QN_EQ" */
	const char *sql;       /* the operator */
	uint16_t scalar_types; /* TYPE_ flags, one of which a scalar's type must have */
	uint8_t scalar_operand;
	bool on_arrays; /* also, or only, of array columns */
	bool ignores_case;
	bool escapes;       /* a LIKE pattern, in which the operand means itself */
	const char *before; /* around the escaped operand */
	const char *after;
};

/* NULL for a number that is no lookup. */
const struct lookup_info *lookup_info_of(unsigned lookup);
/* What the lookup takes from a filter of this field; false when the field cannot be asked it. */
bool lookup_operand_of(const struct lookup_info *info, const qn_field *field,
		       enum lookup_operand *operand);
/* Arrays and vectors: their filters hold lists of elements. */
bool field_is_array(const qn_field *field);
/*
 * True when nothing lies between low and high, ends included, whatever the server's collation and
 * time zone.
 */
bool range_is_reversed(const qn_field *field, const void *low, const void *high);

#endif
