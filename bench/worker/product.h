/*
 * A product as every contender reads it, typed, and the values of the rows that create makes.
 */
#ifndef BENCH_WORKER_PRODUCT_H
#define BENCH_WORKER_PRODUCT_H

#include <stdbool.h>
#include <stdint.h>

struct product {
	int64_t id;
	const char *name;
	const char *slug;
	const char *description;
	int64_t price; /* cents */
	int32_t stock;
	int32_t category;
	double weight;
	int64_t created_at; /* microseconds since 2000 */
	bool is_active;
};

/* A number of every column, cheap enough to be taken within the time that is measured. */
static inline uint64_t product_glance(const struct product *product)
{
	uint64_t sum = (uint64_t)product->id * 3;

	sum += (uint64_t)(unsigned char)product->name[0] * 5;
	sum += (uint64_t)(unsigned char)product->slug[0] * 7;
	sum += (uint64_t)(unsigned char)product->description[0] * 11;
	sum += (uint64_t)product->price * 13 + (uint64_t)product->stock * 17;
	sum += (uint64_t)product->category * 19 + (uint64_t)(int64_t)(product->weight * 8) * 23;
	return sum + (uint64_t)product->created_at * 29 + product->is_active;
}

/* CRC-32, as zip has it: the peers have it too. */
uint32_t text_digest(const char *text);

/* The same of every byte, for the warm-up. */
uint64_t product_digest(const struct product *product);

enum { DELIVERY_TEXT = 64 };

/* The texts of delivery number `number`; its other values are simple functions of the number. */
struct delivery_texts {
	char name[DELIVERY_TEXT];
	char slug[DELIVERY_TEXT];
};

#define DELIVERY_DESCRIPTION "a delivery that the benchmark makes, as long as a product's own text"

/* Writes "Delivery 17" and "delivery-17". */
void delivery_texts_write(struct delivery_texts *texts, uint64_t number);

static inline int64_t delivery_price(uint64_t number)
{
	return (int64_t)(number * 37 % 99999 + 1);
}

static inline int32_t delivery_stock(uint64_t number)
{
	return (int32_t)(number % 1000);
}

static inline int32_t delivery_category(uint64_t number)
{
	return (int32_t)(number % 100 + 1);
}

static inline double delivery_weight(uint64_t number)
{
	return (double)(number % 500) / 8;
}

#endif
