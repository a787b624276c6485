/*
 * Numbers of JSON into numbers of C: exact, or not at all. Where the nearest is the right answer,
 * for float and double, it is the nearest, whatever the program's locale.
 */
#ifndef QUERN_JSON_READ_NUMBER_H
#define QUERN_JSON_READ_NUMBER_H

#include "base/arena.h"
#include "quern/value.h"

enum json_number_fit {
	JSON_NUMBER_FITS,
	JSON_NUMBER_FRACTION,  /* not a whole one; of a decimal: more than 18 decimals */
	JSON_NUMBER_TOO_SMALL, /* below the smallest */
	JSON_NUMBER_TOO_LARGE,
	JSON_NUMBER_NONE, /* no number, or no memory */
};

/* The parts of a number as written. False: the text is not a number of JSON, wholly. */
struct json_number {
	struct str integer;
	struct str fraction;
	int64_t exponent;
	bool is_negative;
};

bool json_number_split(struct str text, struct json_number *number);
/*
 * Whether it is in the range of the server's numeric, which the numbers of a jsonb are. `text` is a
 * number of JSON.
 */
bool json_number_is_numeric(struct str text);
/* 1.0 and 1e3 are integers. */
enum json_number_fit json_number_to_int64(struct str text, int64_t *out);
/* With as many decimals as are written, where they have room. */
enum json_number_fit json_number_to_decimal(struct str text, qn_decimal *out);
/* What is nearer to zero than any double is zero. A float is not rounded by way of a double. */
enum json_number_fit json_number_to_double(struct arena *arena, struct str text, double *out);
enum json_number_fit json_number_to_float(struct arena *arena, struct str text, float *out);

#endif
