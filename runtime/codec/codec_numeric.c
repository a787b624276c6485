#include "codec/codec.h"

#include "base/digits.h"
#include "codec/numeral.h"

/*
 * numeric on the wire: four 16-bit numbers (count of base-10000 digits, weight of the first one,
 * sign, decimals to show), then the digits. A digit of weight w counts 10000^w.
 */
#define HEADER_SIZE         ((size_t)8)
#define SIGN_POSITIVE       0x0000
#define SIGN_NEGATIVE       0x4000
#define SIGN_NAN            0xC000
#define SIGN_INFINITY       0xD000
#define SIGN_MINUS_INFINITY 0xF000

#define INTEGER_DIGITS_MAX 131072
#define DECIMALS_MAX       16383

#define DECIMAL_DIGITS_MAX 18
#define DECIMAL_MAX        UINT64_C(999999999999999999)
/* Base-10000 digits of 64 bits, wherever the point stands: 20 digits, and 3 to fill the last. */
#define DECIMAL_WIRE_DIGITS ((size_t)6)

static const uint16_t powers[] = { 1, 10, 100, 1000, 10000 };

/* Rounds towards minus infinity, as weights do. */
static long floor_quarter(long power)
{
	return power >= 0 ? power / 4 : -((3 - power) / 4);
}

static long numeral_decimals(const struct numeral *numeral)
{
	long decimals = (long)numeral->fraction.len - numeral->exponent;

	return decimals > 0 ? decimals : 0;
}

static codec_refusal numeral_check_limit(struct buf *out, const qn_field *field, long highest,
					 long lowest)
{
	int integer_digits = field->limit - field->scale;

	if (highest >= integer_digits)
		return integer_digits > 0
			       ? codec_refuse(out, "has more than %d digit%s before the point",
					      integer_digits, integer_digits == 1 ? "" : "s")
			       : codec_refuse(out, "is not below 10^%d", integer_digits);
	if (lowest < -field->scale)
		return field->scale >= 0
			       ? codec_refuse(out, "has more than %d decimal%s", field->scale,
					      field->scale == 1 ? "" : "s")
			       : codec_refuse(out, "is not a multiple of 10^%d", -field->scale);
	return NULL;
}

static void numeral_write(struct buf *out, const struct numeral *numeral, long highest, long lowest)
{
	long first = floor_quarter(highest);
	long last = floor_quarter(lowest);

	buf_add_be16(out, (uint16_t)(first - last + 1));
	buf_add_be16(out, (uint16_t)first);
	buf_add_be16(out, numeral->is_negative ? SIGN_NEGATIVE : SIGN_POSITIVE);
	buf_add_be16(out, (uint16_t)numeral_decimals(numeral));
	for (long weight = first; weight >= last; weight--) {
		unsigned digit = 0;
		for (long power = weight * 4 + 3; power >= weight * 4; power--)
			digit = digit * 10 + numeral_digit(numeral, power);
		buf_add_be16(out, (uint16_t)digit);
	}
}

/* A numeric without digits: zero, NaN, the infinities. */
static void special_write(struct buf *out, uint16_t sign, long decimals)
{
	buf_add_be16(out, 0);
	buf_add_be16(out, 0);
	buf_add_be16(out, sign);
	buf_add_be16(out, (uint16_t)decimals);
}

static codec_refusal numeral_encode(struct buf *out, const struct numeral *numeral,
				    const qn_field *field)
{
	codec_refusal refusal;
	long highest;
	long lowest;

	if (numeral_decimals(numeral) > DECIMALS_MAX)
		return "has more than 16383 decimals";
	if (!numeral_extent(numeral, &highest, &lowest)) {
		special_write(out, SIGN_POSITIVE, numeral_decimals(numeral));
		return NULL;
	}
	if (highest >= INTEGER_DIGITS_MAX)
		return "has more than 131072 digits before the point";
	refusal = field->limit > 0 ? numeral_check_limit(out, field, highest, lowest) : NULL;
	if (!refusal)
		numeral_write(out, numeral, highest, lowest);
	return refusal;
}

/* The sign on the wire; finite numbers have their own. */
static uint16_t special_sign(enum numeral_form form)
{
	switch (form) {
	case NUMERAL_NAN:
		return SIGN_NAN;
	case NUMERAL_INFINITY:
		return SIGN_INFINITY;
	default:
		return SIGN_MINUS_INFINITY;
	}
}

codec_refusal codec_encode_numeric(struct buf *out, struct codec_value value)
{
	const char *text = *(const char *const *)value.at;
	struct numeral numeral;
	enum numeral_form form = numeral_form_of(text);
	codec_refusal refusal = codec_check_size(strnlen(text, CODEC_VALUE_MAX + 1));

	if (refusal)
		return refusal;
	if (form != NUMERAL_FINITE) {
		if (form != NUMERAL_NAN && value.field->limit > 0)
			return "is infinite, which needs a numeric without precision";
		special_write(out, special_sign(form), 0);
		return NULL;
	}
	if (!numeral_parse(text, &numeral))
		return "is not a number";
	return numeral_encode(out, &numeral, value.field);
}

