#include "json/read_number.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Of the server's numeric: digits before and behind the point, and what an exponent may be at all.
 */
#define NUMERIC_DIGITS       131072
#define NUMERIC_DECIMALS     16383
#define NUMERIC_EXPONENT_MAX INT64_C(1000000000)
/* Of these without an exponent no numeric has too many. */
#define NUMERIC_SURE_LEN ((size_t)16000)

/*
 * Exponents beyond this one move any number that has a digit out of reach, however long the text
 * is.
 */
#define EXPONENT_MAX INT64_C(1000000000000000)

enum {
	SURE_DIGITS = 18, /* always fit into 64 bits */
	DECIMAL_DIGITS = 18,
	DOUBLE_DIGITS = 15, /* always exact */
	DOUBLE_POWER = 22,
	NUMBER_ROOM = 64,
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static struct str digits_take(struct str *text)
{
	struct str digits = { text->at, 0 };

	while (digits.len < text->len && is_digit(text->at[digits.len]))
		digits.len++;
	*text = str_slice(*text, digits.len, text->len);
	return digits;
}

static bool take(struct str *text, const char *any)
{
	if (!text->len || !strchr(any, *text->at) || *text->at == '\0')
		return false;
	*text = str_slice(*text, 1, text->len);
	return true;
}

static bool exponent_take(struct str *text, int64_t *exponent)
{
	bool is_negative;
	struct str digits;

	*exponent = 0;
	if (!take(text, "eE"))
		return true;
	is_negative = text->len && *text->at == '-';
	(void)take(text, "+-");
	digits = digits_take(text);
	for (size_t i = 0; i < digits.len && *exponent < EXPONENT_MAX; i++)
		*exponent = *exponent * 10 + (digits.at[i] - '0');
	if (is_negative)
		*exponent = -*exponent;
	return digits.len > 0;
}

bool json_number_split(struct str text, struct json_number *number)
{
	*number = (struct json_number){ .is_negative = take(&text, "-") };
	number->integer = digits_take(&text);
	if (!number->integer.len || (number->integer.len > 1 && *number->integer.at == '0'))
		return false;
	if (take(&text, ".")) {
		number->fraction = digits_take(&text);
		if (!number->fraction.len)
			return false;
	}
	return exponent_take(&text, &number->exponent) && !text.len;
}

static size_t digit_count(const struct json_number *number)
{
	return number->integer.len + number->fraction.len;
}

static unsigned digit_at(const struct json_number *number, size_t i)
{
	const struct str *part = &number->integer;

	if (i >= part->len) {
		i -= part->len;
		part = &number->fraction;
	}
	return (unsigned)(part->at[i] - '0');
}

bool json_number_is_numeric(struct str text)
{
	bool has_exponent = memchr(text.at, 'e', text.len) || memchr(text.at, 'E', text.len);
	struct json_number number;
	size_t zeros = 0;

	if (!has_exponent && text.len <= NUMERIC_SURE_LEN)
		return true;
	if (!json_number_split(text, &number) || number.exponent > NUMERIC_EXPONENT_MAX ||
	    number.exponent < -NUMERIC_EXPONENT_MAX ||
	    (int64_t)number.fraction.len - number.exponent > NUMERIC_DECIMALS)
		return false;
	while (zeros < digit_count(&number) && !digit_at(&number, zeros))
		zeros++;
	return zeros == digit_count(&number) ||
	       (int64_t)number.integer.len - (int64_t)zeros + number.exponent <= NUMERIC_DIGITS;
}

/*
 * The number times 10^scale, without its sign. FRACTION: not a whole number then; TOO_LARGE: more
 * than `most`.
 */
static enum json_number_fit number_scale(const struct json_number *number, int64_t scale,
					 uint64_t most, uint64_t *out)
{
	int64_t power = (int64_t)number->integer.len + number->exponent + scale;
	uint64_t magnitude = 0;
	bool is_large = false;

	for (size_t i = 0; i < digit_count(number); i++, power--) {
		unsigned digit = digit_at(number, i);

		if (power <= 0 && digit)
			return JSON_NUMBER_FRACTION;
		if (power <= 0)
			continue;
		is_large = is_large || magnitude > (most - digit) / 10;
		magnitude = is_large ? most : magnitude * 10 + digit;
	}
	for (; magnitude && power > 0 && !is_large; power--) {
		is_large = magnitude > most / 10;
		magnitude = is_large ? most : magnitude * 10;
	}
	*out = magnitude;
	return is_large ? JSON_NUMBER_TOO_LARGE : JSON_NUMBER_FITS;
}

static enum json_number_fit integer_fit(const struct json_number *number, int64_t *out)
{
	uint64_t most = (uint64_t)INT64_MAX + number->is_negative;
	uint64_t magnitude;
	enum json_number_fit fit = number_scale(number, 0, most, &magnitude);

