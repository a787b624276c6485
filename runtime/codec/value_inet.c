#include <arpa/inet.h>
#include <string.h>

#include "quern/value.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One to three digits to the end of the text. */
static bool prefix_parse(const char *text, unsigned *prefix)
{
	*prefix = 0;
	if (!is_digit(*text) || strlen(text) > 3)
		return false;
	for (; is_digit(*text); text++)
		*prefix = *prefix * 10 + (unsigned)(*text - '0');
	return *text == '\0';
}

bool qn_inet_parse(const char *text, qn_inet *out)
{
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	char address[INET6_ADDRSTRLEN];
	qn_inet inet = { 0 };
	unsigned bits;
	unsigned prefix;

	if (len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	inet.is_ipv6 = memchr(address, ':', len) != NULL;
	if (inet_pton(inet.is_ipv6 ? AF_INET6 : AF_INET, address, inet.at) != 1)
		return false;
	bits = inet.is_ipv6 ? 128 : 32;
	prefix = bits;
	if (slash && !prefix_parse(slash + 1, &prefix))
		return false;
	if (prefix > bits)
		return false;
	inet.prefix_length = (uint8_t)prefix;
	*out = inet;
	return true;
}

size_t qn_inet_format(qn_inet value, char text[QN_INET_TEXT])
{
	unsigned bits = value.is_ipv6 ? 128 : 32;
	unsigned prefix = value.prefix_length;
	size_t len;

	/* Cannot fail: the family is known and the room is enough for it. */
	(void)inet_ntop(value.is_ipv6 ? AF_INET6 : AF_INET, value.at, text, INET6_ADDRSTRLEN);
	len = strlen(text);
	if (prefix == bits)
		return len;
	text[len++] = '/';
	if (prefix >= 100)
		text[len++] = (char)('0' + prefix / 100);
	if (prefix >= 10)
		text[len++] = (char)('0' + prefix / 10 % 10);
	text[len++] = (char)('0' + prefix % 10);
	text[len] = '\0';
	return len;
}

static int hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* How many digits stand before the separator, and what may separate groups of that many. */
static const char *separators_of(size_t group)
{
	switch (group) {
	case 2:
	case 6:
		return ":-";
	case 4:
		return ".-";
	default:
		return "";
	}
}

bool qn_macaddr_parse(const char *text, qn_macaddr *out)
{
	size_t group = strspn(text, "0123456789abcdefABCDEF");
	char separator = text[group];
	qn_macaddr address = { { 0 } };

	if (group != 12 && (separator == '\0' || !strchr(separators_of(group), separator)))
		return false;
	for (size_t digit = 0; digit < 12; digit++) {
		int value;
		if (digit > 0 && digit % group == 0 && *text++ != separator)
			return false;
		value = hex_digit(*text++);
		if (value < 0)
			return false;
		address.at[digit / 2] = (uint8_t)(address.at[digit / 2] << 4 | value);
	}
	if (*text != '\0')
		return false;
	*out = address;
	return true;
}

size_t qn_macaddr_format(qn_macaddr value, char text[QN_MACADDR_TEXT])
{
	static const char digits[] = "0123456789abcdef";
	char *at = text;

	for (size_t i = 0; i < sizeof(value.at); i++) {
		if (i > 0)
			*at++ = ':';
		*at++ = digits[value.at[i] >> 4];
		*at++ = digits[value.at[i] & 15];
	}
	*at = '\0';
	return (size_t)(at - text);
}
