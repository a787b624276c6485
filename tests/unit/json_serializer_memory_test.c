/*
 * Writing by a serializer without memory: whichever allocation fails, it is QN_OUT_OF_MEMORY and
 * the text is as it was.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node.h"
#include "quern/json.h"
#include "scarce_memory.h"

/* More than the buffer of what is computed begins with. */
static qn_status compute_long(qn_buffer *out, const void *row, void *context)
{
	char text[400];

	(void)row;
	(void)context;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	return qn_json_write_text(out, text);
}

static const qn_serializer leaf = {
	.name = "test.Leaf",
	.model = &node_model,
	.entries = (const qn_serializer_entry[]){ { .key = "long", .compute = compute_long } },
	.entry_count = 1,
};

static const qn_serializer branch = {
	.name = "test.Branch",
	.model = &node_model,
	.entries =
		(const qn_serializer_entry[]){
			{ .key = "below", .member = NODE_BELOW, .nested = &leaf },
			{ .key = "above", .member = NODE_ABOVE },
			{ .key = "id", .member = NODE_ID },
		},
	.entry_count = 3,
};

static qn_status write_rows(qn_buffer *out)
{
	const qn_json_options options = { .serializer = &branch };
	node below[2] = { { .loaded = { 1 } }, { .loaded = { 1 } } };
	node above = { .loaded = { 1 } };
	node row = { .loaded = { 15 }, .above = &above, .below = { below, 2 } };

	return qn_json_write_list(out, &node_model, &row, 1, &options);
}

static void whichever_allocation_fails_the_text_is_as_it_was(void **state)
{
	size_t count;

	(void)state;
	for (count = 0;; count++) {
		qn_buffer out = { 0 };
		qn_status status;

		assert_int_equal(qn_buffer_add(&out, "kept", 4), QN_OK);
		scarce_memory_begin(count, SCARCE_ONCE);
		status = write_rows(&out);
		scarce_memory_end();
		if (status == QN_OK)
			assert_int_equal(out.len, strlen(out.at));
		else
			assert_string_equal(out.at, "kept");
		qn_buffer_free(&out);
		if (status == QN_OK)
			break;
		assert_int_equal(status, QN_OUT_OF_MEMORY);
	}
	assert_true(count > 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whichever_allocation_fails_the_text_is_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
