/*
 * Lists of 100,000 rows as one text of JSON.
 */
#include "bench.h"
#include "json_rows.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* Under callgrind shorter lists: making 100,000 rows would take longer than what is counted. */
enum { LIST = 100000, SHORT_LIST = 5000 };

struct rows {
	const struct json_kind *kind;
	struct json_related *related;
	char *at;
	char *texts;
	size_t count;
	/* What is written last, in memory that is used again where that can be. */
	struct hand_text by_hand;
	char *by_tree;
	qn_buffer by_quern;
};

/* The text, which is there until the next one is written; NULL: it failed. */
typedef const char *list_write(struct rows *rows, size_t count);

static bool rows_make(struct rows *rows, const struct json_kind *kind, size_t count)
{
	char *texts;

	*rows = (struct rows){ .kind = kind, .count = count };
	rows->related = json_related_make();
	rows->at = calloc(count, kind->row_size);
	rows->texts = calloc(count, JSON_TEXTS);
	if (rows->related == NULL || rows->at == NULL || rows->texts == NULL)
		return bench_fail("json-write", "no memory");
	texts = rows->texts;
	for (size_t i = 0; i < count; i++)
		kind->row_make(rows->at + i * kind->row_size, &texts, rows->related, i);
	return true;
}

static void rows_free(struct rows *rows)
{
	json_related_free(rows->related);
	free(rows->at);
	free(rows->texts);
	free(rows->by_hand.at);
	free(rows->by_tree);
	qn_buffer_free(&rows->by_quern);
}

static const void *row_at(const struct rows *rows, size_t index)
{
	return rows->at + index * rows->kind->row_size;
}

static const char *by_hand(struct rows *rows, size_t count)
{
	struct hand_text *text = &rows->by_hand;
	bool good = hand_text_reserve(text, 2);

	text->len = 0;
	for (size_t i = 0; good && i < count; i++) {
		text->at[text->len++] = i > 0 ? ',' : '[';
		good = rows->kind->row_put(text, row_at(rows, i)) && hand_text_reserve(text, 2);
	}
	if (!good)
		return NULL;
	memcpy(text->at + text->len, "]", 2);
	return text->at;
}

static const char *by_tree(struct rows *rows, size_t count)
{
	cJSON *list = cJSON_CreateArray();

	for (size_t i = 0; i < count; i++)
		cJSON_AddItemToArray(list, rows->kind->row_tree(row_at(rows, i)));
	free(rows->by_tree);
	rows->by_tree = cJSON_PrintUnformatted(list);
	cJSON_Delete(list);
	return rows->by_tree;
}

static const char *by_quern(struct rows *rows, size_t count)
{
	qn_buffer *out = &rows->by_quern;

	qn_buffer_clear(out);
	if (rows->kind->list_write(out, rows->at, count) == QN_OK)
		return out->at;
	bench_fail("json-write", out->problem);
	return NULL;
}

/* Of all but white space, which cJSON leaves out of documents. */
static uint64_t digest(const char *text)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (; *text != '\0'; text++)
		if (!isspace((unsigned char)*text))
			sum = (sum ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return sum;
}

static bool rows_write(struct bench *bench, struct rows *rows, list_write *write)
{
	uint64_t left = bench->operations;

	while (left > 0) {
		size_t count = left < rows->count ? (size_t)left : rows->count;

		if (write(rows, count) == NULL)
			return bench_fail("json-write", "a list was not written");
		bench->checksum += count;
		left -= count;
	}
	return true;
}

static bool write_case(struct bench *bench, const struct json_kind *kind, list_write *write)
{
	struct rows rows;
	const char *text;
	bool good = rows_make(&rows, kind, bench->operations < SHORT_LIST ? SHORT_LIST : LIST);

	if (good) {
		text = write(&rows,
			     bench->warm_up < rows.count ? (size_t)bench->warm_up : rows.count);
		good = text != NULL;
		bench->checksum += good ? digest(text) : 0;
	}
	bench_begin(bench);
	good = good && rows_write(bench, &rows, write);
	bench_end(bench);
	rows_free(&rows);
	return good;
}

bool hand_json_write(struct bench *bench)
{
	return write_case(bench, &json_shop_kind, by_hand);
}

bool cjson_write(struct bench *bench)
{
	return write_case(bench, &json_shop_kind, by_tree);
}

bool quern_json_write(struct bench *bench)
{
	return write_case(bench, &json_shop_kind, by_quern);
}

bool hand_json_write_flat(struct bench *bench)
{
	return write_case(bench, &json_store_kind, by_hand);
}

bool cjson_write_flat(struct bench *bench)
{
	return write_case(bench, &json_store_kind, by_tree);
}

bool quern_json_write_flat(struct bench *bench)
{
	return write_case(bench, &json_store_kind, by_quern);
}

bool hand_json_write_card(struct bench *bench)
{
	return write_case(bench, &json_card_kind, by_hand);
}

bool cjson_write_card(struct bench *bench)
{
	return write_case(bench, &json_card_kind, by_tree);
}

bool quern_json_write_card(struct bench *bench)
{
	return write_case(bench, &json_card_kind, by_quern);
}

/* Bytes that the process occupied at most so far. */
static double peak(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage) < 0)
		return 0;
	return (double)usage.ru_maxrss * 1024;
}

/* quern goes first, as the peak only rises. */
bool json_write_memory(struct bench *bench)
{
	struct rows rows;
	bool good = rows_make(&rows, &json_shop_kind, LIST);
	double before = peak();
	const char *text = good ? by_quern(&rows, LIST) : NULL;

	(void)bench;
	if (text != NULL) {
		bench_figure("the text", (double)strlen(text));
		bench_figure("quern, with the text", peak() - before);
		qn_buffer_free(&rows.by_quern);
		text = by_tree(&rows, LIST);
		bench_figure("cJSON, with the text", peak() - before);
	}
	good = text != NULL;
	rows_free(&rows);
	return good || bench_fail("json-memory", "a list was not written");
}
