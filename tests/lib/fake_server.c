#include "fake_server.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "wire/request.h"

static const struct {
	int field;
	const char *name;
} fields[] = { { PG_DIAG_SEVERITY_NONLOCALIZED, "severity" },
	       { PG_DIAG_SQLSTATE, "sqlstate" },
	       { PG_DIAG_MESSAGE_PRIMARY, "message" },
	       { PG_DIAG_SOURCE_FUNCTION, "function" } };

PGresult *fake_error_result(const char *severity, const char *sqlstate, const char *message,
			    const char *function)
{
	PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_FATAL_ERROR);
	const char *values[] = { severity, sqlstate, message, function };
	PGresAttDesc columns[4] = { { .name = NULL } };

	for (size_t i = 0; i < 4; i++)
		columns[i].name = (char *)(uintptr_t)fields[i].name;
	PQsetResultAttrs(result, 4, columns);
	for (int i = 0; i < 4; i++)
		PQsetvalue(result, 0, i, (char *)(uintptr_t)values[i], (int)strlen(values[i]));
	return result;
}

static PGresult *no_rows(void)
{
	PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc column = { .name = (char *)(uintptr_t) "text", .typid = 25, .format = 1 };

	PQsetResultAttrs(result, 1, &column);
	return result;
}

static void add_row(PGresult *result, const char *text)
{
	PQsetvalue(result, PQntuples(result), 0, (char *)(uintptr_t)text, (int)strlen(text));
}

static PGresult *row_result(const char *text)
{
	PGresult *result = no_rows();

	add_row(result, text);
	return result;
}

const char *fake_result_field(const PGresult *result, int field)
{
	for (int i = 0; i < 4 && i < PQnfields(result); i++)
		if (fields[i].field == field && PQntuples(result) &&
		    strcmp(PQfname(result, i), fields[i].name) == 0)
			return PQgetvalue(result, 0, i);
	return "";
}

static void push_answer(struct wire_link *link, PGresult *result)
{
	link->answers[link->answered++ % FAKE_ANSWERS] = (struct fake_answer){ .result = result };
}

/* Without the pipeline only the Sync ends what a statement answers. */
static void push_end(struct wire_link *link)
{
	if (!link->is_alone)
		push_answer(link, NULL);
}

static void push_error(struct wire_link *link, const char *sqlstate, const char *function)
{
	push_answer(link, fake_error_result("ERROR", sqlstate, "the server says no", function));
	push_end(link);
	link->is_aborted = true;
	if (link->transaction == 'T')
		link->transaction = 'E';
}

static void push_ok(struct wire_link *link, PGresult *result)
{
	push_answer(link, result);
	push_end(link);
}

void fake_die(struct wire_link *link)
{
	link->is_dead = true;
	link->count = 0;
	link->flushed = 0;
}

static struct fake_prepared *find_prepared(struct wire_link *link, const char *name)
{
	for (size_t i = 0; i < link->prepared_count; i++)
		if (strcmp(link->prepared[i].name, name) == 0)
			return &link->prepared[i];
	return NULL;
}

static bool is_end(const char *sql)
{
	return strncasecmp(sql, "rollback", 8) == 0 || strcasecmp(sql, "commit") == 0;
}

static PGresult *answer_to(struct fake_server *server, const char *sql)
{
	PGresult *result = server->answer ? server->answer(server, sql) : NULL;

	return result ? result : row_result(sql);
}

/* False: the statement is not done yet. */
static bool run_sql(struct wire_link *link, const char *sql)
{
	if (strcmp(sql, "hang") == 0) {
		if (!link->is_cancelled)
			return false;
		push_error(link, "57014", "");
	} else if (link->transaction == 'E' && !is_end(sql)) {
		push_error(link, "25P02", "");
	} else if (strncmp(sql, "error ", 6) == 0) {
		push_error(link, sql + 6, "");
	} else if (strncmp(sql, "fatal ", 6) == 0) {
		push_answer(link, fake_error_result("FATAL", sql + 6, "the session ends", ""));
		fake_die(link);
	} else if (strcmp(sql, "vanish") == 0) {
		fake_die(link);
	} else if (strcmp(sql, "copy") == 0) {
		push_answer(link, PQmakeEmptyPGresult(NULL, PGRES_COPY_OUT));
	} else if (strcmp(sql, "silent") == 0) {
		push_end(link);
		push_end(link);
	} else {
		if (strncasecmp(sql, "begin", strlen("begin")) == 0)
			link->transaction = 'T';
		if (is_end(sql))
			link->transaction = strncasecmp(sql, "rollback to", 11) == 0 ? 'T' : 'I';
		if (strcmp(sql, "refused at commit") == 0)
			link->fails_at_sync = true;
		if (link->server->ran)
			link->server->ran(link, sql);
		push_ok(link, answer_to(link->server, sql));
	}
	link->is_cancelled = false;
	return true;
}

