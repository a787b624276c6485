/*
 * Filters, values to set, and arrays, one type for each C type of a column.
 *
 * A filter is written by one of the QN_ macros below, or left out: zeroed memory filters nothing. A
 * filter's members say what a type can be asked: only text has `.pattern`, only ordered types have
 * `.bound` and `.range`, so a lookup that a type does not have does not compile.
 *
 *   .price = QN_RANGE(qn_dec("5.00"), qn_dec("50.00")), .name = QN_ICONTAINS("lamp"),
 *   .id = QN_IN_INT64(1, 2, 3)
 *
 * At run time: `where.name = (qn_where_text)QN_ICONTAINS(text);`
 *
 * Nothing that a filter points to needs to outlive the call that it is given to.
 */
#ifndef QUERN_FILTER_H
#define QUERN_FILTER_H

#include "quern/value.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum qn_lookup {
	QN_LOOKUP_NONE, /* not filtered */
	QN_LOOKUP_IS_NULL,
	QN_LOOKUP_IS_NOT_NULL,
	QN_LOOKUP_EQ,
	QN_LOOKUP_NE,
	QN_LOOKUP_GT,
	QN_LOOKUP_GTE,
	QN_LOOKUP_LT,
	QN_LOOKUP_LTE,
	QN_LOOKUP_RANGE,
	QN_LOOKUP_IN,
	QN_LOOKUP_NOT_IN,
	QN_LOOKUP_IEQ,
	QN_LOOKUP_CONTAINS,
	QN_LOOKUP_ICONTAINS,
	QN_LOOKUP_STARTS_WITH,
	QN_LOOKUP_ISTARTS_WITH,
	QN_LOOKUP_ENDS_WITH,
	QN_LOOKUP_IENDS_WITH,
	QN_LOOKUP_REGEX,
	QN_LOOKUP_IREGEX,
	QN_LOOKUP_ARRAY_CONTAINS,
	QN_LOOKUP_ARRAY_CONTAINED_BY,
	QN_LOOKUP_ARRAY_OVERLAPS,
	QN_LOOKUP_JSON_CONTAINS,
	QN_LOOKUP_JSON_CONTAINED_BY,
	QN_LOOKUP_JSON_HAS_KEY,
	QN_LOOKUP_COUNT_,
} qn_lookup;

/*
 * The lookups. NULL never equals anything: QN_EQ finds no NULL, QN_NE and QN_NOT_IN do find them.
 * NULL pointers are refused by every lookup (QN_USAGE): say QN_IS_NULL.
 */
#define QN_EQ(v)                                          \
	{                                                 \
		.op = QN_LOOKUP_EQ, .as = {.value = (v) } \
	}
#define QN_NE(v)                                          \
	{                                                 \
		.op = QN_LOOKUP_NE, .as = {.value = (v) } \
	}
#define QN_GT(v)                                          \
	{                                                 \
		.op = QN_LOOKUP_GT, .as = {.bound = (v) } \
	}
#define QN_GTE(v)                                          \
	{                                                  \
		.op = QN_LOOKUP_GTE, .as = {.bound = (v) } \
	}
#define QN_LT(v)                                          \
	{                                                 \
		.op = QN_LOOKUP_LT, .as = {.bound = (v) } \
	}
#define QN_LTE(v)                                          \
	{                                                  \
		.op = QN_LOOKUP_LTE, .as = {.bound = (v) } \
	}
/* Both ends belong to it; a reversed range finds nothing. */
#define QN_RANGE(low, high)                                                \
	{                                                                  \
		.op = QN_LOOKUP_RANGE, .as = {.range = { (low), (high) } } \
	}
#define QN_IS_NULL                      \
	{                               \
		.op = QN_LOOKUP_IS_NULL \
	}
#define QN_IS_NOT_NULL                      \
	{                                   \
		.op = QN_LOOKUP_IS_NOT_NULL \
	}
/* One of the values; an empty list finds nothing and sends nothing. */
#define QN_IN_LIST(values, count)                                          \
	{                                                                  \
		.op = QN_LOOKUP_IN, .as = {.list = { (values), (count) } } \
	}
#define QN_NOT_IN_LIST(values, count)                                          \
	{                                                                      \
		.op = QN_LOOKUP_NOT_IN, .as = {.list = { (values), (count) } } \
	}
