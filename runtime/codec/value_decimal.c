#include <string.h>
#include <strings.h>

#include "base/digits.h"
#include "quern/value.h"

#define DIGITS_MAX    18
#define MAGNITUDE_MAX UINT64_C(999999999999999999)

bool qn_decimal_is_nan(qn_decimal value)
{
	return value.scale < 0 || value.scale > DIGITS_MAX;
}

/* Takes digits onto the magnitude, and counts them. False: too many. */
static bool digits_take(const char **at, uint64_t *magnitude, size_t *count)
{
	for (*count = 0; **at >= '0' && **at <= '9'; ++*at, ++*count) {
		uint64_t digit = (uint64_t)(**at - '0');
		if (*magnitude > (MAGNITUDE_MAX - digit) / 10)
			return false;
		*magnitude = *magnitude * 10 + digit;
	}
	return true;
}

bool qn_decimal_parse(const char *text, qn_decimal *out)
{
	bool is_negative = *text == '-';
	uint64_t magnitude = 0;
	size_t whole;
	size_t decimals = 0;

	if (strcasecmp(text, "nan") == 0) {
		*out = (qn_decimal){ 0, QN_DECIMAL_NAN };
		return true;
	}
	if (*text == '-' || *text == '+')
		text++;
	if (!digits_take(&text, &magnitude, &whole))
		return false;
	if (*text == '.') {
		text++;
		if (!digits_take(&text, &magnitude, &decimals))
			return false;
	}
	if (*text != '\0' || whole + decimals == 0 || decimals > DIGITS_MAX)
		return false;
	out->unscaled = is_negative ? -(int64_t)magnitude : (int64_t)magnitude;
	out->scale = (int32_t)decimals;
	return true;
}

qn_decimal qn_dec(const char *text)
{
	qn_decimal value = { 0, QN_DECIMAL_NAN };

	/* What is not a decimal leaves the NaN. */
	(void)qn_decimal_parse(text, &value);
	return value;
}

static uint64_t magnitude_of(qn_decimal value)
{
	return value.unscaled < 0 ? 0 - (uint64_t)value.unscaled : (uint64_t)value.unscaled;
}

/*
 * The last so many digits of a number, from the end that they have back; returns the rest of the
 * number.
 */
static uint64_t decimals_put(char *end, uint64_t number, size_t count)
{
	for (; count >= 2; count -= 2) {
		end -= 2;
		(void)put_pair(end, (uint32_t)(number % 100));
		number /= 100;
	}
	if (count) {
		end[-1] = (char)('0' + number % 10);
		number /= 10;
	}
	return number;
}

size_t qn_decimal_format(qn_decimal value, char text[QN_DECIMAL_TEXT])
{
	uint64_t magnitude = magnitude_of(value);
	char *at = text;

	if (qn_decimal_is_nan(value)) {
		memcpy(text, "NaN", sizeof("NaN"));
		return sizeof("NaN") - 1;
	}
	if (value.unscaled < 0)
		*at++ = '-';
	if (value.scale) {
		size_t decimals = (size_t)value.scale;
		size_t digits = uint_digits(magnitude);
		char *point = at + (digits > decimals ? digits - decimals : 1);

		put_uint_before(point, decimals_put(point + 1 + decimals, magnitude, decimals));
		*point = '.';
		at = point + 1 + decimals;
	} else {
		at = put_uint(at, magnitude);
	}
	*at = '\0';
	return (size_t)(at - text);
}

static int magnitude_compare(qn_decimal a, qn_decimal b)
{
	uint64_t whole_a = magnitude_of(a) / ten_to_the[a.scale];
	uint64_t whole_b = magnitude_of(b) / ten_to_the[b.scale];
	uint64_t decimals_a =
		magnitude_of(a) % ten_to_the[a.scale] * ten_to_the[DIGITS_MAX - a.scale];
	uint64_t decimals_b =
		magnitude_of(b) % ten_to_the[b.scale] * ten_to_the[DIGITS_MAX - b.scale];

	if (whole_a != whole_b)
		return whole_a < whole_b ? -1 : 1;
	return (decimals_a > decimals_b) - (decimals_a < decimals_b);
}

int qn_decimal_compare(qn_decimal a, qn_decimal b)
{
	if (qn_decimal_is_nan(a) || qn_decimal_is_nan(b))
		return (int)qn_decimal_is_nan(a) - (int)qn_decimal_is_nan(b);
	if ((a.unscaled < 0) != (b.unscaled < 0))
		return a.unscaled < 0 ? -1 : 1;
	return a.unscaled < 0 ? magnitude_compare(b, a) : magnitude_compare(a, b);
}
