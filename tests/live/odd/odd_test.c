/*
 * Relations of tables that are odd: called as quern calls what is its own, with further keys,
 * columns and triggers, without a key.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <quern.h>

#include "odd/bag.h"
#include "odd/guest.h"
#include "odd/hall.h"
#include "odd/keeper.h"
#include "odd/like.h"
#include "odd/note.h"
#include "odd/part.h"
#include "odd/peer.h"
#include "odd/room.h"
#include "odd/seat.h"
#include "odd/tree.h"
#include "odd/window.h"
#include "test_server.h"

struct odd {
	struct test_server server;
	qn_pool *pool;
	qn_session *session;
};

#define ROOMS "SELECT string_agg(id || '-' || coalesce(\"keep\"\"er\", 0), ' ' ORDER BY id) FROM k"
#define LINKS                                                                                   \
	"SELECT string_agg(keeper_id || '-' || room_id, ' ' ORDER BY keeper_id, room_id) FROM " \
	"\"gone\""
#define SEATS                                                                              \
	"SELECT string_agg(hall_id || '-' || coalesce(guest_id, 0) || '-' || number, ' ' " \
	"ORDER BY id) FROM odd_seat"
#define LIKES "SELECT string_agg(hall_id || '-' || stars, ' ' ORDER BY hall_id) FROM odd_like"
#define PARTS                                                                                    \
	"SELECT string_agg(coalesce(of_shop, 0) || '-' || coalesce(of_number, 0), ' ' ORDER BY " \
	"shop, number) FROM odd_part"

static int setup(void **state)
{
	static struct odd odd;
	qn_pool_config config = { .max = 1 };

	if (!test_server_start(&odd.server) ||
	    !test_server_execute_file(&odd.server, getenv("ODD_SQL")))
		return -1;
	*state = &odd;
	config.conninfo = test_server_conninfo(&odd.server);
	return qn_pool_open(&odd.pool, &config) == QN_OK ? 0 : -1;
}

static int teardown(void **state)
{
	struct odd *odd = *state;

	qn_session_close(odd->session);
	qn_pool_close(odd->pool);
	return test_server_stop(&odd->server) ? 0 : -1;
}

static int clear(void **state)
{
	struct odd *odd = *state;

	qn_session_close(odd->session);
	odd->session = NULL;
	if (!test_server_execute(&odd->server,
				 "SET client_min_messages = warning;"
				 "TRUNCATE t, moved, k, odd_guest, odd_hall, odd_part, deleted "
				 "RESTART IDENTITY CASCADE"))
		return -1;
	return qn_session_open(odd->pool, &odd->session) == QN_OK ? 0 : -1;
}

static void execute(struct odd *odd, const char *sql)
{
	assert_true(test_server_execute(&odd->server, sql));
}

static void expect(struct odd *odd, qn_op *op, qn_status expected)
{
	qn_status status = qn_await(op);
	const qn_error *error = qn_session_error(odd->session);

	if (status != expected)
		fail_msg("%s instead of %s: %s %s [%s]", qn_status_name(status),
			 qn_status_name(expected), error->sqlstate, error->message, error->sql);
}

static void expect_found(struct odd *odd, const char *sql, const char *expected)
{
	char *value = test_server_value(&odd->server, sql);

	assert_non_null(value);
	assert_string_equal(value, expected);
	free(value);
}

static void fill_rooms(struct odd *odd)
{
	execute(odd, "INSERT INTO moved (name) VALUES ('Ann'), ('Bob');"
		     "INSERT INTO k VALUES (1, NULL, 'a'), (2, NULL, 'b'), (3, 1, 'c');"
		     "INSERT INTO t (name) VALUES ('sack')");
}

#define ROOM(...) ((odd_room[]){ __VA_ARGS__ })

static void links_are_written_whatever_their_tables_are_called(void **state)
{
	struct odd *odd = *state;
	odd_keeper keeper = { .id = 1 };

	fill_rooms(odd);
	expect(odd, odd_keeper_rooms_add(odd->session, &keeper, ROOM({ .id = 1 }, { .id = 2 }), 2),
	       QN_OK);
	expect_found(odd, LINKS, "1-1 1-2");
	expect(odd, odd_keeper_rooms_set(odd->session, &keeper, ROOM({ .id = 2 }, { .id = 3 }), 2),
	       QN_OK);
	expect_found(odd, LINKS, "1-2 1-3");
	expect(odd, odd_keeper_rooms_remove(odd->session, &keeper, ROOM({ .id = 2 }), 1), QN_OK);
	expect_found(odd, LINKS, "1-3");
	expect(odd, odd_keeper_rooms_clear(odd->session, &keeper), QN_OK);
	expect_found(odd, "SELECT count(*) FROM \"gone\"", "0");
}

static void rows_are_moved_whatever_their_tables_are_called(void **state)
{
	struct odd *odd = *state;
	odd_keeper keeper = { .id = 2 };

	fill_rooms(odd);
	expect(odd, odd_keeper_owned_add(odd->session, &keeper, ROOM({ .id = 1 }, { .id = 2 }), 2),
	       QN_OK);
	expect_found(odd, ROOMS, "1-2 2-2 3-1");
	expect(odd, odd_keeper_owned_set(odd->session, &keeper, ROOM({ .id = 2 }, { .id = 3 }), 2),
	       QN_OK);
	expect_found(odd, ROOMS, "1-0 2-2 3-2");
	expect(odd, odd_keeper_owned_remove(odd->session, &keeper, ROOM({ .id = 3 }), 1), QN_OK);
	expect_found(odd, ROOMS, "1-0 2-2 3-0");
	expect(odd, odd_keeper_owned_clear(odd->session, &keeper), QN_OK);
	expect_found(odd, ROOMS, "1-0 2-0 3-0");
}

static void a_row_is_created_and_linked_whatever_its_table_is_called(void **state)
{
	struct odd *odd = *state;
	odd_room room = { .id = 1 };
	odd_bag bag = { .id = 1 };
	odd_room *made_room;
	odd_bag *made;

	fill_rooms(odd);
	expect(odd,
	       odd_room_bags_create(odd->session, &made, &room, &(odd_bag_new){ .name = "box" }),
	       QN_OK);
	assert_string_equal(made->name, "box");
	expect(odd,
	       odd_bag_rooms_create(odd->session, &made_room, &bag,
				    &(odd_room_new){ .id = 9, .name = "new" }),
	       QN_OK);
	assert_string_equal(made_room->name, "new");
	expect_found(odd, "SELECT string_agg(bag_id || '-' || room_id, ' ' ORDER BY bag_id) FROM l",
		     "1-9 2-1");
}

static void rows_are_loaded_whatever_their_tables_are_called(void **state)
{
	struct odd *odd = *state;
	odd_keeper_list keepers;

	fill_rooms(odd);
	execute(odd, "INSERT INTO gone VALUES (1, 2), (1, 3), (2, 3)");
	expect(odd,
	       odd_keeper_find(
		       odd->session, &keepers,
		       &(odd_keeper_query){
			       .order_by = { ODD_KEEPER_ID },
			       .prefetch_related = {
				       .rooms = &(odd_room_query){ .order_by = { -ODD_ROOM_NAME },
								   .limit = 1,
								   .select_related.keeper =
									   &(odd_keeper_query){ 0 } },
				       .owned = &(odd_room_query){ .order_by = { ODD_ROOM_ID } },
			       },
			       .where.rooms.some = &(odd_room_where){ .name = QN_EQ("c") },
		       }),
	       QN_OK);
	assert_int_equal(keepers.len, 2);
	assert_int_equal(keepers.at[0].rooms.len, 1);
	assert_string_equal(keepers.at[0].rooms.at[0].name, "c");
	assert_string_equal(keepers.at[0].rooms.at[0].keeper->name, "Ann");
	assert_int_equal(keepers.at[0].owned.len, 1);
	assert_int_equal(keepers.at[1].owned.len, 0);
}

static void deletes_are_counted_whatever_their_tables_are_called(void **state)
{
	struct odd *odd = *state;
	odd_keeper keeper = { .id = 1 };
	odd_tree tree = { .id = 1 };
	qn_deleted_list deleted;

	fill_rooms(odd);
	execute(odd,
		"INSERT INTO gone VALUES (1, 2), (2, 3); INSERT INTO l VALUES (1, 3);"
		"INSERT INTO deleted (parent_id, name) VALUES (NULL, 'a'), (1, 'b'), (2, 'c'), "
		"(NULL, 'd')");
	expect(odd, odd_keeper_delete_counted(odd->session, &deleted, &keeper), QN_OK);
	assert_int_equal(deleted.len, 4);
	assert_string_equal(deleted.at[0].model, "odd.Keeper");
	assert_int_equal(deleted.at[0].count, 1);
	expect_found(odd, ROOMS, "1-0 2-0");
	expect_found(odd, "SELECT count(*) FROM gone", "0");
	expect(odd, odd_tree_delete_counted(odd->session, &deleted, &tree), QN_OK);
	assert_int_equal(deleted.len, 1);
	assert_int_equal(deleted.at[0].count, 3);
	expect_found(odd, "SELECT count(*) FROM deleted", "1");
}

static void a_delete_that_a_trigger_swallows_counts_nothing(void **state)
{
	struct odd *odd = *state;
	odd_tree tree = { .id = 1 };
	qn_deleted_list deleted;

	execute(odd, "INSERT INTO deleted (name) VALUES ('a');"
		     "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS "
		     "'BEGIN RETURN NULL; END';"
		     "CREATE TRIGGER keep BEFORE DELETE ON deleted FOR EACH ROW EXECUTE FUNCTION "
		     "keep()");
	expect(odd, odd_tree_delete_counted(odd->session, &deleted, &tree), QN_NOT_FOUND);
	assert_int_equal(deleted.len, 0);
	execute(odd, "SET client_min_messages = warning; DROP FUNCTION keep CASCADE");
}

static void a_row_of_a_view_is_deleted_and_counted(void **state)
{
	struct odd *odd = *state;
	odd_window window = { .id = 1 };
	qn_deleted_list deleted;

	execute(odd, "INSERT INTO deleted (name) VALUES ('a'), ('b');"
		     "CREATE VIEW odd_window AS SELECT id, name FROM deleted");
	expect(odd, odd_window_delete_counted(odd->session, &deleted, &window), QN_OK);
	assert_int_equal(deleted.len, 1);
	assert_int_equal(deleted.at[0].count, 1);
	expect(odd, odd_window_delete_counted(odd->session, &deleted, &window), QN_NOT_FOUND);
	expect_found(odd, "SELECT count(*) FROM odd_window", "1");
	execute(odd, "DROP VIEW odd_window");
}

static void a_link_that_another_key_keeps_out_is_told(void **state)
{
	struct odd *odd = *state;
	odd_hall hall = { .id = 1 };
	const odd_guest bob = { .id = 2 };
	const odd_seat_new seat = { .number = 7 };
	odd_guest *made;

	execute(odd, "INSERT INTO odd_hall (name) VALUES ('north');"
		     "INSERT INTO odd_guest (name) VALUES ('Ann'), ('Bob');"
		     "INSERT INTO odd_seat (hall_id, guest_id, number) VALUES (1, 1, 7)");
	expect(odd, odd_hall_guests_add(odd->session, &hall, &bob, 1, &seat), QN_UNIQUE_VIOLATION);
	expect(odd,
	       odd_hall_guests_create(odd->session, &made, &hall, &(odd_guest_new){ .name = "Cid" },
				      &seat),
	       QN_UNIQUE_VIOLATION);
	expect_found(odd, SEATS, "1-1-7");
	expect_found(odd, "SELECT count(*) FROM odd_guest", "2");
	expect(odd,
	       odd_hall_guests_add(odd->session, &hall, &bob, 1, &(odd_seat_new){ .number = 8 }),
	       QN_OK);
	expect_found(odd, SEATS, "1-1-7 1-2-8");
}

static void what_set_unlinks_keeps_nothing_out(void **state)
{
	struct odd *odd = *state;
	odd_hall hall = { .id = 1 };
	const odd_guest bob = { .id = 2 };

	execute(odd, "INSERT INTO odd_hall (name) VALUES ('north');"
		     "INSERT INTO odd_guest (name) VALUES ('Ann'), ('Bob');"
		     "INSERT INTO odd_seat (hall_id, guest_id, number) VALUES (1, 1, 7)");
	expect(odd,
	       odd_hall_guests_set(odd->session, &hall, &bob, 1, &(odd_seat_new){ .number = 7 }),
	       QN_OK);
	expect_found(odd, SEATS, "1-2-7");
}

static void a_link_whose_pair_is_the_key_is_made_once(void **state)
{
	struct odd *odd = *state;
	odd_guest ann = { .id = 1 };
	const odd_hall halls[] = { { .id = 1 }, { .id = 2 } };
	const odd_like_new like = { .stars = QN_SET(5) };

	execute(odd, "INSERT INTO odd_hall (name) VALUES ('north'), ('south');"
		     "INSERT INTO odd_guest (name) VALUES ('Ann')");
	expect(odd, odd_guest_likes_add(odd->session, &ann, halls, 1, NULL), QN_OK);
	expect(odd, odd_guest_likes_add(odd->session, &ann, halls, 2, &like), QN_OK);
	expect_found(odd, LIKES, "1-1 2-5");
	expect(odd, odd_guest_likes_set(odd->session, &ann, halls + 1, 1, NULL), QN_OK);
	expect_found(odd, LIKES, "2-5");
}

static int64_t count_halls(struct odd *odd, odd_guest_where_many guests)
{
	int64_t count;

	expect(odd,
	       odd_hall_count(odd->session, &count, &(odd_hall_query){ .where.guests = guests }),
	       QN_OK);
	return count;
}

static void a_link_to_nobody_is_no_related_row(void **state)
{
	struct odd *odd = *state;
	const odd_guest_where *anybody = QN_ANY(odd_guest_where);
	odd_hall_list halls;

	execute(odd, "INSERT INTO odd_hall (name) VALUES ('north');"
		     "INSERT INTO odd_seat (hall_id, guest_id, number) VALUES (1, NULL, 7)");
	assert_int_equal(count_halls(odd, (odd_guest_where_many){ .some = anybody }), 0);
	assert_int_equal(count_halls(odd, (odd_guest_where_many){ .none = anybody }), 1);
	assert_int_equal(count_halls(odd, (odd_guest_where_many){ .count = QN_EQ(0) }), 1);
	assert_int_equal(count_halls(odd, (odd_guest_where_many){ .count = QN_EQ(1) }), 0);
	expect(odd,
	       odd_hall_find(odd->session, &halls,
			     &(odd_hall_query){ .prefetch_related.guests =
							&(odd_guest_query){ 0 } }),
	       QN_OK);
	assert_int_equal(halls.at[0].guests.len, 0);
}

static void symmetrical_links_may_have_columns_without_equality(void **state)
{
	struct odd *odd = *state;
	odd_guest ann = { .id = 1 };
	odd_guest *made;
	const odd_peer_new peer = { .said = QN_SET("[1]") };

	execute(odd, "INSERT INTO odd_guest (name) VALUES ('Ann'), ('Bob')");
	expect(odd,
	       odd_guest_peers_add(odd->session, &ann, (odd_guest[]){ { .id = 1 }, { .id = 2 } }, 2,
				   &peer),
	       QN_OK);
	expect(odd,
	       odd_guest_peers_create(odd->session, &made, &ann, &(odd_guest_new){ .name = "Cid" },
				      &peer),
	       QN_OK);
	expect_found(odd,
		     "SELECT string_agg(one_id || '-' || other_id, ' ' ORDER BY one_id, other_id) "
		     "FROM odd_peer WHERE said::text = '[1]'",
		     "1-1 1-2 1-3 2-1 3-1");
}

static void rows_refer_by_keys_that_are_null_in_part(void **state)
{
	struct odd *odd = *state;
	odd_part_list parts;
	odd_part whole = { .shop = 1, .number = 1 };
	const odd_part others[] = { { .shop = 1, .number = 2 }, { .shop = 1, .number = 3 } };
	int64_t count;

	execute(odd, "INSERT INTO odd_part VALUES (1, 1, NULL, NULL, 'a'), (1, 2, 1, NULL, 'b'), "
		     "(1, 3, NULL, 1, 'c')");
	expect(odd,
	       odd_part_find(odd->session, &parts,
			     &(odd_part_query){ .order_by = { ODD_PART_OF, ODD_PART_NUMBER },
						.select_related.of = &(odd_part_query){ 0 },
						.prefetch_related.parts = &(odd_part_query){ 0 } }),
	       QN_OK);
	assert_int_equal(parts.len, 3);
	for (size_t i = 0; i < parts.len; i++) {
		assert_null(parts.at[i].of);
		assert_int_equal(parts.at[i].parts.len, 0);
		assert_int_equal(parts.at[i].number, i + 1);
	}
	expect(odd,
	       odd_part_count(odd->session, &count,
			      &(odd_part_query){ .where.of = QN_ANY(odd_part_where) }),
	       QN_OK);
	assert_int_equal(count, 0);
	expect(odd, odd_part_parts_remove(odd->session, &whole, others, 1), QN_NOT_FOUND);
	expect(odd, odd_part_parts_set(odd->session, &whole, others, 2), QN_OK);
	expect_found(odd, PARTS, "0-0 1-1 1-1");
	expect(odd, odd_part_parts_remove(odd->session, &whole, others, 1), QN_OK);
	expect_found(odd, PARTS, "0-0 0-0 1-1");
	expect(odd, odd_part_parts_clear(odd->session, &whole), QN_OK);
	expect_found(odd, PARTS, "0-0 0-0 0-0");
}

static void rows_without_a_key_are_loaded_and_let_go(void **state)
{
	struct odd *odd = *state;
	odd_hall hall = { .id = 1 };
	odd_note_list notes;

	execute(odd, "INSERT INTO odd_hall (name) VALUES ('north');"
		     "INSERT INTO odd_note VALUES (1, 'a'), (1, 'b'), (NULL, 'c')");
	expect(odd,
	       odd_hall_load_related(
		       odd->session, &hall, 1,
		       &(odd_hall_related){
			       .notes = &(odd_note_query){ .order_by = { -ODD_NOTE_TEXT },
							   .only = { ODD_NOTE_TEXT } } }),
	       QN_OK);
	assert_int_equal(hall.notes.len, 2);
	assert_string_equal(hall.notes.at[0].text, "b");
	expect(odd,
	       odd_note_find(odd->session, &notes,
			     &(odd_note_query){ .order_by = { ODD_NOTE_HALL, ODD_NOTE_TEXT },
						.select_related.hall = &(odd_hall_query){ 0 } }),
	       QN_OK);
	assert_int_equal(notes.len, 3);
	assert_ptr_equal(notes.at[0].hall, notes.at[1].hall);
	assert_null(notes.at[2].hall);
	expect(odd, odd_hall_notes_clear(odd->session, &hall), QN_OK);
	assert_false(odd_hall_is_loaded(&hall, ODD_HALL_NOTES));
	expect_found(odd, "SELECT count(hall_id) FROM odd_note", "0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(links_are_written_whatever_their_tables_are_called, clear),
		cmocka_unit_test_setup(rows_are_moved_whatever_their_tables_are_called, clear),
		cmocka_unit_test_setup(a_row_is_created_and_linked_whatever_its_table_is_called,
				       clear),
		cmocka_unit_test_setup(rows_are_loaded_whatever_their_tables_are_called, clear),
		cmocka_unit_test_setup(deletes_are_counted_whatever_their_tables_are_called, clear),
		cmocka_unit_test_setup(a_delete_that_a_trigger_swallows_counts_nothing, clear),
		cmocka_unit_test_setup(a_row_of_a_view_is_deleted_and_counted, clear),
		cmocka_unit_test_setup(a_link_that_another_key_keeps_out_is_told, clear),
		cmocka_unit_test_setup(what_set_unlinks_keeps_nothing_out, clear),
		cmocka_unit_test_setup(a_link_whose_pair_is_the_key_is_made_once, clear),
		cmocka_unit_test_setup(a_link_to_nobody_is_no_related_row, clear),
		cmocka_unit_test_setup(symmetrical_links_may_have_columns_without_equality, clear),
		cmocka_unit_test_setup(rows_refer_by_keys_that_are_null_in_part, clear),
		cmocka_unit_test_setup(rows_without_a_key_are_loaded_and_let_go, clear),
	};

	return cmocka_run_group_tests_name("odd", tests, setup, teardown);
}
