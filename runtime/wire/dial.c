#include "wire/dial.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/sqlstate.h"

/* A look-up cannot be taken back: it outlives a dial that was given up. */
struct dial_lookup {
	qn_resolve resolve;
	struct dial *dial; /* NULL: given up */
	char host[];
};

struct dial {
	const struct dial_target *target;
	dial_done *done;
	void *context;
	struct dial_lookup *lookup;
	struct wire_link *link;
	qn_watch watch;
	qn_timer timer;
	bool is_attempt; /* the timer is an attempt's; otherwise it asks for the next step */
	bool is_second_pass;
	bool any_transient;
	size_t host; /* index of the one that is next */
	const struct conninfo_host *current;
	char (*addresses)[64]; /* of the current host */
	size_t address_count;
	size_t address; /* index of the one that is next */
	char where[DIAL_WHERE];
	/* The server ended the session right behind its welcome: libpq reads both at once. */
	bool is_ended;
	char last_state[6];
	char last_words[DIAL_MESSAGE];
	struct dial_failure failure;
};

static void dial_step(struct dial *dial);

static void dial_unwatch(struct dial *dial)
{
	const struct dial_target *target = dial->target;

	if (dial->watch.handle || dial->watch.fd >= 0)
		(void)target->hooks->watch(target->loop, &dial->watch, 0);
	dial->watch.fd = -1;
}

static void attempt_end(struct dial *dial)
{
	const struct dial_target *target = dial->target;

	dial_unwatch(dial);
	(void)target->hooks->timer(target->loop, &dial->timer, 0);
	if (dial->link)
		target->wire->finish(dial->link);
	dial->link = NULL;
}

void dial_free(struct dial *dial)
{
	if (!dial)
		return;
	attempt_end(dial);
	if (dial->lookup)
		dial->lookup->dial = NULL;
	free(dial->addresses);
	free(dial);
}

void dial_drop(struct dial *dial)
{
	if (!dial)
		return;
	if (dial->link)
		dial->target->wire->drop(dial->link);
	if (dial->lookup)
		dial->lookup->dial = NULL;
	free(dial->addresses);
	free(dial);
}

/* Of several failures the message tells all, as far as there is room. */
static void failure_add(struct dial *dial, qn_status status, const char *sqlstate, const char *text)
{
	struct dial_failure *failure = &dial->failure;
	size_t used = strlen(failure->message);

	if (used && used < sizeof(failure->message) - 2) {
		memcpy(failure->message + used, "; ", 3);
		used += 2;
	}
	snprintf(failure->message + used, sizeof(failure->message) - used, "%s", text);
	failure->status = status;
	snprintf(failure->sqlstate, sizeof(failure->sqlstate), "%.5s", sqlstate);
}

static void dial_report(struct dial *dial)
{
	dial_done *done = dial->done;
	void *context = dial->context;
	struct dial_failure failure = dial->failure;

	failure.is_permanent = failure.is_permanent && !dial->any_transient;
	dial_free(dial);
	done(context, NULL, "", &failure);
}

static void dial_fail_for_want_of_memory(struct dial *dial)
{
	dial->any_transient = true;
	failure_add(dial, QN_OUT_OF_MEMORY, "", "out of memory while connecting");
	dial_report(dial);
}

/* The next step is taken from the loop, so that a failure is never reported inside dial_start. */
static bool dial_step_soon(struct dial *dial)
{
	const struct dial_target *target = dial->target;

	dial->is_attempt = false;
	return target->hooks->timer(target->loop, &dial->timer, target->hooks->now(target->loop)) ==
	       QN_OK;
}

static void dial_go_on(struct dial *dial)
{
	attempt_end(dial);
	if (!dial_step_soon(dial))
		dial_fail_for_want_of_memory(dial);
}

