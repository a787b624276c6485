#include "fake_wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "wire/request.h"

enum { FIRST_FD = 1000 };

static const struct {
	int field;
	const char *name;
} fields[] = { { PG_DIAG_SEVERITY_NONLOCALIZED, "severity" },
	       { PG_DIAG_SQLSTATE, "sqlstate" },
	       { PG_DIAG_MESSAGE_PRIMARY, "message" },
	       { PG_DIAG_SOURCE_FUNCTION, "function" } };

/* Results cannot be given error fields from outside of libpq: they are kept as the columns of a row. */
static PGresult *error_result(const char *severity, const char *sqlstate, const char *message,
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

static PGresult *row_result(const char *text)
{
	PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc column = { .name = (char *)(uintptr_t) "text", .typid = 25, .format = 1 };

	PQsetResultAttrs(result, 1, &column);
	PQsetvalue(result, 0, 0, (char *)(uintptr_t)text, (int)strlen(text));
	return result;
}

static const char *fake_result_field(const PGresult *result, int field)
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

static void push_error(struct wire_link *link, const char *sqlstate, const char *function)
{
	push_answer(link, error_result("ERROR", sqlstate, "the server says no", function));
	push_answer(link, NULL);
	link->is_aborted = true;
	if (link->transaction == 'T')
		link->transaction = 'E';
}

static void push_ok(struct wire_link *link, PGresult *result)
{
	push_answer(link, result);
	push_answer(link, NULL);
}

static void die(struct wire_link *link)
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
		push_answer(link, error_result("FATAL", sql + 6, "the session ends", ""));
		die(link);
	} else if (strcmp(sql, "vanish") == 0) {
		die(link);
	} else if (strcmp(sql, "copy") == 0) {
		push_answer(link, PQmakeEmptyPGresult(NULL, PGRES_COPY_OUT));
	} else if (strcmp(sql, "silent") == 0) {
		push_answer(link, NULL);
		push_answer(link, NULL);
	} else {
		if (strcasecmp(sql, "begin") == 0)
			link->transaction = 'T';
		if (is_end(sql))
			link->transaction = strncasecmp(sql, "rollback to", 11) == 0 ? 'T' : 'I';
		if (strcmp(sql, "refused at commit") == 0)
			link->fails_at_sync = true;
		if (link->server->ran)
			link->server->ran(link, sql);
		push_ok(link, row_result(sql));
	}
	link->is_cancelled = false;
	return true;
}

static bool run_prepared(struct wire_link *link, const struct fake_command *command)
{
	const struct fake_prepared *prepared = find_prepared(link, command->name);

	if (!prepared)
		push_error(link, "26000", "FetchPreparedStatement");
	else if (prepared->schema != link->server->schema)
		push_error(link, "0A000", "RevalidateCachedQuery");
	else
		return run_sql(link, prepared->sql);
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
		push_answer(link, error_result("ERROR", "23503", "refused at commit", ""));
		push_answer(link, NULL);
	}
	link->fails_at_sync = false;
	link->is_aborted = false;
	push_answer(link, PQmakeEmptyPGresult(NULL, PGRES_PIPELINE_SYNC));
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
					  : run_sql(link, command->sql))) {
		return false;
	}
	write_log(link, command);
	return true;
}

static void run_link(struct wire_link *link)
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

static unsigned fake_ready(void *context, int fd, unsigned wanted)
{
	struct fake_server *server = context;
	struct wire_link *link = server->links[fd - FIRST_FD];
	unsigned ready = 0;

	if (!link->is_ready)
		return server->is_deaf ? 0 : wanted;
	run_link(link);
	if (link->is_dead || link->received < link->answered)
		ready |= QN_READABLE;
	if (!server->is_full)
		ready |= QN_WRITABLE;
	return ready & wanted;
}

static bool is_short(struct fake_server *server)
{
	if (server->shortages == 0)
		return false;
	server->shortages--;
	return true;
}

static const char *setting(const char *const *keywords, const char *const *values,
			   const char *keyword)
{
	const char *value = "";

	for (size_t i = 0; keywords[i]; i++)
		if (strcmp(keywords[i], keyword) == 0)
			value = values[i];
	return value;
}

