/*
 * Related rows by keys of many types, one of each: which values are equal is the server's to say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <quern.h>

#include "keytypes/bits.h"
#include "keytypes/code.h"
#include "keytypes/day.h"
#include "keytypes/net.h"
#include "keytypes/paint.h"
#include "keytypes/place.h"
#include "keytypes/price.h"
#include "keytypes/raw.h"
#include "keytypes/shelf.h"
#include "keytypes/span.h"
#include "keytypes/stamp.h"
#include "keytypes/wall.h"
#include "keytypes/wide.h"
#include "test_server.h"

struct walls {
	struct test_server server;
	qn_pool *pool;
	qn_session *session;
};

/* Two walls, whose keys are the same, though a numeric and an interval are written in two ways. */
static const char rows[] =
	"INSERT INTO keytypes_paint VALUES ('green'); INSERT INTO keytypes_price VALUES (5.5);"
	"INSERT INTO keytypes_wide VALUES (7.10);"
	"INSERT INTO keytypes_place VALUES ('00000000-0000-0000-0000-000000000001');"
	"INSERT INTO keytypes_day VALUES ('2020-02-03'); INSERT INTO keytypes_code VALUES ('ab');"
	"INSERT INTO keytypes_bits VALUES ('101'); INSERT INTO keytypes_stamp VALUES ('2020-02-03');"
	"INSERT INTO keytypes_net VALUES ('10.0.0.1'); INSERT INTO keytypes_raw VALUES ('\\x0001');"
	"INSERT INTO keytypes_span VALUES ('1 mon');"
	"INSERT INTO keytypes_wall (paint_color, price_amount, wide_amount, place_id, day_day, "
	"code_code, bits_bits, stamp_stamp, net_addr, raw_raw, span_len) "
	"SELECT 'green', 5.50, w, '00000000-0000-0000-0000-000000000001', '2020-02-03', 'ab ', "
	"'101', '2020-02-03', '10.0.0.1', '\\x0001', s "
	"FROM (VALUES (7.1, interval '30 days'), (7.100, interval '1 mon')) AS v(w, s)";

static int setup(void **state)
{
	static struct walls walls;
	qn_pool_config config = { .max = 1 };

	if (!test_server_start(&walls.server) ||
	    !test_server_execute_file(&walls.server, getenv("KEYTYPES_SQL")) ||
	    !test_server_execute(&walls.server, rows))
		return -1;
	*state = &walls;
	config.conninfo = test_server_conninfo(&walls.server);
	if (qn_pool_open(&walls.pool, &config) != QN_OK)
		return -1;
	return qn_session_open(walls.pool, &walls.session) == QN_OK ? 0 : -1;
}

static int teardown(void **state)
{
	struct walls *walls = *state;

	qn_session_close(walls->session);
	qn_pool_close(walls->pool);
	return test_server_stop(&walls->server) ? 0 : -1;
}

static keytypes_wall_list find(struct walls *walls, const keytypes_wall_query *query)
{
	keytypes_wall_list list;

	if (qn_await(keytypes_wall_find(walls->session, &list, query)) != QN_OK)
		fail_msg("%s", qn_session_error(walls->session)->message);
	assert_int_equal(list.len, 2);
	return list;
}

static const keytypes_wall_query all = { .order_by = { KEYTYPES_WALL_ID } };
static const keytypes_wall_query first = { .order_by = { KEYTYPES_WALL_ID }, .limit = 1 };

/* The row by a join and by a statement of its own; and its walls, all and the first of them. */
#define KEY_TEST(type)                                                                            \
	static void rows_are_related_by_##type(void **state)                                      \
	{                                                                                         \
		const keytypes_##type##_query with_all = { .prefetch_related.walls = &all };      \
		const keytypes_##type##_query with_first = { .prefetch_related.walls = &first };  \
		keytypes_wall_list walls =                                                        \
			find(*state, &(keytypes_wall_query){ .select_related.type = &with_all }); \
                                                                                                  \
		assert_ptr_equal(walls.at[0].type, walls.at[1].type);                             \
		assert_int_equal(walls.at[0].type->walls.len, 2);                                 \
		walls = find(*state,                                                              \
			     &(keytypes_wall_query){ .prefetch_related.type = &with_first });     \
		assert_non_null(walls.at[0].type);                                                \
		assert_non_null(walls.at[1].type);                                                \
		assert_int_equal(walls.at[0].type->walls.len, 1);                                 \
		assert_int_equal(walls.at[1].type->walls.at[0].id, 1);                            \
	}

#define KEY_TYPES(X) \
	X(paint) X(price) X(wide) X(place) X(day) X(code) X(bits) X(stamp) X(net) X(raw) X(span)

KEY_TYPES(KEY_TEST)

static void expect_shelves(struct walls *walls, const keytypes_shelf_where *where, int64_t expected)
{
	int64_t count;

	assert_int_equal(qn_await(keytypes_shelf_count(walls->session, &count,
						       &(keytypes_shelf_query){ .where = *where })),
			 QN_OK);
	assert_int_equal(count, expected);
}

/* Linked twice is linked once; then unlinked. */
#define LINK_TEST(type)                                                                            \
	static void rows_are_linked_by_##type(void **state)                                        \
	{                                                                                          \
		const keytypes_shelf_where linked = { .type.count = QN_EQ(1) };                    \
		const keytypes_shelf_where none = { .type.none =                                   \
							    QN_ANY(keytypes_##type##_where) };     \
		struct walls *walls = *state;                                                      \
		qn_session *session = walls->session;                                              \
		keytypes_shelf *shelf;                                                             \
		keytypes_##type *row;                                                              \
                                                                                                   \
		assert_int_equal(qn_await(keytypes_shelf_delete_all(session, NULL)), QN_OK);       \
		assert_int_equal(qn_await(keytypes_shelf_create(session, &shelf,                   \
								&(keytypes_shelf_new){ 0 })),      \
				 QN_OK);                                                           \
		assert_int_equal(qn_await(keytypes_##type##_first(session, &row, NULL)), QN_OK);   \
		expect_shelves(walls, &none, 1);                                                   \
		assert_int_equal(qn_await(keytypes_shelf_##type##_add(session, shelf, row, 1)),    \
				 QN_OK);                                                           \
		assert_int_equal(qn_await(keytypes_shelf_##type##_set(session, shelf, row, 1)),    \
				 QN_OK);                                                           \
		expect_shelves(walls, &linked, 1);                                                 \
		assert_int_equal(qn_await(keytypes_shelf_##type##_remove(session, shelf, row, 1)), \
				 QN_OK);                                                           \
		expect_shelves(walls, &none, 1);                                                   \
	}

KEY_TYPES(LINK_TEST)

int main(void)
{
	const struct CMUnitTest tests[] = {
#define KEY_CASE(type) cmocka_unit_test(rows_are_related_by_##type),
		KEY_TYPES(KEY_CASE)
#define LINK_CASE(type) cmocka_unit_test(rows_are_linked_by_##type),
			KEY_TYPES(LINK_CASE)
	};

	return cmocka_run_group_tests_name("keytypes", tests, setup, teardown);
}
