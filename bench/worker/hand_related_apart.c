/*
 * What belongs to items by statements of their own: one for all items, or, as the loop that nobody
 * means to write does, one for each.
 */
#include "hand_related.h"
#include "tables.h"

#include <stdlib.h>
#include <string.h>

static const char items_sql[] = "SELECT " ITEM_COLUMNS " FROM store_item AS i";
static const char items_50_sql[] = "SELECT " ITEM_COLUMNS " FROM store_item AS i" ITEM_RANGE "50";
static const char items_100_sql[] = "SELECT " ITEM_COLUMNS " FROM store_item AS i" ITEM_RANGE "100";

#define OWNERS     "SELECT id, name, email, score FROM store_owner WHERE id = "
#define CATEGORIES "SELECT id, name, slug FROM store_category WHERE id = "
#define TAGS                                                                               \
	"SELECT l.item_id, t.id, t.name FROM store_item_tags AS l JOIN store_tag AS t ON " \
	"t.id = l.tag_id WHERE l.item_id = "

enum { INT8_OID = 20, ARRAY_HEADER = 20, ARRAY_ELEMENT = 12 };

/*
 * Keys, each once: slots of an open hash that is at most half full, and the place of each key's
 * row.
 */
struct keys {
	int64_t *slots; /* 0: empty */
	void **rows;
	char *array; /* as a parameter */
	size_t mask;
	size_t count;
};

static bool keys_open(struct keys *keys, size_t most)
{
	size_t slots = 16;

	while (slots < 2 * most)
		slots *= 2;
	keys->mask = slots - 1;
	keys->count = 0;
	keys->slots = calloc(slots, sizeof(*keys->slots));
	keys->rows = malloc(slots * sizeof(*keys->rows));
	keys->array = malloc(ARRAY_HEADER + most * ARRAY_ELEMENT);
	return (keys->slots != NULL && keys->rows != NULL && keys->array != NULL) ||
	       bench_fail("keys", "out of memory");
}

static void keys_close(struct keys *keys)
{
	free(keys->slots);
	free(keys->rows);
	free(keys->array);
}

