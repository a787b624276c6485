/*
 * quern as its two kinds of user write it: lanes that each have one operation in flight, chained by
 * call-backs, or each in a task that awaits. What an operation is, and what is done with its
 * result, is the same in both.
 */
#ifndef BENCH_WORKER_LANES_H
#define BENCH_WORKER_LANES_H

#include "bench.h"
#include "product.h"
#include "store.h"

#include <quern.h>

struct work;

struct lane {
	struct work *work;
	qn_session *session;
	int64_t asked;
	uint64_t number; /* of the operation in flight */
	int64_t count;
	qn_mark mark;
	store_product *product;
	store_product_list products;
	store_item_list items;
	store_delivery *delivery;
	store_account *account;
};

/* One kind of operation. */
struct job {
	qn_op *(*start)(struct lane *lane);
	/* Looks at the result; false: it is wrong, which it said. */
	bool (*take)(struct lane *lane);
	/* Instead of `start` in a task, where that is not simply awaiting it; NULL: it is. */
	qn_status (*run)(struct lane *lane);
};

enum lane_flags {
	LANES_OF_TASKS = 1 << 0,
	LANES_OPEN_SESSIONS = 1 << 1, /* one for each operation, instead of a mark */
	LANES_COALESCE = 1 << 2,      /* a pool with coalesce_gets */
};

struct plan {
	const struct job *job;
	unsigned lanes;
	unsigned connections;
	unsigned flags;
};

/* Runs warm-up and operations in that form, and says so when one failed. */
bool lanes_run(struct bench *bench, const struct plan *plan);

/*
 * Opens a pool that is connected, of this many connections; `coalesces`: its gets. False: said why.
 */
bool lanes_open_pool(struct bench *bench, unsigned connections, bool coalesces, qn_pool **pool);

/* The benchmark that the lane works for. */
struct bench *lane_bench(struct lane *lane);

/* Whether what is read now is the warm-up's. */
bool lane_is_warming(const struct lane *lane);

/* Adds a product to the checksum. */
void lane_add_product(struct lane *lane, const store_product *product);

#endif
