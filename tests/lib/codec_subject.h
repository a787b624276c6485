/*
 * Column types as the tests of the codecs see them: text in, a C value, the wire, and back.
 */
#ifndef QUERN_TEST_CODEC_SUBJECT_H
#define QUERN_TEST_CODEC_SUBJECT_H

#include "codec/type.h"

/* Room for a value of any type. */
union codec_any {
	bool boolean;
	int16_t int16;
	int32_t int32;
	int64_t int64;
	float real;
	double real64;
	uint32_t oid;
	char character;
	const char *text;
	qn_decimal decimal;
	qn_bytes bytes;
	qn_date date;
	qn_time time;
	qn_timestamp timestamp;
	qn_timestamptz timestamptz;
	qn_interval interval;
	qn_uuid uuid;
	qn_inet inet;
	qn_macaddr macaddr;
	int constant;
	qn_array_text array;
};

/* Enough for the text of any value but a text itself. */
#define CODEC_SUBJECT_TEXT 96

/* Text to value; text, JSON and numeric point to the text. False: not a value of the type. */
bool codec_subject_parse(uint8_t type, const char *text, union codec_any *out);
/* The value's text, in `room` or where the value points. */
const char *codec_subject_format(uint8_t type, const union codec_any *value,
				 char room[CODEC_SUBJECT_TEXT]);

#endif