static struct wire_link *fake_connect_start(void *context, const char *const *keywords,
					    const char *const *values)
{
	struct fake_server *server = context;
	struct wire_link *link;

	if (server->link_count == FAKE_LINKS || is_short(server))
		return NULL;
	link = calloc(1, sizeof(*link));
	if (!link)
		return NULL;
	link->server = server;
	link->fd = FIRST_FD + (int)server->link_count;
	link->is_open = true;
	link->transaction = 'I';
	snprintf(link->host, sizeof(link->host), "%s", setting(keywords, values, "host"));
	snprintf(link->address, sizeof(link->address), "%s", setting(keywords, values, "hostaddr"));
	snprintf(link->attributes, sizeof(link->attributes), "%s",
		 setting(keywords, values, "target_session_attrs"));
	server->links[server->link_count++] = link;
	server->open_count++;
	if (server->open_count > server->peak)
		server->peak = server->open_count;
	return link;
}

static PostgresPollingStatusType fake_connect_poll(struct wire_link *link)
{
	struct fake_server *server = link->server;
	bool is_standby = server->standby && strcmp(server->standby, link->host) == 0;
	bool is_wrong = (strcmp(link->attributes, "standby") == 0 && !is_standby) ||
			(strcmp(link->attributes, "read-write") == 0 && is_standby);

	link->is_refused = server->refusal || server->wants_password || is_wrong;
	link->is_ready = !link->is_refused;
	return link->is_refused ? PGRES_POLLING_FAILED : PGRES_POLLING_OK;
}

static bool fake_needs_password(const struct wire_link *link)
{
	return link->server->wants_password;
}

static bool fake_enter_pipeline(struct wire_link *link)
{
	if (!link->is_ready || is_short(link->server))
		return false;
	link->room = malloc(sizeof(*link->room));
	if (!link->room)
		return false;
	link->commands = link->room->commands;
	link->answers = link->room->answers;
	link->prepared = link->room->prepared;
	return true;
}

static void fake_set_notice_receiver(struct wire_link *link, PQnoticeReceiver receiver,
				     void *context)
{
	link->receiver = receiver;
	link->receiver_context = context;
}

static int fake_socket(const struct wire_link *link)
{
	return link->fd;
}

static bool fake_is_bad(const struct wire_link *link)
{
	return link->is_dead && link->received == link->answered && link->taken == link->received;
}

static const char *fake_error(const struct wire_link *link)
{
	if (link->server->refusal)
		return link->server->refusal;
	return link->is_refused ? "not what was asked for" : "server closed the connection";
}

static bool fake_is_encrypted(const struct wire_link *link)
{
	(void)link;
	return false;
}

static bool fake_is_utf8(const struct wire_link *link)
{
	(void)link;
	return true;
}

static int fake_backend_pid(const struct wire_link *link)
{
	return link->fd;
}

static PGTransactionStatusType fake_transaction(const struct wire_link *link)
{
	if (link->transaction == 'I')
		return PQTRANS_IDLE;
	return link->transaction == 'T' ? PQTRANS_INTRANS : PQTRANS_INERROR;
}

static bool fake_is_readable(const struct wire_link *link)
{
	return link->is_dead || link->received < link->answered;
}

static bool fails_now(size_t *countdown)
{
	if (*countdown > 1) {
		--*countdown;
		return false;
	}
	return *countdown == 1;
}

static bool push_command(struct wire_link *link, char kind, const char *name, const char *sql)
{
	struct fake_command *command = &link->commands[(link->first + link->count) % FAKE_COMMANDS];

	if (link->count == FAKE_COMMANDS ||
	    fails_now(kind == 'S' ? &link->server->fail_sync : &link->server->fail_send))
		return false;
	command->kind = kind;
	snprintf(command->name, sizeof(command->name), "%s", name);
	snprintf(command->sql, sizeof(command->sql), "%s", sql);
	link->count++;
	return true;
}

static bool fake_send_prepare(struct wire_link *link, const char *name,
			      const struct statement *statement)
{
	return push_command(link, 'P', name, statement->sql);
}

static bool fake_send_prepared(struct wire_link *link, const char *name,
			       const struct request *request)
{
	return push_command(link, 'E', name, request->statement->sql);
}

static bool fake_send_unprepared(struct wire_link *link, const struct request *request)
{
	return push_command(link, 'U', "", request->statement->sql);
}

static bool fake_send_close(struct wire_link *link, const char *name)
{
	return push_command(link, 'C', name, "");
}

