/*
 * Lists of items with what belongs to them: joined, by statements of their own, and their tags.
 */
#include "item.h"
#include "lanes.h"
#include "tables.h"

static const store_owner_query owners = { .limit = 0 };
static const store_category_query categories = { .limit = 0 };
static const store_tag_query tags = { .limit = 0 };

/* The stream's next item, from which a list begins. */
static int64_t from(struct lane *lane)
{
	return stream_next(&lane_bench(lane)->stream, ITEM_COUNT - ITEMS_TAGGED);
}

static qn_op *join_50_start(struct lane *lane)
{
	return store_item_find(
		lane->session, &lane->items,
		&(store_item_query){
			.limit = ITEMS_LISTED,
			.order_by = { STORE_ITEM_ID },
			.select_related = { .owner = &owners, .category = &categories },
			.where.id = QN_GT(from(lane)),
		});
}

static qn_op *apart_50_start(struct lane *lane)
{
	return store_item_find(
		lane->session, &lane->items,
		&(store_item_query){
			.limit = ITEMS_LISTED,
			.order_by = { STORE_ITEM_ID },
			.prefetch_related = { .owner = &owners, .category = &categories },
			.where.id = QN_GT(from(lane)),
		});
}

static qn_op *join_all_start(struct lane *lane)
{
	return store_item_find(
		lane->session, &lane->items,
		&(store_item_query){
			.select_related = { .owner = &owners, .category = &categories },
		});
}

static qn_op *apart_all_start(struct lane *lane)
{
	return store_item_find(
		lane->session, &lane->items,
		&(store_item_query){
			.prefetch_related = { .owner = &owners, .category = &categories },
		});
}

static qn_op *tags_100_start(struct lane *lane)
{
	return store_item_find(lane->session, &lane->items,
			       &(store_item_query){
				       .limit = ITEMS_TAGGED,
				       .order_by = { STORE_ITEM_ID },
				       .prefetch_related.tags = &tags,
				       .where.id = QN_GT(from(lane)),
			       });
}

static struct item item_of(const store_item *item)
{
	return (struct item){
		.id = item->id,
		.name = item->name,
		.slug = item->slug,
		.price = item->price.unscaled,
		.stock = item->stock,
		.created_at = item->created_at.microseconds,
		.owner_id = item->owner_id,
		.category_id = item->category_id,
	};
}

static void item_add(struct lane *lane, const struct item *item)
{
	lane_bench(lane)->checksum += lane_is_warming(lane) ? item_digest(item) : item_sum(item);
}

static bool items_are(const struct lane *lane, size_t expected)
{
	return lane->items.len == expected || bench_fail("list", "it found another number of rows");
}

static void refer_add(struct lane *lane, const store_item *row)
{
	const struct owner owner = { row->owner->id, row->owner->name, row->owner->email,
				     row->owner->score };
	const struct category category = { row->category->id, row->category->name,
					   row->category->slug };
	struct item item = item_of(row);

	item.owner = &owner;
	item.category = &category;
	item_add(lane, &item);
}

static bool refer_take(struct lane *lane, size_t expected)
{
	for (size_t i = 0; i < lane->items.len; i++)
		refer_add(lane, &lane->items.at[i]);
	return items_are(lane, expected);
}

static bool refer_50_take(struct lane *lane)
{
	return refer_take(lane, ITEMS_LISTED);
}

static bool refer_all_take(struct lane *lane)
{
	return refer_take(lane, ITEM_COUNT);
}

static void tagged_add(struct lane *lane, const store_item *row)
{
	struct tag copies[TAGS_OF_ITEM];
	struct item item = item_of(row);

	for (size_t i = 0; i < row->tags.len && i < TAGS_OF_ITEM; i++)
		copies[item.tag_count++] = (struct tag){ row->tags.at[i].id, row->tags.at[i].name };
	item.tags = copies;
	item_add(lane, &item);
}

static bool tags_100_take(struct lane *lane)
{
	for (size_t i = 0; i < lane->items.len; i++)
		tagged_add(lane, &lane->items.at[i]);
	return items_are(lane, ITEMS_TAGGED);
}

static const struct job join_50 = { join_50_start, refer_50_take, NULL };
static const struct job join_all = { join_all_start, refer_all_take, NULL };
static const struct job apart_50 = { apart_50_start, refer_50_take, NULL };
static const struct job apart_all = { apart_all_start, refer_all_take, NULL };
static const struct job tags_100 = { tags_100_start, tags_100_take, NULL };

bool callback_join_50(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &join_50, 1, 1, 0 });
}

bool task_join_50(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &join_50, 1, 1, LANES_OF_TASKS });
}

bool callback_join_all(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &join_all, 1, 1, 0 });
}

bool task_join_all(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &join_all, 1, 1, LANES_OF_TASKS });
}

bool callback_apart_50(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &apart_50, 1, 1, 0 });
}

bool task_apart_50(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &apart_50, 1, 1, LANES_OF_TASKS });
}

bool callback_apart_all(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &apart_all, 1, 1, 0 });
}

bool task_apart_all(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &apart_all, 1, 1, LANES_OF_TASKS });
}

bool callback_tags_100(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &tags_100, 1, 1, 0 });
}

bool task_tags_100(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &tags_100, 1, 1, LANES_OF_TASKS });
}
