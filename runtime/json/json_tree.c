/*
 * Rows as trees of cJSON: what the text says.
 */
#include <string.h>

#include <cjson/cJSON.h>

#include "quern/json.h"

/* Bytes of a number, of which some versions of cJSON read no more. */
enum { NUMBER_MAX = 63 };

/*
 * Passes a text over, from quote to quote. True: it has half of a surrogate pair, of which cJSON
 * wants both.
 */
static bool text_pass(const char **at)
{
	const char *text = *at + 1;
	bool has_half = false;

	while (*text != '"') {
		if (text[0] != '\\') {
			text++;
			continue;
		}
		has_half |= text[1] == 'u' && (text[2] == 'd' || text[2] == 'D') && text[3] > '7';
		text += 2;
	}
	*at = text + 1;
	return has_half;
}

/*
 * Whether cJSON may not take it, though it is JSON. It is never too deep, as the writer has limits.
 */
static bool is_too_much(const char *at)
{
	bool is_refused = false;

	while (*at && !is_refused) {
		size_t number = strspn(at, "+-.0123456789Ee");

		if (*at == '"') {
			is_refused = text_pass(&at);
			continue;
		}
		is_refused = number > NUMBER_MAX;
		at += number ? number : 1;
	}
	return is_refused;
}

qn_status qn_json_tree(struct cJSON **tree, const qn_model *model, const void *row,
		       const qn_json_options *options)
{
	qn_json_options exact = { 0 };
	qn_buffer text = { 0 };
	qn_status status;

	if (!tree)
		return QN_USAGE;
	*tree = NULL;
	if (options)
		exact = *options;
	exact.integers_as_text = true;
	status = qn_json_write(&text, model, row, &exact);
	if (status == QN_OK) {
		*tree = cJSON_ParseWithLength(text.at, text.len);
		if (!*tree)
			status = is_too_much(text.at) ? QN_INVALID_VALUE : QN_OUT_OF_MEMORY;
	}
	qn_buffer_free(&text);
	return status;
}