#define QN_IN(type, ...)     QN_IN_LIST(((type[]){ __VA_ARGS__ }), QN_COUNT_(type, __VA_ARGS__))
#define QN_NOT_IN(type, ...) QN_NOT_IN_LIST(((type[]){ __VA_ARGS__ }), QN_COUNT_(type, __VA_ARGS__))
#define QN_COUNT_(type, ...) (sizeof((type[]){ __VA_ARGS__ }) / sizeof(type))
#define QN_IN_INT16(...)     QN_IN(const int16_t, __VA_ARGS__)
#define QN_IN_INT32(...)     QN_IN(const int32_t, __VA_ARGS__)
#define QN_IN_INT64(...)     QN_IN(const int64_t, __VA_ARGS__)
#define QN_IN_TEXT(...)      QN_IN(const char *const, __VA_ARGS__)
#define QN_IN_UUID(...)      QN_IN(const qn_uuid, __VA_ARGS__)
#define QN_IN_DECIMAL(...)   QN_IN(const qn_decimal, __VA_ARGS__)
/* Text. % _ and \ in the value mean themselves; I... ignores case. */
#define QN_IEQ(v)                                            \
	{                                                    \
		.op = QN_LOOKUP_IEQ, .as = {.pattern = (v) } \
	}
#define QN_CONTAINS(v)                                            \
	{                                                         \
		.op = QN_LOOKUP_CONTAINS, .as = {.pattern = (v) } \
	}
#define QN_ICONTAINS(v)                                            \
	{                                                          \
		.op = QN_LOOKUP_ICONTAINS, .as = {.pattern = (v) } \
	}
#define QN_STARTS_WITH(v)                                            \
	{                                                            \
		.op = QN_LOOKUP_STARTS_WITH, .as = {.pattern = (v) } \
	}
#define QN_ISTARTS_WITH(v)                                            \
	{                                                             \
		.op = QN_LOOKUP_ISTARTS_WITH, .as = {.pattern = (v) } \
	}
#define QN_ENDS_WITH(v)                                            \
	{                                                          \
		.op = QN_LOOKUP_ENDS_WITH, .as = {.pattern = (v) } \
	}
#define QN_IENDS_WITH(v)                                            \
	{                                                           \
		.op = QN_LOOKUP_IENDS_WITH, .as = {.pattern = (v) } \
	}
/* POSIX regular expressions, as the server's ~ and ~* read them. */
#define QN_REGEX(v)                                            \
	{                                                      \
		.op = QN_LOOKUP_REGEX, .as = {.pattern = (v) } \
	}
#define QN_IREGEX(v)                                            \
	{                                                       \
		.op = QN_LOOKUP_IREGEX, .as = {.pattern = (v) } \
	}
/* Arrays: `values` and `count` of the element's C type. QN_ARRAY_EQ compares the whole array. */
#define QN_ARRAY_EQ(values, count)                                         \
	{                                                                  \
		.op = QN_LOOKUP_EQ, .as = {.list = { (values), (count) } } \
	}
#define QN_ARRAY_CONTAINS(values, count)                                               \
	{                                                                              \
		.op = QN_LOOKUP_ARRAY_CONTAINS, .as = {.list = { (values), (count) } } \
	}
#define QN_ARRAY_CONTAINED_BY(values, count)                                               \
	{                                                                                  \
		.op = QN_LOOKUP_ARRAY_CONTAINED_BY, .as = {.list = { (values), (count) } } \
	}
#define QN_ARRAY_OVERLAPS(values, count)                                               \
	{                                                                              \
		.op = QN_LOOKUP_ARRAY_OVERLAPS, .as = {.list = { (values), (count) } } \
	}
/* jsonb: the value is JSON text, the key plain text. */
#define QN_JSON_CONTAINS(v)                                             \
	{                                                               \
		.op = QN_LOOKUP_JSON_CONTAINS, .as = {.document = (v) } \
	}
#define QN_JSON_CONTAINED_BY(v)                                             \
	{                                                                   \
		.op = QN_LOOKUP_JSON_CONTAINED_BY, .as = {.document = (v) } \
	}
#define QN_JSON_HAS_KEY(v)                                             \
	{                                                              \
		.op = QN_LOOKUP_JSON_HAS_KEY, .as = {.document = (v) } \
	}

/*
 * Lists of filters: .any_of = QN_ALL(shop_product_where, { .stock = QN_EQ(0) }, { .is_active =
 * QN_EQ(false) })
 */
