/*
 * Many rows: what a filter, an order and a limit find; counted, updated, deleted.
 */
#include <inttypes.h>

#include "demo.h"

static void say_products(struct demo *demo, const shop_product_list *products)
{
	const struct table_column columns[] = {
		{ "name", 22, true },
		{ "price", 9, false },
		{ "stock", 6, false },
		{ "status", 7, true },
	};

	screen_table_heading(&demo->screen, columns, 4);
	for (size_t i = 0; i < products->len; i++) {
		const shop_product *product = &products->at[i];
		char price[QN_DECIMAL_TEXT];
		char stock[16];

		qn_decimal_format(product->price, price);
		snprintf(stock, sizeof(stock), "%d", product->stock);
		screen_table_row(&demo->screen, columns,
				 (const char *const[]){ product->name, price, stock,
							shop_status_label(product->status) },
				 4);
	}
}

static bool list_lamps(struct demo *demo)
{
	shop_product_list products;

	if (!demo_await(shop_product_find(
		    demo->session, &products,
		    &(shop_product_query){
			    .where = {
				    .is_active = QN_EQ(true),
				    .name = QN_ICONTAINS("LAMP"),
				    .price = QN_RANGE(qn_dec("20.00"), qn_dec("120.00")),
				    .any_of = QN_ALL(shop_product_where,
						     { .status = QN_EQ(SHOP_STATUS_LIVE) },
						     { .stock = QN_GT(150) }),
			    },
			    .order_by = { -SHOP_PRODUCT_PRICE, SHOP_PRODUCT_SLUG },
			    .limit = 5,
		    })))
		return false;
	say_products(demo, &products);
	return true;
}

static bool count_and_ask(struct demo *demo)
{
	const shop_product_query sold_out = { .where = { .stock = QN_EQ(0) } };
	int64_t count;
	int64_t without_email;
	bool exists;

	if (!demo_await(shop_product_count(demo->session, &count, &sold_out)))
		return false;
	if (!demo_await(shop_product_exists(demo->session, &exists,
					    &(shop_product_query){
						    .where = { .price = QN_LT(qn_dec("5.00")) },
					    })))
		return false;
	if (!demo_await(shop_author_count(demo->session, &without_email,
					  &(shop_author_query){
						  .where = { .email = QN_IS_NULL },
					  })))
		return false;
	screen_result(&demo->screen,
		      "%" PRId64 " products are sold out, %s costs less than 5.00, %" PRId64
		      " authors have no e-mail address",
		      count, exists ? "something" : "nothing", without_email);
	return true;
}

static bool update_and_delete(struct demo *demo)
{
	const shop_product_where drafts = {
		.status = QN_EQ(SHOP_STATUS_DRAFT),
		.is_active = QN_EQ(false),
	};
	int64_t updated;
	int64_t deleted;

	if (!demo_await(shop_product_update(demo->session, &updated,
					    &(shop_product_where){ .stock = QN_LT(10) },
					    &(shop_product_changes){
						    .stock = QN_ADD(25),
						    .status = QN_SET(SHOP_STATUS_LIVE),
					    })))
		return false;
	if (!demo_await(shop_product_delete_where(demo->session, &deleted, &drafts)))
		return false;
	screen_result(&demo->screen, "%" PRId64 " products restocked, %" PRId64 " deleted", updated,
		      deleted);
	return true;
}

/* Nothing can be in an empty list: the answer is known without asking. */
static bool ask_nothing(struct demo *demo)
{
	uint64_t before = demo->measure.statements;
	shop_product_list products;

	if (!demo_await(shop_product_find(demo->session, &products,
					  &(shop_product_query){
						  .where = { .id = QN_IN_LIST(NULL, 0) },
					  })))
		return false;
	screen_result(&demo->screen,
		      "a filter that can match nothing: %zu rows, %d statements sent", products.len,
		      (int)(demo->measure.statements - before));
	return true;
}

bool chapter_lists(struct demo *demo)
{
	return list_lamps(demo) && count_and_ask(demo) && update_and_delete(demo) &&
	       ask_nothing(demo);
}
