/*
 * real and double: the shortest text that reads back as the same.
 */
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digits.h"
#include "json/json_out.h"

#define EXPONENT_BELOW 1e-4

enum { NUMBER_MAX = 40, DECIMALS_MAX = 15 };

static char *put_not_a_number(const struct json_out *out, char *at, double number)
{
	const char *text = "null";

	if (out->options.not_a_number_as_text)
		text = isnan(number) ? "\"NaN\"" : number > 0 ? "\"Infinity\"" : "\"-Infinity\"";
	return stpcpy(at, text);
}

/* The program's locale may have another point, even one of several bytes. */
static void make_point(char *text)
{
	const char *point = localeconv()->decimal_point;
	char *at = strstr(text, point);
	size_t len = strlen(point);

	if (!at || !len)
		return;
	*at++ = '.';
	memmove(at, at + len - 1, strlen(at + len - 1) + 1);
}

/* How a number is written and read, for one of the two types. */
struct precision {
	bool is_float;
	int digits; /* that any decimal of this length keeps on its way through the type */
	int most;   /* that tell all numbers of the type apart */
	int decimals_max;
	double least;
	double whole_max; /* the first that has more digits */
	double near; /* more than a number and its decimal may differ by, in relation to them */
};

static const struct precision of_float = { true, FLT_DIG, FLT_DECIMAL_DIG, 10, (double)FLT_MIN,
					   1e6,  1e-6 };
static const struct precision of_double = { false, DBL_DIG, DBL_DECIMAL_DIG, DECIMALS_MAX, DBL_MIN,
					    1e15,  1e-14 };

/* All exact, in both types as far as they are used there. */
static const double powers[DECIMALS_MAX + 1] = { 1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
						 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };

/*
 * Whether whole / power, both exact in the type, is the number: their quotient is rounded as the
 * decimal is when it is read. Most decimals are far from it, and seen to be so without a division.
 */
static inline bool is_quotient(const struct precision *precision, double number, double whole,
			       double power)
{
	if (fabs(number * power - whole) > whole * precision->near)
		return false;
	if (precision->is_float)
		return (float)whole / (float)power == (float)number;
	return whole / power == number;
}

static char *put_decimals(char *at, uint64_t whole, unsigned decimals)
{
	char *point;

	if (!decimals)
		return put_uint(at, whole);
	at = put_uint(at, whole / ten_to_the[decimals]);
	point = at;
	/*
	 * A one before the digits keeps the zeros that they begin with; the point comes in its
	 * place.
	 */
	at = put_uint(at, whole % ten_to_the[decimals] + ten_to_the[decimals]);
	*point = '.';
	return at;
}

/*
 * A number that is a decimal of so few digits that no other one reads back as the same. Returns the
 * length; 0: it is none, or one that printf writes with an exponent.
 */
static size_t put_short_number(char *at, double number, const struct precision *precision)
{
	double magnitude = fabs(number);
	bool is_negative = signbit(number);

	if (magnitude < EXPONENT_BELOW && magnitude > 0)
		return 0;
	for (int decimals = 0; decimals <= precision->decimals_max; decimals++) {
		double scaled = magnitude * powers[decimals];
		int64_t whole;
		char *end;

		if (scaled >= precision->whole_max)
			return 0;
		whole = (int64_t)(scaled + 0.5);
		if (!is_quotient(precision, magnitude, (double)whole, powers[decimals]))
			continue;
		at[0] = '-';
		end = put_decimals(at + is_negative, (uint64_t)whole, (unsigned)decimals);
		return (size_t)(end - at);
	}
	return 0;
}

/* The fewest digits that read back as the same number. */
static char *put_long_number(char *at, double number, const struct precision *precision)
{
	int digits = precision->digits;
	char text[NUMBER_MAX];

	/* These have fewer digits than others; zeros at the end are left out in any case. */
	if (fabs(number) < precision->least)
		digits = 1;
	for (;; digits++) {
		(void)snprintf(text, sizeof(text), "%.*g", digits, number);
		if (digits >= precision->most)
			break;
		if (precision->is_float ? strtof(text, NULL) == (float)number
					: strtod(text, NULL) == number)
			break;
	}
	make_point(text);
	return stpcpy(at, text);
}

static char *put_number(const struct json_out *out, char *at, double number,
			const struct precision *precision)
{
	size_t len;

	if (!isfinite(number))
		return put_not_a_number(out, at, number);
	len = put_short_number(at, number, precision);
	return len ? at + len : put_long_number(at, number, precision);
}

char *json_write_float(struct json_out *out, char *at, const struct json_form *form,
		       const void *value)
{
	(void)form;
	return put_number(out, at, (double)*(const float *)value, &of_float);
}

char *json_write_double(struct json_out *out, char *at, const struct json_form *form,
			const void *value)
{
	(void)form;
	return put_number(out, at, *(const double *)value, &of_double);
}
