/*
 * test.Thing: a model with a column of every kind, as generated code would describe it.
 */
#ifndef TESTS_THING_H
#define TESTS_THING_H

#include "quern/model.h"

typedef enum test_kind { TEST_KIND_DRAFT = 1, TEST_KIND_LIVE, TEST_KIND_ODD } test_kind;

typedef struct test_kind_list {
	const test_kind *at;
	size_t len;
} test_kind_list;

typedef struct test_kind_array {
	const test_kind *at;
	size_t len;
	const bool *is_null;
} test_kind_array;

typedef struct test_kind_where {
	qn_lookup op;
	union {
		test_kind value;
		test_kind_list list;
	} as;
} test_kind_where;

typedef struct test_kind_where_array {
	qn_lookup op;
	union {
		test_kind_list list;
	} as;
} test_kind_where_array;

typedef struct test_kind_set {
	qn_set_op op;
	union {
		test_kind value;
	} as;
} test_kind_set;

typedef struct test_kind_set_array {
	qn_set_op op;
	union {
		test_kind_array value;
	} as;
} test_kind_set_array;

#define NULLABLE  QN_FIELD_NULLABLE
#define DEFAULTED QN_FIELD_HAS_DEFAULT

/*
 * X(constant, member, C type, where, set, change, qn_type, flags, limit, scale, has a NULL of its
 * own)
 */
/* clang-format off */
#define THING_FIELDS(X) \
	X(ID, id, int64_t, qn_where_int64, qn_set_int64, qn_change_int64, INT64, QN_FIELD_PRIMARY_KEY | DEFAULTED, 0, 0, false) \
	X(NAME, name, const char *, qn_where_text, qn_set_text, qn_set_text, VARCHAR, 0, 5, 0, true) \
	X(TITLE, title, const char *, qn_where_text, qn_set_text, qn_set_text, TEXT, NULLABLE, 0, 0, true) \
	X(FLAG, flag, bool, qn_where_bool, qn_set_bool, qn_set_bool, BOOL, 0, 0, 0, false) \
	X(MAYBE, maybe, bool, qn_where_bool, qn_set_bool, qn_set_bool, BOOL, NULLABLE, 0, 0, false) \
	X(SMALL, small, int16_t, qn_where_int16, qn_set_int16, qn_change_int16, INT16, NULLABLE, 0, 0, false) \
	X(COUNT, count, int32_t, qn_where_int32, qn_set_int32, qn_change_int32, INT32, DEFAULTED, 0, 0, false) \
	X(BIG, big, int64_t, qn_where_int64, qn_set_int64, qn_change_int64, INT64, NULLABLE, 0, 0, false) \
	X(REAL_, real_, float, qn_where_float, qn_set_float, qn_change_float, FLOAT, NULLABLE, 0, 0, false) \
	X(RATIO, ratio, double, qn_where_double, qn_set_double, qn_change_double, DOUBLE, NULLABLE, 0, 0, false) \
	X(PRICE, price, qn_decimal, qn_where_decimal, qn_set_decimal, qn_change_decimal, DECIMAL, 0, 10, 2, false) \
	X(WIDE, wide, const char *, qn_where_numeric, qn_set_numeric, qn_change_numeric, NUMERIC, NULLABLE, 0, 0, true) \
	X(DATA, data, qn_bytes, qn_where_bytes, qn_set_bytes, qn_set_bytes, BYTES, NULLABLE, 0, 0, false) \
	X(BORN, born, qn_date, qn_where_date, qn_set_date, qn_set_date, DATE, NULLABLE, 0, 0, false) \
	X(CLOCK, clock, qn_time, qn_where_time, qn_set_time, qn_set_time, TIME, NULLABLE, 0, 0, false) \
	X(SEEN, seen, qn_timestamp, qn_where_timestamp, qn_set_timestamp, qn_set_timestamp, TIMESTAMP, NULLABLE, 0, 0, false) \
	X(CHANGED, changed, qn_timestamptz, qn_where_timestamptz, qn_set_timestamptz, qn_set_timestamptz, TIMESTAMPTZ, \
	  DEFAULTED | QN_FIELD_ON_UPDATE_NOW, 0, 0, false) \
	X(SPAN, span, qn_interval, qn_where_interval, qn_set_interval, qn_change_interval, INTERVAL, NULLABLE, 0, 0, false) \
	X(UID, uid, qn_uuid, qn_where_uuid, qn_set_uuid, qn_set_uuid, UUID, NULLABLE, 0, 0, false) \
	X(DOC, doc, const char *, qn_where_jsonb, qn_set_jsonb, qn_set_jsonb, JSONB, NULLABLE, 0, 0, true) \
	X(PLAIN, plain, const char *, qn_where_json, qn_set_json, qn_set_json, JSON, NULLABLE, 0, 0, true) \
	X(ADDR, addr, qn_inet, qn_where_inet, qn_set_inet, qn_set_inet, INET, NULLABLE, 0, 0, false) \
	X(KIND, kind, test_kind, test_kind_where, test_kind_set, test_kind_set, ENUM, DEFAULTED, 0, 0, false) \
	X(OTHER, other, test_kind, test_kind_where, test_kind_set, test_kind_set, ENUM, NULLABLE, 0, 0, false) \
	X(PLACE, place, const char *, qn_where_opaque, qn_set_opaque, qn_set_opaque, OPAQUE, NULLABLE, 0, 0, true) \
	X(CODE, code, const char *, qn_where_text, qn_set_text, qn_set_text, BPCHAR, NULLABLE, 3, 0, true) \
	X(LETTER, letter, char, qn_where_char, qn_set_char, qn_set_char, CHAR, NULLABLE, 0, 0, false) \
	X(VECTOR, vector, qn_array_int16, qn_where_array_int16, qn_set_array_int16, qn_set_array_int16, INT2VECTOR, NULLABLE, 0, 0, false) \
	X(TAGS, tags, qn_array_text, qn_where_array_text, qn_set_array_text, qn_set_array_text, TEXT, QN_FIELD_ARRAY | DEFAULTED, 0, 0, false) \
	X(NUMBERS, numbers, qn_array_int32, qn_where_array_int32, qn_set_array_int32, qn_set_array_int32, INT32, QN_FIELD_ARRAY | NULLABLE, 0, 0, false) \
	X(KINDS, kinds, test_kind_array, test_kind_where_array, test_kind_set_array, test_kind_set_array, ENUM, QN_FIELD_ARRAY | NULLABLE, 0, 0, false)