	if (fit == JSON_NUMBER_TOO_LARGE && number->is_negative)
		return JSON_NUMBER_TOO_SMALL;
	if (fit != JSON_NUMBER_FITS)
		return fit;
	*out = (int64_t)(number->is_negative ? 0 - magnitude : magnitude);
	return fit;
}

/* Nearly all of them: few digits, and nothing else. */
static bool integer_is_easy(struct str text, int64_t *out)
{
	bool is_negative = text.len && *text.at == '-';
	int64_t whole = 0;

	text = str_slice(text, is_negative, text.len);
	if (!text.len || text.len > SURE_DIGITS || (*text.at == '0' && text.len > 1))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (!is_digit(text.at[i]))
			return false;
		whole = whole * 10 + (text.at[i] - '0');
	}
	*out = is_negative ? -whole : whole;
	return true;
}

enum json_number_fit json_number_to_int64(struct str text, int64_t *out)
{
	struct json_number number;

	if (integer_is_easy(text, out))
		return JSON_NUMBER_FITS;
	return json_number_split(text, &number) ? integer_fit(&number, out) : JSON_NUMBER_NONE;
}

/* How many decimals there are behind which only zeros come. */
static int64_t decimals_needed(const struct json_number *number)
{
	size_t count = digit_count(number);

	while (count > 0 && !digit_at(number, count - 1))
		count--;
	return count ? (int64_t)count - (int64_t)number->integer.len - number->exponent : 0;
}

enum json_number_fit json_number_to_decimal(struct str text, qn_decimal *out)
{
	static const uint64_t most = UINT64_C(999999999999999999);
	enum json_number_fit fit = JSON_NUMBER_TOO_LARGE;
	struct json_number number;
	uint64_t magnitude = 0;
	int64_t scale;

	if (!json_number_split(text, &number))
		return JSON_NUMBER_NONE;
	scale = (int64_t)number.fraction.len - number.exponent;
	if (scale < 0)
		scale = 0;
	if (scale <= DECIMAL_DIGITS)
		fit = number_scale(&number, scale, most, &magnitude);
	if (fit == JSON_NUMBER_TOO_LARGE) {
		scale = decimals_needed(&number);
		if (scale > DECIMAL_DIGITS)
			return JSON_NUMBER_FRACTION;
		if (scale < 0)
			scale = 0;
		fit = number_scale(&number, scale, most, &magnitude);
	}
	if (fit != JSON_NUMBER_FITS)
		return fit;
	out->unscaled = number.is_negative ? -(int64_t)magnitude : (int64_t)magnitude;
	out->scale = (int32_t)scale;
	return fit;
}

/* A copy for strtod, with the point of the locale; in `room` when it has room. NULL: no memory. */
static const char *number_localize(struct arena *arena, struct str text, char room[NUMBER_ROOM])
{
	const char *point = localeconv()->decimal_point;
	size_t point_len = strlen(point);
	const char *dot = memchr(text.at, '.', text.len);
	size_t before = dot ? (size_t)(dot - text.at) : text.len;
	size_t size = text.len + point_len + 1;
	char *copy = size <= NUMBER_ROOM ? room : arena_alloc(arena, size);

	if (!copy)
		return NULL;
	memcpy(copy, text.at, before);
	copy[before] = '\0';
	if (dot) {
		memcpy(copy + before, point, point_len);
		memcpy(copy + before + point_len, dot + 1, text.len - before - 1);
		copy[before + point_len + text.len - before - 1] = '\0';
	}
	return copy;
}

/* Few digits and a small exponent: both are exact doubles, and one operation rounds once. */
static bool double_is_easy(const struct json_number *number, double *out)
{
	static const double powers[DOUBLE_POWER + 1] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,
							 1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
							 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
							 1e18, 1e19, 1e20, 1e21, 1e22 };
	int64_t power = number->exponent - (int64_t)number->fraction.len;
	double magnitude = 0;

	if (digit_count(number) > DOUBLE_DIGITS || power > DOUBLE_POWER || power < -DOUBLE_POWER)
		return false;
	for (size_t i = 0; i < digit_count(number); i++)
		magnitude = magnitude * 10 + digit_at(number, i);
	magnitude = power < 0 ? magnitude / powers[-power] : magnitude * powers[power];
	*out = number->is_negative ? -magnitude : magnitude;
	return true;
}

/* Of what was read; the number may have been over what its type holds. */
static enum json_number_fit real_fit(double number)
{
	if (isfinite(number))
		return JSON_NUMBER_FITS;
	return number < 0 ? JSON_NUMBER_TOO_SMALL : JSON_NUMBER_TOO_LARGE;
}

enum json_number_fit json_number_to_double(struct arena *arena, struct str text, double *out)
{
	struct json_number number;
	char room[NUMBER_ROOM];
	const char *copy;

	if (!json_number_split(text, &number))
		return JSON_NUMBER_NONE;
	if (double_is_easy(&number, out))
		return JSON_NUMBER_FITS;
	copy = number_localize(arena, text, room);
	if (!copy)
		return JSON_NUMBER_NONE;
	*out = strtod(copy, NULL);
	return real_fit(*out);
}

enum json_number_fit json_number_to_float(struct arena *arena, struct str text, float *out)
{
	struct json_number number;
	char room[NUMBER_ROOM];
	const char *copy;

	if (!json_number_split(text, &number))
		return JSON_NUMBER_NONE;
	copy = number_localize(arena, text, room);
	if (!copy)
		return JSON_NUMBER_NONE;
	*out = strtof(copy, NULL);
	return real_fit((double)*out);
}
