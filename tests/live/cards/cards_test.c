/*
 * Serializers from the schema to the text: what a query loaded is written under their keys, and
 * nothing else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>
#include <quern.h>

#include "cards/author.h"
#include "cards/book.h"
#include "cards/registry.h"
#include "cards/serializers.h"
#include "cards/tag.h"
#include "test_server.h"

static const char rows[] =
	"INSERT INTO cards_author (name, password, mentor_id) VALUES"
	" ('Ann', 'hidden', NULL), ('Bob', 'hidden', 1);"
	"INSERT INTO cards_tag (label) VALUES ('new'), ('sale');"
	"INSERT INTO cards_book (title, price, sold, author_id, editor_id) VALUES"
	" ('Alpha', 12.50, 2, 1, 2), ('Beta', 3, 0, 2, NULL);"
	"INSERT INTO cards_book_tags VALUES (1, 1), (1, 2);";

struct cards {
	struct test_server server;
	qn_pool *pool;
	qn_session *session;
	unsigned statements;
};

/* What the computed keys of a card are given. */
struct prices {
	unsigned asked;
	bool is_broken;
};

qn_status cards_book_card_revenue(qn_buffer *out, const cards_book *row, void *context)
{
	struct prices *prices = context;
	char text[32];
	int len;

	prices->asked++;
	len = snprintf(text, sizeof(text), "%d", (int)(row->price.unscaled / 100) * (int)row->sold);
	return len > 0 ? qn_buffer_add(out, text, (size_t)len) : QN_INVALID_VALUE;
}

qn_status cards_book_card_badge(qn_buffer *out, const cards_book *row, void *context)
{
	const struct prices *prices = context;

	if (prices->is_broken)
		return qn_buffer_add(out, "{", 1);
	return qn_json_write_text(out, row->sold ? "\"hot\"" : NULL);
}

static void count_statement(void *context, const qn_log_entry *entry)
{
	struct cards *cards = context;

	cards->statements += entry->event == QN_LOG_QUERY;
}

static int setup(void **state)
{
	static struct cards cards;
	qn_pool_config config = { .max = 1, .log = count_statement, .log_context = &cards };

	*state = &cards;
	if (!test_server_start(&cards.server) ||
	    !test_server_execute_file(&cards.server, getenv("CARDS_SQL")) ||
	    !test_server_execute(&cards.server, rows))
		return -1;
	config.conninfo = test_server_conninfo(&cards.server);
	if (qn_pool_open(&cards.pool, &config) != QN_OK)
		return -1;
	return qn_session_open(cards.pool, &cards.session) == QN_OK ? 0 : -1;
}

static int teardown(void **state)
{
	struct cards *cards = *state;

	qn_session_close(cards->session);
	qn_pool_close(cards->pool);
	return test_server_stop(&cards->server) ? 0 : -1;
}

/* All books, with what the cards of books write. */
static cards_book_list load_books(struct cards *cards)
{
	const cards_author_query author = { 0 };
	const cards_tag_query tags = { .order_by = { CARDS_TAG_ID } };
	const cards_book_query query = {
		.order_by = { CARDS_BOOK_ID },
		.select_related = { .author = &author, .editor = &author },
		.prefetch_related.tags = &tags,
	};
	cards_book_list books;

	assert_int_equal(qn_await(cards_book_find(cards->session, &books, &query)), QN_OK);
	cards->statements = 0;
	return books;
}

static void a_list_has_its_authors_and_tags_nested(void **state)
{
	struct cards *cards = *state;
	cards_book_list books = load_books(cards);
	struct prices prices = { 0 };
	qn_buffer out = { 0 };

	assert_int_equal(cards_book_card_list_to_json(&out, &books, &prices), QN_OK);
	assert_string_equal(out.at, "[{\"title\":\"Alpha\",\"unitPrice\":\"12.50\","
				    "\"author\":{\"name\":\"Ann\"},\"editor\":{\"name\":\"Bob\"},"
				    "\"tags\":[{\"label\":\"new\"},{\"label\":\"sale\"}],"
				    "\"revenue\":24,\"label\":\"\\\"hot\\\"\"},"
				    "{\"title\":\"Beta\",\"unitPrice\":\"3.00\","
				    "\"author\":{\"name\":\"Bob\"},\"editor\":null,\"tags\":[],"
				    "\"revenue\":0,\"label\":null}]");
	assert_int_equal(prices.asked, 2);
	assert_int_equal(cards->statements, 0);
	qn_buffer_free(&out);
}

static void the_columns_of_a_model_are_written_without_those_that_are_excluded(void **state)
{
	cards_book_list books = load_books(*state);
	qn_buffer out = { 0 };

	assert_int_equal(cards_book_row_to_json(&out, &books.at[1]), QN_OK);
	assert_string_equal(out.at, "{\"id\":2,\"title\":\"Beta\",\"price\":\"3.00\",\"sold\":0,"
				    "\"author_id\":2,\"editor_id\":null}");
	qn_buffer_free(&out);
}

