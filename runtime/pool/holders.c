/* Who has the connections, since when, with which statement. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "pool/pool_state.h"
#include "session/room.h"

enum { WORST = 3, STATEMENT_TEXT = 60 };

/* Text that may find no room is counted all the same. */
struct report {
	char *text;
	size_t size;
	size_t len;
};

static void report_add(struct report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void report_add(struct report *report, const char *format, ...)
{
	bool has_room = report->len < report->size;
	va_list arguments;
	int added;

	va_start(arguments, format);
	added = vsnprintf(has_room ? report->text + report->len : NULL,
			  has_room ? report->size - report->len : 0, format, arguments);
	va_end(arguments);
	if (added > 0)
		report->len += (size_t)added;
}

static const struct request *running_request(const struct conn *conn)
{
	for (size_t i = 0; i < conn->entries.count; i++) {
		const struct entry *entry = entries_get(&conn->entries, i);

		if (entry->kind == ENTRY_STATEMENT && entry->request)
			return entry->request;
	}
	return NULL;
}

static uint64_t held_since(const struct conn *conn)
{
	return conn->lane ? conn->pinned_since : conn->head_since;
}

static unsigned long long milliseconds(uint64_t from, uint64_t to)
{
	return to > from ? (to - from) / POOL_MILLISECOND : 0;
}

static void add_statement(struct report *report, const char *sql)
{
	report_add(report, "runs \"%.*s%s\"", STATEMENT_TEXT, sql,
		   strlen(sql) > STATEMENT_TEXT ? "..." : "");
}

static void add_holder(struct report *report, const struct conn *conn, uint64_t now)
{
	const struct request *running = running_request(conn);
	unsigned long long step = milliseconds(conn->head_since, now);
	const struct lane *lane = running ? running->lane : conn->lane;
	char who[SESSION_ROOM_TEXT] = "";

	report_add(report, "backend %d ", conn->backend_pid);
	if (conn->lane)
		report_add(report, "is in a transaction for %llu ms, ",
			   milliseconds(conn->pinned_since, now));
	if (running)
		add_statement(report, running->statement->sql);
	else if (!conn->lane || conn->statements)
		report_add(report, "ends a statement that was given up");
	else
		report_add(report, "idle");
	report_add(report, " for %llu ms", step);
	if (lane)
		session_room_describe(lane->owner, who, sizeof(who));
	if (who[0])
		report_add(report, " (%s)", who);
}

/* Those that hold for the longest time, the worst one first; returns how many there are of all. */
static size_t find_worst(const qn_pool *pool, const struct conn *worst[WORST])
{
	static const enum conn_state held[] = { CONN_BUSY, CONN_DRAINING };
	size_t count = 0;

	for (size_t i = 0; i < sizeof(held) / sizeof(held[0]); i++)
		for (const struct conn *conn = pool->lists[held[i]].first; conn;
		     conn = conn->next, count++) {
			size_t at = count < WORST ? count : WORST;

			while (at > 0 && held_since(conn) < held_since(worst[at - 1])) {
				if (at < WORST)
					worst[at] = worst[at - 1];
				at--;
			}
			if (at < WORST)
				worst[at] = conn;
		}
	return count;
}

void pool_describe_holders(const qn_pool *pool, char *text, size_t size)
{
	struct report report = { .text = text, .size = size };
	const struct conn *worst[WORST];
	size_t count = find_worst(pool, worst);
	uint64_t now = pool_now(pool);

	text[0] = '\0';
	for (size_t i = 0; i < count && i < WORST; i++) {
		report_add(&report, i ? "; " : ": ");
		add_holder(&report, worst[i], now);
	}
	if (count > WORST)
		report_add(&report, "; and %zu more", count - WORST);
}

static uint64_t waiting_since(const qn_pool *pool)
{
	const struct lane *lane = pool->waiting_first;

	return lane && lane->first ? lane->first->submitted_at : pool_now(pool);
}

size_t qn_pool_report(const qn_pool *pool, char *text, size_t size)
{
	struct report report = { .text = text, .size = size };
	const struct conn_list *lists = pool->lists;
	uint64_t now = pool_now(pool);

	if (size)
		text[0] = '\0';
	report_add(&report,
		   "%u of at most %u connections, %u idle, %u being opened; %u operations wait",
		   pool_connection_count(pool), pool->config.max, lists[CONN_IDLE].count,
		   lists[CONN_CONNECTING].count, pool->queued);
	if (pool->waiting_first)
		report_add(&report, ", the first for %llu ms",
			   milliseconds(waiting_since(pool), now));
	report_add(&report, "\n");
	for (int state = CONN_BUSY; state < CONN_CLOSED; state++)
		for (const struct conn *conn = lists[state].first; conn; conn = conn->next) {
			add_holder(&report, conn, now);
			report_add(&report, "\n");
		}
	return report.len;
}
