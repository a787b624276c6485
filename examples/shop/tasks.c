/*
 * A hundred tasks, each straight-line code with a session of its own, on four connections and one
 * thread.
 */
#include <inttypes.h>

#include "demo.h"
#include "random.h"

enum {
	TASK_COUNT = 100,
};

struct visits {
	struct screen *screen;
	unsigned done;
	int64_t authors_seen;
	int64_t products_seen;
};

struct visit {
	struct visits *all;
	uint32_t number;
};

/* A visitor looks at an author, counts what they sell, and looks at their dearest products. */
static qn_status visit_author(qn_session *session, const struct visit *visit)
{
	shop_author *author;
	shop_product_list products;
	int64_t count;
	qn_status status;

	status = qn_await(shop_author_get(session, &author,
					  &(shop_author_where){ .id = QN_EQ(visit->number) }));
	if (status != QN_OK)
		return status;
	status = qn_await(shop_product_count(session, &count,
					     &(shop_product_query){
						     .where = { .author_id = QN_EQ(author->id) },
					     }));
	if (status != QN_OK)
		return status;
	status = qn_await(shop_product_find(session, &products,
					    &(shop_product_query){
						    .where = { .author_id = QN_EQ(author->id) },
						    .order_by = { -SHOP_PRODUCT_PRICE },
						    .limit = 3,
					    }));
	if (status != QN_OK)
		return status;
	visit->all->authors_seen++;
	visit->all->products_seen += count;
	return QN_OK;
}

static void visit_task(qn_session *session, void *argument)
{
	const struct visit *visit = argument;

	if (demo_check(session, visit_author(session, visit)))
		visit->all->done++;
	screen_progress(visit->all->screen, "tasks", visit->all->done, TASK_COUNT);
}

static bool run_tasks(struct demo *demo, qn_pool *pool)
{
	struct visits visits = { .screen = &demo->screen };
	struct visit tasks[TASK_COUNT];
	qn_pool_stats stats;

	for (uint32_t i = 0; i < TASK_COUNT; i++) {
		tasks[i] = (struct visit){ &visits, i + 1 };
		if (!demo_check(demo->session, qn_spawn(pool, visit_task, &tasks[i])))
			return false;
	}
	if (!demo_check(demo->session, qn_run(pool)))
		return false;
	screen_progress_end(&demo->screen);
	qn_pool_read_stats(pool, &stats);
	screen_result(&demo->screen,
		      "%u tasks saw %" PRId64 " authors and counted %" PRId64 " products",
		      visits.done, visits.authors_seen, visits.products_seen);
	screen_result(&demo->screen,
		      "%" PRIu64 " operations, %" PRIu64 " round trips, %" PRIu64 " connections",
		      stats.operations, stats.round_trips, stats.opened);
	return visits.done == TASK_COUNT;
}

bool chapter_tasks(struct demo *demo)
{
	qn_pool *pool;
	bool done;

	demo->shows_statements = false;
	if (!demo_check(demo->session, qn_pool_open(&pool, &(qn_pool_config){
								   .conninfo = demo->database_url,
								   .max = CONNECTION_COUNT,
								   .log = demo_log,
								   .log_context = demo,
							   })))
		return false;
	done = run_tasks(demo, pool);
	qn_pool_close(pool);
	return done;
}