#define QN_ALL(type, ...)                                                           \
	{                                                                           \
		((const type[]){ __VA_ARGS__ }), QN_COUNT_(const type, __VA_ARGS__) \
	}

/* A related row of any kind: .tags.none = QN_ANY(shop_tag_where) finds what has no tags. */
#define QN_ANY(type) (&(const type){ .any_of = { 0, 0 } })

typedef enum qn_set_op {
	QN_SET_NOTHING, /* left out: the default on create, unchanged on update */
	QN_SET_TO_VALUE,
	QN_SET_TO_NULL,
	QN_SET_TO_DEFAULT,
	QN_SET_ADD,
	QN_SET_MULTIPLY,
} qn_set_op;

/*
 * What to write into a column. NULL into a column that does not take it is refused before anything
 * is sent.
 */
#define QN_SET(v)                                            \
	{                                                    \
		.op = QN_SET_TO_VALUE, .as = {.value = (v) } \
	}
#define QN_SET_NULL                  \
	{                            \
		.op = QN_SET_TO_NULL \
	}
#define QN_SET_DEFAULT                  \
	{                               \
		.op = QN_SET_TO_DEFAULT \
	}
/* The column's own value plus, or times, this one, computed by the server: no update is lost. */
#define QN_ADD(v)                                        \
	{                                                \
		.op = QN_SET_ADD, .as = {.amount = (v) } \
	}
#define QN_MULTIPLY(v)                                        \
	{                                                     \
		.op = QN_SET_MULTIPLY, .as = {.amount = (v) } \
	}
/* Arrays: QN_SET_ARRAY(values, count). */
#define QN_SET_ARRAY(values, count)                                                  \
	{                                                                            \
		.op = QN_SET_TO_VALUE, .as = {.value = { (values), (count), NULL } } \
	}

/* bool */
typedef struct qn_list_bool {
	const bool *at;
	size_t len;
} qn_list_bool;

typedef struct qn_array_bool {
	const bool *at;
	size_t len;
	const bool *is_null; /* true where an element is NULL; NULL itself: none is */
} qn_array_bool;

typedef struct qn_where_bool {
	qn_lookup op;
	union {
		bool value;
		qn_list_bool list;
	} as;
} qn_where_bool;

typedef struct qn_where_array_bool {
	qn_lookup op;
	union {
		qn_list_bool list;
	} as;
} qn_where_array_bool;

typedef struct qn_set_bool {
	qn_set_op op;
	union {
		bool value;
	} as;
} qn_set_bool;

typedef struct qn_set_array_bool {
	qn_set_op op;
	union {
		qn_array_bool value;
	} as;
} qn_set_array_bool;

/* int16 */
typedef struct qn_list_int16 {
	const int16_t *at;
	size_t len;
} qn_list_int16;

typedef struct qn_array_int16 {
	const int16_t *at;
	size_t len;
	const bool *is_null; /* true where an element is NULL; NULL itself: none is */
} qn_array_int16;

typedef struct qn_range_int16 {
	int16_t low;
	int16_t high;
} qn_range_int16;

typedef struct qn_where_int16 {
	qn_lookup op;
	union {
		int16_t value;
		int16_t bound;
		qn_list_int16 list;
		qn_range_int16 range;
	} as;
} qn_where_int16;

typedef struct qn_where_array_int16 {
	qn_lookup op;
	union {
		qn_list_int16 list;
	} as;
} qn_where_array_int16;

typedef struct qn_set_int16 {
	qn_set_op op;
	union {
		int16_t value;
	} as;
} qn_set_int16;

typedef struct qn_change_int16 {
	qn_set_op op;
	union {
		int16_t value;
		int16_t amount;
	} as;
} qn_change_int16;

typedef struct qn_set_array_int16 {
	qn_set_op op;
	union {
		qn_array_int16 value;
	} as;
} qn_set_array_int16;

/* int32 */
typedef struct qn_list_int32 {
	const int32_t *at;
	size_t len;
} qn_list_int32;

typedef struct qn_array_int32 {
	const int32_t *at;
	size_t len;
	const bool *is_null; /* true where an element is NULL; NULL itself: none is */
} qn_array_int32;

typedef struct qn_range_int32 {
	int32_t low;
	int32_t high;
} qn_range_int32;

typedef struct qn_where_int32 {
	qn_lookup op;
	union {
		int32_t value;
		int32_t bound;
		qn_list_int32 list;
		qn_range_int32 range;
	} as;
} qn_where_int32;

