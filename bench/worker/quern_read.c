#include "lanes.h"
#include "tables.h"

static qn_op *get_start(struct lane *lane)
{
	lane->asked = stream_next(&lane_bench(lane)->stream, PRODUCT_COUNT);
	return store_product_get(lane->session, &lane->product,
				 &(store_product_where){ .id = QN_EQ(lane->asked) });
}

static bool get_take(struct lane *lane)
{
	if (lane->product->id != lane->asked)
		return bench_fail("get", "it found another row");
	lane_add_product(lane, lane->product);
	return true;
}

static qn_op *list_start(struct lane *lane)
{
	int32_t category = (int32_t)stream_next(&lane_bench(lane)->stream, CATEGORY_COUNT);

	return store_product_find(
		lane->session, &lane->products,
		&(store_product_query){
			.limit = LIST_LENGTH,
			.order_by = { -STORE_PRODUCT_CREATED_AT },
			.where = { .is_active = QN_EQ(true), .category = QN_EQ(category) },
		});
}

static bool products_take(struct lane *lane, size_t expected)
{
	for (size_t i = 0; i < lane->products.len; i++)
		lane_add_product(lane, &lane->products.at[i]);
	return lane->products.len == expected ||
	       bench_fail("list", "it found another number of rows");
}

static bool list_take(struct lane *lane)
{
	return products_take(lane, LIST_LENGTH);
}

static qn_op *all_start(struct lane *lane)
{
	return store_product_find(lane->session, &lane->products, &(store_product_query){ 0 });
}

static bool all_take(struct lane *lane)
{
	return products_take(lane, PRODUCT_COUNT);
}

static const struct job get = { get_start, get_take, NULL };
static const struct job list = { list_start, list_take, NULL };
static const struct job all = { all_start, all_take, NULL };

bool callback_get(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &get, 1, 1, 0 });
}

bool task_get(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &get, 1, 1, LANES_OF_TASKS });
}

bool callback_get_64_1(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &get, 64, 1, 0 });
}

bool task_get_64_1(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &get, 64, 1, LANES_OF_TASKS });
}

bool callback_get_64_4(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &get, 64, 4, 0 });
}

bool task_get_64_4(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &get, 64, 4, LANES_OF_TASKS });
}

bool callback_get_coalesced(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &get, 64, 4, LANES_COALESCE });
}

bool task_get_coalesced(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &get, 64, 4, LANES_OF_TASKS | LANES_COALESCE });
}

bool callback_get_in_session(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &get, 1, 1, LANES_OPEN_SESSIONS });
}

bool task_get_in_session(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &get, 1, 1, LANES_OF_TASKS | LANES_OPEN_SESSIONS });
}

bool callback_list_50(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &list, 1, 1, 0 });
}

bool task_list_50(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &list, 1, 1, LANES_OF_TASKS });
}

bool callback_list_all(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &all, 1, 1, 0 });
}

bool task_list_all(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &all, 1, 1, LANES_OF_TASKS });
}
