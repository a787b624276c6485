#include <string.h>

#include "quern/value.h"

#define SECOND INT64_C(1000000)

enum place { MONTHS, DAYS, TIME };

/* The units of a duration in their order; behind the T from TIME_UNITS on. */
static const struct unit {
	char letter;
	enum place place;
	int64_t scale;
} units[] = {
	{ 'Y', MONTHS, 12 },   { 'M', MONTHS, 1 },           { 'W', DAYS, 7 },
	{ 'D', DAYS, 1 },      { 'H', TIME, 3600 * SECOND }, { 'M', TIME, 60 * SECOND },
	{ 'S', TIME, SECOND },
};

#define DATE_UNITS ((size_t)4)
#define ALL_UNITS  (sizeof(units) / sizeof(units[0]))

/* One "12H" of a duration. */
struct part {
	uint64_t whole;
	uint32_t microseconds; /* of a fraction */
	bool is_negative;
	bool has_fraction;
	char unit;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* False: more than microseconds. */
static bool fraction_take(const char **at, struct part *part)
{
	uint32_t unit = 100000;

	if (!is_digit(**at))
		return false;
	part->has_fraction = true;
	for (; is_digit(**at); ++*at, unit /= 10) {
		if (unit == 0 && **at != '0')
			return false;
		part->microseconds += unit * (uint32_t)(**at - '0');
	}
	return true;
}

static bool part_take(const char **at, struct part *part)
{
	*part = (struct part){ .is_negative = **at == '-' };
	if (**at == '-' || **at == '+')
		++*at;
	if (!is_digit(**at))
		return false;
	for (; is_digit(**at); ++*at)
		if (__builtin_mul_overflow(part->whole, 10, &part->whole) ||
		    __builtin_add_overflow(part->whole, (uint64_t)(**at - '0'), &part->whole))
			return false;
	if (**at == '.') {
		++*at;
		if (!fraction_take(at, part))
			return false;
	}
	part->unit = **at;
	if (part->unit == '\0')
		return false;
	++*at;
	return part->unit == 'S' || !part->has_fraction;
}

static bool add_to_int32(const struct part *part, int64_t scale, int32_t *to)
{
	int64_t amount;

	if (part->whole > (uint64_t)INT32_MAX + 1)
		return false;
	amount = (int64_t)part->whole * scale;
	return !__builtin_add_overflow(*to, part->is_negative ? -amount : amount, to);
}

static bool add_to_int64(const struct part *part, int64_t scale, int64_t *to)
{
	uint64_t amount;

	if (__builtin_mul_overflow(part->whole, (uint64_t)scale, &amount) ||
	    __builtin_add_overflow(amount, part->microseconds, &amount))
		return false;
	return part->is_negative ? !__builtin_sub_overflow(*to, amount, to)
				 : !__builtin_add_overflow(*to, amount, to);
}

static bool part_add(const struct part *part, const struct unit *unit, qn_interval *out)
{
	switch (unit->place) {
	case MONTHS:
		return add_to_int32(part, unit->scale, &out->months);
	case DAYS:
		return add_to_int32(part, unit->scale, &out->days);
	default:
		return add_to_int64(part, unit->scale, &out->microseconds);
	}
}

bool qn_interval_parse(const char *text, qn_interval *out)
{
	qn_interval interval = { 0, 0, 0 };
	/* The first unit that may still come, and where those of this half end. */
	size_t next = 0;
	size_t end = DATE_UNITS;
	bool has_part = false;
	struct part part;

	if (*text++ != 'P')
		return false;
	while (*text != '\0') {
		if (*text == 'T' && end == DATE_UNITS) {
			next = DATE_UNITS;
			end = ALL_UNITS;
			has_part = false;
			text++;
			continue;
		}
		if (!part_take(&text, &part))
			return false;
		while (next < end && units[next].letter != part.unit)
			next++;
		if (next == end || !part_add(&part, &units[next], &interval))
			return false;
		next++;
		has_part = true;
	}
	if (!has_part)
		return false;
	*out = interval;
	return true;
}

static char *number_format(char *at, int64_t number, int width)
{
	uint64_t magnitude = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
	char digits[20];
	int count = 0;

	for (; magnitude > 0 || count < width; magnitude /= 10)
		digits[count++] = (char)('0' + magnitude % 10);
	while (count > 0)
		*at++ = digits[--count];
	return at;
}

/* Nothing for a zero. */
static char *part_format(char *at, int64_t number, char unit)
{
	if (number == 0)
		return at;
	if (number < 0)
		*at++ = '-';
	at = number_format(at, number, 1);
	*at++ = unit;
	return at;
}

static char *seconds_format(char *at, int64_t microseconds)
{
	int64_t fraction = microseconds % SECOND;
	int width = 6;

	if (microseconds == 0)
		return at;
	if (microseconds < 0)
		*at++ = '-';
	at = number_format(at, microseconds / SECOND, 1);
	if (fraction != 0) {
		for (; fraction % 10 == 0; fraction /= 10)
			width--;
		*at++ = '.';
		at = number_format(at, fraction, width);
	}
	*at++ = 'S';
	return at;
}

size_t qn_interval_format(qn_interval value, char text[QN_INTERVAL_TEXT])
{
	char *at = text;

	*at++ = 'P';
	at = part_format(at, value.months / 12, 'Y');
	at = part_format(at, value.months % 12, 'M');
	at = part_format(at, value.days, 'D');
	if (value.microseconds != 0) {
		*at++ = 'T';
		at = part_format(at, value.microseconds / (3600 * SECOND), 'H');
		at = part_format(at, value.microseconds / (60 * SECOND) % 60, 'M');
		at = seconds_format(at, value.microseconds % (60 * SECOND));
	}
	if (at == text + 1) {
		memcpy(at, "T0S", 3);
		at += 3;
	}
	*at = '\0';
	return (size_t)(at - text);
}