typedef struct qn_where_array_int32 {
	qn_lookup op;
	union {
		qn_list_int32 list;
	} as;
} qn_where_array_int32;

typedef struct qn_set_int32 {
	qn_set_op op;
	union {
		int32_t value;
	} as;
} qn_set_int32;

typedef struct qn_change_int32 {
	qn_set_op op;
	union {
		int32_t value;
		int32_t amount;
	} as;
} qn_change_int32;

typedef struct qn_set_array_int32 {
	qn_set_op op;
	union {
		qn_array_int32 value;
	} as;
} qn_set_array_int32;

/* int64 */
typedef struct qn_list_int64 {
	const int64_t *at;
	size_t len;
} qn_list_int64;

typedef struct qn_array_int64 {
	const int64_t *at;
	size_t len;
	const bool *is_null; /* true where an element is NULL; NULL itself: none is */
} qn_array_int64;

typedef struct qn_range_int64 {
	int64_t low;
	int64_t high;
} qn_range_int64;

typedef struct qn_where_int64 {
	qn_lookup op;
	union {
		int64_t value;
		int64_t bound;
		qn_list_int64 list;
		qn_range_int64 range;
	} as;
} qn_where_int64;

typedef struct qn_where_array_int64 {
	qn_lookup op;
	union {
		qn_list_int64 list;
	} as;
} qn_where_array_int64;

typedef struct qn_set_int64 {
	qn_set_op op;
	union {
		int64_t value;
	} as;
} qn_set_int64;

typedef struct qn_change_int64 {
	qn_set_op op;
	union {
		int64_t value;
		int64_t amount;
	} as;
} qn_change_int64;

typedef struct qn_set_array_int64 {
	qn_set_op op;
	union {
		qn_array_int64 value;
	} as;
} qn_set_array_int64;

/* float */
typedef struct qn_list_float {
	const float *at;
	size_t len;
} qn_list_float;

typedef struct qn_array_float {
	const float *at;
	size_t len;
	const bool *is_null; /* true where an element is NULL; NULL itself: none is */
} qn_array_float;

typedef struct qn_range_float {
	float low;
	float high;
} qn_range_float;

typedef struct qn_where_float {
	qn_lookup op;
	union {
		float value;
		float bound;
		qn_list_float list;
		qn_range_float range;
	} as;
} qn_where_float;

typedef struct qn_where_array_float {
	qn_lookup op;
	union {
		qn_list_float list;
	} as;
} qn_where_array_float;

typedef struct qn_set_float {
	qn_set_op op;
	union {
		float value;
	} as;
} qn_set_float;

typedef struct qn_change_float {
	qn_set_op op;
	union {
		float value;
		float amount;
	} as;
} qn_change_float;

typedef struct qn_set_array_float {
	qn_set_op op;
	union {
		qn_array_float value;
	} as;
} qn_set_array_float;

/* double */
typedef struct qn_list_double {
	const double *at;
	size_t len;
} qn_list_double;

typedef struct qn_array_double {
	const double *at;
	size_t len;
	const bool *is_null; /* true where an element is NULL; NULL itself: none is */
} qn_array_double;

typedef struct qn_range_double {
	double low;
	double high;
} qn_range_double;

typedef struct qn_where_double {
	qn_lookup op;
	union {
		double value;
		double bound;
		qn_list_double list;
		qn_range_double range;
	} as;
} qn_where_double;

typedef struct qn_where_array_double {
	qn_lookup op;
	union {
		qn_list_double list;
	} as;
} qn_where_array_double;

typedef struct qn_set_double {
	qn_set_op op;
	union {
		double value;
	} as;
} qn_set_double;

typedef struct qn_change_double {
	qn_set_op op;
	union {
		double value;
		double amount;
	} as;
} qn_change_double;

typedef struct qn_set_array_double {
	qn_set_op op;
	union {
		qn_array_double value;
	} as;
} qn_set_array_double;

/* oid */
typedef struct qn_list_oid {
	const uint32_t *at;
	size_t len;
} qn_list_oid;

typedef struct qn_array_oid {
	const uint32_t *at;
	size_t len;
	const bool *is_null; /* true where an element is NULL; NULL itself: none is */
} qn_array_oid;

typedef struct qn_range_oid {
	uint32_t low;
	uint32_t high;
} qn_range_oid;

