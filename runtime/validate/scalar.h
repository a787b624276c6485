/*
 * Values of columns that can be compared as the server compares them: exactly, whatever their types
 * in C.
 */
#ifndef QUERN_VALIDATE_SCALAR_H
#define QUERN_VALIDATE_SCALAR_H

#include "base/str.h"
#include "quern/model.h"

enum scalar_kind {
	SCALAR_NULL,
	SCALAR_ORDINAL, /* booleans, enums in the order of their labels, dates and times */
	SCALAR_DECIMAL, /* integers, and numerics with few digits */
	SCALAR_NUMERIC, /* all other numerics; of one kind with SCALAR_DECIMAL */
	SCALAR_FLOAT,
	SCALAR_TEXT,
	SCALAR_UUID,
	SCALAR_OTHER, /* a value of a type that is not compared here */
};

/* Texts are views of what it was made of. */
struct scalar {
	enum scalar_kind kind;
	union {
		int64_t ordinal;
		qn_decimal decimal;
		const char *numeric; /* with a form that the server reads */
		double real;
		struct str text;
		qn_uuid uuid;
	} as;
};

/*
 * Of a value in C: of an array field one element. `value` NULL, or a pointer there that is NULL, is
 * SCALAR_NULL. False, and nothing is written: it is no value of the type (a numeric that is no
 * number, an enum that has no label).
 */
bool scalar_of_value(struct scalar *out, const qn_field *field, const void *value);

/*
 * Of a value as SQL and schemas write it, without quotes: 12, 1.5e3, NaN, infinity, 2026-11-22, a
 * label of the enum as the database spells it (`enumeration` is of QN_TYPE_ENUM alone). False: it
 * is none of this type. It need not fit a column.
 */
bool scalar_of_text(struct scalar *out, uint8_t type, const qn_enum *enumeration, const char *text);
static inline bool scalar_of_literal(struct scalar *out, const qn_field *field, const char *text)
{
	return scalar_of_text(out, field->type, field->enumeration, text);
}

/*
 * <0, 0, >0. Both are of one kind, and neither is SCALAR_NULL or SCALAR_OTHER. NaN equals NaN and
 * is over everything. Texts are ordered by bytes, which no collation need agree with: only whether
 * they are equal is the server's answer.
 */
int scalar_compare(const struct scalar *a, const struct scalar *b);

#endif
