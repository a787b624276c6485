#include "codec/numeral.h"

#include <string.h>
#include <strings.h>

/* Exponents beyond this put any digit out of range; it keeps sums of them far from overflow. */
#define EXPONENT_MAX 1000000

enum numeral_form numeral_form_of(const char *text)
{
	bool is_negative = *text == '-';
	const char *word = text + (*text == '-' || *text == '+');

	if (strcasecmp(text, "nan") == 0)
		return NUMERAL_NAN;
	if (strcasecmp(word, "infinity") == 0 || strcasecmp(word, "inf") == 0)
		return is_negative ? NUMERAL_MINUS_INFINITY : NUMERAL_INFINITY;
	return NUMERAL_FINITE;
}

static struct str digits_take(const char **at)
{
	struct str digits = { *at, 0 };

	digits.len = strspn(*at, "0123456789");
	*at += digits.len;
	return digits;
}

/* [eE][+-]digits, or nothing. False: something else, or far out of range. */
static bool exponent_take(const char **at, long *exponent)
{
	bool is_negative;
	struct str digits;

	*exponent = 0;
	if (**at != 'e' && **at != 'E')
		return true;
	++*at;
	is_negative = **at == '-';
	if (**at == '-' || **at == '+')
		++*at;
	digits = digits_take(at);
	for (size_t i = 0; i < digits.len && *exponent <= EXPONENT_MAX; i++)
		*exponent = *exponent * 10 + (digits.at[i] - '0');
	if (digits.len == 0 || *exponent > EXPONENT_MAX)
		return false;
	if (is_negative)
		*exponent = -*exponent;
	return true;
}

bool numeral_parse(const char *text, struct numeral *numeral)
{
	*numeral = (struct numeral){ .is_negative = *text == '-' };
	if (*text == '-' || *text == '+')
		text++;
	numeral->integer = digits_take(&text);
	if (*text == '.') {
		text++;
		numeral->fraction = digits_take(&text);
	}
	if (numeral->integer.len + numeral->fraction.len == 0)
		return false;
	return exponent_take(&text, &numeral->exponent) && *text == '\0';
}

bool numeral_extent(const struct numeral *numeral, long *highest, long *lowest)
{
	long top = (long)numeral->integer.len - 1 + numeral->exponent;
	long bottom = numeral->exponent - (long)numeral->fraction.len;

	while (top >= bottom && numeral_digit(numeral, top) == 0)
		top--;
	while (bottom < top && numeral_digit(numeral, bottom) == 0)
		bottom++;
	*highest = top;
	*lowest = bottom;
	return top >= bottom;
}

/* Of two numbers that are not zero, without their signs. */
static int magnitude_compare(const struct numeral *a, const struct numeral *b)
{
	long highest_a;
	long highest_b;
	long lowest_a;
	long lowest_b;
	long lowest;

	numeral_extent(a, &highest_a, &lowest_a);
	numeral_extent(b, &highest_b, &lowest_b);
	if (highest_a != highest_b)
		return highest_a < highest_b ? -1 : 1;
	lowest = lowest_a < lowest_b ? lowest_a : lowest_b;
	for (long power = highest_a; power >= lowest; power--) {
		unsigned digit_a = numeral_digit(a, power);
		unsigned digit_b = numeral_digit(b, power);

		if (digit_a != digit_b)
			return digit_a < digit_b ? -1 : 1;
	}
	return 0;
}

static int numeral_sign(const struct numeral *numeral)
{
	long highest;
	long lowest;

	if (!numeral_extent(numeral, &highest, &lowest))
		return 0;
	return numeral->is_negative ? -1 : 1;
}

int numeral_compare(const struct numeral *a, const struct numeral *b)
{
	int sign_a = numeral_sign(a);
	int sign_b = numeral_sign(b);

	if (sign_a != sign_b)
		return sign_a < sign_b ? -1 : 1;
	if (sign_a == 0)
		return 0;
	return sign_a < 0 ? magnitude_compare(b, a) : magnitude_compare(a, b);
}