typedef struct qn_where_oid {
	qn_lookup op;
	union {
		uint32_t value;
		uint32_t bound;
		qn_list_oid list;
		qn_range_oid range;
	} as;
} qn_where_oid;

typedef struct qn_where_array_oid {
	qn_lookup op;
	union {
		qn_list_oid list;
	} as;
} qn_where_array_oid;

typedef struct qn_set_oid {
	qn_set_op op;
	union {
		uint32_t value;
	} as;
} qn_set_oid;

typedef struct qn_set_array_oid {
	qn_set_op op;
	union {
		qn_array_oid value;
	} as;
} qn_set_array_oid;

/* char */
typedef struct qn_list_char {
	const char *at;
	size_t len;
} qn_list_char;

typedef struct qn_array_char {
	const char *at;
	size_t len;
	const bool *is_null; /* true where an element is NULL; NULL itself: none is */
} qn_array_char;

typedef struct qn_range_char {
	char low;
	char high;
} qn_range_char;

typedef struct qn_where_char {
	qn_lookup op;
	union {
		char value;
		char bound;
		qn_list_char list;
		qn_range_char range;
	} as;
} qn_where_char;

typedef struct qn_where_array_char {
	qn_lookup op;
	union {
		qn_list_char list;
	} as;
} qn_where_array_char;

typedef struct qn_set_char {
	qn_set_op op;
	union {
		char value;
	} as;
} qn_set_char;

typedef struct qn_set_array_char {
	qn_set_op op;
	union {
		qn_array_char value;
	} as;
} qn_set_array_char;

/* text */
typedef struct qn_list_text {
	const char *const *at;
	size_t len;
} qn_list_text;

typedef struct qn_array_text {
	const char *const *at;
	size_t len;
	const bool *is_null; /* true where an element is NULL; NULL itself: none is */
} qn_array_text;

typedef struct qn_range_text {
	const char *low;
	const char *high;
} qn_range_text;

typedef struct qn_where_text {
	qn_lookup op;
	union {
		const char *value;
		const char *bound;
		const char *pattern;
		qn_list_text list;
		qn_range_text range;
	} as;
} qn_where_text;

typedef struct qn_where_array_text {
	qn_lookup op;
	union {
		qn_list_text list;
	} as;
} qn_where_array_text;

typedef struct qn_set_text {
	qn_set_op op;
	union {
		const char *value;
	} as;
} qn_set_text;

typedef struct qn_set_array_text {
	qn_set_op op;
	union {
		qn_array_text value;
	} as;
} qn_set_array_text;

/* numeric */
typedef struct qn_list_numeric {
	const char *const *at;
	size_t len;
} qn_list_numeric;

typedef struct qn_array_numeric {
	const char *const *at;
	size_t len;
	const bool *is_null; /* true where an element is NULL; NULL itself: none is */
} qn_array_numeric;

typedef struct qn_range_numeric {
	const char *low;
	const char *high;
} qn_range_numeric;

typedef struct qn_where_numeric {
	qn_lookup op;
	union {
		const char *value;
		const char *bound;
		qn_list_numeric list;
		qn_range_numeric range;
	} as;
} qn_where_numeric;

typedef struct qn_where_array_numeric {
	qn_lookup op;
	union {
		qn_list_numeric list;
	} as;
} qn_where_array_numeric;

typedef struct qn_set_numeric {
	qn_set_op op;
	union {
		const char *value;
	} as;
} qn_set_numeric;

typedef struct qn_change_numeric {
	qn_set_op op;
	union {
		const char *value;
		const char *amount;
	} as;
} qn_change_numeric;

typedef struct qn_set_array_numeric {
	qn_set_op op;
	union {
		qn_array_numeric value;
	} as;
} qn_set_array_numeric;

/* json */
typedef struct qn_list_json {
	const char *const *at;
	size_t len;
} qn_list_json;

typedef struct qn_array_json {
	const char *const *at;
	size_t len;
	const bool *is_null; /* true where an element is NULL; NULL itself: none is */
} qn_array_json;

typedef struct qn_where_json {
	qn_lookup op;
} qn_where_json;

typedef struct qn_where_array_json {
	qn_lookup op;
} qn_where_array_json;

typedef struct qn_set_json {
	qn_set_op op;
	union {
		const char *value;
	} as;
} qn_set_json;

typedef struct qn_set_array_json {
	qn_set_op op;
	union {
		qn_array_json value;
	} as;
} qn_set_array_json;

