#include "fake_server.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "wire/request.h"

static unsigned fake_ready(void *context, int fd, unsigned wanted)
{
	struct fake_server *server = context;
	struct wire_link *link = server->links[fd - FIRST_FD];
	unsigned ready = 0;

	if (!link->is_ready)
		return server->is_deaf ? 0 : wanted;
	fake_run_link(link);
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
	if (link->is_ready && server->farewell)
		fake_link_terminate(link, server->farewell, "no time for you");
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
	link->is_alone = false;
	if (link->room)
		return true;
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

static bool fake_is_read_only(const struct wire_link *link)
{
	return link->server->is_read_only;
}

static int fake_encoding(const struct wire_link *link)
{
	(void)link;
	return 1;
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
	command->key_count = 0;
	link->count++;
	return true;
}

static void push_key(struct wire_link *link, struct fake_command *command, const char *at,
		     uint32_t len)
{
	snprintf(link->room->keys[link->keys++ % FAKE_KEYS], FAKE_KEY, "%.*s", (int)len, at);
	command->key_count++;
}

static uint32_t read_number(const char *at)
{
	uint32_t number;

	memcpy(&number, at, sizeof(number));
	return be32toh(number);
}

/*
 * The binary form of an array: dimensions, NULLs, type, length, lower bound; length and bytes of
 * each element.
 */
static void push_array(struct wire_link *link, struct fake_command *command, const char *array)
{
	uint32_t count = read_number(array + 12);
	const char *at = array + 20;

	while (count--) {
		uint32_t len = read_number(at);

		push_key(link, command, at + 4, len);
		at += 4 + len;
	}
}

static uint64_t first_bigint(const struct request *request)
{
	enum { INT8_OID = 20, FIRST_AT = 24 };
	uint64_t number = 0;

	if (!request->statement->parameter_count || !request->values[0] || !request->formats[0] ||
	    request->lengths[0] < FIRST_AT + (int)sizeof(number) ||
	    read_number(request->values[0] + 8) != INT8_OID)
		return 0;
	memcpy(&number, request->values[0] + FIRST_AT, sizeof(number));
	return be64toh(number);
}

static bool push_request(struct wire_link *link, char kind, const char *name,
			 const struct request *request)
{
	const char *sql = request->statement->sql;
	struct fake_command *command = &link->commands[(link->first + link->count) % FAKE_COMMANDS];

	if (!push_command(link, kind, name, sql))
		return false;
	command->first_key = link->keys;
	command->number = first_bigint(request);
	if (strncmp(sql, "get ", 4) == 0)
		push_key(link, command, request->values[0], (uint32_t)request->lengths[0]);
	else if (strncmp(sql, "many ", 5) == 0)
		push_array(link, command, request->values[0]);
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
	return push_request(link, 'E', name, request);
}

static bool fake_send_unprepared(struct wire_link *link, const struct request *request)
{
	return push_request(link, 'U', "", request);
}

static bool fake_send_close(struct wire_link *link, const char *name)
{
	return push_command(link, 'C', name, "");
}

static bool fake_send_alone(struct wire_link *link, const char *name, const struct request *request)
{
	if (link->count)
		return false;
	link->is_alone = true;
	link->server->alone++;
	return push_request(link, name ? 'E' : 'U', name ? name : "", request) &&
	       push_command(link, 'S', "", "");
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

/*
 * What has neither a Sync nor a flush request behind it is not answered: the server keeps it to
 * itself.
 */
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
		fake_run_link(link);
	link->received = link->answered;
	return !link->is_dead;
}

static bool fake_is_busy(struct wire_link *link)
{
	bool is_idle = link->is_alone && !link->count && link->received == link->answered;

	return link->taken == link->received && !link->is_dead && !is_idle;
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
	if (cancel->server->early_cancels)
		cancel->server->early_cancels--;
	else
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
	PGresult *notice = fake_error_result("FATAL", sqlstate, message, "");

	link->receiver(link->receiver_context, notice);
	PQclear(notice);
	fake_die(link);
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
	.is_read_only = fake_is_read_only,
	.encoding = fake_encoding,
	.backend_pid = fake_backend_pid,
	.transaction = fake_transaction,
	.is_readable = fake_is_readable,
	.send_prepare = fake_send_prepare,
	.send_prepared = fake_send_prepared,
	.send_unprepared = fake_send_unprepared,
	.send_close = fake_send_close,
	.send_alone = fake_send_alone,
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
