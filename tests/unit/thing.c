#include "thing.h"

static const char *const kind_labels[] = { "draft", "live", "it's \"odd\", {really}" };

const qn_enum test_kind_enum = {
	.name = "test.Kind",
	.sql_name = "\"test_kind\"",
	.labels = kind_labels,
	.len = 3,
};

#define IS_PLAIN(constant)                                                                       \
	(TEST_THING_##constant == TEST_THING_NAME || TEST_THING_##constant == TEST_THING_FLAG || \
	 TEST_THING_##constant == TEST_THING_PRICE)
#define PLAIN_OFFSET(constant)                                                       \
	(TEST_THING_##constant == TEST_THING_NAME   ? offsetof(test_thing_new, name) \
	 : TEST_THING_##constant == TEST_THING_FLAG ? offsetof(test_thing_new, flag) \
						    : offsetof(test_thing_new, price))

static const qn_field fields[] = {
#define X(constant, member, ctype, where_, set, change, qn, flags_, limit_, scale_, own_null)      \
	{                                                                                          \
		.name = #member,                                                                   \
		.column = TEST_THING_##constant == TEST_THING_REAL_ ? "Real \"x\"" : #member,      \
		.enumeration = QN_TYPE_##qn == QN_TYPE_ENUM ? &test_kind_enum : NULL,              \
		.sql_type = QN_TYPE_##qn == QN_TYPE_OPAQUE ? "point" : NULL,                       \
		.row = offsetof(test_thing, member),                                               \
		.has = ((flags_)&NULLABLE) && !(own_null)                                          \
			       ? (uint32_t)offsetof(test_thing, has_##member)                      \
			       : QN_NO_OFFSET,                                                     \
		.where = offsetof(test_thing_where, member),                                       \
		.values = (uint32_t)(IS_PLAIN(constant) ? PLAIN_OFFSET(constant)                   \
							: offsetof(test_thing_new, set_##member)), \
		.changes = ((flags_)&QN_FIELD_PRIMARY_KEY)                                         \
				   ? QN_NO_OFFSET                                                  \
				   : (uint32_t)offsetof(test_thing_changes, member),               \
		.limit = (limit_),                                                                 \
		.scale = (scale_),                                                                 \
		.flags = (flags_),                                                                 \
		.type = QN_TYPE_##qn,                                                              \
		.is_plain = IS_PLAIN(constant),                                                    \
	},
	THING_FIELDS(X)
#undef X
};

_Static_assert(sizeof(fields) / sizeof(fields[0]) == TEST_THING_FIELDS, "a row for each field");

static const uint16_t primary_key[] = { TEST_THING_ID - 1 };
static const int32_t order_by[] = { -TEST_THING_COUNT, TEST_THING_NAME };

#define MODEL(model_name)                                                              \
	.name = (model_name), .sql_name = "\"test_thing\"", .fields = fields,          \
	.field_count = TEST_THING_FIELDS, .only_capacity = TEST_THING_FIELDS,          \
	.row_size = sizeof(test_thing), .row_loaded = offsetof(test_thing, qn_loaded), \
	.where_size = sizeof(test_thing_where),                                        \
	.where_any_of = offsetof(test_thing_where, any_of),                            \
	.where_all_of = offsetof(test_thing_where, all_of),                            \
	.where_none_of = offsetof(test_thing_where, none_of),                          \
	.query_where = offsetof(test_thing_query, where),                              \
	.query_only = offsetof(test_thing_query, only)

const qn_model test_thing_model = {
	MODEL("test.Thing"),  .primary_key = primary_key, .primary_key_len = 1,
	.order_by = order_by, .order_by_len = 2,
};

const qn_model test_unordered_model = {
	MODEL("test.Unordered"),
	.primary_key = primary_key,
	.primary_key_len = 1,
};

const qn_model test_keyless_model = { MODEL("test.Keyless") };

#define FIELDS(...)                                  \
	.fields = (const uint16_t[]){ __VA_ARGS__ }, \
	.field_count = sizeof((const uint16_t[]){ __VA_ARGS__ }) / sizeof(uint16_t)

static const qn_unique uniques[] = {
	{ .constraint = "thing_pkey", FIELDS(TEST_THING_ID - 1) },
	{ .constraint = "thing_name_key", FIELDS(TEST_THING_NAME - 1) },
	{ .constraint = "thing_title_key", FIELDS(TEST_THING_TITLE - 1) },
	{ .constraint = "thing_pair", FIELDS(TEST_THING_BIG - 1, TEST_THING_SMALL - 1) },
	{ .constraint = "thing_one",
	  FIELDS(TEST_THING_BORN - 1, TEST_THING_COUNT - 1),
	  .nulls_not_distinct = true },
	{ .constraint = "thing_some", FIELDS(TEST_THING_SEEN - 1), .is_conditional = true },
	{ .constraint = "thing_when", FIELDS(TEST_THING_CHANGED - 1, TEST_THING_CLOCK - 1) },
	{ .constraint = "thing_odd",
	  FIELDS(TEST_THING_REAL_ - 1, TEST_THING_OTHER - 1, TEST_THING_PLACE - 1) },
};

static const qn_rules rules = { .uniques = uniques,
				.unique_count = sizeof(uniques) / sizeof(*uniques) };

const qn_model test_unique_model = {
	MODEL("test.Unique"),
	.primary_key = primary_key,
	.primary_key_len = 1,
	.rules = &rules,
};

const char test_thing_sql[] =
	"DROP TABLE IF EXISTS test_thing; DROP TYPE IF EXISTS test_kind;"
	"CREATE TYPE test_kind AS ENUM ('draft', 'live', 'it''s \"odd\", {really}');"
	"CREATE TABLE test_thing (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,"
	" name varchar(5) NOT NULL, title text, flag boolean NOT NULL, maybe boolean,"
	" small smallint, count integer NOT NULL DEFAULT 7, big bigint, \"Real \"\"x\"\"\" real,"
	" ratio double precision, price numeric(10,2) NOT NULL, wide numeric, data bytea,"
	" born date, clock time, seen timestamp,"
	" changed timestamptz NOT NULL DEFAULT now(), span interval, uid uuid, doc jsonb,"
	" plain json, addr inet, kind test_kind NOT NULL DEFAULT 'draft', other test_kind,"
	" place point, code char(3), letter \"char\", vector int2vector,"
	" tags text[] NOT NULL DEFAULT '{}', numbers integer[], kinds test_kind[])";
