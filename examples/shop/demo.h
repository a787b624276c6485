/*
 * The demo: what its chapters share. Each chapter is a function that runs typed queries, shows each
 * statement with its time as the pool's log hook tells them, and says what came out.
 */
#ifndef SHOP_DEMO_H
#define SHOP_DEMO_H

#include <quern.h>

#include "screen.h"

#include "pg_catalog.h"
#include "shop.h"

/* What the log hook counted. */
struct measure {
	uint64_t statements;
	uint64_t refused;
	uint64_t rows;
	uint64_t microseconds; /* by the wall clock */
};

struct demo {
	struct screen screen;
	const char *database_url;
	bool may_empty; /* tables that hold rows already */
	qn_pool *pool;
	qn_session *session; /* of the chapter that runs */
	bool shows_statements;
	struct measure measure; /* of the chapter that runs */
};

/* The pool's log hook: counts, and shows statements while the demo wants them shown. */
void demo_log(void *context, const qn_log_entry *entry);

/*
 * Awaits the operation; when it fails, says so on stderr. The demo has nothing that may fail
 * unexpectedly.
 */
bool demo_await(qn_op *op);
/* The same for a status that is at hand. */
bool demo_check(qn_session *session, qn_status status);

/* The chapters. False: something failed, and stderr says what. */
bool chapter_tables(struct demo *demo);
bool chapter_seed(struct demo *demo);
bool chapter_rows(struct demo *demo);
bool chapter_lists(struct demo *demo);
bool chapter_relations(struct demo *demo);
bool chapter_json(struct demo *demo);
bool chapter_orders(struct demo *demo);
bool chapter_transfer(struct demo *demo);
bool chapter_tasks(struct demo *demo);
bool chapter_refusals(struct demo *demo);
bool chapter_catalog(struct demo *demo);

enum {
	AUTHOR_COUNT = 150,
	PRODUCT_COUNT = 3000,
	TAG_COUNT = 12,
	ACCOUNT_COUNT = 8,
	CONNECTION_COUNT = 4,
};

#endif
