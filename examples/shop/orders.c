/*
 * An order and its lines. The key of a line is its order and its number in it: two fields, used
 * together.
 */
#include <inttypes.h>

#include "demo.h"

enum {
	LINE_COUNT = 3,
};

struct purchase {
	const char *customer;
	shop_order *order;
};

/* Each line costs what its product does now; both are there, or neither. */
static qn_status place_order(qn_session *session, void *argument)
{
	struct purchase *purchase = argument;
	shop_product_list products;
	qn_status status;

	status = qn_await(shop_product_find(session, &products,
					    &(shop_product_query){
						    .where = { .stock = QN_GT(100) },
						    .order_by = { SHOP_PRODUCT_ID },
						    .limit = LINE_COUNT,
						    .only = { SHOP_PRODUCT_PRICE },
					    }));
	if (status != QN_OK)
		return status;
	status = qn_await(shop_order_create(session, &purchase->order,
					    &(shop_order_new){ .customer = purchase->customer }));
	for (size_t i = 0; status == QN_OK && i < products.len; i++)
		status = qn_await(shop_order_line_create(session, NULL,
							 &(shop_order_line_new){
								 .order_id = purchase->order->id,
								 .line_no = (int16_t)(i + 1),
								 .product_id = products.at[i].id,
								 .price = products.at[i].price,
							 }));
	return status;
}

static bool change_line(struct demo *demo, int64_t order_id)
{
	shop_order_line *line;

	if (!demo_await(shop_order_line_get(demo->session, &line,
					    &(shop_order_line_where){
						    .order_id = QN_EQ(order_id),
						    .line_no = QN_EQ(2),
					    })))
		return false;
	line->quantity = 5;
	if (!demo_await(shop_order_line_save(demo->session, line)))
		return false;
	screen_result(&demo->screen, "line %d of order %" PRId64 ": %d of product %" PRId64,
		      line->line_no, line->order_id, line->quantity, line->product_id);
	return true;
}

bool chapter_orders(struct demo *demo)
{
	struct purchase purchase = { .customer = "Ada" };
	int64_t lines;

	if (!demo_check(demo->session, qn_atomic(demo->session, place_order, &purchase, NULL)))
		return false;
	screen_say(&demo->screen,
		   "the SELECT behind the first INSERT is by what a COMMIT is looked up whose "
		   "answer gets lost");
	if (!change_line(demo, purchase.order->id))
		return false;
	if (!demo_await(shop_order_delete(demo->session, purchase.order)))
		return false;
	if (!demo_await(shop_order_line_count(demo->session, &lines, NULL)))
		return false;
	screen_result(&demo->screen, "the order deleted, and %" PRId64 " of its lines left", lines);
	return true;
}