static size_t keys_slot(const struct keys *keys, int64_t key)
{
	size_t slot = (size_t)((uint64_t)key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & keys->mask;

	while (keys->slots[slot] != 0 && keys->slots[slot] != key)
		slot = (slot + 1) & keys->mask;
	return slot;
}

static void keys_add(struct keys *keys, int64_t key)
{
	size_t slot = keys_slot(keys, key);
	char *element = keys->array + ARRAY_HEADER + keys->count * ARRAY_ELEMENT;

	if (keys->slots[slot] == key)
		return;
	keys->slots[slot] = key;
	keys->count++;
	hand_put_int32(element, sizeof(key));
	hand_put_int64(element + 4, key);
}

/* Completes the array, and runs the statement with it. */
static PGresult *keys_run(struct hand *hand, struct keys *keys, const char *name)
{
	hand_put_int32(keys->array, 1);
	hand_put_int32(keys->array + 4, 0);
	hand_put_int32(keys->array + 8, INT8_OID);
	hand_put_int32(keys->array + 12, (int32_t)keys->count);
	hand_put_int32(keys->array + 16, 1);
	return hand_run(hand, name, keys->array, (int)(ARRAY_HEADER + keys->count * ARRAY_ELEMENT));
}

/* What the two statements gave. */
struct apart {
	PGresult *results[2];
	struct keys keys[2];
	struct owner *owners;
	struct category *categories;
};

static bool apart_rows(struct apart *apart)
{
	int owners = PQntuples(apart->results[0]);
	int categories = PQntuples(apart->results[1]);

	apart->owners = malloc(((size_t)owners + 1) * sizeof(*apart->owners));
	apart->categories = malloc(((size_t)categories + 1) * sizeof(*apart->categories));
	if (apart->owners == NULL || apart->categories == NULL)
		return bench_fail("apart", "out of memory");
	for (int i = 0; i < owners; i++) {
		hand_owner(apart->results[0], i, 0, &apart->owners[i]);
		apart->keys[0].rows[keys_slot(&apart->keys[0], apart->owners[i].id)] =
			&apart->owners[i];
	}
	for (int i = 0; i < categories; i++) {
		hand_category(apart->results[1], i, 0, &apart->categories[i]);
		apart->keys[1].rows[keys_slot(&apart->keys[1], apart->categories[i].id)] =
			&apart->categories[i];
	}
	return true;
}

static bool apart_load(struct hand *hand, struct apart *apart, struct item *items, size_t count)
{
	if (!keys_open(&apart->keys[0], count) || !keys_open(&apart->keys[1], count))
		return false;
	for (size_t i = 0; i < count; i++) {
		keys_add(&apart->keys[0], items[i].owner_id);
		keys_add(&apart->keys[1], items[i].category_id);
	}
	apart->results[0] = keys_run(hand, &apart->keys[0], "owners");
	if (apart->results[0] == NULL)
		return false;
	apart->results[1] = keys_run(hand, &apart->keys[1], "categories");
	if (apart->results[1] == NULL || !apart_rows(apart))
		return false;
	for (size_t i = 0; i < count; i++) {
		items[i].owner = apart->keys[0].rows[keys_slot(&apart->keys[0], items[i].owner_id)];
		items[i].category =
			apart->keys[1].rows[keys_slot(&apart->keys[1], items[i].category_id)];
	}
	return true;
}

static bool apart_one(struct hand *hand, struct bench *bench, const struct hand_list *list,
		      bool warming)
{
	PGresult *result = hand_list_items(hand, bench, list);
	struct item *items = result != NULL ? hand_items(result) : NULL;
	struct apart apart = { .owners = NULL };
	size_t count = result != NULL ? (size_t)PQntuples(result) : 0;
	bool good = items != NULL && apart_load(hand, &apart, items, count) &&
		    hand_items_add(bench, list, items, count, warming);

	for (size_t i = 0; i < 2; i++) {
		PQclear(apart.results[i]);
		keys_close(&apart.keys[i]);
	}
	free(apart.owners);
	free(apart.categories);
	free(items);
	PQclear(result);
	return good;
}

/* A row by its key; the result is kept for its texts. */
static PGresult *row_by_key(struct hand *hand, const char *name, int64_t key)
{
	char parameter[8];

	hand_put_int64(parameter, key);
	return hand_run(hand, name, parameter, sizeof(parameter));
}

static bool loop_row(struct hand *hand, struct bench *bench, const struct item *listed,
		     bool warming)
{
	PGresult *owners = row_by_key(hand, "owners", listed->owner_id);
	PGresult *categories =
		owners != NULL ? row_by_key(hand, "categories", listed->category_id) : NULL;
	struct item item = *listed;
	struct owner owner;
	struct category category;

	if (categories != NULL) {
		hand_owner(owners, 0, 0, &owner);
		hand_category(categories, 0, 0, &category);
		item.owner = &owner;
		item.category = &category;
		bench->checksum += warming ? item_digest(&item) : item_sum(&item);
	}
	PQclear(owners);
	PQclear(categories);
	return categories != NULL;
}

static bool loop_tags(struct hand *hand, struct bench *bench, const struct item *listed,
		      bool warming)
{
	PGresult *result = row_by_key(hand, "tags", listed->id);
	struct item item = *listed;
	struct tag tags[TAGS_OF_ITEM];

	item.tag_count = 0;
	for (int i = 0; i < PQntuples(result) && i < TAGS_OF_ITEM; i++) {
		tags[i].id = hand_int64(PQgetvalue(result, i, 1));
		tags[i].name = PQgetvalue(result, i, 2);
		item.tag_count++;
	}
	item.tags = tags;
	bench->checksum += warming ? item_digest(&item) : item_sum(&item);
	PQclear(result);
	return result != NULL;
}

static bool loop_one(struct hand *hand, struct bench *bench, const struct hand_list *list,
		     bool warming)
{
	PGresult *result = hand_list_items(hand, bench, list);
	struct item *items = result != NULL ? hand_items(result) : NULL;
	bool (*row)(struct hand *, struct bench *, const struct item *, bool) =
		list->count == ITEMS_TAGGED ? loop_tags : loop_row;
	size_t count = items != NULL ? (size_t)PQntuples(result) : 0;
	bool good = items != NULL;

	for (size_t i = 0; good && i < count; i++)
		good = row(hand, bench, &items[i], warming);
	free(items);
	PQclear(result);
	return good &&
	       (count == list->count || bench_fail(list->name, "it found another number of rows"));
}

/* The links come in the order of the items. */
static bool tags_tie(const PGresult *links, struct tag *tags, struct item *items, size_t count)
{
	int next = 0;

	for (size_t i = 0; i < count; i++) {
		items[i].tags = tags + next;
		while (next < PQntuples(links) &&
		       hand_int64(PQgetvalue(links, next, 0)) == items[i].id) {
			tags[next].id = hand_int64(PQgetvalue(links, next, 1));
			tags[next].name = PQgetvalue(links, next, 2);
			items[i].tag_count++;
			next++;
		}
	}
	return next == PQntuples(links) || bench_fail("tags", "a tag belongs to no item");
}

static bool tags_one(struct hand *hand, struct bench *bench, const struct hand_list *list,
		     bool warming)
{
	PGresult *result = hand_list_items(hand, bench, list);
	struct item *items = result != NULL ? hand_items(result) : NULL;
	size_t count = items != NULL ? (size_t)PQntuples(result) : 0;
	struct keys keys = { .array = NULL };
	PGresult *links = NULL;
	struct tag *tags = NULL;
	bool good = items != NULL && keys_open(&keys, count);

	for (size_t i = 0; good && i < count; i++)
		keys_add(&keys, items[i].id);
	links = good ? keys_run(hand, &keys, "tags") : NULL;
	tags = links != NULL ? malloc(((size_t)PQntuples(links) + 1) * sizeof(*tags)) : NULL;
	good = tags != NULL && tags_tie(links, tags, items, count) &&
	       hand_items_add(bench, list, items, count, warming);
	free(tags);
	PQclear(links);
	keys_close(&keys);
	free(items);
	PQclear(result);
	return good;
}

bool hand_apart_50(struct bench *bench)
{
	return hand_list_run(bench,
			     &(struct hand_list){
				     .name = "items",
				     .sql = items_50_sql,
				     .count = ITEMS_LISTED,
				     .one = apart_one,
				     .others = { { "owners", OWNERS "ANY($1::bigint[])" },
						 { "categories", CATEGORIES "ANY($1::bigint[])" } },
			     });
}

bool hand_apart_all(struct bench *bench)
{
	return hand_list_run(bench,
			     &(struct hand_list){
				     .name = "items",
				     .sql = items_sql,
				     .count = ITEM_COUNT,
				     .one = apart_one,
				     .others = { { "owners", OWNERS "ANY($1::bigint[])" },
						 { "categories", CATEGORIES "ANY($1::bigint[])" } },
			     });
}

bool hand_tags_100(struct bench *bench)
{
	return hand_list_run(
		bench,
		&(struct hand_list){
			.name = "items",
			.sql = items_100_sql,
			.count = ITEMS_TAGGED,
			.one = tags_one,
			.others = { { "tags", TAGS "ANY($1::bigint[]) ORDER BY l.item_id" } },
		});
}

bool loop_50(struct bench *bench)
{
	return hand_list_run(bench, &(struct hand_list){
					    .name = "items",
					    .sql = items_50_sql,
					    .count = ITEMS_LISTED,
					    .one = loop_one,
					    .others = { { "owners", OWNERS "$1::bigint" },
							{ "categories", CATEGORIES "$1::bigint" } },
				    });
}

bool loop_all(struct bench *bench)
{
	return hand_list_run(bench, &(struct hand_list){
					    .name = "items",
					    .sql = items_sql,
					    .count = ITEM_COUNT,
					    .one = loop_one,
					    .others = { { "owners", OWNERS "$1::bigint" },
							{ "categories", CATEGORIES "$1::bigint" } },
				    });
}

bool loop_tags_100(struct bench *bench)
{
	return hand_list_run(bench, &(struct hand_list){
					    .name = "items",
					    .sql = items_100_sql,
					    .count = ITEMS_TAGGED,
					    .one = loop_one,
					    .others = { { "tags", TAGS "$1::bigint" } },
				    });
}
