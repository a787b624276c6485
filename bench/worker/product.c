#include "product.h"

#include <string.h>

uint32_t text_digest(const char *text)
{
	static const uint32_t of_bits[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
		0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	uint32_t rest = UINT32_MAX;

	for (; *text != '\0'; text++) {
		rest ^= (unsigned char)*text;
		rest = of_bits[rest & 15] ^ rest >> 4;
		rest = of_bits[rest & 15] ^ rest >> 4;
	}
	return ~rest;
}

uint64_t product_digest(const struct product *product)
{
	uint64_t sum = product_glance(product);

	sum += text_digest(product->name);
	sum += (uint64_t)text_digest(product->slug) * 3;
	return sum + (uint64_t)text_digest(product->description) * 5;
}

static void text_write(char *text, const char *prefix, uint64_t number)
{
	size_t length = strlen(prefix);
	uint64_t rest = number;

	memcpy(text, prefix, length);
	do {
		length++;
		rest /= 10;
	} while (rest > 0);
	text[length] = '\0';
	do {
		text[--length] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
}

void delivery_texts_write(struct delivery_texts *texts, uint64_t number)
{
	text_write(texts->name, "Delivery ", number);
	text_write(texts->slug, "delivery-", number);
}
