/*
 * The lexer of ISO 8601 dates and times, in the server's spelling: a space in the place of the T,
 * " BC" at the end, infinities.
 */
#ifndef QUERN_CODEC_ISO_TIME_H
#define QUERN_CODEC_ISO_TIME_H

#include <stdbool.h>
#include <stdint.h>

/* The parts as written; nothing but their form is checked. Parts that are missing are 0. */
struct iso_time {
	int32_t year; /* 44 and is_bc for 44 BC */
	int32_t month;
	int32_t day;
	int32_t hour;
	int32_t minute;
	int32_t second;
	int32_t microsecond;
	int32_t offset; /* seconds east of UTC */
	int infinity;   /* 1, -1 for the infinities, which have no other part */
	bool is_bc;
	bool has_date;
	bool has_time;
	bool has_offset;
	bool is_valid_offset; /* at most 15:59:59, no minute or second over 59 */
};

/* False: not wholly a date, a time or both, or digits beyond microseconds that are not zero. */
bool iso_time_scan(const char *text, struct iso_time *out);

#endif
