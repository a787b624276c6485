/*
 * Reading of JSON without memory: whichever allocation fails, it is QN_OUT_OF_MEMORY and no member
 * is set, and the next reading works. And how much of it large texts take.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "fake_op.h"
#include "quern/json_read.h"
#include "scarce_memory.h"
#include "thing.h"

/* Chunks so small that almost every object is an allocation. */
static void session_begin(qn_session *session)
{
	memset(session, 0, sizeof(*session));
	fake_session_init(session);
	arena_free(&session->arena);
	arena_init(&session->arena, 16, NULL);
}

static const char good[] =
	"{\"big\":1e3,\"name\":\"abc\",\"wide\":0.5,\"data\":\"AAEC\",\"doc\":[1,2],"
	"\"ratio\":0.12345678901234567890123456789012345678901234567890123456789012345,"
	"\"tags\":[\"a\",null,\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\",\"k\"],\"addr\":\"::1\"}";
static const char bad[] =
	"{\"big\":1.5,\"name\":\"abcdef\",\"nope\":1,\"numbers\":[1,\"x\"],\"price\":1e9,\"x\\n\":2}";
static const char broken[] = "{\"big\":1,,";
static const char deep[] =
	"{\"doc\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[";

typedef qn_status reading(qn_session *session, const char *text, test_thing_changes *to,
			  qn_errors *errors);

static qn_status from_text(qn_session *session, const char *text, test_thing_changes *to,
			   qn_errors *errors)
{
	qn_json_input input = { .text = text, .len = strlen(text), .max_size = 300 };

	return qn_json_read_changes(session, &test_thing_model, to, input, errors);
}

static qn_status from_tree(qn_session *session, const char *text, test_thing_changes *to,
			   qn_errors *errors)
{
	qn_status status;
	cJSON *tree;

	scarce_memory_pause();
	tree = cJSON_Parse(text);
	scarce_memory_resume();
	status = qn_json_read_changes_tree(session, &test_thing_model, to,
					   (qn_json_tree_input){ .tree = tree }, errors);
	cJSON_Delete(tree);
	return status;
}

static void each_allocation_fails(reading *read, const char *text, qn_status expected)
{
	qn_status status = QN_OUT_OF_MEMORY;

	for (size_t number = 0; status == QN_OUT_OF_MEMORY; number++) {
		test_thing_changes to = { .name = QN_SET_NULL };
		qn_session session;
		qn_errors errors;

		session_begin(&session);
		scarce_memory_begin(number, SCARCE_ONCE);
		status = read(&session, text, &to, &errors);
		scarce_memory_end();
		if (status == QN_OUT_OF_MEMORY) {
			assert_int_equal(to.name.op, QN_SET_NOTHING);
			assert_int_equal(to.tags.op, QN_SET_NOTHING);
			assert_int_equal(errors.len, 0);
			assert_int_equal(read(&session, text, &to, &errors), expected);
		}
		assert_int_equal(errors.len > 0, status != QN_OK && expected != QN_OK);
		assert_true(number < 200);
		fake_session_free(&session);
	}
	assert_int_equal(status, expected);
}

static void texts_that_find_no_memory_leave_nothing_set(void **state)
{
	char large[400];

	(void)state;
	memset(large, ' ', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	each_allocation_fails(from_text, good, QN_OK);
	each_allocation_fails(from_text, bad, QN_INVALID_VALUE);
	each_allocation_fails(from_text, broken, QN_INVALID_VALUE);
	each_allocation_fails(from_text, deep, QN_INVALID_VALUE);
	each_allocation_fails(from_text, large, QN_INVALID_VALUE);
}

static void trees_that_find_no_memory_leave_nothing_set(void **state)
{
	/* cJSON's own library keeps the C library's malloc. */
	cJSON_Hooks hooks = { .malloc_fn = malloc, .free_fn = free };

	(void)state;
	cJSON_InitHooks(&hooks);
	each_allocation_fails(from_tree, good, QN_OK);
	each_allocation_fails(from_tree, bad, QN_INVALID_VALUE);
	each_allocation_fails(from_tree, "[]", QN_INVALID_VALUE);
	cJSON_InitHooks(NULL);
}

/* A text of a head, a part that is repeated, and a tail. */
static char *repeated(const char *head, const char *part, const char *tail, size_t count)
{
	size_t head_len = strlen(head);
	size_t part_len = strlen(part);
	char *text = malloc(head_len + count * part_len + strlen(tail) + 1);

	assert_non_null(text);
	memcpy(text, head, head_len);
	for (size_t i = 0; i < count; i++)
		memcpy(text + head_len + i * part_len, part, part_len);
	memcpy(text + head_len + count * part_len, tail, strlen(tail) + 1);
	return text;
}

static void a_text_takes_a_small_multiple_of_its_size(void **state)
{
	static const struct {
		const char *head;
		const char *part;
		const char *tail;
		qn_status status;
	} texts[] = {
		{ "{\"numbers\":[", "1,", "1]}", QN_OK },
		{ "{\"tags\":[", "\"\",", "null]}", QN_OK },
		{ "{\"doc\":[", "[],", "0]}", QN_OK },
		{ "{\"title\":\"", "\\\\", "\"}", QN_OK },
		{ "{\"title\":\"", "\\ud83d\\udca1", "\"}", QN_OK },
		{ "{\"wide\":", "1", "}", QN_INVALID_VALUE },
		{ "{\"big\":", "1", "}", QN_INVALID_VALUE },
		{ "{\"big\":1e", "9", "}", QN_INVALID_VALUE },
		{ "{\"ratio\":0.", "9", "}", QN_OK },
		{ "{\"doc\":", "[", "", QN_INVALID_VALUE },
		{ "{\"title\":\"", "\\\"", "", QN_INVALID_VALUE },
		{ "{", "\"a\":0,", "\"a\":0}", QN_INVALID_VALUE },
		{ "{\"", "k", "\":0}", QN_INVALID_VALUE },
		{ "", " ", "", QN_INVALID_VALUE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		char *text = repeated(texts[i].head, texts[i].part, texts[i].tail, 250000);
		qn_json_input input = { .text = text, .len = strlen(text) };
		struct qn_session session = { 0 };
		test_thing_changes to;
		qn_errors errors;

		fake_session_init(&session);
		scarce_memory_begin(SIZE_MAX, SCARCE_ONCE);
		assert_int_equal(qn_json_read_changes(&session, &test_thing_model, &to, input,
						      &errors),
				 texts[i].status);
		assert_true(scarce_memory_bytes() <= 30 * input.len);
		fake_session_free(&session);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_that_find_no_memory_leave_nothing_set),
		cmocka_unit_test(trees_that_find_no_memory_leave_nothing_set),
		cmocka_unit_test(a_text_takes_a_small_multiple_of_its_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
