/*
 * Lists of items by hand: what the forms of loading what belongs to them share.
 */
#ifndef BENCH_WORKER_HAND_RELATED_H
#define BENCH_WORKER_HAND_RELATED_H

#include "hand.h"
#include "item.h"

#define ITEM_COLUMNS \
	"i.id, i.name, i.slug, i.price, i.stock, i.created_at, i.owner_id, i.category_id"
#define ITEM_RANGE " WHERE i.id > $1::bigint ORDER BY i.id LIMIT "

enum {
	ITEM_WIDTH = 8,
	OWNER_WIDTH = 4,
	CATEGORY_WIDTH = 3,
};

/* A statement by its name, and how it is run once. */
struct hand_list {
	const char *name;
	const char *sql;
	const char *others[2][2]; /* further statements, by their names */
	size_t count;             /* of the rows; ITEM_COUNT: all, without a parameter */
	bool (*one)(struct hand *hand, struct bench *bench, const struct hand_list *list,
		    bool warming);
};

/* Runs warm-up and operations of it on a connection of its own. */
bool hand_list_run(struct bench *bench, const struct hand_list *list);

/* The list's first statement: from a random id on, or all. NULL: said why. */
PGresult *hand_list_items(struct hand *hand, struct bench *bench, const struct hand_list *list);

/* A prepared statement with one binary parameter, or none. NULL: said why. */
PGresult *hand_run(struct hand *hand, const char *name, const char *value, int length);

/*
 * Room for the items of the result, and the items without what belongs to them; for free(). NULL:
 * said why.
 */
struct item *hand_items(const PGresult *result);

/* Columns of a row, from `column` on. Texts live as long as the result. */
void hand_item(const PGresult *result, int row, struct item *item);
void hand_owner(const PGresult *result, int row, int column, struct owner *owner);
void hand_category(const PGresult *result, int row, int column, struct category *category);

/* Adds the items to the checksum. False: there are more or fewer than the list says. */
bool hand_items_add(struct bench *bench, const struct hand_list *list, const struct item *items,
		    size_t count, bool warming);

#endif