static const char *command_key(const struct wire_link *link, const struct fake_command *command,
			       size_t index)
{
	return link->room->keys[(command->first_key + index) % FAKE_KEYS];
}

static bool key_is_a_statement(const char *key)
{
	return strncmp(key, "error ", 6) == 0 || strncmp(key, "fatal ", 6) == 0 ||
	       strcmp(key, "vanish") == 0 || strcmp(key, "hang") == 0;
}

static void add_row_of_key(PGresult *result, const char *key)
{
	const char *text = strcmp(key, "A") == 0 ? "a" : key;

	if (strncmp(key, "none", 4) == 0)
		return;
	for (int i = 0; i < PQntuples(result); i++)
		if (strcmp(PQgetvalue(result, i, 0), text) == 0)
			return;
	add_row(result, text);
	if (strcmp(key, "twice") == 0)
		add_row(result, key);
}

static bool run_keys(struct wire_link *link, const struct fake_command *command)
{
	PGresult *result;

	for (size_t i = 0; i < command->key_count; i++)
		if (key_is_a_statement(command_key(link, command, i)))
			return run_sql(link, command_key(link, command, i));
	if (link->transaction == 'E') {
		push_error(link, "25P02", "");
		return true;
	}
	result = no_rows();
	for (size_t i = command->key_count; i > 0; i--) {
		const char *key = command_key(link, command, i - 1);

		if (link->server->ran)
			link->server->ran(link, key);
		add_row_of_key(result, key);
	}
	link->is_cancelled = false;
	push_ok(link, result);
	return true;
}

/* False: the statement is not done yet. */
static bool run_statement(struct wire_link *link, const struct fake_command *command,
			  const char *sql)
{
	return command->key_count ? run_keys(link, command) : run_sql(link, sql);
}

static bool run_prepared(struct wire_link *link, const struct fake_command *command)
{
	const struct fake_prepared *prepared = find_prepared(link, command->name);

	if (!prepared)
		push_error(link, "26000", "FetchPreparedStatement");
	else if (prepared->schema != link->server->schema)
		push_error(link, "0A000", "RevalidateCachedQuery");
	else
		return run_statement(link, command, prepared->sql);
	return true;
}

static void run_parse(struct wire_link *link, const struct fake_command *command)
{
	struct fake_prepared *prepared = &link->prepared[link->prepared_count];

	if (strcmp(command->sql, "error at parse") == 0) {
		push_error(link, "42P01", "");
		return;
	}
	link->prepared_count++;
	prepared->schema = link->server->schema;
	snprintf(prepared->name, sizeof(prepared->name), "%s", command->name);
	snprintf(prepared->sql, sizeof(prepared->sql), "%s", command->sql);
	push_ok(link, PQmakeEmptyPGresult(NULL, PGRES_COMMAND_OK));
}

static void run_close(struct wire_link *link, const struct fake_command *command)
{
	struct fake_prepared *prepared = find_prepared(link, command->name);

	if (prepared)
		*prepared = link->prepared[--link->prepared_count];
	push_ok(link, PQmakeEmptyPGresult(NULL, PGRES_COMMAND_OK));
}

static void run_sync(struct wire_link *link)
{
	if (link->fails_at_sync && !link->is_aborted) {
		push_answer(link, fake_error_result("ERROR", "23503", "refused at commit", ""));
		push_end(link);
	}
	link->fails_at_sync = false;
	link->is_aborted = false;
	push_answer(link, link->is_alone ? NULL : PQmakeEmptyPGresult(NULL, PGRES_PIPELINE_SYNC));
}

static void write_log(struct wire_link *link, const struct fake_command *command)
{
	char *log = link->server->log;
	size_t used = strlen(log);

	snprintf(log + used, FAKE_LOG - used, "%d %c%s%s\n", link->fd - FIRST_FD, command->kind,
		 command->sql[0] ? " " : "", command->sql);
}

static bool run_command(struct wire_link *link, const struct fake_command *command)
{
	link->server->loop.now += link->server->run_time;
	link->server->number = command->number;
	if (command->kind == 'S') {
		run_sync(link);
	} else if (link->is_aborted) {
		push_ok(link, PQmakeEmptyPGresult(NULL, PGRES_PIPELINE_ABORTED));
		return true;
	} else if (command->kind == 'P') {
		run_parse(link, command);
	} else if (command->kind == 'C') {
		run_close(link, command);
	} else if (!(command->kind == 'E' ? run_prepared(link, command)
					  : run_statement(link, command, command->sql))) {
		return false;
	}
	write_log(link, command);
	return true;
}

void fake_run_link(struct wire_link *link)
{
	while (!link->server->is_held && !link->is_dead && link->flushed) {
		struct fake_command command = link->commands[link->first % FAKE_COMMANDS];
		if (!run_command(link, &command))
			return;
		if (link->is_dead)
			return;
		link->first++;
		link->count--;
		link->flushed--;
		if (link->server->is_slow)
			return;
	}
}