/* Whether the column has room for it: false also where only its digits can tell. */
static bool decimal_fits(const qn_decimal *decimal, uint64_t magnitude, const qn_field *field)
{
	int digits = field->limit - field->scale + decimal->scale;

	if (field->limit <= 0)
		return true;
	if (decimal->scale > field->scale || digits < 0)
		return false;
	return digits > DECIMAL_DIGITS_MAX || magnitude < ten_to_the[digits];
}

/* From its last digits on; those behind the last that is not zero are left out. Not for zero. */
static void decimal_write(struct buf *out, const qn_decimal *decimal, uint64_t magnitude)
{
	char wire[HEADER_SIZE + 2 * DECIMAL_WIRE_DIGITS];
	char *at = wire + sizeof(wire);
	unsigned missing = (unsigned)(-decimal->scale) % 4;
	uint64_t digit = magnitude % ten_to_the[4 - missing] * ten_to_the[missing];
	int weight = -((decimal->scale + 3) / 4);
	uint16_t count = 0;

	for (magnitude /= ten_to_the[4 - missing]; digit == 0; magnitude /= 10000, weight++)
		digit = magnitude % 10000;
	for (;;) {
		at -= 2;
		codec_write_be16(at, (uint16_t)digit);
		count++;
		if (magnitude == 0)
			break;
		digit = magnitude % 10000;
		magnitude /= 10000;
	}
	at -= HEADER_SIZE;
	codec_write_be16(at, count);
	codec_write_be16(at + 2, (uint16_t)(weight + count - 1));
	codec_write_be16(at + 4, decimal->unscaled < 0 ? SIGN_NEGATIVE : SIGN_POSITIVE);
	codec_write_be16(at + 6, (uint16_t)decimal->scale);
	buf_add_bytes(out, at, (size_t)(wire + sizeof(wire) - at));
}

/* Digit by digit, for the refusals that say which are too many. */
static codec_refusal decimal_encode_digits(struct buf *out, const qn_decimal *decimal,
					   uint64_t magnitude, const qn_field *field)
{
	struct numeral numeral = { .is_negative = decimal->unscaled < 0 };
	char digits[20];
	size_t at = sizeof(digits);

	for (; magnitude > 0; magnitude /= 10)
		digits[--at] = (char)('0' + magnitude % 10);
	numeral.integer = (struct str){ digits + at, sizeof(digits) - at };
	numeral.exponent = -decimal->scale;
	return numeral_encode(out, &numeral, field);
}

codec_refusal codec_encode_decimal(struct buf *out, struct codec_value value)
{
	const qn_decimal *decimal = value.at;
	uint64_t magnitude = decimal->unscaled < 0 ? 0 - (uint64_t)decimal->unscaled
						   : (uint64_t)decimal->unscaled;

	if (decimal->scale == QN_DECIMAL_NAN) {
		special_write(out, SIGN_NAN, 0);
		return NULL;
	}
	if (decimal->scale < 0 || decimal->scale > DECIMAL_DIGITS_MAX)
		return "has a scale that is not between 0 and 18";
	if (magnitude == 0 || !decimal_fits(decimal, magnitude, value.field))
		return decimal_encode_digits(out, decimal, magnitude, value.field);
	decimal_write(out, decimal, magnitude);
	return NULL;
}

/* A numeric on the wire, its header read and its length checked. */
struct wire_numeric {
	const char *digits;
	long count;
	long weight;
	unsigned sign;
	long decimals;
};

static bool wire_numeric_read(struct str wire, struct wire_numeric *numeric)
{
	if (wire.len < HEADER_SIZE)
		return false;
	numeric->digits = wire.at + HEADER_SIZE;
	numeric->count = codec_read_be16(wire.at);
	numeric->weight = (int16_t)codec_read_be16(wire.at + 2);
	numeric->sign = codec_read_be16(wire.at + 4);
	numeric->decimals = codec_read_be16(wire.at + 6);
	return wire.len == HEADER_SIZE + 2 * (size_t)numeric->count &&
	       numeric->decimals <= DECIMALS_MAX;
}

static bool wire_numeric_has_digits(const struct wire_numeric *numeric)
{
	for (long i = 0; i < numeric->count; i++)
		if (codec_read_be16(numeric->digits + 2 * i) >= 10000)
			return false;
	return true;
}

static unsigned wire_digit(const struct wire_numeric *numeric, long weight)
{
	long at = numeric->weight - weight;

	return at < 0 || at >= numeric->count ? 0 : codec_read_be16(numeric->digits + 2 * at);
}

