#include <string.h>
#include <time.h>

#include "base/digits.h"
#include "codec/codec.h"
#include "codec/iso_time.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    CODEC_DAY_MICROSECONDS
/* Seconds from 1970-01-01 to 2000-01-01. */
#define UNIX_EPOCH INT64_C(946684800)
/* Days from 0000-03-01, where the arithmetic below begins its eras, to 2000-01-01. */
#define DAYS_TO_2000      730425
#define DAYS_OF_400_YEARS 146097

/* Where the years begin that have four digits, and end. */
#define YEAR_1     (INT64_C(-730119) * DAY)
#define YEAR_10000 (INT64_C(2921940) * DAY)

/* Gregorian, counted back before its introduction as the server does; year 0 is 1 BC. */
struct civil {
	int64_t year;
	int month;
	int day;
};

static int64_t floor_divide(int64_t value, int64_t by)
{
	return value / by - (value % by < 0);
}

/* Years begin in March here, so that the leap day is their last. */
static int64_t days_from_civil(struct civil civil)
{
	int64_t year = civil.year - (civil.month < 3);
	int64_t era = floor_divide(year, 400);
	int64_t year_of_era = year - era * 400;
	int64_t month = (civil.month + 9) % 12;
	int64_t day_of_year = (153 * month + 2) / 5 + civil.day - 1;

	return era * DAYS_OF_400_YEARS + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       day_of_year - DAYS_TO_2000;
}

/*
 * Divisions by what years and months have on average, in fixed point: a multiplication gives the
 * quotient in its upper bits and the rest in its lower ones, exactly for all days of a century and
 * of a year. The 2^32 / 1461 is rounded up, so is 2^16 / 30.61, of which the months from March on
 * have exactly the right lengths.
 */
static inline struct civil civil_from_days(int64_t days)
{
	/* As many eras as make the earliest date that 32 bits hold a day of the future. */
	const int64_t eras = 14700;
	uint64_t quarters = 4 * (uint64_t)(days + DAYS_TO_2000 + eras * DAYS_OF_400_YEARS) + 3;
	uint64_t century = quarters / DAYS_OF_400_YEARS;
	uint32_t day_of_century = (uint32_t)(quarters % DAYS_OF_400_YEARS) / 4;
	uint64_t years = UINT64_C(2939745) * (4 * day_of_century + 3);
	uint32_t day_of_year = (uint32_t)years / 2939745 / 4;
	uint32_t months = 2141 * day_of_year + 197913;
	bool is_next_year = day_of_year >= 306;
	int64_t year = (int64_t)(100 * century + (years >> 32)) - eras * 400;

	return (struct civil){
		.year = year + is_next_year,
		.month = (int)(months >> 16) - (is_next_year ? 12 : 0),
		.day = (int)((months & 0xffff) / 2141 + 1),
	};
}

static int days_of_month(int64_t year, int month)
{
	static const int8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && is_leap);
}

static bool iso_date_days(const struct iso_time *iso, int64_t *days)
{
	struct civil civil = { iso->is_bc ? 1 - iso->year : iso->year, iso->month, iso->day };

	if (iso->year == 0 || iso->month < 1 || iso->month > 12 || iso->day < 1 ||
	    iso->day > days_of_month(civil.year, civil.month))
		return false;
	*days = days_from_civil(civil);
	return true;
}

/* Up to 24:00:00; the second 60 belongs to the next minute. */
static bool iso_time_microseconds(const struct iso_time *iso, int64_t *microseconds)
{
	if (iso->hour > 24 || iso->minute > 59 || iso->second > 60)
		return false;
	*microseconds =
		iso->hour * HOUR + iso->minute * MINUTE + iso->second * SECOND + iso->microsecond;
	return *microseconds <= DAY;
}

/* In UTC, when there is an offset. */
static bool iso_timestamp(const struct iso_time *iso, int64_t *timestamp)
{
	int64_t days;
	int64_t time;

	if (iso->infinity != 0) {
		*timestamp = iso->infinity > 0 ? INT64_MAX : INT64_MIN;
		return true;
	}
	/* A day of slack on each side: an offset may bring it back. More could overflow. */
	if (!iso->has_time || !iso_date_days(iso, &days) || !iso_time_microseconds(iso, &time) ||
	    days < CODEC_DATE_MIN - 1 || days > CODEC_TIMESTAMP_MAX / DAY + 1)
		return false;
	time += days * DAY - iso->offset * SECOND;
	if (time < CODEC_TIMESTAMP_MIN || time > CODEC_TIMESTAMP_MAX)
		return false;
	*timestamp = time;
	return true;
}

