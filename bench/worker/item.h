/*
 * An item, its owner, its category and its tags as every contender reads them, typed.
 */
#ifndef BENCH_WORKER_ITEM_H
#define BENCH_WORKER_ITEM_H

#include <stddef.h>
#include <stdint.h>

enum { ITEMS_LISTED = 50, ITEMS_TAGGED = 100, TAGS_OF_ITEM = 8 };

struct owner {
	int64_t id;
	const char *name;
	const char *email;
	int32_t score;
};

struct category {
	int64_t id;
	const char *name;
	const char *slug;
};

struct tag {
	int64_t id;
	const char *name;
};

struct item {
	int64_t id;
	const char *name;
	const char *slug;
	int64_t price; /* cents */
	int32_t stock;
	int64_t created_at; /* microseconds since 2000 */
	int64_t owner_id;
	int64_t category_id;
	const struct owner *owner;
	const struct category *category;
	const struct tag *tags;
	size_t tag_count;
};

static inline uint64_t letter(const char *text)
{
	return (unsigned char)*text;
}

/*
 * A number of every column of the item alone, cheap enough to be taken within the time that is
 * measured.
 */
static inline uint64_t item_glance(const struct item *item)
{
	uint64_t sum = (uint64_t)item->id * 3 + letter(item->name) * 5 + letter(item->slug) * 7;

	sum += (uint64_t)item->price * 11 + (uint64_t)item->stock * 13;
	return sum + (uint64_t)item->created_at * 17 + (uint64_t)item->owner_id * 19 +
	       (uint64_t)item->category_id * 23;
}

static inline uint64_t owner_glance(const struct owner *owner)
{
	return (uint64_t)owner->id * 29 + letter(owner->name) * 31 + letter(owner->email) * 37 +
	       (uint64_t)owner->score * 41;
}

static inline uint64_t category_glance(const struct category *category)
{
	return (uint64_t)category->id * 43 + letter(category->name) * 47 +
	       letter(category->slug) * 53;
}

static inline uint64_t tag_glance(const struct tag *tag)
{
	return (uint64_t)tag->id * 59 + letter(tag->name) * 61;
}

/* Of the item and what belongs to it. */
static inline uint64_t item_sum(const struct item *item)
{
	uint64_t sum = item_glance(item);

	if (item->owner != NULL)
		sum += owner_glance(item->owner) + category_glance(item->category);
	for (size_t i = 0; i < item->tag_count; i++)
		sum += tag_glance(&item->tags[i]) * (uint64_t)item->id;
	return sum;
}

/* The same of every byte, for the warm-up. */
uint64_t item_digest(const struct item *item);

#endif
