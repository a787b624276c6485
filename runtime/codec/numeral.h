/*
 * Numbers as decimal digits, of any length, where somebody wrote them.
 */
#ifndef QUERN_CODEC_NUMERAL_H
#define QUERN_CODEC_NUMERAL_H

#include "base/str.h"

/* `integer` `fraction` 10^exponent: the digits before and behind the point, views of the text. */
struct numeral {
	struct str integer;
	struct str fraction;
	long exponent;
	bool is_negative;
};

/* In the order of numeric's values. */
enum numeral_form {
	NUMERAL_MINUS_INFINITY,
	NUMERAL_FINITE,
	NUMERAL_INFINITY,
	NUMERAL_NAN,
};

/*
 * What a text says as the server spells it. NUMERAL_FINITE: no word for anything else; it need not
 * be a number.
 */
enum numeral_form numeral_form_of(const char *text);
/*
 * [+-] digits, a point, [eE][+-] digits. False: not wholly that, or far out of any numeric's range.
 */
bool numeral_parse(const char *text, struct numeral *numeral);
/* The powers of ten of the first and the last digit that are not zero; false for zero. */
bool numeral_extent(const struct numeral *numeral, long *highest, long *lowest);
/* By value. <0, 0, >0. */
int numeral_compare(const struct numeral *a, const struct numeral *b);

/* The digit that counts 10^power. */
static inline unsigned numeral_digit(const struct numeral *numeral, long power)
{
	long place = (long)numeral->integer.len - 1 + numeral->exponent - power;
	size_t at = (size_t)place;

	if (place < 0 || at >= numeral->integer.len + numeral->fraction.len)
		return 0;
	if (at < numeral->integer.len)
		return (unsigned)(numeral->integer.at[at] - '0');
	return (unsigned)(numeral->fraction.at[at - numeral->integer.len] - '0');
}

#endif