static void a_password_never_goes_out(void **state)
{
	struct cards *cards = *state;
	const cards_author_query author = { 0 };
	const cards_tag_query tags = { 0 };
	const cards_book_query books = {
		.select_related = { .author = &author, .editor = &author },
		.prefetch_related.tags = &tags,
	};
	const cards_author_query query = { .prefetch_related.books = &books };
	cards_author_list authors;
	struct prices prices = { 0 };
	qn_buffer out = { 0 };

	assert_int_equal(qn_await(cards_author_find(cards->session, &authors, &query)), QN_OK);
	assert_string_equal(authors.at[0].password, "hidden");
	assert_int_equal(cards_author_books_list_to_json(&out, &authors, &prices), QN_OK);
	assert_non_null(strstr(out.at, "\"books\":[{\"title\":\"Alpha\""));
	assert_null(strstr(out.at, "hidden"));
	assert_null(strstr(out.at, "password"));
	qn_buffer_free(&out);
}

static void a_row_that_was_not_loaded_is_its_key_and_a_list_is_refused(void **state)
{
	struct cards *cards = *state;
	const cards_tag_query tags = { 0 };
	const cards_book_query query = { .order_by = { CARDS_BOOK_ID },
					 .prefetch_related.tags = &tags };
	cards_book_list books;
	struct prices prices = { 0 };
	qn_buffer out = { 0 };

	assert_int_equal(qn_await(cards_book_find(cards->session, &books, &query)), QN_OK);
	assert_int_equal(cards_book_card_to_json(&out, &books.at[0], &prices), QN_OK);
	assert_non_null(strstr(out.at, "\"author\":1,\"editor\":2,"));
	qn_buffer_clear(&out);
	assert_int_equal(qn_await(cards_book_find(cards->session, &books, NULL)), QN_OK);
	cards->statements = 0;
	assert_int_equal(cards_book_card_list_to_json(&out, &books, &prices), QN_USAGE);
	assert_string_equal(out.problem,
			    "cards.BookCard writes cards.Book.tags, which was not loaded");
	assert_int_equal(out.len, 0);
	assert_int_equal(cards->statements, 0);
	qn_buffer_free(&out);
}

static void what_is_computed_has_to_be_json(void **state)
{
	cards_book_list books = load_books(*state);
	struct prices prices = { .is_broken = true };
	qn_buffer out = { 0 };

	assert_int_equal(cards_book_card_to_json(&out, &books.at[0], &prices), QN_INVALID_VALUE);
	assert_string_equal(out.problem, "what was computed for cards.BookCard.label is not JSON");
	qn_buffer_free(&out);
}

static void a_new_row_is_read_and_its_password_stays_hidden(void **state)
{
	static const char text[] = "{\"name\":\"Cy\",\"password\":\"hidden\"}";
	struct cards *cards = *state;
	cards_author_new values;
	cards_author *author;
	qn_errors errors;
	qn_buffer out = { 0 };

	assert_int_equal(cards_author_name_new_from_json(cards->session, &values, text,
							 strlen(text), &errors),
			 QN_OK);
	assert_int_equal(qn_await(cards_author_create(cards->session, &author, &values)), QN_OK);
	assert_string_equal(author->password, "hidden");
	assert_int_equal(cards_author_name_to_json(&out, author), QN_OK);
	assert_string_equal(out.at, "{\"name\":\"Cy\"}");
	qn_buffer_free(&out);
}

static void a_patch_sets_one_field_to_null_and_is_refused_for_another(void **state)
{
	static const char good[] = "{\"editor\":null,\"author\":2}";
	static const char bad[] = "{\"unitPrice\":null,\"tags\":[],\"price\":1}";
	struct cards *cards = *state;
	const cards_book_where alpha = { .title = QN_EQ("Alpha") };
	cards_book_changes changes;
	cards_book *book;
	qn_errors errors;
	qn_buffer out = { 0 };

	assert_int_equal(cards_book_card_changes_from_json(cards->session, &changes, good,
							   strlen(good), &errors),
			 QN_OK);
	assert_int_equal(qn_await(cards_book_update(cards->session, NULL, &alpha, &changes)),
			 QN_OK);
	assert_int_equal(qn_await(cards_book_get(cards->session, &book, &alpha)), QN_OK);
	assert_false(book->has_editor_id);
	assert_int_equal(book->author_id, 2);
	assert_int_equal(cards_book_card_changes_from_json(cards->session, &changes, bad,
							   strlen(bad), &errors),
			 QN_INVALID_VALUE);
	assert_int_equal(qn_errors_to_json(&out, &errors), QN_OK);
	assert_string_equal(out.at,
			    "{\"unitPrice\":[{\"code\":\"null\",\"message\":\"cannot be null\"}],"
			    "\"tags\":[{\"code\":\"read_only\",\"message\":\"cannot be given\"}],"
			    "\"price\":[{\"code\":\"unknown\",\"message\":\"is not a field\"}]}");
	qn_buffer_free(&out);
}

