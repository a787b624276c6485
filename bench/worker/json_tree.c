/*
 * Rows as trees of cJSON, as people build them.
 */
#include "json_rows.h"

#include "shop.h"
#include "store.h"

#include <cjson/cJSON.h>

static void add_money(cJSON *tree, const char *key, qn_decimal money)
{
	char text[QN_DECIMAL_TEXT];

	qn_decimal_format(money, text);
	cJSON_AddStringToObject(tree, key, text);
}

static void add_time(cJSON *tree, const char *key, qn_timestamptz time)
{
	char text[QN_TIME_TEXT];

	qn_timestamptz_format(time, text);
	cJSON_AddStringToObject(tree, key, text);
}

cJSON *json_store_row_tree(const void *row)
{
	const store_product *product = row;
	cJSON *tree = cJSON_CreateObject();

	cJSON_AddNumberToObject(tree, "id", (double)product->id);
	cJSON_AddStringToObject(tree, "name", product->name);
	cJSON_AddStringToObject(tree, "slug", product->slug);
	cJSON_AddStringToObject(tree, "description", product->description);
	add_money(tree, "price", product->price);
	cJSON_AddNumberToObject(tree, "stock", product->stock);
	cJSON_AddBoolToObject(tree, "is_active", product->is_active);
	cJSON_AddNumberToObject(tree, "category", product->category);
	cJSON_AddNumberToObject(tree, "weight", product->weight);
	add_time(tree, "created_at", product->created_at);
	return tree;
}

static void add_aliases(cJSON *tree, const qn_array_text *aliases)
{
	cJSON *array = cJSON_AddArrayToObject(tree, "aliases");

	for (size_t i = 0; i < aliases->len; i++)
		cJSON_AddItemToArray(array, cJSON_CreateString(aliases->at[i]));
}

cJSON *json_shop_row_tree(const void *row)
{
	const shop_product *product = row;
	cJSON *tree = cJSON_CreateObject();

	cJSON_AddNumberToObject(tree, "id", (double)product->id);
	add_time(tree, "created_at", product->created_at);
	add_time(tree, "updated_at", product->updated_at);
	cJSON_AddStringToObject(tree, "name", product->name);
	cJSON_AddStringToObject(tree, "slug", product->slug);
	add_money(tree, "price", product->price);
	cJSON_AddNumberToObject(tree, "stock", product->stock);
	cJSON_AddBoolToObject(tree, "is_active", product->is_active);
	cJSON_AddStringToObject(tree, "status",
				qn_enum_label(&shop_status_enum, (int)product->status));
	cJSON_AddItemToObject(tree, "meta", cJSON_Parse(product->meta));
	add_aliases(tree, &product->aliases);
	cJSON_AddNumberToObject(tree, "author_id", (double)product->author_id);
	return tree;
}

cJSON *json_card_row_tree(const void *row)
{
	const shop_product *product = row;
	cJSON *tree = cJSON_CreateObject();
	cJSON *tags;

	cJSON_AddNumberToObject(tree, "id", (double)product->id);
	cJSON_AddStringToObject(tree, "name", product->name);
	add_money(tree, "price", product->price);
	cJSON_AddStringToObject(cJSON_AddObjectToObject(tree, "author"), "username",
				product->author->username);
	tags = cJSON_AddArrayToObject(tree, "tags");
	for (size_t i = 0; i < product->tags.len; i++) {
		cJSON *tag = cJSON_CreateObject();

		cJSON_AddStringToObject(tag, "name", product->tags.at[i].name);
		cJSON_AddItemToArray(tags, tag);
	}
	add_time(tree, "created_at", product->created_at);
	return tree;
}
