/*
 * What goes wrong in a program's life, and what it learns: a status to decide by, and words for
 * people.
 */
#include <string.h>

#include "demo.h"

/* The refusal that was expected is a result; any other ending is a failure of the demo. */
static bool refused_with(struct demo *demo, qn_op *op, qn_status expected)
{
	qn_status status = qn_await(op);
	const qn_error *error = qn_session_error(demo->session);

	if (status != expected) {
		if (status != QN_OK)
			return demo_check(demo->session, status);
		fprintf(stderr, "shop-demo: expected %s, but it succeeded\n",
			qn_status_name(expected));
		return false;
	}
	screen_refusal(&demo->screen, qn_status_name(status), error->message);
	return true;
}

static bool refuse_duplicate(struct demo *demo)
{
	shop_product *product;

	screen_say(&demo->screen, "an author's second product with the same slug:");
	if (!demo_await(
		    shop_product_first(demo->session, &product,
				       &(shop_product_query){ .order_by = { SHOP_PRODUCT_ID } })))
		return false;
	if (!refused_with(demo,
			  shop_product_create(demo->session, NULL,
					      &(shop_product_new){
						      .name = "A copy",
						      .slug = product->slug,
						      .price = qn_dec("1.00"),
						      .author_id = product->author_id,
					      }),
			  QN_UNIQUE_VIOLATION))
		return false;
	screen_say(&demo->screen, "the program compares qn_session_error()->constraint with %s",
		   qn_session_error(demo->session)->constraint);
	return true;
}

static bool refuse_long_name(struct demo *demo)
{
	char name[202];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	screen_say(&demo->screen, "a name of 201 characters, before anything is sent:");
	return refused_with(demo,
			    shop_product_create(demo->session, NULL,
						&(shop_product_new){
							.name = name,
							.slug = "long",
							.price = qn_dec("1.00"),
							.author_id = 1,
						}),
			    QN_INVALID_VALUE);
}

static bool refuse_unknown_author(struct demo *demo)
{
	screen_say(&demo->screen, "a product of an author that is not there:");
	return refused_with(demo,
			    shop_product_create(demo->session, NULL,
						&(shop_product_new){
							.name = "Orphan",
							.slug = "orphan",
							.price = qn_dec("1.00"),
							.author_id = -1,
						}),
			    QN_FOREIGN_KEY_VIOLATION);
}

static bool refuse_overdraft(struct demo *demo)
{
	screen_say(&demo->screen, "more than the account holds:");
	return refused_with(demo,
			    shop_account_update(demo->session, NULL,
						&(shop_account_where){ .owner = QN_EQ("cleo") },
						&(shop_account_changes){
							.balance = QN_ADD(qn_dec("-5000.00")),
						}),
			    QN_CHECK_VIOLATION);
}

static bool refuse_delete_of_what_was_ordered(struct demo *demo)
{
	shop_product *product;
	shop_order *order;

	screen_say(&demo->screen, "the deletion of a product that somebody ordered:");
	if (!demo_await(
		    shop_product_first(demo->session, &product,
				       &(shop_product_query){ .order_by = { SHOP_PRODUCT_ID } })) ||
	    !demo_await(shop_order_create(demo->session, &order,
					  &(shop_order_new){ .customer = "Ada" })) ||
	    !demo_await(shop_order_line_create(demo->session, NULL,
					       &(shop_order_line_new){
						       .order_id = order->id,
						       .line_no = 1,
						       .product_id = product->id,
						       .price = product->price,
					       })))
		return false;
	return refused_with(demo, shop_product_delete(demo->session, product), QN_PROTECTED);
}

static bool refuse_other_peoples_row(struct demo *demo)
{
	shop_product *product;

	screen_say(&demo->screen, "somebody else's product: the filter is the permission check:");
	return refused_with(demo,
			    shop_product_get(demo->session, &product,
					     &(shop_product_where){
						     .slug = QN_EQ("item-0007"),
						     .author_id = QN_EQ(-1),
					     }),
			    QN_NOT_FOUND);
}

static bool refuse_update_of_everything(struct demo *demo)
{
	screen_say(&demo->screen, "an update whose filter was forgotten:");
	return refused_with(demo,
			    shop_product_update(demo->session, NULL, &(shop_product_where){ 0 },
						&(shop_product_changes){ .stock = QN_SET(0) }),
			    QN_USAGE);
}

bool chapter_refusals(struct demo *demo)
{
	return refuse_duplicate(demo) && refuse_long_name(demo) && refuse_unknown_author(demo) &&
	       refuse_overdraft(demo) && refuse_delete_of_what_was_ordered(demo) &&
	       refuse_other_peoples_row(demo) && refuse_update_of_everything(demo);
}
