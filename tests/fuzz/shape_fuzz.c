/*
 * Calls made of arbitrary bytes, over a model with a column of every type: what is sent has as many
 * placeholders as parameters, its quotes and parentheses are closed, no byte of a value is in it,
 * and the same call is the same statement.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call_bytes.h"
#include "fake_op.h"
#include "query/shape.h"
#include "query/sql.h"

enum { CALLS_MAX = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

/* Behind the closing quote of the text or the name that begins here. */
static const char *quoted_end(const char *at)
{
	char quote = *at++;

	while (*at && (*at != quote || at[1] == quote))
		at += *at == quote ? 2 : 1;
	must(*at == quote, "quotes are closed");
	return at + 1;
}

static const char *placeholder_end(const char *at, bool *seen, size_t count)
{
	char *end;
	unsigned long number = strtoul(at + 1, &end, 10);

	must(number >= 1 && number <= count, "a placeholder is a parameter's");
	seen[number - 1] = true;
	return end;
}

static void check_text(const char *sql, size_t parameters)
{
	bool *seen = calloc(parameters + 1, sizeof(*seen));
	size_t depth = 0;

	must(seen != NULL, "there is memory");
	while (*sql) {
		if (*sql == '\'' || *sql == '"') {
			sql = quoted_end(sql);
		} else if (*sql == '$') {
			sql = placeholder_end(sql, seen, parameters);
		} else {
			must(*sql >= ' ' && *sql <= '~' && *sql != ';',
			     "text is one plain statement");
			must(*sql != ')' || depth > 0, "a parenthesis that closes was opened");
			depth += *sql == '(';
			depth -= *sql == ')';
			sql++;
		}
	}
	must(depth == 0, "parentheses are closed");
	for (size_t i = 0; i < parameters; i++)
		must(seen[i], "a parameter has a placeholder");
	free(seen);
}

/* The text is a function of the key. */
static void check_key(const struct shape *shape)
{
	struct key key = { .tokens = (uint16_t *)(uintptr_t)shape->tokens,
			   .len = shape->token_count,
			   .capacity = shape->token_count };
	struct sql_text again;
	struct arena arena;

	arena_init(&arena, 0, NULL);
	must(sql_build(&key, shape->model, &arena, &again), "there is memory");
	must(strcmp(again.text, shape->statement.sql) == 0, "the same key has the same text");
	must(again.parameter_count == (size_t)shape->statement.parameter_count,
	     "the same key has the same parameters");
	arena_free(&arena);
}

/* The text, for free(); NULL when nothing is sent. */
static char *make_call(struct call_bytes *bytes, struct qn_session *session, uint32_t *id)
{
	const struct qn_op *op;
	const struct statement *statement;
	char *text;

	call_bytes_make(bytes, session);
	op = session->op;
	statement = op->request.statement;
	if (op->refused) {
		must(op->status == QN_USAGE || op->status == QN_INVALID_VALUE ||
			     op->status == QN_NOT_FOUND,
		     "a refusal is the caller's mistake");
		must(session->message[0] != '\0', "a refusal has a reason");
		return NULL;
	}
	if (!statement)
		return NULL;
	must(op->parameter_count == (size_t)statement->parameter_count,
	     "as many values as parameters");
	check_text(statement->sql, op->parameter_count);
	check_key((const struct shape *)statement);
	*id = statement->id;
	text = strdup(statement->sql);
	must(text != NULL, "there is memory");
	return text;
}

static void check_again(struct call_bytes bytes, struct qn_session *session, const char *first,
			uint32_t first_id)
{
	uint32_t id = 0;
	char *text = make_call(&bytes, session, &id);

	must(!text == !first, "the same call is sent again");
	must(!text || (strcmp(text, first) == 0 && id == first_id),
	     "the same call is the same statement");
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qn_session session;
	struct arena arena;
	struct call_bytes bytes = { data, data + size, &arena };

	if (!size)
		return 0;
	arena_init(&arena, 0, NULL);
	fake_session_init(&session);
	session.in_transaction = data[0] & 128;
	for (size_t i = 0; i < CALLS_MAX && bytes.at < bytes.end; i++) {
		struct call_bytes same = bytes;
		uint32_t id = 0;
		char *text = make_call(&bytes, &session, &id);

		check_again(same, &session, text, id);
		free(text);
	}
	fake_session_free(&session);
	arena_free(&arena);
	return 0;
}
