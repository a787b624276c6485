/*
 * The codecs that the rows of the type table name, by representation, and what they share.
 *
 * All encoders keep the contract of type_info.encode: a refusal adds nothing to `out`. All decoders
 * keep that of type_info.decode. Neither reads behind the length it is given.
 */
#ifndef QUERN_CODEC_CODEC_H
#define QUERN_CODEC_CODEC_H

#include <string.h>

#include "codec/type.h"

#define CODEC_DECLARE(name)                                                                   \
	codec_refusal codec_encode_##name(struct buf *out, struct codec_value value);         \
	bool codec_decode_##name(struct str wire, const qn_field *field, struct arena *arena, \
				 void *out)

CODEC_DECLARE(bool);
CODEC_DECLARE(int16);
CODEC_DECLARE(int32); /* and oid, float: four bytes in the machine's order */
CODEC_DECLARE(int64); /* and double */
CODEC_DECLARE(char);
CODEC_DECLARE(date);
CODEC_DECLARE(time);
CODEC_DECLARE(timestamp); /* and timestamptz */
CODEC_DECLARE(interval);
CODEC_DECLARE(uuid);
CODEC_DECLARE(macaddr);
CODEC_DECLARE(inet);
CODEC_DECLARE(cidr);
CODEC_DECLARE(text); /* text, varchar, char(n), json and opaque */
CODEC_DECLARE(name);
CODEC_DECLARE(jsonb);
CODEC_DECLARE(bytes);
CODEC_DECLARE(enum);
CODEC_DECLARE(decimal);
CODEC_DECLARE(numeric);
CODEC_DECLARE(vector);

#undef CODEC_DECLARE

/* The largest value that the server can store: 1 GB, less the header that it has there. */
#define CODEC_VALUE_MAX ((size_t)0x3fffffff - 4)
/* Refuses what is larger. */
codec_refusal codec_check_size(size_t size);

/* The ranges that the server accepts; ends included. */
#define CODEC_DATE_MIN         INT32_C(-2451545)
#define CODEC_DATE_MAX         INT32_C(2145031948)
#define CODEC_TIMESTAMP_MIN    INT64_C(-211813488000000000)
#define CODEC_TIMESTAMP_MAX    INT64_C(9223371331199999999)
#define CODEC_DAY_MICROSECONDS INT64_C(86400000000)

/*
 * A refusal with numbers or names in it. The text is kept in the room behind what is in `out`, so
 * that it needs no owner: it is valid until something is added to `out` or `out` goes. Arguments
 * may be refusals of the same buffer.
 */
codec_refusal codec_refuse(struct buf *out, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static inline uint16_t codec_read_be16(const char *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return __builtin_bswap16(value);
}

static inline uint32_t codec_read_be32(const char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return __builtin_bswap32(value);
}

static inline uint64_t codec_read_be64(const char *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return __builtin_bswap64(value);
}

static inline void codec_write_be16(char *at, uint16_t value)
{
	value = __builtin_bswap16(value);
	memcpy(at, &value, sizeof(value));
}

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the codecs swap bytes: they are for little-endian machines"
#endif

#endif
