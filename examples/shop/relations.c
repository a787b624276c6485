/*
 * Rows and what belongs to them: linked, listed with their author and tags, filtered by them,
 * loaded into rows in hand.
 */
#include <inttypes.h>

#include "demo.h"

enum { LISTED = 5, NEWEST = 2, TAGS_TEXT = 64 };

/*
 * Two tags for each product, one of which the next one has too. Only the first statement is shown.
 */
static bool link_tags(struct demo *demo, const shop_product_list *products,
		      const shop_tag_list *tags)
{
	bool done = true;

	for (size_t i = 0; i < products->len && done; i++) {
		done = demo_await(
			shop_product_tags_set(demo->session, &products->at[i], &tags->at[i], 2));
		demo->shows_statements = false;
	}
	demo->shows_statements = true;
	if (done)
		screen_result(&demo->screen, "%zu products have two tags each", products->len);
	return done;
}

static bool tag_desks(struct demo *demo)
{
	shop_product_list products;
	shop_tag_list tags;
	qn_op *found;

	found = shop_product_find(demo->session, &products,
				  &(shop_product_query){
					  .where = { .name = QN_CONTAINS("Walnut desk") },
					  .order_by = { SHOP_PRODUCT_SLUG },
					  .limit = LISTED,
					  .only = { SHOP_PRODUCT_NAME },
				  });
	/* Both are on their way before the first is awaited. */
	return demo_await(shop_tag_find(demo->session, &tags,
					&(shop_tag_query){ .order_by = { SHOP_TAG_ID },
							   .limit = LISTED + 1 })) &&
	       demo_await(found) && link_tags(demo, &products, &tags);
}

static void tags_text(shop_tag_list tags, char text[TAGS_TEXT])
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < tags.len && used < TAGS_TEXT; i++)
		used += (size_t)snprintf(text + used, TAGS_TEXT - used, "%s%s", i ? ", " : "",
					 tags.at[i].name);
}

static void say_products(struct demo *demo, const shop_product_list *products)
{
	const struct table_column columns[] = {
		{ "name", 22, true },
		{ "author", 10, true },
		{ "tags", 20, true },
	};

	screen_table_heading(&demo->screen, columns, 3);
	for (size_t i = 0; i < products->len; i++) {
		const shop_product *product = &products->at[i];
		char tags[TAGS_TEXT];

		tags_text(shop_product_tags(product), tags);
		screen_table_row(&demo->screen, columns,
				 (const char *const[]){ product->name,
							shop_product_author(product)->username,
							tags },
				 3);
	}
}

/*
 * The author comes with the product, by a join; the tags of all products by a statement of their
 * own.
 */
static bool list_with_author_and_tags(struct demo *demo)
{
	uint64_t before = demo->measure.statements;
	shop_product_list products;

	if (!demo_await(shop_product_find(
		    demo->session, &products,
		    &(shop_product_query){
			    .where.tags.count = QN_GT(0),
			    .order_by = { SHOP_PRODUCT_AUTHOR, SHOP_PRODUCT_SLUG },
			    .only = { SHOP_PRODUCT_NAME },
			    .select_related.author =
				    &(shop_author_query){ .only = { SHOP_AUTHOR_USERNAME },
							  .order_by = { SHOP_AUTHOR_USERNAME } },
			    .prefetch_related.tags =
				    &(shop_tag_query){ .order_by = { SHOP_TAG_NAME } },
		    })))
		return false;
	say_products(demo, &products);
	screen_result(&demo->screen, "%zu products with author and tags, %d statements",
		      products.len, (int)(demo->measure.statements - before));
	return true;
}

static bool count_by_relations(struct demo *demo)
{
	const shop_product_query query = {
		.where = { .author = &(shop_author_where){ .email = QN_IS_NULL },
			   .tags.none = &(shop_tag_where){ .name = QN_EQ("sale") } },
	};
	int64_t count;

	if (!demo_await(shop_product_count(demo->session, &count, &query)))
		return false;
	screen_result(&demo->screen,
		      "%" PRId64
		      " products without \"sale\" have authors without an e-mail address",
		      count);
	return true;
}

/* The limit counts for each author. */
static bool load_newest(struct demo *demo)
{
	shop_author_list authors;
	const shop_author_related related = {
		.products = &(shop_product_query){ .order_by = { -SHOP_PRODUCT_ID },
						   .limit = NEWEST,
						   .only = { SHOP_PRODUCT_NAME } },
	};

	if (!demo_await(shop_author_find(demo->session, &authors,
					 &(shop_author_query){ .order_by = { SHOP_AUTHOR_ID },
							       .limit = 3 })) ||
	    !demo_await(shop_author_load_related(demo->session, authors.at, authors.len, &related)))
		return false;
	for (size_t i = 0; i < authors.len; i++) {
		shop_product_list products = shop_author_products(&authors.at[i]);

		screen_result(&demo->screen, "%s: %s, %s", authors.at[i].username,
			      products.len > 0 ? products.at[0].name : "nothing",
			      products.len > 1 ? products.at[1].name : "nothing else");
	}
	return true;
}

bool chapter_relations(struct demo *demo)
{
	return tag_desks(demo) && list_with_author_and_tags(demo) && count_by_relations(demo) &&
	       load_newest(demo);
}