/* libpq tells the SQLSTATE between the severity and the text: "FATAL:  28P01: password ...". */
static void sqlstate_take(char *text, char sqlstate[6])
{
	static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	sqlstate[0] = '\0';
	for (char *at = strstr(text, ":  "); at; at = strstr(at + 1, ":  ")) {
		if (strspn(at + 3, letters) != 5 || strncmp(at + 8, ": ", 2) != 0)
			continue;
		memcpy(sqlstate, at + 3, 5);
		sqlstate[5] = '\0';
		memmove(at + 3, at + 10, strlen(at + 10) + 1);
		return;
	}
}

/* Makes one line of libpq's several, without the place in the server's source. */
static void text_join_lines(const char *lines, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	while (*lines && used < size) {
		size_t len = strcspn(lines, "\n");
		size_t indent = strspn(lines, " \t");
		if (indent < len && strncmp(lines, "LOCATION:", 9) != 0) {
			int written = snprintf(text + used, size - used, "%s%.*s", used ? "; " : "",
					       (int)(len - indent), lines + indent);
			used += written > 0 ? (size_t)written : 0;
		}
		lines += len + (lines[len] ? 1 : 0);
	}
}

static const char *advice(const char *sqlstate, bool needs_password, const char *text)
{
	if (strstr(text, "unsupported startup parameter"))
		return ": take it out of the connection string and the environment, or have the pooler "
		       "ignore it";
	if (needs_password)
		return ": give one in the connection string or in a password file";
	if (strncmp(sqlstate, "28", 2) == 0)
		return ": check the user and password, and the server's pg_hba.conf";
	if (strcmp(sqlstate, "3D000") == 0)
		return ": create it, or check the name in the connection string";
	if (strcmp(sqlstate, "53300") == 0)
		return ": lower the pool's max, or raise the server's max_connections";
	return "";
}

static void attempt_failed(struct dial *dial)
{
	const struct wire *wire = dial->target->wire;
	bool needs_password = wire->needs_password(dial->link);
	qn_status status = needs_password ? QN_AUTHENTICATION_FAILED : QN_CONNECTION_FAILED;
	char sqlstate[6];
	char lines[DIAL_MESSAGE];
	char text[DIAL_MESSAGE];
	size_t used;

	snprintf(lines, sizeof(lines), "%s", wire->error(dial->link));
	sqlstate_take(lines, sqlstate);
	text_join_lines(lines, text, sizeof(text));
	if (sqlstate[0])
		status = sqlstate_status(sqlstate);
	/* A server that is being shut down: what was not there cannot be lost. */
	if (status == QN_CONNECTION_LOST)
		status = QN_CONNECTION_FAILED;
	used = strlen(text);
	snprintf(text + used, sizeof(text) - used, "%s", advice(sqlstate, needs_password, text));
	if (needs_password || sqlstate_is_permanent(sqlstate))
		dial->failure.is_permanent = true;
	else
		dial->any_transient = true;
	failure_add(dial, status, sqlstate, text);
	dial_go_on(dial);
}

static void attempt_heard(void *context, const PGresult *result)
{
	struct dial *dial = context;
	const struct wire *wire = dial->target->wire;

	if (!wire_is_fatal(wire, result))
		return;
	dial->is_ended = true;
	snprintf(dial->last_state, sizeof(dial->last_state), "%.5s",
		 wire->result_field(result, PG_DIAG_SQLSTATE));
	snprintf(dial->last_words, sizeof(dial->last_words), "%s",
		 wire->result_field(result, PG_DIAG_MESSAGE_PRIMARY));
}

/* Whoever got it would send something before the end shows, and not know whether it was done. */
static void attempt_ended(struct dial *dial)
{
	char text[DIAL_WHERE + DIAL_MESSAGE + 64];

	snprintf(text, sizeof(text), "connection to server at %s was ended at once: %s",
		 dial->where, dial->last_words);
	dial->any_transient = true;
	failure_add(dial, QN_CONNECTION_FAILED, dial->last_state, text);
	dial_go_on(dial);
}