/* jsonb */
typedef struct qn_list_jsonb {
	const char *const *at;
	size_t len;
} qn_list_jsonb;

typedef struct qn_array_jsonb {
	const char *const *at;
	size_t len;
	const bool *is_null; /* true where an element is NULL; NULL itself: none is */
} qn_array_jsonb;

typedef struct qn_where_jsonb {
	qn_lookup op;
	union {
		const char *value;
		const char *document;
	} as;
} qn_where_jsonb;

typedef struct qn_where_array_jsonb {
	qn_lookup op;
	union {
		qn_list_jsonb list;
	} as;
} qn_where_array_jsonb;

typedef struct qn_set_jsonb {
	qn_set_op op;
	union {
		const char *value;
	} as;
} qn_set_jsonb;

typedef struct qn_set_array_jsonb {
	qn_set_op op;
	union {
		qn_array_jsonb value;
	} as;
} qn_set_array_jsonb;

/* opaque */
typedef struct qn_list_opaque {
	const char *const *at;
	size_t len;
} qn_list_opaque;

typedef struct qn_array_opaque {
	const char *const *at;
	size_t len;
	const bool *is_null; /* true where an element is NULL; NULL itself: none is */
} qn_array_opaque;

typedef struct qn_where_opaque {
	qn_lookup op;
	union {
		const char *value;
		const char *pattern;
		qn_list_opaque list;
	} as;
} qn_where_opaque;

typedef struct qn_where_array_opaque {
	qn_lookup op;
	union {
		qn_list_opaque list;
	} as;
} qn_where_array_opaque;

typedef struct qn_set_opaque {
	qn_set_op op;
	union {
		const char *value;
	} as;
} qn_set_opaque;

typedef struct qn_set_array_opaque {
	qn_set_op op;
	union {
		qn_array_opaque value;
	} as;
} qn_set_array_opaque;

/* decimal */
typedef struct qn_list_decimal {
	const qn_decimal *at;
	size_t len;
} qn_list_decimal;

typedef struct qn_array_decimal {
	const qn_decimal *at;
	size_t len;
	const bool *is_null; /* true where an element is NULL; NULL itself: none is */
} qn_array_decimal;

typedef struct qn_range_decimal {
	qn_decimal low;
	qn_decimal high;
} qn_range_decimal;

typedef struct qn_where_decimal {
	qn_lookup op;
	union {
		qn_decimal value;
		qn_decimal bound;
		qn_list_decimal list;
		qn_range_decimal range;
	} as;
} qn_where_decimal;

typedef struct qn_where_array_decimal {
	qn_lookup op;
	union {
		qn_list_decimal list;
	} as;
} qn_where_array_decimal;

typedef struct qn_set_decimal {
	qn_set_op op;
	union {
		qn_decimal value;
	} as;
} qn_set_decimal;

typedef struct qn_change_decimal {
	qn_set_op op;
	union {
		qn_decimal value;
		qn_decimal amount;
	} as;
} qn_change_decimal;

typedef struct qn_set_array_decimal {
	qn_set_op op;
	union {
		qn_array_decimal value;
	} as;
} qn_set_array_decimal;

/* bytes */
typedef struct qn_list_bytes {
	const qn_bytes *at;
	size_t len;
} qn_list_bytes;

typedef struct qn_array_bytes {
	const qn_bytes *at;
	size_t len;
	const bool *is_null; /* true where an element is NULL; NULL itself: none is */
} qn_array_bytes;

typedef struct qn_range_bytes {
	qn_bytes low;
	qn_bytes high;
} qn_range_bytes;

typedef struct qn_where_bytes {
	qn_lookup op;
	union {
		qn_bytes value;
		qn_bytes bound;
		qn_list_bytes list;
		qn_range_bytes range;
	} as;
} qn_where_bytes;

typedef struct qn_where_array_bytes {
	qn_lookup op;
	union {
		qn_list_bytes list;
	} as;
} qn_where_array_bytes;

typedef struct qn_set_bytes {
	qn_set_op op;
	union {
		qn_bytes value;
	} as;
} qn_set_bytes;

typedef struct qn_set_array_bytes {
	qn_set_op op;
	union {
		qn_array_bytes value;
	} as;
} qn_set_array_bytes;

/* date */
typedef struct qn_list_date {
	const qn_date *at;
	size_t len;
} qn_list_date;

