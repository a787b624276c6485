/*
 * C types of column values, and their text forms.
 *
 * Times are structs around integers in PostgreSQL's own units and epoch, so that they cannot be
 * mixed up and cost nothing to read. `infinity` and `-infinity` are the largest and smallest
 * integer, as on the server.
 *
 * The _parse functions read NUL-terminated text and return false, leaving *out alone, when it is
 * not wholly a value. The _format functions write NUL-terminated text of at most the named size and
 * return its length.
 */
#ifndef QUERN_VALUE_H
#define QUERN_VALUE_H

#include "quern/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct qn_bytes {
	const uint8_t *at;
	size_t len;
} qn_bytes;

typedef struct qn_uuid {
	uint8_t at[16];
} qn_uuid;

/*
 * unscaled / 10^scale, exact: 12.50 is { 1250, 2 }. The scale is 0 to 18. NaN, which a numeric
 * column may hold, has scale QN_DECIMAL_NAN; any other scale is read as NaN here and refused for a
 * column.
 */
typedef struct qn_decimal {
	int64_t unscaled;
	int32_t scale;
} qn_decimal;

#define QN_DECIMAL_NAN INT32_MIN

typedef struct qn_date {
	int32_t days; /* since 2000-01-01 */
} qn_date;

typedef struct qn_time {
	int64_t microseconds; /* since midnight, 24:00:00 included */
} qn_time;

typedef struct qn_timestamp {
	int64_t microseconds; /* since 2000-01-01 00:00:00, no time zone */
} qn_timestamp;

typedef struct qn_timestamptz {
	int64_t microseconds; /* since 2000-01-01 00:00:00 UTC */
} qn_timestamptz;

typedef struct qn_interval {
	int64_t microseconds;
	int32_t days;
	int32_t months;
} qn_interval;

/* inet and cidr. */
typedef struct qn_inet {
	uint8_t is_ipv6;
	uint8_t prefix_length; /* bits: 32 or 128 for a single host */
	uint8_t at[16];        /* network byte order; the first 4 for IPv4 */
} qn_inet;

typedef struct qn_macaddr {
	uint8_t at[6];
} qn_macaddr;

#define QN_DATE_INFINITY              ((qn_date){ INT32_MAX })
#define QN_DATE_MINUS_INFINITY        ((qn_date){ INT32_MIN })
#define QN_TIMESTAMP_INFINITY         ((qn_timestamp){ INT64_MAX })
#define QN_TIMESTAMP_MINUS_INFINITY   ((qn_timestamp){ INT64_MIN })
#define QN_TIMESTAMPTZ_INFINITY       ((qn_timestamptz){ INT64_MAX })
#define QN_TIMESTAMPTZ_MINUS_INFINITY ((qn_timestamptz){ INT64_MIN })

/* 19 digits, sign, point, "0." and NUL, and up to 18 zeros of scale. */
#define QN_DECIMAL_TEXT 48
/* "294276-12-31T23:59:59.999999+00:00", " BC" and NUL, with room. */
#define QN_TIME_TEXT     48
#define QN_INTERVAL_TEXT 96
#define QN_UUID_TEXT     37
#define QN_INET_TEXT     52
#define QN_MACADDR_TEXT  18

/* "12.50" -> { 1250, 2 }; at most 18 digits. For literals: text that is not a decimal gives NaN. */
QN_API qn_decimal qn_dec(const char *text);
QN_API bool qn_decimal_parse(const char *text, qn_decimal *out);
QN_API size_t qn_decimal_format(qn_decimal value, char text[QN_DECIMAL_TEXT]);
/* By value: 1.5 equals 1.50. NaN equals NaN and is over everything, as on the server. <0, 0, >0. */
QN_API int qn_decimal_compare(qn_decimal a, qn_decimal b);
QN_API bool qn_decimal_is_nan(qn_decimal value);

/*
 * ISO 8601, in the server's range: "2026-11-22", "infinity", "0044-03-15 BC". Digits beyond
 * microseconds are refused unless they are zero. As on the server, 24:00:00 and the second 60
 * belong to what comes next. Any bits have a text, also those that are out of range.
 */
QN_API bool qn_date_parse(const char *text, qn_date *out);
QN_API size_t qn_date_format(qn_date value, char text[QN_TIME_TEXT]);
/* "13:05:00.25". */
QN_API bool qn_time_parse(const char *text, qn_time *out);
QN_API size_t qn_time_format(qn_time value, char text[QN_TIME_TEXT]);
/* "2026-11-22T13:05:00.25", with a T or a space; a time zone is refused. */
QN_API bool qn_timestamp_parse(const char *text, qn_timestamp *out);
QN_API size_t qn_timestamp_format(qn_timestamp value, char text[QN_TIME_TEXT]);
/* "2026-11-22T13:05:00.25+01:00" or Z; an offset is required. Formats in UTC, with +00:00. */
QN_API bool qn_timestamptz_parse(const char *text, qn_timestamptz *out);
QN_API size_t qn_timestamptz_format(qn_timestamptz value, char text[QN_TIME_TEXT]);
/*
 * ISO 8601 durations: "P1Y2M3DT4H5M6.5S", also weeks, each part with its own sign; only seconds
 * have a fraction.
 */
QN_API bool qn_interval_parse(const char *text, qn_interval *out);
QN_API size_t qn_interval_format(qn_interval value, char text[QN_INTERVAL_TEXT]);

/*
 * Seconds and microseconds since 1970, and back. Out of PostgreSQL's range saturates to the
 * infinities, which come back as INT64_MAX and INT64_MIN seconds. Microseconds come back as 0 to
 * 999999; NULL when they are not wanted.
 */
QN_API qn_timestamptz qn_timestamptz_from_unix(int64_t seconds, int32_t microseconds);
QN_API int64_t qn_timestamptz_to_unix(qn_timestamptz value, int32_t *microseconds);
/* The wall clock now. */
QN_API qn_timestamptz qn_now(void);

/* 36 characters, any case, also in braces or without hyphens, as the server reads them. */
QN_API bool qn_uuid_parse(const char *text, qn_uuid *out);
QN_API size_t qn_uuid_format(qn_uuid value, char text[QN_UUID_TEXT]);
QN_API bool qn_uuid_equal(qn_uuid a, qn_uuid b);
/*
 * A random (4) and a time-ordered (7) UUID from the system's random numbers. False when the system
 * has none to give.
 */
QN_API QN_MUST_CHECK bool qn_uuid_v4(qn_uuid *out);
QN_API QN_MUST_CHECK bool qn_uuid_v7(qn_uuid *out);

/* "192.0.2.1/24", "2001:db8::1". */
QN_API bool qn_inet_parse(const char *text, qn_inet *out);
QN_API size_t qn_inet_format(qn_inet value, char text[QN_INET_TEXT]);
QN_API bool qn_macaddr_parse(const char *text, qn_macaddr *out);
QN_API size_t qn_macaddr_format(qn_macaddr value, char text[QN_MACADDR_TEXT]);

#ifdef __cplusplus
}
#endif
#endif