static void a_tree_of_cjson_goes_the_same_way(void **state)
{
	struct cards *cards = *state;
	cJSON *tree = cJSON_Parse("{\"name\":\"Di\",\"password\":\"sesame\"}");
	cards_author_new values;
	cards_book_changes changes;
	qn_errors errors;

	assert_int_equal(cards_author_name_new_from_cjson(cards->session, &values, tree, &errors),
			 QN_OK);
	assert_string_equal(values.name, "Di");
	assert_string_equal(values.password, "sesame");
	cJSON_Delete(tree);
	tree = cJSON_Parse("{\"unitPrice\":12.5,\"editor\":null}");
	assert_int_equal(
		cards_book_card_changes_from_cjson(cards->session, &changes, tree, &errors), QN_OK);
	assert_int_equal(changes.price.as.value.unscaled, 125);
	assert_int_equal(changes.editor_id.op, QN_SET_TO_NULL);
	assert_int_equal(changes.title.op, QN_SET_NOTHING);
	cJSON_AddNullToObject(tree, "price");
	assert_int_equal(cards_book_card_changes_from_cjson(cards->session, &changes, tree,
							    &errors),
			 QN_INVALID_VALUE);
	assert_string_equal(errors.at[0].field, "price");
	assert_string_equal(errors.at[0].code, "unknown");
	cJSON_Delete(tree);
	assert_int_equal(qn_session_error(cards->session)->status, QN_INVALID_VALUE);
	assert_string_equal(qn_session_error(cards->session)->message,
			    "cards.Book: the values have 1 error; the qn_errors say which");
	assert_int_equal(cards_book_card_changes_from_cjson(cards->session, &changes, NULL,
							    &errors),
			 QN_USAGE);
	assert_int_equal(qn_session_error(cards->session)->status, QN_USAGE);
	assert_string_equal(qn_session_error(cards->session)->message,
			    "qn_json_read_changes_tree: the tree is NULL");
}

static void a_tree_holds_what_the_text_says(void **state)
{
	struct cards *cards = *state;
	const cards_tag tag = { .id = 3, .label = "new", .qn_loaded = { 3 } };
	cards_tag_new values;
	qn_errors errors;
	cJSON *whole;
	cJSON *card;

	assert_int_equal(cards_tag_to_cjson(&whole, &tag), QN_OK);
	assert_int_equal(cards_tag_label_to_cjson(&card, &tag), QN_OK);
	assert_int_equal(cJSON_GetArraySize(whole), 2);
	assert_int_equal(cJSON_GetArraySize(card), 1);
	assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(card, "label")), "new");
	assert_int_equal(cards_tag_new_from_cjson(cards->session, &values, whole, &errors), QN_OK);
	assert_int_equal(values.id.as.value, 3);
	assert_string_equal(values.label, "new");
	cJSON_Delete(whole);
	cJSON_Delete(card);
	assert_int_equal(cards_tag_label_to_cjson(&card, &(cards_tag){ .id = 3 }), QN_USAGE);
	assert_null(card);
}

static void the_registry_has_them_all(void **state)
{
	const char *const names[] = { "cards.AuthorBooks", "cards.AuthorName", "cards.BookCard",
				      "cards.BookRow", "cards.TagLabel" };
	const size_t count = sizeof(names) / sizeof(*names);

	(void)state;
	assert_int_equal(cards_module.serializer_count, count);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(cards_module.serializers[i]->name, names[i]);
	assert_ptr_equal(cards_module.serializers[2], &cards_book_card_serializer);
	assert_ptr_equal(cards_book_card_serializer.model, &cards_book_model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_has_its_authors_and_tags_nested),
		cmocka_unit_test(
			the_columns_of_a_model_are_written_without_those_that_are_excluded),
		cmocka_unit_test(a_password_never_goes_out),
		cmocka_unit_test(a_row_that_was_not_loaded_is_its_key_and_a_list_is_refused),
		cmocka_unit_test(what_is_computed_has_to_be_json),
		cmocka_unit_test(a_new_row_is_read_and_its_password_stays_hidden),
		cmocka_unit_test(a_patch_sets_one_field_to_null_and_is_refused_for_another),
		cmocka_unit_test(a_tree_of_cjson_goes_the_same_way),
		cmocka_unit_test(a_tree_holds_what_the_text_says),
		cmocka_unit_test(the_registry_has_them_all),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
