#include "hand_related.h"
#include "tables.h"

#include <stdlib.h>

static const char join_sql[] =
	"SELECT " ITEM_COLUMNS ", o.id, o.name, o.email, o.score, c.id, c.name, c.slug "
	"FROM store_item AS i JOIN store_owner AS o ON o.id = i.owner_id "
	"JOIN store_category AS c ON c.id = i.category_id";
static const char join_50_sql[] =
	"SELECT " ITEM_COLUMNS ", o.id, o.name, o.email, o.score, c.id, c.name, c.slug "
	"FROM store_item AS i JOIN store_owner AS o ON o.id = i.owner_id "
	"JOIN store_category AS c ON c.id = i.category_id" ITEM_RANGE "50";

PGresult *hand_run(struct hand *hand, const char *name, const char *value, int length)
{
	const char *const values[] = { value };
	const int lengths[] = { length };
	const int formats[] = { 1 };

	if (PQsendQueryPrepared(hand->connection, name, value != NULL, values, lengths, formats,
				1) == 0) {
		bench_fail(name, PQerrorMessage(hand->connection));
		return NULL;
	}
	return hand_one_result(hand, PGRES_TUPLES_OK);
}

PGresult *hand_list_items(struct hand *hand, struct bench *bench, const struct hand_list *list)
{
	char from[8];

	if (list->count == ITEM_COUNT)
		return hand_run(hand, list->name, NULL, 0);
	hand_put_int64(from, stream_next(&bench->stream, ITEM_COUNT - ITEMS_TAGGED));
	return hand_run(hand, list->name, from, sizeof(from));
}

void hand_item(const PGresult *result, int row, struct item *item)
{
	item->id = hand_int64(PQgetvalue(result, row, 0));
	item->name = PQgetvalue(result, row, 1);
	item->slug = PQgetvalue(result, row, 2);
	item->price = hand_numeric(PQgetvalue(result, row, 3));
	item->stock = hand_int32(PQgetvalue(result, row, 4));
	item->created_at = hand_int64(PQgetvalue(result, row, 5));
	item->owner_id = hand_int64(PQgetvalue(result, row, 6));
	item->category_id = hand_int64(PQgetvalue(result, row, 7));
	item->owner = NULL;
	item->category = NULL;
	item->tags = NULL;
	item->tag_count = 0;
}

void hand_owner(const PGresult *result, int row, int column, struct owner *owner)
{
	owner->id = hand_int64(PQgetvalue(result, row, column));
	owner->name = PQgetvalue(result, row, column + 1);
	owner->email = PQgetvalue(result, row, column + 2);
	owner->score = hand_int32(PQgetvalue(result, row, column + 3));
}

void hand_category(const PGresult *result, int row, int column, struct category *category)
{
	category->id = hand_int64(PQgetvalue(result, row, column));
	category->name = PQgetvalue(result, row, column + 1);
	category->slug = PQgetvalue(result, row, column + 2);
}

struct item *hand_items(const PGresult *result)
{
	int count = PQntuples(result);
	struct item *items = malloc(((size_t)count + 1) * sizeof(*items));

	if (items == NULL) {
		bench_fail("items", "out of memory");
		return NULL;
	}
	for (int i = 0; i < count; i++)
		hand_item(result, i, &items[i]);
	return items;
}

bool hand_items_add(struct bench *bench, const struct hand_list *list, const struct item *items,
		    size_t count, bool warming)
{
	for (size_t i = 0; i < count; i++)
		bench->checksum += warming ? item_digest(&items[i]) : item_sum(&items[i]);
	return count == list->count || bench_fail(list->name, "it found another number of rows");
}

/* A struct of its own for each row's owner and category, as a join gives them. */
struct joined {
	struct owner owner;
	struct category category;
};

static bool join_fill(const PGresult *result, struct bench *bench, const struct hand_list *list,
		      bool warming)
{
	int count = PQntuples(result);
	struct item *items = hand_items(result);
	struct joined *joined = malloc(((size_t)count + 1) * sizeof(*joined));
	bool good = items != NULL && joined != NULL;

	for (int i = 0; good && i < count; i++) {
		hand_owner(result, i, ITEM_WIDTH, &joined[i].owner);
		hand_category(result, i, ITEM_WIDTH + OWNER_WIDTH, &joined[i].category);
		items[i].owner = &joined[i].owner;
		items[i].category = &joined[i].category;
	}
	good = good && hand_items_add(bench, list, items, (size_t)count, warming);
	free(joined);
	free(items);
	return good;
}

static bool join_one(struct hand *hand, struct bench *bench, const struct hand_list *list,
		     bool warming)
{
	PGresult *result = hand_list_items(hand, bench, list);
	bool good = result != NULL && join_fill(result, bench, list, warming);

	PQclear(result);
	return good;
}

static bool list_repeat(struct hand *hand, struct bench *bench, const struct hand_list *list)
{
	for (uint64_t i = 0; i < bench->warm_up; i++)
		if (!list->one(hand, bench, list, true))
			return false;
	bench_begin(bench);
	for (uint64_t i = 0; i < bench->operations; i++)
		if (!list->one(hand, bench, list, false))
			return false;
	bench_end(bench);
	return true;
}

bool hand_list_run(struct bench *bench, const struct hand_list *list)
{
	struct hand hand;
	bool good;

	if (!hand_open(&hand, bench->conninfo))
		return false;
	good = hand_prepare(&hand, list->name, list->sql);
	for (size_t i = 0; i < 2; i++)
		if (list->others[i][0] != NULL)
			good = good && hand_prepare(&hand, list->others[i][0], list->others[i][1]);
	good = good && list_repeat(&hand, bench, list);
	hand_close(&hand);
	return good;
}

bool hand_join_50(struct bench *bench)
{
	return hand_list_run(bench, &(struct hand_list){ .name = "join",
							 .sql = join_50_sql,
							 .count = ITEMS_LISTED,
							 .one = join_one });
}

bool hand_join_all(struct bench *bench)
{
	return hand_list_run(bench, &(struct hand_list){ .name = "join",
							 .sql = join_sql,
							 .count = ITEM_COUNT,
							 .one = join_one });
}
