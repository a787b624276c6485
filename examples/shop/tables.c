/*
 * The tables: created by the statements that `quern sql` makes of the schema, all or none. They are
 * compiled into the program, which so brings its database with it.
 */
#include <inttypes.h>
#include <string.h>

#include "demo.h"
#include "shop_statements.h"

enum {
	STATEMENT_COUNT = sizeof(shop_statements) / sizeof(*shop_statements),
};

static qn_status create_tables(qn_session *session, void *argument)
{
	(void)argument;
	for (size_t i = 0; i < STATEMENT_COUNT; i++) {
		qn_status status = qn_await(qn_sql(session, NULL, shop_statements[i], NULL, 0));

		if (status != QN_OK)
			return status;
	}
	return QN_OK;
}

static bool tables_exist(struct demo *demo, bool *exist)
{
	qn_sql_result result;

	if (!demo_await(qn_sql(demo->session, &result,
			       "SELECT to_regclass('shop_product') IS NOT NULL", NULL, 0)))
		return false;
	*exist = strcmp(result.values[0], "t") == 0;
	return true;
}

static bool tables_empty(struct demo *demo)
{
	return demo_await(
		qn_sql(demo->session, NULL,
		       "TRUNCATE shop_author, shop_product, shop_tag, shop_account, shop_order "
		       "RESTART IDENTITY CASCADE",
		       NULL, 0));
}

static bool tables_reuse(struct demo *demo)
{
	int64_t count;

	if (!demo_await(shop_product_count(demo->session, &count, &(shop_product_query){ 0 })))
		return false;
	if (count == 0)
		return true;
	if (!demo->may_empty) {
		fprintf(stderr,
			"shop-demo: table \"shop_product\" holds %" PRId64
			" rows already; --reset empties the shop's tables\n",
			count);
		return false;
	}
	if (!tables_empty(demo))
		return false;
	screen_result(&demo->screen, "the tables were there and are empty now");
	return true;
}

bool chapter_tables(struct demo *demo)
{
	bool exist;

	if (!tables_exist(demo, &exist))
		return false;
	if (exist)
		return tables_reuse(demo);
	demo->shows_statements = false;
	if (!demo_check(demo->session, qn_atomic(demo->session, create_tables, NULL, NULL)))
		return false;
	screen_result(&demo->screen,
		      "created from schemas/shop.quern, %d statements in one transaction",
		      (int)STATEMENT_COUNT);
	return true;
}
