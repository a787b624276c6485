#include "codec/codec.h"

#include <stdarg.h>
#include <stdio.h>

#define REFUSAL_ROOM   ((size_t)192)
#define NAME_BYTES_MAX ((size_t)63)
#define JSONB_VERSION  1

codec_refusal codec_refuse(struct buf *out, const char *format, ...)
{
	char text[REFUSAL_ROOM];
	va_list arguments;
	char *room;

	/* By way of a copy: an argument may lie in the room that is about to be filled. */
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	room = buf_reserve(out, sizeof(text) + 1);
	if (!room)
		return "cannot be sent for lack of memory";
	/* The buffer promises a NUL behind its content. */
	room[0] = '\0';
	memcpy(room + 1, text, sizeof(text));
	return room + 1;
}

codec_refusal codec_check_size(size_t size)
{
	return size > CODEC_VALUE_MAX ? "is larger than 1 GB" : NULL;
}

static codec_refusal text_check(struct str text)
{
	codec_refusal refusal = codec_check_size(text.len);

	if (!refusal && !str_is_utf8(text))
		refusal = "is not valid UTF-8";
	return refusal;
}

static struct str text_of(struct codec_value value)
{
	const char *text = *(const char *const *)value.at;

	return (struct str){ text, strnlen(text, CODEC_VALUE_MAX + 1) };
}

static const char *text_at(struct str wire)
{
	return wire.at ? wire.at : "";
}

static bool has_character_limit(const qn_field *field)
{
	return field->limit > 0 &&
	       (field->type == QN_TYPE_VARCHAR || field->type == QN_TYPE_BPCHAR);
}

codec_refusal codec_encode_text(struct buf *out, struct codec_value value)
{
	struct str text = text_of(value);
	codec_refusal refusal = text_check(text);

	if (refusal)
		return refusal;
	if (has_character_limit(value.field) && text.len > (size_t)value.field->limit &&
	    str_code_points(text) > (size_t)value.field->limit)
		return codec_refuse(out, "is longer than %d character%s", value.field->limit,
				    value.field->limit == 1 ? "" : "s");
	buf_add(out, text);
	return NULL;
}

bool codec_decode_text(struct str wire, const qn_field *field, struct arena *arena, void *out)
{
	(void)field;
	(void)arena;
	*(const char **)out = text_at(wire);
	return true;
}

codec_refusal codec_encode_name(struct buf *out, struct codec_value value)
{
	struct str text = text_of(value);
	codec_refusal refusal = text_check(text);

	if (refusal)
		return refusal;
	if (text.len > NAME_BYTES_MAX)
		return "is longer than the 63 bytes of a name";
	buf_add(out, text);
	return NULL;
}

bool codec_decode_name(struct str wire, const qn_field *field, struct arena *arena, void *out)
{
	return codec_decode_text(wire, field, arena, out);
}

codec_refusal codec_encode_jsonb(struct buf *out, struct codec_value value)
{
	struct str text = text_of(value);
	codec_refusal refusal = text_check(text);

	if (refusal)
		return refusal;
	buf_add_char(out, JSONB_VERSION);
	buf_add(out, text);
	return NULL;
}

bool codec_decode_jsonb(struct str wire, const qn_field *field, struct arena *arena, void *out)
{
	(void)field;
	(void)arena;
	if (wire.len < 1 || wire.at[0] != JSONB_VERSION)
		return false;
	*(const char **)out = wire.at + 1;
	return true;
}

codec_refusal codec_encode_bytes(struct buf *out, struct codec_value value)
{
	const qn_bytes *bytes = value.at;
	codec_refusal refusal = codec_check_size(bytes->len);

	if (refusal)
		return refusal;
	if (bytes->len > 0 && !bytes->at)
		return "has a length and no bytes";
	buf_add_bytes(out, bytes->at, bytes->len);
	return NULL;
}

bool codec_decode_bytes(struct str wire, const qn_field *field, struct arena *arena, void *out)
{
	(void)field;
	(void)arena;
	*(qn_bytes *)out = (qn_bytes){ (const uint8_t *)text_at(wire), wire.len };
	return true;
}

codec_refusal codec_encode_enum(struct buf *out, struct codec_value value)
{
	const qn_enum *enumeration = value.field->enumeration;
	int constant = *(const int *)value.at;

	if (constant == 0)
		return "is unset";
	if (constant < 0 || (uint32_t)constant > enumeration->len)
		return codec_refuse(out, "is not a value of %s", enumeration->name);
	buf_add_cstring(out, enumeration->labels[constant - 1]);
	return NULL;
}

bool codec_decode_enum(struct str wire, const qn_field *field, struct arena *arena, void *out)
{
	const qn_enum *enumeration = field->enumeration;

	(void)arena;
	for (uint32_t i = 0; i < enumeration->len; i++) {
		if (!str_equal(wire, str_from_cstring(enumeration->labels[i])))
			continue;
		*(int *)out = (int)i + 1;
		return true;
	}
	return false;
}