static void attempt_succeeded(struct dial *dial)
{
	const struct dial_target *target = dial->target;
	dial_done *done = dial->done;
	void *context = dial->context;
	struct wire_link *link = dial->link;
	char where[DIAL_WHERE];

	if (dial->is_ended) {
		attempt_ended(dial);
		return;
	}
	if (!target->wire->enter_pipeline(link)) {
		attempt_failed(dial);
		return;
	}
	dial_unwatch(dial);
	dial->link = NULL;
	memcpy(where, dial->where, sizeof(where));
	dial_free(dial);
	done(context, link, where, NULL);
}

/*
 * libpq may have closed its socket and opened another one of the same number: it is always
 * registered anew.
 */
static void attempt_watch(struct dial *dial, unsigned events)
{
	const struct dial_target *target = dial->target;

	dial_unwatch(dial);
	dial->watch.fd = target->wire->socket(dial->link);
	if (dial->watch.fd < 0) {
		attempt_failed(dial);
		return;
	}
	if (target->hooks->watch(target->loop, &dial->watch, events) != QN_OK)
		dial_fail_for_want_of_memory(dial);
}

static void attempt_ready(qn_watch *watch, unsigned events)
{
	struct dial *dial = (struct dial *)((char *)watch - offsetof(struct dial, watch));

	(void)events;
	switch (dial->target->wire->connect_poll(dial->link)) {
	case PGRES_POLLING_OK:
		attempt_succeeded(dial);
		return;
	case PGRES_POLLING_FAILED:
		attempt_failed(dial);
		return;
	case PGRES_POLLING_READING:
		attempt_watch(dial, QN_READABLE);
		return;
	default:
		attempt_watch(dial, QN_WRITABLE);
	}
}

static void attempt_timed_out(struct dial *dial)
{
	uint32_t timeout = dial->target->attempt_timeout;
	char text[DIAL_WHERE + 128];

	snprintf(text, sizeof(text),
		 "connection to server at %s was not ready within %u ms: check the address and the "
		 "network, or raise connect_timeout",
		 dial->where, timeout);
	dial->any_transient = true;
	failure_add(dial, QN_CONNECTION_FAILED, "", text);
	dial_go_on(dial);
}

static void dial_timer_expired(qn_timer *timer)
{
	struct dial *dial = (struct dial *)((char *)timer - offsetof(struct dial, timer));

	if (dial->is_attempt)
		attempt_timed_out(dial);
	else
		dial_step(dial);
}

static void where_describe(struct dial *dial, const char *address)
{
	const struct conninfo_host *host = dial->current;
	const char *port = host->port[0] ? host->port : "5432";
	const char *name = host->name[0] ? host->name : host->address;

	if (host->is_socket)
		snprintf(dial->where, sizeof(dial->where), "socket \"%.108s\", port %.5s",
			 host->name[0] ? host->name : "(default)", port);
	else if (address && strcmp(address, host->name) != 0)
		snprintf(dial->where, sizeof(dial->where), "\"%.80s\" (%.63s), port %.5s",
			 host->name, address, port);
	else
		snprintf(dial->where, sizeof(dial->where), "\"%.80s\", port %.5s", name, port);
}

static const char *pass_attributes(const struct dial *dial)
{
	const char *wanted = dial->target->conninfo->session_attributes;

	if (strcmp(wanted, "prefer-standby") != 0)
		return wanted;
	return dial->is_second_pass ? "any" : "standby";
}

