#include "lanes.h"
#include "tables.h"

static qn_status each_run(struct lane *lane)
{
	store_product_stream *stream = store_product_each(lane->session, NULL, 0);
	qn_status status;

	lane->count = 0;
	while ((status = qn_await(store_product_stream_next(stream, &lane->products))) == QN_OK &&
	       lane->products.len > 0) {
		for (size_t i = 0; i < lane->products.len; i++)
			lane_add_product(lane, &lane->products.at[i]);
		lane->count += (int64_t)lane->products.len;
	}
	store_product_stream_close(stream);
	return status;
}

static bool each_take(struct lane *lane)
{
	return lane->count == PRODUCT_COUNT ||
	       bench_fail("each", "it found another number of rows");
}

static const struct job each = { NULL, each_take, each_run };

bool task_each_all(struct bench *bench)
{
	return lanes_run(bench, &(struct plan){ &each, 1, 1, LANES_OF_TASKS });
}
