#include "codec/codec.h"

/* The server's own numbers for the families, whatever AF_INET6 is here. */
#define FAMILY_IPV4 2
#define FAMILY_IPV6 3

/* family, prefix length, is cidr, length of the address */
#define HEADER_SIZE ((size_t)4)

static size_t address_size(bool is_ipv6)
{
	return is_ipv6 ? 16 : 4;
}

static bool inet_has_host_bits(const qn_inet *inet)
{
	size_t bits = address_size(inet->is_ipv6) * 8;

	for (size_t bit = inet->prefix_length; bit < bits; bit++)
		if (inet->at[bit / 8] & (0x80 >> bit % 8))
			return true;
	return false;
}

static codec_refusal inet_encode(struct buf *out, const qn_inet *inet, bool is_cidr)
{
	if (inet->is_ipv6 > 1)
		return "is neither an IPv4 nor an IPv6 address";
	if (inet->prefix_length > address_size(inet->is_ipv6) * 8)
		return "has a prefix longer than its address";
	if (is_cidr && inet_has_host_bits(inet))
		return "has bits set to the right of its network's prefix";
	buf_add_char(out, inet->is_ipv6 ? FAMILY_IPV6 : FAMILY_IPV4);
	buf_add_char(out, (char)inet->prefix_length);
	buf_add_char(out, is_cidr ? 1 : 0);
	buf_add_char(out, (char)address_size(inet->is_ipv6));
	buf_add_bytes(out, inet->at, address_size(inet->is_ipv6));
	return NULL;
}

codec_refusal codec_encode_inet(struct buf *out, struct codec_value value)
{
	return inet_encode(out, value.at, false);
}

codec_refusal codec_encode_cidr(struct buf *out, struct codec_value value)
{
	return inet_encode(out, value.at, true);
}

bool codec_decode_inet(struct str wire, const qn_field *field, struct arena *arena, void *out)
{
	qn_inet *inet = out;
	unsigned char prefix_length;
	bool is_ipv6;

	(void)field;
	(void)arena;
	if (wire.len < HEADER_SIZE || (wire.at[0] != FAMILY_IPV4 && wire.at[0] != FAMILY_IPV6))
		return false;
	is_ipv6 = wire.at[0] == FAMILY_IPV6;
	prefix_length = (unsigned char)wire.at[1];
	if (prefix_length > address_size(is_ipv6) * 8 ||
	    (unsigned char)wire.at[3] != address_size(is_ipv6) ||
	    wire.len != HEADER_SIZE + address_size(is_ipv6))
		return false;
	*inet = (qn_inet){ .is_ipv6 = is_ipv6, .prefix_length = prefix_length };
	memcpy(inet->at, wire.at + HEADER_SIZE, address_size(is_ipv6));
	return true;
}

bool codec_decode_cidr(struct str wire, const qn_field *field, struct arena *arena, void *out)
{
	return codec_decode_inet(wire, field, arena, out);
}
