#include <string.h>

#include "maker_inside.h"

static const char *const bools[] = { "true", "false", NULL };
static const char *const integers[] = {
	"0", "1", "-1", "2", "5", "-32768", "32767", "7", "10", NULL
};
static const char *const decimals[] = { "0",  "0.00", "5",           "5.00",         "0.01",
					"-1", "0.50", "99999999.99", "-99999999.99", "2.5",
					NULL };
static const char *const numerics[] = { "0",
					"5",
					"5.000",
					"1e30",
					"-1e-5",
					"123456789012345678901234567890.5",
					"123456789012345678901234567890.50000000000000000001",
					"0.000000000000000000001",
					"9223372036854775807",
					"9223372036854775808",
					"-9223372036854775809",
					"1000000000000000000000000000000",
					NULL };
static const char *const floats[] = { "0",   "-0",    "0.1",      "0.5",  "5",
				      "1e5", "-1e20", "16777217", "3e38", "9007199254740993",
				      "2.5", "1e-30", NULL };
static const char *const texts[] = { "",
				     " ",
				     "a",
				     "abc",
				     "  abc ",
				     "Abc",
				     "ab",
				     "aab",
				     "a%b",
				     "a_b",
				     "a\\b",
				     "a.b",
				     "a-b_c",
				     "x1y2z3",
				     "123",
				     "5",
				     "a\nb",
				     "\xc3\xa9",
				     "\xc3\xa9lan",
				     "e\xcc\x81",
				     "\xe6\x97\xa5\xe6\x9c\xac",
				     "\xf0\x9f\x92\xa1",
				     "\xc2\xa0",
				     "\tx",
				     "it's",
				     NULL };
static const char *const moods[] = { "S'ad", "fine", "great", NULL };
static const char *const dates[] = { "1900-01-01", "2000-02-29", "2026-11-22", "0001-01-01",
				     "9999-12-31", "infinity",   "-infinity",  NULL };
static const char *const times[] = { "00:00",    "12:00:00", "09:30:00.5", "23:59:59.999999",
				     "24:00:00", "13:05",    NULL };
static const char *const timestamps[] = { "2000-01-01 00:00:00",
					  "2026-11-22 13:05:00.25",
					  "2026-11-22T13:05:00",
					  "1900-01-01 23:59:60",
					  "infinity",
					  "-infinity",
					  "2000-02-29 12:00",
					  NULL };
static const char *const instants[] = { "2000-01-01 00:00:00+00",
					"2026-11-22T13:05:00.25Z",
					"2026-11-22 13:05:00+05:45",
					"2000-01-01 05:45:00+0545",
					"infinity",
					"-infinity",
					NULL };
static const char *const uuids[] = { "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
				     "00000000-0000-0000-0000-000000000000",
				     "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", NULL };
const char *const special_values[] = { "NaN", "Infinity", "-Infinity", NULL };

const char *const *values_of(uint8_t type)
{
	switch (type) {
	case QN_TYPE_BOOL:
		return bools;
	case QN_TYPE_INT16:
	case QN_TYPE_INT32:
	case QN_TYPE_INT64:
		return integers;
	case QN_TYPE_DECIMAL:
		return decimals;
	case QN_TYPE_NUMERIC:
		return numerics;
	case QN_TYPE_FLOAT:
	case QN_TYPE_DOUBLE:
		return floats;
	case QN_TYPE_TEXT:
	case QN_TYPE_VARCHAR:
		return texts;
	case QN_TYPE_ENUM:
		return moods;
	case QN_TYPE_DATE:
		return dates;
	case QN_TYPE_TIME:
		return times;
	case QN_TYPE_TIMESTAMP:
		return timestamps;
	case QN_TYPE_TIMESTAMPTZ:
		return instants;
	case QN_TYPE_UUID:
		return uuids;
	default:
		return NULL;
	}
}

static bool enum_value(const qn_enum *enumeration, const char *label, union codec_any *out)
{
	for (uint32_t i = 0; i < enumeration->len; i++)
		if (strcmp(enumeration->labels[i], label) == 0)
			out->constant = (int)i + 1;
	return out->constant > 0;
}

bool has_specials(uint8_t type)
{
	return type == QN_TYPE_NUMERIC || type == QN_TYPE_FLOAT || type == QN_TYPE_DOUBLE;
}

bool maker_value(struct maker *maker, const qn_field *field, union codec_any *out)
{
	const char *const *list = values_of(field->type);
	const char *text;

	memset(out, 0, sizeof(*out));
	if (one_in(maker, 6) || (field->flags & QN_FIELD_ARRAY))
		return one_in(maker, 2) && (field->flags & QN_FIELD_ARRAY);
	if (!list)
		return false;
	text = one_of(maker, list);
	if (field->type == QN_TYPE_ENUM)
		return enum_value(field->enumeration, text, out);
	if (has_specials(field->type) && one_in(maker, 6))
		text = one_of(maker, special_values);
	else if (field->type == QN_TYPE_DECIMAL && one_in(maker, 10))
		text = "NaN";
	return codec_subject_parse(field->type, text, out);
}
