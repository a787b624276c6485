#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "quern/value.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool qn_uuid_parse(const char *text, qn_uuid *out)
{
	bool has_braces = *text == '{';
	qn_uuid uuid;

	text += has_braces;
	for (size_t i = 0; i < sizeof(uuid.at); i++) {
		int high = hex_digit(text[0]);
		int low = high < 0 ? -1 : hex_digit(text[1]);
		if (low < 0)
			return false;
		uuid.at[i] = (uint8_t)(high << 4 | low);
		text += 2;
		/* The server takes a hyphen behind any group of four digits. */
		if (*text == '-' && i % 2 == 1 && i + 1 < sizeof(uuid.at))
			text++;
	}
	if (has_braces && *text++ != '}')
		return false;
	if (*text != '\0')
		return false;
	*out = uuid;
	return true;
}

size_t qn_uuid_format(qn_uuid value, char text[QN_UUID_TEXT])
{
	static const char digits[] = "0123456789abcdef";
	char *at = text;

	for (size_t i = 0; i < sizeof(value.at); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*at++ = '-';
		*at++ = digits[value.at[i] >> 4];
		*at++ = digits[value.at[i] & 15];
	}
	*at = '\0';
	return (size_t)(at - text);
}

bool qn_uuid_equal(qn_uuid a, qn_uuid b)
{
	return memcmp(a.at, b.at, sizeof(a.at)) == 0;
}

static bool random_fill(uint8_t *at, size_t len)
{
	while (len > 0) {
		ssize_t got = getrandom(at, len, 0);
		if (got < 0 && errno != EINTR)
			return false;
		if (got > 0) {
			at += got;
			len -= (size_t)got;
		}
	}
	return true;
}

static void version_set(qn_uuid *uuid, uint8_t version)
{
	uuid->at[6] = (uint8_t)(version << 4 | (uuid->at[6] & 0x0f));
	uuid->at[8] = (uint8_t)(0x80 | (uuid->at[8] & 0x3f));
}

bool qn_uuid_v4(qn_uuid *out)
{
	qn_uuid uuid;

	if (!random_fill(uuid.at, sizeof(uuid.at)))
		return false;
	version_set(&uuid, 4);
	*out = uuid;
	return true;
}

bool qn_uuid_v7(qn_uuid *out)
{
	struct timespec now;
	uint64_t milliseconds;
	uint64_t fraction;
	qn_uuid uuid;

	if (!random_fill(uuid.at, sizeof(uuid.at)) || clock_gettime(CLOCK_REALTIME, &now) != 0)
		return false;
	milliseconds = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	for (size_t i = 0; i < 6; i++)
		uuid.at[i] = (uint8_t)(milliseconds >> (8 * (5 - i)));
	/* 12 bits of fraction keep the order within a millisecond, without a counter. */
	fraction = (uint64_t)now.tv_nsec % 1000000 * 4096 / 1000000;
	uuid.at[6] = (uint8_t)(fraction >> 8);
	uuid.at[7] = (uint8_t)fraction;
	version_set(&uuid, 7);
	*out = uuid;
	return true;
}
