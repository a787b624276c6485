/*
 * Rows that are written as JSON, each kind in three ways: by hand straight into text, by hand as
 * trees of cJSON, and by quern.
 */
#ifndef BENCH_WORKER_JSON_ROWS_H
#define BENCH_WORKER_JSON_ROWS_H

#include "product.h"

#include <quern.h>
#include <quern/json.h>

struct cJSON;

/* The texts of a row are at most so long, with their NULs. */
enum { JSON_TEXTS = 160 };

/* A text that grows, as a program by hand would have it. */
struct hand_text {
	char *at;
	size_t len;
	size_t capacity;
};

/* Room for so many bytes more; false: out of memory. */
bool hand_text_reserve(struct hand_text *text, size_t len);

/* What rows refer to; made once. */
struct json_related;

struct json_kind {
	size_t row_size;
	/*
	 * What row number `number` holds. Its texts go to *texts, one behind the other as libpq has
	 * them, which moves on.
	 */
	void (*row_make)(void *row, char **texts, struct json_related *related, uint64_t number);
	/* False: out of memory. */
	bool (*row_put)(struct hand_text *text, const void *row);
	struct cJSON *(*row_tree)(const void *row);
	/* All as one array. */
	qn_status (*list_write)(qn_buffer *out, const void *rows, size_t count);
};

/*
 * The benchmarks' product; the shop's product, with a document and an array; the same as a card,
 * with its author and tags.
 */
extern const struct json_kind json_store_kind, json_shop_kind, json_card_kind;

struct json_related *json_related_make(void);
void json_related_free(struct json_related *related);
void json_store_row_make(void *row, char **texts, struct json_related *related, uint64_t number);
void json_shop_row_make(void *row, char **texts, struct json_related *related, uint64_t number);
bool json_store_row_put(struct hand_text *text, const void *row);
bool json_shop_row_put(struct hand_text *text, const void *row);
bool json_card_row_put(struct hand_text *text, const void *row);
struct cJSON *json_store_row_tree(const void *row);
struct cJSON *json_shop_row_tree(const void *row);
struct cJSON *json_card_row_tree(const void *row);

#endif