typedef struct qn_array_date {
	const qn_date *at;
	size_t len;
	const bool *is_null; /* true where an element is NULL; NULL itself: none is */
} qn_array_date;

typedef struct qn_range_date {
	qn_date low;
	qn_date high;
} qn_range_date;

typedef struct qn_where_date {
	qn_lookup op;
	union {
		qn_date value;
		qn_date bound;
		qn_list_date list;
		qn_range_date range;
	} as;
} qn_where_date;

typedef struct qn_where_array_date {
	qn_lookup op;
	union {
		qn_list_date list;
	} as;
} qn_where_array_date;

typedef struct qn_set_date {
	qn_set_op op;
	union {
		qn_date value;
	} as;
} qn_set_date;

typedef struct qn_set_array_date {
	qn_set_op op;
	union {
		qn_array_date value;
	} as;
} qn_set_array_date;

/* time */
typedef struct qn_list_time {
	const qn_time *at;
	size_t len;
} qn_list_time;

typedef struct qn_array_time {
	const qn_time *at;
	size_t len;
	const bool *is_null; /* true where an element is NULL; NULL itself: none is */
} qn_array_time;

typedef struct qn_range_time {
	qn_time low;
	qn_time high;
} qn_range_time;

typedef struct qn_where_time {
	qn_lookup op;
	union {
		qn_time value;
		qn_time bound;
		qn_list_time list;
		qn_range_time range;
	} as;
} qn_where_time;

typedef struct qn_where_array_time {
	qn_lookup op;
	union {
		qn_list_time list;
	} as;
} qn_where_array_time;

typedef struct qn_set_time {
	qn_set_op op;
	union {
		qn_time value;
	} as;
} qn_set_time;

typedef struct qn_set_array_time {
	qn_set_op op;
	union {
		qn_array_time value;
	} as;
} qn_set_array_time;

/* timestamp */
typedef struct qn_list_timestamp {
	const qn_timestamp *at;
	size_t len;
} qn_list_timestamp;

typedef struct qn_array_timestamp {
	const qn_timestamp *at;
	size_t len;
	const bool *is_null; /* true where an element is NULL; NULL itself: none is */
} qn_array_timestamp;

typedef struct qn_range_timestamp {
	qn_timestamp low;
	qn_timestamp high;
} qn_range_timestamp;

typedef struct qn_where_timestamp {
	qn_lookup op;
	union {
		qn_timestamp value;
		qn_timestamp bound;
		qn_list_timestamp list;
		qn_range_timestamp range;
	} as;
} qn_where_timestamp;

typedef struct qn_where_array_timestamp {
	qn_lookup op;
	union {
		qn_list_timestamp list;
	} as;
} qn_where_array_timestamp;

typedef struct qn_set_timestamp {
	qn_set_op op;
	union {
		qn_timestamp value;
	} as;
} qn_set_timestamp;

typedef struct qn_set_array_timestamp {
	qn_set_op op;
	union {
		qn_array_timestamp value;
	} as;
} qn_set_array_timestamp;

/* timestamptz */
typedef struct qn_list_timestamptz {
	const qn_timestamptz *at;
	size_t len;
} qn_list_timestamptz;

typedef struct qn_array_timestamptz {
	const qn_timestamptz *at;
	size_t len;
	const bool *is_null; /* true where an element is NULL; NULL itself: none is */
} qn_array_timestamptz;

typedef struct qn_range_timestamptz {
	qn_timestamptz low;
	qn_timestamptz high;
} qn_range_timestamptz;

typedef struct qn_where_timestamptz {
	qn_lookup op;
	union {
		qn_timestamptz value;
		qn_timestamptz bound;
		qn_list_timestamptz list;
		qn_range_timestamptz range;
	} as;
} qn_where_timestamptz;

typedef struct qn_where_array_timestamptz {
	qn_lookup op;
	union {
		qn_list_timestamptz list;
	} as;
} qn_where_array_timestamptz;

typedef struct qn_set_timestamptz {
	qn_set_op op;
	union {
		qn_timestamptz value;
	} as;
} qn_set_timestamptz;

typedef struct qn_set_array_timestamptz {
	qn_set_op op;
	union {
		qn_array_timestamptz value;
	} as;
} qn_set_array_timestamptz;

/* interval */
typedef struct qn_list_interval {
	const qn_interval *at;
	size_t len;
} qn_list_interval;