static void attempt_start(struct dial *dial, const char *address)
{
	const struct dial_target *target = dial->target;
	uint64_t now = target->hooks->now(target->loop);
	struct conninfo_settings settings;

	where_describe(dial, address);
	conninfo_settings(target->conninfo, dial->current, address, pass_attributes(dial),
			  target->user_timeout, &settings);
	dial->link = target->wire->connect_start(target->wire_context, settings.keywords,
						 settings.values);
	if (!dial->link) {
		dial_fail_for_want_of_memory(dial);
		return;
	}
	dial->is_ended = false;
	target->wire->set_notice_receiver(dial->link, attempt_heard, dial);
	if (target->wire->is_bad(dial->link)) {
		attempt_failed(dial);
		return;
	}
	dial->is_attempt = true;
	if (target->hooks->timer(target->loop, &dial->timer,
				 now + (uint64_t)target->attempt_timeout * 1000000) != QN_OK) {
		dial_fail_for_want_of_memory(dial);
		return;
	}
	/* The first step is as if libpq had asked to write. */
	attempt_watch(dial, QN_WRITABLE);
}

static void lookup_done(qn_resolve *resolve)
{
	struct dial_lookup *lookup = (struct dial_lookup *)resolve;
	struct dial *dial = lookup->dial;
	char text[DIAL_WHERE + 128];

	if (!dial || resolve->error || !resolve->address_count) {
		int error = resolve->error;
		free(resolve->addresses);
		if (!dial) {
			free(lookup);
			return;
		}
		snprintf(text, sizeof(text), "host \"%.80s\" cannot be found: %s", lookup->host,
			 error ? gai_strerror(error) : "it has no address");
		free(lookup);
		dial->lookup = NULL;
		dial->any_transient = true;
		failure_add(dial, QN_CONNECTION_FAILED, "", text);
		dial_go_on(dial);
		return;
	}
	dial->addresses = resolve->addresses;
	dial->address_count = resolve->address_count;
	dial->address = 0;
	dial->lookup = NULL;
	free(lookup);
	dial_step(dial);
}

static void lookup_start(struct dial *dial, const char *host)
{
	const struct dial_target *target = dial->target;
	size_t size = strlen(host) + 1;
	struct dial_lookup *lookup = calloc(1, sizeof(*lookup) + size);

	if (!lookup) {
		dial_fail_for_want_of_memory(dial);
		return;
	}
	memcpy(lookup->host, host, size);
	lookup->dial = dial;
	lookup->resolve.host = lookup->host;
	lookup->resolve.done = lookup_done;
	dial->lookup = lookup;
	if (target->hooks->resolve(target->loop, &lookup->resolve) != QN_OK) {
		free(lookup);
		dial->lookup = NULL;
		dial_fail_for_want_of_memory(dial);
	}
}

static bool is_address(const char *host)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

/*
 * Tries what is next: an address of the current host, the next host, the second pass; or reports.
 */
static void dial_step(struct dial *dial)
{
	const struct conninfo *conninfo = dial->target->conninfo;

	if (dial->address < dial->address_count) {
		attempt_start(dial, dial->addresses[dial->address++]);
		return;
	}
	free(dial->addresses);
	dial->addresses = NULL;
	dial->address_count = 0;
	dial->address = 0;
	if (dial->host == conninfo->host_count && !dial->is_second_pass &&
	    strcmp(conninfo->session_attributes, "prefer-standby") == 0) {
		dial->is_second_pass = true;
		dial->host = 0;
		dial->failure = (struct dial_failure){ .status = QN_OK };
	}
	if (dial->host == conninfo->host_count) {
		dial_report(dial);
		return;
	}
	dial->current = &conninfo->hosts[dial->host++];
	if (dial->current->is_socket || dial->current->address[0])
		attempt_start(dial, NULL);
	else if (is_address(dial->current->name))
		attempt_start(dial, dial->current->name);
	else
		lookup_start(dial, dial->current->name);
}

struct dial *dial_start(const struct dial_target *target, dial_done *done, void *context)
{
	struct dial *dial = calloc(1, sizeof(*dial));

	if (!dial)
		return NULL;
	dial->target = target;
	dial->done = done;
	dial->context = context;
	dial->watch = (qn_watch){ .ready = attempt_ready, .fd = -1 };
	dial->timer.expired = dial_timer_expired;
	if (!dial_step_soon(dial)) {
		free(dial);
		return NULL;
	}
	return dial;
}