bool qn_date_parse(const char *text, qn_date *out)
{
	struct iso_time iso;
	int64_t days;

	if (!iso_time_scan(text, &iso))
		return false;
	if (iso.infinity != 0) {
		*out = iso.infinity > 0 ? QN_DATE_INFINITY : QN_DATE_MINUS_INFINITY;
		return true;
	}
	if (!iso.has_date || iso.has_time || !iso_date_days(&iso, &days) || days < CODEC_DATE_MIN ||
	    days > CODEC_DATE_MAX)
		return false;
	out->days = (int32_t)days;
	return true;
}

bool qn_time_parse(const char *text, qn_time *out)
{
	struct iso_time iso;
	int64_t microseconds;

	if (!iso_time_scan(text, &iso) || iso.has_date || !iso.has_time ||
	    !iso_time_microseconds(&iso, &microseconds))
		return false;
	out->microseconds = microseconds;
	return true;
}

bool qn_timestamp_parse(const char *text, qn_timestamp *out)
{
	struct iso_time iso;

	return iso_time_scan(text, &iso) && !iso.has_offset &&
	       iso_timestamp(&iso, &out->microseconds);
}

bool qn_timestamptz_parse(const char *text, qn_timestamptz *out)
{
	struct iso_time iso;

	return iso_time_scan(text, &iso) &&
	       (iso.infinity != 0 || (iso.has_offset && iso.is_valid_offset)) &&
	       iso_timestamp(&iso, &out->microseconds);
}

/* At least four digits. */
static inline char *year_format(char *at, uint64_t year)
{
	if (year > 9999)
		return put_uint(at, year);
	at = put_pair(at, (uint32_t)year / 100);
	return put_pair(at, (uint32_t)year % 100);
}

static inline char *civil_format(char *at, struct civil civil)
{
	at = year_format(at, (uint64_t)(civil.year <= 0 ? 1 - civil.year : civil.year));
	*at++ = '-';
	at = put_pair(at, (uint32_t)civil.month);
	*at++ = '-';
	return put_pair(at, (uint32_t)civil.day);
}

/* The digits behind the point, without zeros at their end; nothing for 0. */
static inline char *fraction_format(char *at, uint32_t microseconds)
{
	if (!microseconds)
		return at;
	*at++ = '.';
	at = put_pair(at, microseconds / 10000);
	at = put_pair(at, microseconds / 100 % 100);
	at = put_pair(at, microseconds % 100);
	while (at[-1] == '0')
		at--;
	return at;
}

/* Behind the hours. */
static inline char *of_hour_format(char *at, uint32_t seconds, uint32_t microseconds)
{
	*at++ = ':';
	at = put_pair(at, seconds / 60);
	*at++ = ':';
	at = put_pair(at, seconds % 60);
	return fraction_format(at, microseconds);
}

/* Of less than a day. */
static inline char *clock_format(char *at, uint64_t microseconds)
{
	uint32_t seconds = (uint32_t)(microseconds / SECOND);
	uint32_t hours = seconds / 3600;

	at = put_pair(at, hours);
	return of_hour_format(at, seconds - hours * 3600,
			      (uint32_t)(microseconds - (uint64_t)seconds * SECOND));
}

/* Of any length, as programs may make them. */
static char *time_format(char *at, uint64_t microseconds)
{
	uint64_t seconds = microseconds / SECOND;
	uint64_t hours = seconds / 3600;

	at = hours < 100 ? put_pair(at, (uint32_t)hours) : put_uint(at, hours);
	return of_hour_format(at, (uint32_t)(seconds - hours * 3600),
			      (uint32_t)(microseconds - seconds * SECOND));
}

static size_t infinity_format(char *text, bool is_negative)
{
	char *end = stpcpy(text, is_negative ? "-infinity" : "infinity");

	*end = '\0';
	return (size_t)(end - text);
}

static size_t era_format(char *at, bool is_bc, const char *text)
{
	if (is_bc)
		at = stpcpy(at, " BC");
	*at = '\0';
	return (size_t)(at - text);
}