static bool fake_send_sync(struct wire_link *link)
{
	return push_command(link, 'S', "", "");
}

static bool fake_send_flush_request(struct wire_link *link)
{
	link->answers_early = true;
	return true;
}

/* What has neither a Sync nor a flush request behind it is not answered: the server keeps it to itself. */
static int fake_flush(struct wire_link *link)
{
	size_t last = link->count;

	if (link->server->is_full)
		return 1;
	while (!link->answers_early && last > link->flushed &&
	       link->commands[(link->first + last - 1) % FAKE_COMMANDS].kind != 'S')
		last--;
	link->flushed = last;
	link->answers_early = false;
	link->server->flushes++;
	return 0;
}

static bool fake_consume(struct wire_link *link)
{
	if (!link->server->is_slow)
		run_link(link);
	link->received = link->answered;
	return !link->is_dead;
}

static bool fake_is_busy(struct wire_link *link)
{
	return link->taken == link->received && !link->is_dead;
}

static PGresult *fake_get_result(struct wire_link *link)
{
	if (link->taken == link->received)
		return NULL;
	return link->answers[link->taken++ % FAKE_ANSWERS].result;
}

/* Freed in another thread's stead: all it may use is the link's number. */
struct wire_cancel {
	struct fake_server *server;
	size_t link;
};

static struct wire_cancel *fake_cancel_new(struct wire_link *link)
{
	struct wire_cancel *cancel = is_short(link->server) ? NULL : malloc(sizeof(*cancel));

	if (cancel)
		*cancel = (struct wire_cancel){ link->server, (size_t)(link->fd - FIRST_FD) };
	return cancel;
}

static bool fake_cancel_run(struct wire_cancel *cancel)
{
	cancel->server->cancels++;
	cancel->server->links[cancel->link]->is_cancelled = true;
	return true;
}

static void fake_cancel_free(struct wire_cancel *cancel)
{
	free(cancel);
}

static void fake_finish(struct wire_link *link)
{
	for (size_t i = link->taken; i < link->answered; i++)
		PQclear(link->answers[i % FAKE_ANSWERS].result);
	link->taken = link->answered;
	link->is_open = false;
	link->server->open_count--;
}

void fake_link_terminate(struct wire_link *link, const char *sqlstate, const char *message)
{
	PGresult *notice = error_result("FATAL", sqlstate, message, "");

	link->receiver(link->receiver_context, notice);
	PQclear(notice);
	die(link);
}

size_t fake_server_count(const struct fake_server *server, const char *text)
{
	size_t count = 0;

	for (const char *at = strstr(server->log, text); at; at = strstr(at + 1, text))
		count++;
	return count;
}

void fake_server_init(struct fake_server *server)
{
	memset(server, 0, sizeof(*server));
	loop_virtual_init(&server->loop);
	server->loop.ready = fake_ready;
	server->loop.context = server;
}

void fake_server_release(struct fake_server *server)
{
	for (size_t i = 0; i < server->link_count; i++) {
		free(server->links[i]->room);
		free(server->links[i]);
	}
}

const struct wire fake_wire = {
	.connect_start = fake_connect_start,
	.connect_poll = fake_connect_poll,
	.needs_password = fake_needs_password,
	.enter_pipeline = fake_enter_pipeline,
	.set_notice_receiver = fake_set_notice_receiver,
	.socket = fake_socket,
	.is_bad = fake_is_bad,
	.error = fake_error,
	.is_encrypted = fake_is_encrypted,
	.is_utf8 = fake_is_utf8,
	.backend_pid = fake_backend_pid,
	.transaction = fake_transaction,
	.is_readable = fake_is_readable,
	.send_prepare = fake_send_prepare,
	.send_prepared = fake_send_prepared,
	.send_unprepared = fake_send_unprepared,
	.send_close = fake_send_close,
	.send_sync = fake_send_sync,
	.send_flush_request = fake_send_flush_request,
	.flush = fake_flush,
	.consume = fake_consume,
	.is_busy = fake_is_busy,
	.get_result = fake_get_result,
	.result_field = fake_result_field,
	.cancel_new = fake_cancel_new,
	.cancel_run = fake_cancel_run,
	.cancel_free = fake_cancel_free,
	.finish = fake_finish,
	.drop = fake_finish,
};