/* Whether digits lie behind the last decimal that is shown. The server never sends them. */
static bool wire_numeric_hides_digits(const struct wire_numeric *numeric)
{
	long last = numeric->weight - numeric->count + 1;
	long shown = floor_quarter(-numeric->decimals);

	for (long weight = last; weight < shown && weight <= numeric->weight; weight++)
		if (wire_digit(numeric, weight) != 0)
			return true;
	return wire_digit(numeric, shown) % powers[-numeric->decimals - shown * 4] != 0;
}

/* False: more digits than a decimal has. */
static inline bool magnitude_append(uint64_t *magnitude, unsigned base, unsigned digit)
{
	/* The first comparison spares nearly every value the division. */
	if (*magnitude > DECIMAL_MAX / 10000 && *magnitude > (DECIMAL_MAX - digit) / base)
		return false;
	*magnitude = *magnitude * base + digit;
	return true;
}

/* All digits down to the last decimal that is shown; false also when there are others behind it. */
static bool wire_numeric_magnitude(const struct wire_numeric *numeric, uint64_t *magnitude)
{
	/* How many decimal digits of the digit in hand are not shown. */
	long hidden = -numeric->decimals - numeric->weight * 4;
	const char *end = numeric->digits + 2 * numeric->count;

	*magnitude = 0;
	for (const char *at = numeric->digits; at < end; at += 2, hidden += 4) {
		unsigned digit = codec_read_be16(at);
		unsigned unit = hidden > 0 ? powers[hidden < 4 ? hidden : 4] : 1;

		if (digit >= 10000 || (hidden > 0 && digit % unit != 0))
			return false;
		if (!magnitude_append(magnitude, 10000 / unit, digit / unit))
			return false;
	}
	for (; hidden < 4 && *magnitude != 0; hidden += 4)
		if (!magnitude_append(magnitude, powers[hidden > 0 ? 4 - hidden : 4], 0))
			return false;
	return true;
}

bool codec_decode_decimal(struct str wire, const qn_field *field, struct arena *arena, void *out)
{
	qn_decimal *decimal = out;
	struct wire_numeric numeric;
	uint64_t magnitude;

	(void)field;
	(void)arena;
	if (!wire_numeric_read(wire, &numeric))
		return false;
	if (numeric.sign == SIGN_NAN) {
		*decimal = (qn_decimal){ 0, QN_DECIMAL_NAN };
		return true;
	}
	if ((numeric.sign != SIGN_POSITIVE && numeric.sign != SIGN_NEGATIVE) ||
	    numeric.decimals > DECIMAL_DIGITS_MAX || !wire_numeric_magnitude(&numeric, &magnitude))
		return false;
	decimal->unscaled =
		numeric.sign == SIGN_NEGATIVE ? -(int64_t)magnitude : (int64_t)magnitude;
	decimal->scale = (int32_t)numeric.decimals;
	return true;
}

static char wire_decimal_digit(const struct wire_numeric *numeric, long power)
{
	long weight = floor_quarter(power);

	return (char)('0' + wire_digit(numeric, weight) / powers[power - weight * 4] % 10);
}

static const char *wire_numeric_format(const struct wire_numeric *numeric, struct arena *arena)
{
	long top = numeric->count > 0 && numeric->weight > 0 ? numeric->weight * 4 + 3 : 3;
	/* Sign, point and NUL. */
	char *text = arena_alloc(arena, (size_t)(top + 1 + numeric->decimals + 3));
	char *at = text;

	if (!text)
		return NULL;
	while (top > 0 && wire_decimal_digit(numeric, top) == '0')
		top--;
	if (numeric->sign == SIGN_NEGATIVE && numeric->count > 0)
		*at++ = '-';
	for (long power = top; power >= 0; power--)
		*at++ = wire_decimal_digit(numeric, power);
	if (numeric->decimals > 0)
		*at++ = '.';
	for (long power = -1; power >= -numeric->decimals; power--)
		*at++ = wire_decimal_digit(numeric, power);
	*at = '\0';
	return text;
}

bool codec_decode_numeric(struct str wire, const qn_field *field, struct arena *arena, void *out)
{
	const char **text = out;
	struct wire_numeric numeric;

	(void)field;
	if (!wire_numeric_read(wire, &numeric) || !wire_numeric_has_digits(&numeric))
		return false;
	switch (numeric.sign) {
	case SIGN_NAN:
		*text = "NaN";
		return true;
	case SIGN_INFINITY:
		*text = "Infinity";
		return true;
	case SIGN_MINUS_INFINITY:
		*text = "-Infinity";
		return true;
	case SIGN_POSITIVE:
	case SIGN_NEGATIVE:
		if (wire_numeric_hides_digits(&numeric))
			return false;
		*text = wire_numeric_format(&numeric, arena);
		return *text != NULL;
	default:
		return false;
	}
}
