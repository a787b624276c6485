/*
 * JSON: a page of products by a serializer; what somebody sent, read, checked, and written or
 * refused.
 */
#include <inttypes.h>
#include <string.h>

#include "demo.h"

enum { SHOWN = 2 };

/* What was written, each row on a line of its own; or why it was not. */
static bool say_json(struct demo *demo, qn_buffer *out, qn_status status)
{
	char *line;
	char *rest = out->at;

	if (status != QN_OK)
		fprintf(stderr, "shop-demo: %s: %s\n", qn_status_name(status), out->problem);
	while (status == QN_OK && (line = strtok_r(rest, "\n", &rest)))
		screen_json(&demo->screen, line);
	qn_buffer_free(out);
	return status == QN_OK;
}

/* What the serializer writes has to be loaded: it never asks by itself. */
static bool list_as_json(struct demo *demo)
{
	const qn_json_options options = { .serializer = &shop_product_card_serializer };
	shop_product_list products;
	qn_buffer out = { 0 };

	if (!demo_await(shop_product_find(
		    demo->session, &products,
		    &(shop_product_query){
			    .where.tags.count = QN_GT(0),
			    .order_by = { SHOP_PRODUCT_SLUG },
			    .limit = SHOWN,
			    .select_related.author = &(shop_author_query){ 0 },
			    .prefetch_related.tags =
				    &(shop_tag_query){ .order_by = { SHOP_TAG_NAME } },
		    })))
		return false;
	screen_say(&demo->screen, "shop.ProductCard as JSON Lines:");
	return say_json(demo, &out,
			qn_json_write_lines(&out, &shop_product_model, products.at, products.len,
					    &options));
}

static bool say_errors(struct demo *demo, const qn_errors *errors)
{
	qn_buffer out = { 0 };
	qn_status status = qn_errors_to_json(&out, errors);

	screen_refusal(&demo->screen, qn_status_name(QN_INVALID_VALUE), "and the answer:");
	return say_json(demo, &out, status);
}

/* Reads it, by the rules of the schema; asks whether what has to be unique is taken; writes it. */
static qn_status author_change(qn_session *session, const shop_author *author, const char *body,
			       qn_errors *errors)
{
	shop_author_changes changes;
	qn_status status =
		shop_author_changes_from_json(session, &changes, body, strlen(body), errors);

	if (status == QN_OK)
		status = qn_await(
			shop_author_validate_unique_changes(session, errors, author, &changes));
	if (status != QN_OK)
		return status;
	status = qn_await(shop_author_update(
		session, NULL, &(shop_author_where){ .id = QN_EQ(author->id) }, &changes));
	/* Somebody may have been faster. */
	if (status != QN_OK && shop_author_errors_from_database(session, errors))
		return QN_INVALID_VALUE;
	return status;
}

/* null is NULL, and what is not there stays as it is. */
static bool patch_author(struct demo *demo, const shop_author *author, const char *body)
{
	qn_errors errors;
	qn_status status;

	screen_say(&demo->screen, "PATCH /authors/%" PRId64, author->id);
	screen_json(&demo->screen, body);
	status = author_change(demo->session, author, body, &errors);
	if (status == QN_INVALID_VALUE)
		return say_errors(demo, &errors);
	if (!demo_check(demo->session, status))
		return false;
	screen_result(&demo->screen, "done; fields that were not named stay as they are");
	return true;
}

static bool patch_taken_name(struct demo *demo, const shop_author *author, const char *taken)
{
	char body[200];

	snprintf(body, sizeof(body), "{\"username\":\"%s\"}", taken);
	return patch_author(demo, author, body);
}

bool chapter_json(struct demo *demo)
{
	const shop_author_query with_email = {
		.where = { .email = QN_IS_NOT_NULL },
		.order_by = { SHOP_AUTHOR_ID },
		.limit = 2,
	};
	shop_author_list authors;

	return list_as_json(demo) &&
	       demo_await(shop_author_find(demo->session, &authors, &with_email)) &&
	       patch_author(demo, &authors.at[0], "{\"email\":null}") &&
	       patch_author(demo, &authors.at[0],
			    "{\"username\":\" \",\"email\":\"nobody\",\"age\":44}") &&
	       patch_taken_name(demo, &authors.at[0], authors.at[1].username);
}
