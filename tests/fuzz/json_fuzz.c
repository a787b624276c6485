/*
 * Reading of JSON from arbitrary bytes. What was read as changes is encoded by the codecs' own
 * rules; a text that is read has the same verdict without its last byte only if that is white
 * space; a document that is kept is valid by itself. So is one of the tree that cJSON makes of the
 * same bytes.
 */
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "fake_op.h"
#include "quern/json_read.h"
#include "thing.h"
#include "json/json_out.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void check_document(const qn_set_jsonb *document)
{
	if (document->op == QN_SET_TO_VALUE)
		check(json_is_valid(document->as.value, strlen(document->as.value), 1024));
}

static void check_errors(const qn_errors *errors)
{
	qn_buffer out = { 0 };

	check(errors->len > 0);
	check(qn_errors_to_json(&out, errors) == QN_OK);
	check(json_is_valid(out.at, out.len, 3));
	qn_buffer_free(&out);
}

static void read_both(qn_session *session, qn_json_input input)
{
	test_thing_changes changes;
	test_thing_new values;
	qn_errors errors;

	if (qn_json_read_changes(session, &test_thing_model, &changes, input, &errors) == QN_OK) {
		check_document(&changes.doc);
		check(json_is_valid(input.text, input.len, 64));
		if (input.len && !is_space((uint8_t)input.text[input.len - 1])) {
			input.len--;
			check(qn_json_read_changes(session, &test_thing_model, &changes, input,
						   &errors) == QN_INVALID_VALUE);
			input.len++;
		}
	} else {
		check_errors(&errors);
	}
	if (qn_json_read_new(session, &test_thing_model, &values, input, &errors) == QN_OK)
		check(values.name != NULL && strlen(values.name) <= 4 * 5);
	else
		check_errors(&errors);
}

/* cJSON takes more than JSON, texts that are not UTF-8 for one. */
static void read_tree(qn_session *session, const qn_json_input *input)
{
	const qn_json_tree_input of_tree = {
		.tree = cJSON_Parse(input->text),
		.ignore_unknown = input->ignore_unknown,
	};
	test_thing_changes changes;
	qn_errors errors;

	if (!of_tree.tree)
		return;
	if (qn_json_read_changes_tree(session, &test_thing_model, &changes, of_tree, &errors) ==
	    QN_OK)
		check_document(&changes.doc);
	else
		check_errors(&errors);
	cJSON_Delete((cJSON *)(uintptr_t)of_tree.tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	qn_json_input input = { .len = size };
	struct qn_session session = { 0 };
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	input.text = text;
	input.ignore_unknown = size & 1;
	fake_session_init(&session);
	read_both(&session, input);
	read_tree(&session, &input);
	fake_session_free(&session);
	free(text);
	return 0;
}
