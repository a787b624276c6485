/*
 * One row: created, read, changed, saved, deleted.
 */
#include <inttypes.h>

#include "demo.h"

static void say_product(struct demo *demo, const char *what, const shop_product *product)
{
	char price[QN_DECIMAL_TEXT];

	qn_decimal_format(product->price, price);
	screen_result(&demo->screen, "%s: #%" PRId64 " \"%s\", %s, %d in stock, %s", what,
		      product->id, product->name, price, product->stock,
		      shop_status_label(product->status));
}

static bool create_product(struct demo *demo, const char *username, shop_product **product)
{
	shop_author *author;

	if (!demo_await(shop_author_get(demo->session, &author,
					&(shop_author_where){ .username = QN_EQ(username) })))
		return false;
	if (!demo_await(shop_product_create(demo->session, product,
					    &(shop_product_new){
						    .name = "Banker's lamp",
						    .slug = "bankers-lamp",
						    .price = qn_dec("89.90"),
						    .stock = QN_SET(3),
						    .author_id = author->id,
					    })))
		return false;
	say_product(demo, "created, with the defaults of the database", *product);
	return true;
}

bool chapter_rows(struct demo *demo)
{
	shop_author *author;
	shop_product *product;
	shop_product *same;

	if (!demo_await(shop_author_first(demo->session, &author, &(shop_author_query){ 0 })))
		return false;
	if (!create_product(demo, author->username, &product))
		return false;

	if (!demo_await(shop_product_get(demo->session, &same,
					 &(shop_product_where){
						 .id = QN_EQ(product->id),
						 .author_id = QN_EQ(author->id),
					 })))
		return false;
	say_product(demo, "found by its key and its author", same);

	same->name = "Banker's lamp, green";
	same->status = SHOP_STATUS_LIVE;
	if (!demo_await(shop_product_save(demo->session, same)))
		return false;
	say_product(demo, "saved", same);

	same->stock = 2;
	if (!demo_await(shop_product_save_fields(
		    demo->session, same, (const shop_product_field[]){ SHOP_PRODUCT_STOCK }, 1)))
		return false;
	if (!demo_await(shop_product_refresh(demo->session, product)))
		return false;
	say_product(demo, "the first copy, refreshed", product);

	if (!demo_await(shop_product_delete(demo->session, product)))
		return false;
	screen_result(&demo->screen, "deleted");
	return true;
}