/* clang-format on */

enum test_thing_field {
	TEST_THING_NONE,
#define X(constant, ...) TEST_THING_##constant,
	THING_FIELDS(X)
#undef X
		TEST_THING_END_,
	TEST_THING_SIGNED_ = -1,
};

enum { TEST_THING_FIELDS = TEST_THING_END_ - 1 };

typedef struct test_thing {
#define X(constant, member, type, ...) \
	type member;                   \
	bool has_##member;
	THING_FIELDS(X)
#undef X
	uint64_t qn_loaded[1];
} test_thing;

typedef struct test_thing_list {
	test_thing *at;
	size_t len;
} test_thing_list;

typedef struct test_thing_where test_thing_where;

typedef struct test_thing_wheres {
	const test_thing_where *at;
	size_t len;
} test_thing_wheres;

struct test_thing_where {
#define X(constant, member, type, where, ...) where member;
	THING_FIELDS(X)
#undef X
	test_thing_wheres any_of;
	test_thing_wheres all_of;
	test_thing_wheres none_of;
};

/* name, flag and price are required; every other field can be left out. */
typedef struct test_thing_new {
	const char *name;
	bool flag;
	qn_decimal price;
#define X(constant, member, type, where, set, ...) set set_##member;
	THING_FIELDS(X)
#undef X
} test_thing_new;

typedef struct test_thing_changes {
#define X(constant, member, type, where, set, change, ...) change member;
	THING_FIELDS(X)
#undef X
} test_thing_changes;

typedef struct test_thing_query {
	int64_t limit;
	int64_t offset;
	int32_t order_by[QN_ORDER_BY_MAX];
	qn_lock lock;
	bool skip_locked;
	bool nowait;
	bool distinct;
	bool unordered;
	int32_t only[TEST_THING_FIELDS];
	test_thing_where where;
} test_thing_query;

extern const qn_enum test_kind_enum;
extern const qn_model test_thing_model;
/* The same without a default order, and without a key. */
extern const qn_model test_unordered_model;
extern const qn_model test_keyless_model;
/* The same with unique keys, which its table does not have. */
extern const qn_model test_unique_model;
/* The table of the model, for a live server. */
extern const char test_thing_sql[];

#endif
