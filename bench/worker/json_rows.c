#include "json_rows.h"

#include "shop.h"
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AUTHORS = 1000, TAGS = 200, TAGS_OF_ROW = 3, NAME = 32, DIGITS = 64 };

struct json_related {
	shop_author authors[AUTHORS];
	char names[AUTHORS][NAME];
	shop_tag tags[TAGS + TAGS_OF_ROW];
	char tag_names[TAGS + TAGS_OF_ROW][NAME];
};

struct json_related *json_related_make(void)
{
	struct json_related *related = calloc(1, sizeof(*related));

	for (size_t i = 0; related != NULL && i < AUTHORS; i++) {
		snprintf(related->names[i], NAME, "author-%zu", i);
		related->authors[i] = (shop_author){ .id = (int64_t)i + 1,
						     .username = related->names[i],
						     .qn_loaded = { 3 } };
	}
	for (size_t i = 0; related != NULL && i < TAGS + TAGS_OF_ROW; i++) {
		snprintf(related->tag_names[i], NAME, "tag %zu", i);
		related->tags[i] = (shop_tag){ .id = (int64_t)i + 1,
					       .name = related->tag_names[i],
					       .qn_loaded = { 3 } };
	}
	return related;
}

void json_related_free(struct json_related *related)
{
	free(related);
}

static qn_timestamptz time_of(uint64_t number)
{
	return (qn_timestamptz){ INT64_C(820454400000000) + (int64_t)number * 37000000 +
				 (int64_t)(number % 1000) * 1001 };
}

static qn_decimal price_of(uint64_t number)
{
	return (qn_decimal){ (int64_t)(number * 37 % 99999 + 1), 2 };
}

static const char *text_keep(char **texts, const char *text)
{
	char *kept = *texts;

	*texts = stpcpy(kept, text) + 1;
	return kept;
}

/* Digits, other ones for each number. */
static void hex_write(char *text, uint64_t number)
{
	for (size_t i = 0; i < DIGITS; i++) {
		number = number * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		text[i] = "0123456789abcdef"[number >> 60];
	}
	text[DIGITS] = '\0';
}

void json_store_row_make(void *row, char **texts, struct json_related *related, uint64_t number)
{
	store_product *product = row;

	struct delivery_texts names;
	char description[DIGITS + 1];

	(void)related;
	delivery_texts_write(&names, number);
	hex_write(description, number);
	*product = (store_product){
		.id = (int64_t)number + 1,
		.name = text_keep(texts, names.name),
		.slug = text_keep(texts, names.slug),
		.description = text_keep(texts, description),
		.price = price_of(number),
		.stock = (int32_t)(number * 7919 % 1000),
		.is_active = number / 100 % 10 != 0,
		.category = (int32_t)(number % 100 + 1),
		.weight = (double)(number % 500) / 8,
		.created_at = time_of(number),
		.qn_loaded = { (1U << STORE_PRODUCT_CREATED_AT) - 1 },
	};
}

void json_shop_row_make(void *row, char **texts, struct json_related *related, uint64_t number)
{
	static const char document[] =
		"{\"color\": \"red\", \"sizes\": [40, 42], \"weight\": 12.5}";
	static const char *const aliases[] = { "second-hand", "used", "re-sold" };
	shop_product *product = row;
	struct delivery_texts names;
	char meta[sizeof(document)];

	delivery_texts_write(&names, number);
	memcpy(meta, document, sizeof(document));
	meta[sizeof("{\"color\": \"red\", \"sizes\": [") - 1] = (char)('1' + number % 9);
	*product = (shop_product){
		.id = (int64_t)number + 1,
		.created_at = time_of(number),
		.updated_at = time_of(number * 3),
		.name = text_keep(texts, names.name),
		.slug = text_keep(texts, names.slug),
		.price = price_of(number),
		.stock = (int32_t)(number * 7919 % 1000),
		.is_active = number % 10 != 0,
		.status = (shop_status)(number % 3 + 1),
		.meta = text_keep(texts, number % 2 ? meta : "{}"),
		.aliases = { aliases, number % 4, NULL },
		.author_id = (int64_t)(number * 7 % AUTHORS) + 1,
		.author = &related->authors[number * 7 % AUTHORS],
		.tags = { &related->tags[number * 11 % TAGS], TAGS_OF_ROW },
		.qn_loaded = { (1U << SHOP_PRODUCT_AUTHOR_ID) - 1 },
	};
}

static void card_row_make(void *row, char **texts, struct json_related *related, uint64_t number)
{
	shop_product *product = row;

	json_shop_row_make(row, texts, related, number);
	product->qn_loaded[0] = (1U << SHOP_PRODUCT_TAGS) - 1;
}

static qn_status store_list_write(qn_buffer *out, const void *rows, size_t count)
{
	return qn_json_write_list(out, &store_product_model, rows, count, NULL);
}

static qn_status shop_list_write(qn_buffer *out, const void *rows, size_t count)
{
	return qn_json_write_list(out, &shop_product_model, rows, count, NULL);
}

static qn_status card_list_write(qn_buffer *out, const void *rows, size_t count)
{
	const qn_json_options card = { .serializer = &shop_product_card_serializer };

	return qn_json_write_list(out, &shop_product_model, rows, count, &card);
}

const struct json_kind json_store_kind = {
	sizeof(store_product), json_store_row_make, json_store_row_put,
	json_store_row_tree,   store_list_write,
};
const struct json_kind json_shop_kind = {
	sizeof(shop_product), json_shop_row_make, json_shop_row_put,
	json_shop_row_tree,   shop_list_write,
};
const struct json_kind json_card_kind = {
	sizeof(shop_product), card_row_make, json_card_row_put, json_card_row_tree, card_list_write,
};
