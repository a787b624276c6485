#include "codec_subject.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool integer_parse(const char *text, int64_t low, int64_t high, int64_t *out)
{
	char *end;
	long long value = strtoll(text, &end, 10);

	*out = value;
	return end != text && *end == '\0' && value >= low && value <= high;
}

static bool number_parse(uint8_t type, const char *text, union codec_any *out)
{
	char *end = NULL;
	int64_t integer = 0;

	switch (type) {
	case QN_TYPE_INT16:
		if (!integer_parse(text, INT16_MIN, INT16_MAX, &integer))
			return false;
		out->int16 = (int16_t)integer;
		return true;
	case QN_TYPE_INT32:
		if (!integer_parse(text, INT32_MIN, INT32_MAX, &integer))
			return false;
		out->int32 = (int32_t)integer;
		return true;
	case QN_TYPE_INT64:
		return integer_parse(text, INT64_MIN, INT64_MAX, &out->int64);
	case QN_TYPE_OID:
		if (!integer_parse(text, 0, UINT32_MAX, &integer))
			return false;
		out->oid = (uint32_t)integer;
		return true;
	case QN_TYPE_FLOAT:
		out->real = strtof(text, &end);
		return *end == '\0';
	default:
		out->real64 = strtod(text, &end);
		return *end == '\0';
	}
}

bool codec_subject_parse(uint8_t type, const char *text, union codec_any *out)
{
	memset(out, 0, sizeof(*out));
	switch (type) {
	case QN_TYPE_BOOL:
		out->boolean = strcmp(text, "true") == 0;
		return out->boolean || strcmp(text, "false") == 0;
	case QN_TYPE_CHAR:
		out->character = text[0];
		return strlen(text) <= 1;
	case QN_TYPE_INT16:
	case QN_TYPE_INT32:
	case QN_TYPE_INT64:
	case QN_TYPE_OID:
	case QN_TYPE_FLOAT:
	case QN_TYPE_DOUBLE:
		return number_parse(type, text, out);
	case QN_TYPE_DECIMAL:
		return qn_decimal_parse(text, &out->decimal);
	case QN_TYPE_DATE:
		return qn_date_parse(text, &out->date);
	case QN_TYPE_TIME:
		return qn_time_parse(text, &out->time);
	case QN_TYPE_TIMESTAMP:
		return qn_timestamp_parse(text, &out->timestamp);
	case QN_TYPE_TIMESTAMPTZ:
		return qn_timestamptz_parse(text, &out->timestamptz);
	case QN_TYPE_INTERVAL:
		return qn_interval_parse(text, &out->interval);
	case QN_TYPE_UUID:
		return qn_uuid_parse(text, &out->uuid);
	case QN_TYPE_INET:
	case QN_TYPE_CIDR:
		return qn_inet_parse(text, &out->inet);
	case QN_TYPE_MACADDR:
		return qn_macaddr_parse(text, &out->macaddr);
	default:
		out->text = text;
		return true;
	}
}

static const char *number_format(uint8_t type, const union codec_any *value,
				 char room[CODEC_SUBJECT_TEXT])
{
	switch (type) {
	case QN_TYPE_INT16:
		snprintf(room, CODEC_SUBJECT_TEXT, "%d", value->int16);
		break;
	case QN_TYPE_INT32:
		snprintf(room, CODEC_SUBJECT_TEXT, "%" PRId32, value->int32);
		break;
	case QN_TYPE_INT64:
		snprintf(room, CODEC_SUBJECT_TEXT, "%" PRId64, value->int64);
		break;
	case QN_TYPE_OID:
		snprintf(room, CODEC_SUBJECT_TEXT, "%" PRIu32, value->oid);
		break;
	case QN_TYPE_FLOAT:
		snprintf(room, CODEC_SUBJECT_TEXT, "%.9g", (double)value->real);
		break;
	default:
		snprintf(room, CODEC_SUBJECT_TEXT, "%.17g", value->real64);
		break;
	}
	return room;
}

const char *codec_subject_format(uint8_t type, const union codec_any *value,
				 char room[CODEC_SUBJECT_TEXT])
{
	switch (type) {
	case QN_TYPE_BOOL:
		return value->boolean ? "true" : "false";
	case QN_TYPE_CHAR:
		room[0] = value->character;
		room[1] = '\0';
		return room;
	case QN_TYPE_INT16:
	case QN_TYPE_INT32:
	case QN_TYPE_INT64:
	case QN_TYPE_OID:
	case QN_TYPE_FLOAT:
	case QN_TYPE_DOUBLE:
		return number_format(type, value, room);
	case QN_TYPE_DECIMAL:
		qn_decimal_format(value->decimal, room);
		return room;
	case QN_TYPE_DATE:
		qn_date_format(value->date, room);
		return room;
	case QN_TYPE_TIME:
		qn_time_format(value->time, room);
		return room;
	case QN_TYPE_TIMESTAMP:
		qn_timestamp_format(value->timestamp, room);
		return room;
	case QN_TYPE_TIMESTAMPTZ:
		qn_timestamptz_format(value->timestamptz, room);
		return room;
	case QN_TYPE_INTERVAL:
		qn_interval_format(value->interval, room);
		return room;
	case QN_TYPE_UUID:
		qn_uuid_format(value->uuid, room);
		return room;
	case QN_TYPE_INET:
	case QN_TYPE_CIDR:
		qn_inet_format(value->inet, room);
		return room;
	case QN_TYPE_MACADDR:
		qn_macaddr_format(value->macaddr, room);
		return room;
	default:
		return value->text;
	}
}
