/*
 * Decoders over arbitrary bytes, and the parsers of values over arbitrary text. What was decoded
 * must encode, and decode to the same; what was parsed must format, and parse to the same.
 */
#include <stdlib.h>
#include <string.h>

#include "codec_subject.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const labels[] = { "draft", "live" };
static const qn_enum status = { "shop.Status", "\"shop_status\"", labels, 2 };

typedef codec_refusal encoder(struct buf *out, struct codec_value value);
typedef bool decoder(struct str wire, const qn_field *field, struct arena *arena, void *out);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/*
 * Decoded values are valid, but for text: the server vouches for its UTF-8, and a decoder takes its
 * word.
 */
static void wire_survives(struct str wire, const qn_field *field, decoder *decode, encoder *encode)
{
	union codec_any value = { 0 };
	struct arena arena;
	struct buf first = { 0 };
	struct buf second = { 0 };

	arena_init(&arena, 0, NULL);
	if (decode(wire, field, &arena, &value) &&
	    !encode(&first, (struct codec_value){ &value, field })) {
		memset(&value, 0, sizeof(value));
		check(decode(buf_str(&first), field, &arena, &value));
		check(!encode(&second, (struct codec_value){ &value, field }));
		check(str_equal(buf_str(&first), buf_str(&second)));
	}
	buf_free(&first);
	buf_free(&second);
	arena_free(&arena);
}

static void text_survives(uint8_t type, const char *text)
{
	char room[CODEC_SUBJECT_TEXT];
	char again[CODEC_SUBJECT_TEXT];
	union codec_any value;

	if (type_info_of(type)->flags & TYPE_POINTER || !codec_subject_parse(type, text, &value))
		return;
	codec_subject_format(type, &value, room);
	check(codec_subject_parse(type, room, &value));
	codec_subject_format(type, &value, again);
	check(strcmp(room, again) == 0);
}

static bool has_value_parser(uint8_t type)
{
	return type == QN_TYPE_DECIMAL || (type >= QN_TYPE_DATE && type <= QN_TYPE_UUID) ||
	       type == QN_TYPE_INET || type == QN_TYPE_MACADDR;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	qn_field field = { .enumeration = &status };
	struct str wire;
	char *text;

	if (size < 2)
		return 0;
	field.type = data[0] % QN_TYPE_COUNT_;
	field.limit = data[1] & 4 ? 4 : 0;
	field.scale = data[1] & 8 ? 2 : 0;
	/* With the NUL behind it that libpq's values have. */
	text = malloc(size - 1);
	if (!text)
		return 0;
	memcpy(text, data + 2, size - 2);
	text[size - 2] = '\0';
	wire = (struct str){ text, size - 2 };
	switch (data[1] & 3) {
	case 0:
		wire_survives(wire, &field, type_info_of(field.type)->decode,
			      type_info_of(field.type)->encode);
		break;
	case 1:
		wire_survives(wire, &field, type_array_decode, type_array_encode);
		break;
	case 2:
		if (type_info_of(field.type)->flags & TYPE_CAST)
			wire_survives(wire, &field, type_array_decode_text, type_array_encode_text);
		break;
	default:
		if (has_value_parser(field.type))
			text_survives(field.type, text);
		break;
	}
	free(text);
	return 0;
}
