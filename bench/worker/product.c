#include "product.h"

#include <string.h>

static uint64_t text_digest(uint64_t sum, const char *text)
{
	for (; *text != '\0'; text++)
		sum = (sum ^ (unsigned char)*text) * UINT64_C(1099511628211);
	return sum;
}

uint64_t product_digest(const struct product *product)
{
	uint64_t sum = product_glance(product);

	sum = text_digest(sum, product->name);
	sum = text_digest(sum, product->slug);
	return text_digest(sum, product->description);
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
