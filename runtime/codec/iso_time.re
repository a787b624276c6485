#include "codec/iso_time.h"

#include <stddef.h>

typedef unsigned char byte;

#define OFFSET_MAX (16 * 3600 - 1)

/* The parts of the text that the lexer found; NULL where one is missing. */
struct marks {
	const byte *year;
	const byte *month;
	const byte *day;
	const byte *hour;
	const byte *minute;
	const byte *second;
	const byte *fraction;
	const byte *zone;
	const byte *era;
};

static bool is_digit(byte c)
{
	return c >= '0' && c <= '9';
}

static int32_t number_read(const byte *at)
{
	int32_t number = 0;

	for (; at && is_digit(*at); at++)
		number = number * 10 + (*at - '0');
	return number;
}

static int32_t pair_read(const byte *at)
{
	return at ? (at[0] - '0') * 10 + (at[1] - '0') : 0;
}

/* False: more than microseconds. */
static bool fraction_read(const byte *at, int32_t *microsecond)
{
	int32_t unit = 100000;

	*microsecond = 0;
	for (; at && is_digit(*at); at++, unit /= 10) {
		if (unit == 0 && *at != '0')
			return false;
		*microsecond += unit * (*at - '0');
	}
	return true;
}

/* +hh, +hhmm, +hh:mm and the same with seconds, or Z. */
static void offset_read(const byte *at, struct iso_time *out)
{
	int32_t parts[3] = { 0, 0, 0 };
	bool is_west;

	out->has_offset = at != NULL;
	out->is_valid_offset = true;
	if (!at || *at == 'Z' || *at == 'z')
		return;
	is_west = *at++ == '-';
	for (int i = 0; i < 3 && is_digit(*at); i++) {
		parts[i] = pair_read(at);
		at += 2;
		at += *at == ':';
	}
	out->offset = parts[0] * 3600 + parts[1] * 60 + parts[2];
	out->is_valid_offset = parts[1] < 60 && parts[2] < 60 && out->offset <= OFFSET_MAX;
	if (is_west)
		out->offset = -out->offset;
}

static bool marks_read(const struct marks *marks, struct iso_time *out)
{
	*out = (struct iso_time){
		.year = number_read(marks->year),
		.month = pair_read(marks->month),
		.day = pair_read(marks->day),
		.hour = pair_read(marks->hour),
		.minute = pair_read(marks->minute),
		.second = pair_read(marks->second),
		.is_bc = marks->era != NULL,
		.has_date = marks->year != NULL,
		.has_time = marks->hour != NULL,
	};
	offset_read(marks->zone, out);
	return fraction_read(marks->fraction, &out->microsecond);
}

bool iso_time_scan(const char *text, struct iso_time *out)
{
	const byte *YYCURSOR = (const byte *)text;
	const byte *YYMARKER;
	const byte *year, *month, *day, *hour, *minute, *second, *fraction, *zone, *era;
	/*!stags:re2c format = "const byte *@@;\n"; */

	/*!re2c
	re2c:define:YYCTYPE = byte;
	re2c:yyfill:enable = 0;

	end = [\x00];
	pair = [0-9]{2};
	date = @year [0-9]{4,7} "-" @month pair "-" @day pair;
	time = @hour pair ":" @minute pair (":" @second pair ("." @fraction [0-9]+)?)?;
	numeric_zone = [+-] pair (":" pair (":" pair)? | pair pair?)?;
	zone = @zone ([Zz] | numeric_zone);
	era = @era " BC";

	* { return false; }
	'infinity' end {
		*out = (struct iso_time){ .infinity = 1 };
		return true;
	}
	'-infinity' end {
		*out = (struct iso_time){ .infinity = -1 };
		return true;
	}
	date era? end {
		return marks_read(&(struct marks){ .year = year, .month = month, .day = day, .era = era },
				  out);
	}
	time end {
		return marks_read(&(struct marks){ .hour = hour,
						   .minute = minute,
						   .second = second,
						   .fraction = fraction },
				  out);
	}
	date [Tt ] time zone? era? end {
		return marks_read(&(struct marks){ year, month, day, hour, minute, second, fraction,
						   zone, era },
				  out);
	}
	*/
}
