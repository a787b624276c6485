/*
 * Rows made of arbitrary bytes, as JSON: what is written is JSON, and what a plain writer makes of
 * the same row; what is refused leaves the text as it was.
 */
#include <stdlib.h>
#include <string.h>

#include "thing_bytes.h"
#include "thing_json_slow.h"
#include "json/json_out.h"

enum { ROWS = 2, NESTED = 513 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_row(const test_thing *row, const qn_json_options *options)
{
	qn_buffer fast = { 0 };
	qn_buffer slow = { 0 };
	bool is_good = thing_json_slow(&slow, row, options);

	check(qn_buffer_add(&fast, "kept", 4) == QN_OK);
	if (is_good) {
		check(qn_json_write(&fast, &test_thing_model, row, options) == QN_OK);
		check(json_is_valid(fast.at + 4, fast.len - 4, NESTED));
		check(strcmp(fast.at + 4, slow.at) == 0);
	} else {
		check(qn_json_write(&fast, &test_thing_model, row, options) == QN_INVALID_VALUE);
		check(fast.len == 4 && strcmp(fast.at, "kept") == 0 && fast.problem[0] != '\0');
	}
	qn_buffer_free(&fast);
	qn_buffer_free(&slow);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	struct thing_bytes bytes = { data, data + size, &arena };
	uint8_t form = thing_bytes_take(&bytes);
	const qn_json_options options = { .integers_as_text = form & 1,
					  .not_a_number_as_text = form & 2 };
	test_thing row;

	arena_init(&arena, 0, NULL);
	for (size_t i = 0; i < ROWS; i++) {
		thing_bytes_take_row(&bytes, &row);
		check_row(&row, &options);
	}
	arena_free(&arena);
	return 0;
}