typedef struct qn_array_interval {
	const qn_interval *at;
	size_t len;
	const bool *is_null; /* true where an element is NULL; NULL itself: none is */
} qn_array_interval;

typedef struct qn_range_interval {
	qn_interval low;
	qn_interval high;
} qn_range_interval;

typedef struct qn_where_interval {
	qn_lookup op;
	union {
		qn_interval value;
		qn_interval bound;
		qn_list_interval list;
		qn_range_interval range;
	} as;
} qn_where_interval;

typedef struct qn_where_array_interval {
	qn_lookup op;
	union {
		qn_list_interval list;
	} as;
} qn_where_array_interval;

typedef struct qn_set_interval {
	qn_set_op op;
	union {
		qn_interval value;
	} as;
} qn_set_interval;

typedef struct qn_change_interval {
	qn_set_op op;
	union {
		qn_interval value;
		qn_interval amount;
	} as;
} qn_change_interval;

typedef struct qn_set_array_interval {
	qn_set_op op;
	union {
		qn_array_interval value;
	} as;
} qn_set_array_interval;

/* uuid */
typedef struct qn_list_uuid {
	const qn_uuid *at;
	size_t len;
} qn_list_uuid;

typedef struct qn_array_uuid {
	const qn_uuid *at;
	size_t len;
	const bool *is_null; /* true where an element is NULL; NULL itself: none is */
} qn_array_uuid;

typedef struct qn_range_uuid {
	qn_uuid low;
	qn_uuid high;
} qn_range_uuid;

typedef struct qn_where_uuid {
	qn_lookup op;
	union {
		qn_uuid value;
		qn_uuid bound;
		qn_list_uuid list;
		qn_range_uuid range;
	} as;
} qn_where_uuid;

typedef struct qn_where_array_uuid {
	qn_lookup op;
	union {
		qn_list_uuid list;
	} as;
} qn_where_array_uuid;

typedef struct qn_set_uuid {
	qn_set_op op;
	union {
		qn_uuid value;
	} as;
} qn_set_uuid;

typedef struct qn_set_array_uuid {
	qn_set_op op;
	union {
		qn_array_uuid value;
	} as;
} qn_set_array_uuid;

/* inet */
typedef struct qn_list_inet {
	const qn_inet *at;
	size_t len;
} qn_list_inet;

typedef struct qn_array_inet {
	const qn_inet *at;
	size_t len;
	const bool *is_null; /* true where an element is NULL; NULL itself: none is */
} qn_array_inet;

typedef struct qn_range_inet {
	qn_inet low;
	qn_inet high;
} qn_range_inet;

typedef struct qn_where_inet {
	qn_lookup op;
	union {
		qn_inet value;
		qn_inet bound;
		qn_list_inet list;
		qn_range_inet range;
	} as;
} qn_where_inet;

typedef struct qn_where_array_inet {
	qn_lookup op;
	union {
		qn_list_inet list;
	} as;
} qn_where_array_inet;

typedef struct qn_set_inet {
	qn_set_op op;
	union {
		qn_inet value;
	} as;
} qn_set_inet;

typedef struct qn_set_array_inet {
	qn_set_op op;
	union {
		qn_array_inet value;
	} as;
} qn_set_array_inet;

/* macaddr */
typedef struct qn_list_macaddr {
	const qn_macaddr *at;
	size_t len;
} qn_list_macaddr;

typedef struct qn_array_macaddr {
	const qn_macaddr *at;
	size_t len;
	const bool *is_null; /* true where an element is NULL; NULL itself: none is */
} qn_array_macaddr;

typedef struct qn_range_macaddr {
	qn_macaddr low;
	qn_macaddr high;
} qn_range_macaddr;

typedef struct qn_where_macaddr {
	qn_lookup op;
	union {
		qn_macaddr value;
		qn_macaddr bound;
		qn_list_macaddr list;
		qn_range_macaddr range;
	} as;
} qn_where_macaddr;

typedef struct qn_where_array_macaddr {
	qn_lookup op;
	union {
		qn_list_macaddr list;
	} as;
} qn_where_array_macaddr;

typedef struct qn_set_macaddr {
	qn_set_op op;
	union {
		qn_macaddr value;
	} as;
} qn_set_macaddr;

typedef struct qn_set_array_macaddr {
	qn_set_op op;
	union {
		qn_array_macaddr value;
	} as;
} qn_set_array_macaddr;

#ifdef __cplusplus
}
#endif
#endif
