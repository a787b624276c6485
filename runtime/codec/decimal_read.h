/*
 * Reads nearly every decimal there is in some forty instructions, where it is used.
 */
#ifndef QUERN_CODEC_DECIMAL_READ_H
#define QUERN_CODEC_DECIMAL_READ_H

#include "codec/codec.h"

/* Moves the point of an integer; false for a digit that would get lost, and for what is rare. */
static inline bool decimal_shift(uint64_t magnitude, int shift, uint64_t *whole)
{
	switch (shift) {
	case -3:
		*whole = magnitude / 1000;
		return *whole * 1000 == magnitude;
	case -2:
		*whole = magnitude / 100;
		return *whole * 100 == magnitude;
	case -1:
		*whole = magnitude / 10;
		return *whole * 10 == magnitude;
	case 0:
		*whole = magnitude;
		return true;
	case 1:
		*whole = magnitude * 10;
		return true;
	case 2:
		*whole = magnitude * 100;
		return true;
	default:
		return false;
	}
}

/*
 * False: a decimal of more than four digits to base 10000, zero, NaN, or what is none at all.
 * codec_decode_decimal reads those too, or refuses them.
 */
static inline bool decimal_read(struct str wire, qn_decimal *decimal)
{
	uint64_t header; /* how many digits, the weight of the first, the sign, the scale */
	uint64_t magnitude = 0;
	uint64_t whole;
	size_t count;
	int scale;
	int lowest; /* the weight of the last digit */

	if (wire.len < 10)
		return false;
	header = codec_read_be64(wire.at);
	count = header >> 48;
	scale = (int)(header & 0xFFFF);
	lowest = (int16_t)(header >> 32) - (int)count + 1;
	if (count > 4 || wire.len != 8 + 2 * count || (header & 0xBFFF0000) != 0 || scale > 18)
		return false;
	for (const char *at = wire.at + 8; at < wire.at + wire.len; at += 2) {
		unsigned digit = codec_read_be16(at);

		if (digit >= 10000)
			return false;
		magnitude = magnitude * 10000 + digit;
	}
	if (!decimal_shift(magnitude, scale + 4 * lowest, &whole))
		return false;
	decimal->unscaled = header & 0x40000000 ? -(int64_t)whole : (int64_t)whole;
	decimal->scale = scale;
	return true;
}

#endif
