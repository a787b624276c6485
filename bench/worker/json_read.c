/*
 * Texts of JSON: into the values of a product, and by cJSON into a tree that nothing is done with.
 */
#include "lanes.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { TEXTS = 64, TEXT_ROOM = 512 };

struct texts {
	char at[TEXTS][TEXT_ROOM];
	size_t lengths[TEXTS];
};

static void texts_write(struct texts *texts)
{
	for (uint64_t i = 0; i < TEXTS; i++) {
		struct delivery_texts names;
		int64_t price = delivery_price(i);
		int len;

		delivery_texts_write(&names, i);
		len = snprintf(texts->at[i], TEXT_ROOM,
			       "{\"name\":\"%s\",\"slug\":\"%s\",\"description\":\"%s\","
			       "\"price\":\"%" PRId64 ".%02" PRId64 "\",\"stock\":%" PRId32
			       ",\"is_active\":true,\"category\":%" PRId32 ",\"weight\":%g,"
			       "\"created_at\":\"2026-11-22T13:05:00.25+00:00\"}",
			       names.name, names.slug, DELIVERY_DESCRIPTION, price / 100,
			       price % 100, delivery_stock(i), delivery_category(i),
			       delivery_weight(i));
		texts->lengths[i] = (size_t)len;
	}
}

typedef bool text_read(struct bench *bench, qn_session *session, const char *text, size_t len);

static bool values_read(struct bench *bench, qn_session *session, const char *text, size_t len)
{
	qn_mark mark = qn_session_mark(session);
	store_product_new values;
	qn_errors errors;

	if (store_product_new_from_json(session, &values, text, len, &errors) != QN_OK)
		return bench_fail("json-read", errors.len ? errors.at[0].message : "no memory");
	bench->checksum += len;
	return qn_session_release(session, mark) == QN_OK;
}

static bool tree_read(struct bench *bench, qn_session *session, const char *text, size_t len)
{
	cJSON *tree = cJSON_ParseWithLength(text, len);

	(void)session;
	if (tree == NULL)
		return bench_fail("json-read", "cJSON refuses the text");
	cJSON_Delete(tree);
	bench->checksum += len;
	return true;
}

static bool texts_read(struct bench *bench, text_read *read)
{
	qn_session *session = NULL;
	struct texts texts;
	qn_pool *pool;
	bool good;

	if (!lanes_open_pool(bench, 1, false, &pool))
		return false;
	texts_write(&texts);
	good = qn_session_open(pool, &session) == QN_OK;
	for (uint64_t i = 0; good && i < bench->warm_up; i++)
		good = read(bench, session, texts.at[i % TEXTS], texts.lengths[i % TEXTS]);
	bench_begin(bench);
	for (uint64_t i = 0; good && i < bench->operations; i++)
		good = read(bench, session, texts.at[i % TEXTS], texts.lengths[i % TEXTS]);
	bench_end(bench);
	qn_session_close(session);
	qn_pool_close(pool);
	return good;
}

bool cjson_read(struct bench *bench)
{
	return texts_read(bench, tree_read);
}

bool quern_json_read(struct bench *bench)
{
	return texts_read(bench, values_read);
}
