#include <stdalign.h>

#include "codec/type.h"

/* Where `.as` begins; all arrays have the same layout, so one of them speaks for all. */
struct layout {
	uint8_t where_as;
	uint8_t set_as;
};

#define LAYOUT(suffix)                                                         \
	{                                                                      \
		offsetof(qn_where_##suffix, as), offsetof(qn_set_##suffix, as) \
	}

/* What generated code writes for an enum, with int in the place of the enum. */
struct where_enum {
	qn_lookup op;
	union {
		int value;
		qn_list_int32 list;
	} as;
};

struct set_enum {
	qn_set_op op;
	union {
		int value;
	} as;
};

static const struct layout layouts[] = {
	[QN_TYPE_BOOL] = LAYOUT(bool),
	[QN_TYPE_INT16] = LAYOUT(int16),
	[QN_TYPE_INT32] = LAYOUT(int32),
	[QN_TYPE_INT64] = LAYOUT(int64),
	[QN_TYPE_FLOAT] = LAYOUT(float),
	[QN_TYPE_DOUBLE] = LAYOUT(double),
	[QN_TYPE_OID] = LAYOUT(oid),
	[QN_TYPE_CHAR] = LAYOUT(char),
	[QN_TYPE_TEXT] = LAYOUT(text),
	[QN_TYPE_VARCHAR] = LAYOUT(text),
	[QN_TYPE_BPCHAR] = LAYOUT(text),
	[QN_TYPE_NAME] = LAYOUT(text),
	[QN_TYPE_DECIMAL] = LAYOUT(decimal),
	[QN_TYPE_NUMERIC] = LAYOUT(numeric),
	[QN_TYPE_BYTES] = LAYOUT(bytes),
	[QN_TYPE_DATE] = LAYOUT(date),
	[QN_TYPE_TIME] = LAYOUT(time),
	[QN_TYPE_TIMESTAMP] = LAYOUT(timestamp),
	[QN_TYPE_TIMESTAMPTZ] = LAYOUT(timestamptz),
	[QN_TYPE_INTERVAL] = LAYOUT(interval),
	[QN_TYPE_UUID] = LAYOUT(uuid),
	/* A filter of json has no operand: it can only be asked for NULL. */
	[QN_TYPE_JSON] = { sizeof(qn_where_json), offsetof(qn_set_json, as) },
	[QN_TYPE_JSONB] = LAYOUT(jsonb),
	[QN_TYPE_INET] = LAYOUT(inet),
	[QN_TYPE_CIDR] = LAYOUT(inet),
	[QN_TYPE_MACADDR] = LAYOUT(macaddr),
	[QN_TYPE_ENUM] = { offsetof(struct where_enum, as), offsetof(struct set_enum, as) },
	[QN_TYPE_OPAQUE] = LAYOUT(opaque),
	[QN_TYPE_INT2VECTOR] = LAYOUT(array_int16),
	[QN_TYPE_OIDVECTOR] = LAYOUT(array_oid),
};

_Static_assert(sizeof(layouts) / sizeof(layouts[0]) == QN_TYPE_COUNT_, "a row for each qn_type");

#define SAME_PLACE(suffix)                                                                \
	_Static_assert(offsetof(qn_change_##suffix, as) == offsetof(qn_set_##suffix, as), \
		       "the runtime reads changes as sets")

SAME_PLACE(int16);
SAME_PLACE(int32);
SAME_PLACE(int64);
SAME_PLACE(float);
SAME_PLACE(double);
SAME_PLACE(decimal);
SAME_PLACE(numeric);
SAME_PLACE(interval);

#define SAME_ARRAY(suffix)                                                             \
	_Static_assert(sizeof(qn_array_##suffix) == sizeof(qn_array_text) &&           \
			       alignof(qn_array_##suffix) == alignof(qn_array_text) && \
			       offsetof(qn_set_array_##suffix, as) ==                  \
				       offsetof(qn_set_array_text, as),                \
		       "all arrays have one layout")

SAME_ARRAY(bool);
SAME_ARRAY(int16);
SAME_ARRAY(int64);
SAME_ARRAY(char);
SAME_ARRAY(decimal);
SAME_ARRAY(inet);
SAME_ARRAY(json);

size_t type_field_size(const qn_field *field)
{
	return field->flags & QN_FIELD_ARRAY ? sizeof(qn_array_text)
					     : type_info_of(field->type)->size;
}

size_t type_field_alignment(const qn_field *field)
{
	return field->flags & QN_FIELD_ARRAY ? alignof(qn_array_text)
					     : type_info_of(field->type)->alignment;
}

size_t type_where_as(const qn_field *field)
{
	return field->flags & QN_FIELD_ARRAY ? offsetof(qn_where_array_text, as)
					     : layouts[field->type].where_as;
}

size_t type_set_as(const qn_field *field)
{
	return field->flags & QN_FIELD_ARRAY ? offsetof(qn_set_array_text, as)
					     : layouts[field->type].set_as;
}
