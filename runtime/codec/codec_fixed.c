#include "codec/codec.h"

codec_refusal codec_encode_bool(struct buf *out, struct codec_value value)
{
	/* Not read as a bool: any other byte in one is undefined behaviour. */
	unsigned char byte;

	memcpy(&byte, value.at, 1);
	if (byte > 1)
		return "is neither true nor false";
	buf_add_char(out, (char)byte);
	return NULL;
}

bool codec_decode_bool(struct str wire, const qn_field *field, struct arena *arena, void *out)
{
	(void)field;
	(void)arena;
	if (wire.len != 1 || (unsigned char)wire.at[0] > 1)
		return false;
	*(bool *)out = wire.at[0] == 1;
	return true;
}

codec_refusal codec_encode_int16(struct buf *out, struct codec_value value)
{
	buf_add_be16(out, *(const uint16_t *)value.at);
	return NULL;
}

bool codec_decode_int16(struct str wire, const qn_field *field, struct arena *arena, void *out)
{
	(void)field;
	(void)arena;
	if (wire.len != sizeof(uint16_t))
		return false;
	*(uint16_t *)out = codec_read_be16(wire.at);
	return true;
}

codec_refusal codec_encode_int32(struct buf *out, struct codec_value value)
{
	uint32_t bits;

	memcpy(&bits, value.at, sizeof(bits));
	buf_add_be32(out, bits);
	return NULL;
}

bool codec_decode_int32(struct str wire, const qn_field *field, struct arena *arena, void *out)
{
	uint32_t bits;

	(void)field;
	(void)arena;
	if (wire.len != sizeof(bits))
		return false;
	bits = codec_read_be32(wire.at);
	memcpy(out, &bits, sizeof(bits));
	return true;
}

codec_refusal codec_encode_int64(struct buf *out, struct codec_value value)
{
	uint64_t bits;

	memcpy(&bits, value.at, sizeof(bits));
	buf_add_be64(out, bits);
	return NULL;
}

bool codec_decode_int64(struct str wire, const qn_field *field, struct arena *arena, void *out)
{
	uint64_t bits;

	(void)field;
	(void)arena;
	if (wire.len != sizeof(bits))
		return false;
	bits = codec_read_be64(wire.at);
	memcpy(out, &bits, sizeof(bits));
	return true;
}

codec_refusal codec_encode_char(struct buf *out, struct codec_value value)
{
	buf_add_bytes(out, value.at, 1);
	return NULL;
}

bool codec_decode_char(struct str wire, const qn_field *field, struct arena *arena, void *out)
{
	(void)field;
	(void)arena;
	if (wire.len != 1)
		return false;
	*(char *)out = wire.at[0];
	return true;
}

codec_refusal codec_encode_date(struct buf *out, struct codec_value value)
{
	const qn_date *date = value.at;
	bool is_infinite = date->days == INT32_MIN || date->days == INT32_MAX;

	if (!is_infinite && (date->days < CODEC_DATE_MIN || date->days > CODEC_DATE_MAX))
		return "is not between 4714-11-24 BC and 5874897-12-31";
	buf_add_be32(out, (uint32_t)date->days);
	return NULL;
}

bool codec_decode_date(struct str wire, const qn_field *field, struct arena *arena, void *out)
{
	return codec_decode_int32(wire, field, arena, out);
}

codec_refusal codec_encode_time(struct buf *out, struct codec_value value)
{
	const qn_time *time = value.at;

	if (time->microseconds < 0 || time->microseconds > CODEC_DAY_MICROSECONDS)
		return "is not between 00:00:00 and 24:00:00";
	buf_add_be64(out, (uint64_t)time->microseconds);
	return NULL;
}

bool codec_decode_time(struct str wire, const qn_field *field, struct arena *arena, void *out)
{
	return codec_decode_int64(wire, field, arena, out);
}

codec_refusal codec_encode_timestamp(struct buf *out, struct codec_value value)
{
	int64_t at;

	memcpy(&at, value.at, sizeof(at));
	if (at != INT64_MIN && at != INT64_MAX &&
	    (at < CODEC_TIMESTAMP_MIN || at > CODEC_TIMESTAMP_MAX))
		return "is not between 4714-11-24 BC and 294276-12-31";
	buf_add_be64(out, (uint64_t)at);
	return NULL;
}

bool codec_decode_timestamp(struct str wire, const qn_field *field, struct arena *arena, void *out)
{
	return codec_decode_int64(wire, field, arena, out);
}

codec_refusal codec_encode_interval(struct buf *out, struct codec_value value)
{
	const qn_interval *interval = value.at;

	buf_add_be64(out, (uint64_t)interval->microseconds);
	buf_add_be32(out, (uint32_t)interval->days);
	buf_add_be32(out, (uint32_t)interval->months);
	return NULL;
}

bool codec_decode_interval(struct str wire, const qn_field *field, struct arena *arena, void *out)
{
	qn_interval *interval = out;

	(void)field;
	(void)arena;
	if (wire.len != 16)
		return false;
	interval->microseconds = (int64_t)codec_read_be64(wire.at);
	interval->days = (int32_t)codec_read_be32(wire.at + 8);
	interval->months = (int32_t)codec_read_be32(wire.at + 12);
	return true;
}

codec_refusal codec_encode_uuid(struct buf *out, struct codec_value value)
{
	buf_add_bytes(out, value.at, sizeof(qn_uuid));
	return NULL;
}

bool codec_decode_uuid(struct str wire, const qn_field *field, struct arena *arena, void *out)
{
	(void)field;
	(void)arena;
	if (wire.len != sizeof(qn_uuid))
		return false;
	memcpy(out, wire.at, sizeof(qn_uuid));
	return true;
}

codec_refusal codec_encode_macaddr(struct buf *out, struct codec_value value)
{
	buf_add_bytes(out, value.at, sizeof(qn_macaddr));
	return NULL;
}

bool codec_decode_macaddr(struct str wire, const qn_field *field, struct arena *arena, void *out)
{
	(void)field;
	(void)arena;
	if (wire.len != sizeof(qn_macaddr))
		return false;
	memcpy(out, wire.at, sizeof(qn_macaddr));
	return true;
}
