/* Codecs when memory runs out, at every single allocation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "codec/type.h"
#include "scarce_memory.h"

/* Small chunks, so that almost every object is an allocation. */
#define CHUNK_SIZE ((size_t)16)

static void a_decoder_without_memory_says_that_the_arena_is_exhausted(void **state)
{
	static const char *const elements[] = { "1.5", NULL, "22222.2", "-3", "NaN" };
	const qn_array_numeric array = { elements, 5, NULL };
	const qn_field fields[] = { { .type = QN_TYPE_NUMERIC }, { .type = QN_TYPE_TEXT } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct buf wire = { 0 };
		bool is_decoded = false;
		assert_null(type_array_encode(&wire, (struct codec_value){ &array, &fields[i] }));
		for (size_t allowed = 0; !is_decoded; allowed++) {
			struct arena arena;
			qn_array_numeric back;
			arena_init(&arena, CHUNK_SIZE, NULL);
			scarce_memory_begin(allowed, SCARCE_FOR_EVER);
			is_decoded = type_array_decode(buf_str(&wire), &fields[i], &arena, &back);
			scarce_memory_end();
			assert_int_equal(arena.exhausted, !is_decoded);
			assert_true(allowed < 100);
			if (is_decoded)
				assert_string_equal(back.at[4], "NaN");
			arena_free(&arena);
		}
		buf_free(&wire);
	}
}

static void text_arrays_without_memory_say_that_the_arena_is_exhausted(void **state)
{
	const qn_field field = { .type = QN_TYPE_OPAQUE };
	bool is_decoded = false;

	(void)state;
	for (size_t allowed = 0; !is_decoded; allowed++) {
		struct arena arena;
		qn_array_opaque back;
		arena_init(&arena, CHUNK_SIZE, NULL);
		scarce_memory_begin(allowed, SCARCE_FOR_EVER);
		is_decoded = type_array_decode_text(STR("{a,NULL,\"b\"}"), &field, &arena, &back);
		scarce_memory_end();
		assert_int_equal(arena.exhausted, !is_decoded);
		assert_true(allowed < 100);
		arena_free(&arena);
	}
}

static void an_encoder_without_memory_fails_its_buffer(void **state)
{
	char text[200];
	const char *const elements[] = { text, NULL, text, text };
	const qn_array_opaque array = { elements, 4, NULL };
	const qn_field field = { .type = QN_TYPE_OPAQUE };
	const struct codec_value value = { &array, &field };
	codec_refusal (*const encoders[])(
		struct buf *, struct codec_value) = { type_array_encode, type_array_encode_text };

	(void)state;
	memset(text, '"', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	for (size_t i = 0; i < 2; i++) {
		bool is_encoded = false;
		for (size_t allowed = 0; !is_encoded; allowed++) {
			struct buf out = { 0 };
			scarce_memory_begin(allowed, SCARCE_FOR_EVER);
			assert_null(encoders[i](&out, value));
			scarce_memory_end();
			is_encoded = !out.failed;
			assert_true(allowed < 100);
			buf_free(&out);
		}
	}
}

static void a_refusal_without_memory_is_still_a_refusal(void **state)
{
	const char *text = "too long";
	const qn_field field = { .type = QN_TYPE_VARCHAR, .limit = 3 };
	struct buf out = { 0 };
	codec_refusal refusal;

	(void)state;
	scarce_memory_begin(0, SCARCE_FOR_EVER);
	refusal =
		type_info_of(QN_TYPE_VARCHAR)->encode(&out, (struct codec_value){ &text, &field });
	scarce_memory_end();
	assert_string_equal(refusal, "cannot be sent for lack of memory");
	assert_true(out.failed);
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_decoder_without_memory_says_that_the_arena_is_exhausted),
		cmocka_unit_test(text_arrays_without_memory_say_that_the_arena_is_exhausted),
		cmocka_unit_test(an_encoder_without_memory_fails_its_buffer),
		cmocka_unit_test(a_refusal_without_memory_is_still_a_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