static inline char *moment_format(char *at, int64_t timestamp, int64_t days, struct civil civil)
{
	at = civil_format(at, civil);
	*at++ = 'T';
	/* Without a sign, as days * DAY leaves the range of int64_t on its first day. */
	return clock_format(at, (uint64_t)timestamp - (uint64_t)days * (uint64_t)DAY);
}

/* Infinite, before Christ, or of a year that has more than four digits: apart from all others. */
static __attribute__((noinline)) size_t far_timestamp_format(int64_t timestamp, struct str zone,
							     char *text)
{
	int64_t days = floor_divide(timestamp, DAY);
	struct civil civil;
	char *at;

	if (timestamp == INT64_MIN || timestamp == INT64_MAX)
		return infinity_format(text, timestamp < 0);
	civil = civil_from_days(days);
	at = moment_format(text, timestamp, days, civil);
	memcpy(at, zone.at, zone.len);
	return era_format(at + zone.len, civil.year <= 0, text);
}

static inline size_t timestamp_format(int64_t timestamp, struct str zone, char *text)
{
	int64_t days;
	struct civil civil;
	char *at;

	if (timestamp < YEAR_1 || timestamp >= YEAR_10000)
		return far_timestamp_format(timestamp, zone, text);
	days = floor_divide(timestamp, DAY);
	civil = civil_from_days(days);
	at = moment_format(text, timestamp, days, civil);
	memcpy(at, zone.at, zone.len);
	at += zone.len;
	*at = '\0';
	return (size_t)(at - text);
}

size_t qn_date_format(qn_date value, char text[QN_TIME_TEXT])
{
	struct civil civil;

	if (value.days == INT32_MIN || value.days == INT32_MAX)
		return infinity_format(text, value.days < 0);
	civil = civil_from_days(value.days);
	return era_format(civil_format(text, civil), civil.year <= 0, text);
}

size_t qn_time_format(qn_time value, char text[QN_TIME_TEXT])
{
	bool is_negative = value.microseconds < 0;
	uint64_t magnitude =
		is_negative ? 0 - (uint64_t)value.microseconds : (uint64_t)value.microseconds;
	char *at = time_format(stpcpy(text, is_negative ? "-" : ""), magnitude);

	*at = '\0';
	return (size_t)(at - text);
}

size_t qn_timestamp_format(qn_timestamp value, char text[QN_TIME_TEXT])
{
	return timestamp_format(value.microseconds, STR(""), text);
}

size_t qn_timestamptz_format(qn_timestamptz value, char text[QN_TIME_TEXT])
{
	return timestamp_format(value.microseconds, STR("+00:00"), text);
}

qn_timestamptz qn_timestamptz_from_unix(int64_t seconds, int32_t microseconds)
{
	const int64_t lowest = CODEC_TIMESTAMP_MIN / SECOND + UNIX_EPOCH;
	const int64_t highest = (CODEC_TIMESTAMP_MAX + 1) / SECOND + UNIX_EPOCH;
	int64_t carried = floor_divide(microseconds, SECOND);
	int64_t at;

	/* Wide of the range by more than 32 bits of microseconds can make up for. */
	if (seconds < lowest - 4096)
		return QN_TIMESTAMPTZ_MINUS_INFINITY;
	if (seconds > highest + 4096)
		return QN_TIMESTAMPTZ_INFINITY;
	seconds += carried;
	if (seconds < lowest)
		return QN_TIMESTAMPTZ_MINUS_INFINITY;
	if (seconds >= highest)
		return QN_TIMESTAMPTZ_INFINITY;
	at = (seconds - UNIX_EPOCH) * SECOND + (microseconds - carried * SECOND);
	return (qn_timestamptz){ at };
}

int64_t qn_timestamptz_to_unix(qn_timestamptz value, int32_t *microseconds)
{
	int64_t seconds = floor_divide(value.microseconds, SECOND);
	bool is_infinite = value.microseconds == INT64_MIN || value.microseconds == INT64_MAX;
	int64_t rest = value.microseconds % SECOND;

	if (is_infinite)
		rest = 0;
	if (microseconds)
		*microseconds = (int32_t)(rest < 0 ? rest + SECOND : rest);
	return is_infinite ? value.microseconds : seconds + UNIX_EPOCH;
}

qn_timestamptz qn_now(void)
{
	struct timespec now;

	/* Cannot fail: the clock exists and the pointer is good. */
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return qn_timestamptz_from_unix(now.tv_sec, (int32_t)(now.tv_nsec / 1000));
}
