/* Who a session is, and what of it was never finished: for reports. */
#include <stdio.h>
#include <string.h>

#include "session/inside.h"
#include "session/transaction.h"

enum { SITE_TEXT = 80 };

/* The end of a path tells more than its beginning. */
static const char *site_end(const char *site)
{
	size_t len = strlen(site);

	return len > SITE_TEXT ? site + len - SITE_TEXT : site;
}

void session_room_describe(const void *owner, char *text, size_t size)
{
	const qn_session *session = owner;
	const struct transaction *transaction = session ? session->transaction : NULL;
	const char *stream = session && session->outer ? session->stream_model : NULL;
	char name[64] = "";
	const char *site;

	text[0] = '\0';
	if (stream) {
		session = session->outer;
		snprintf(text, size, "a stream of %s", stream);
	}
	if (!session || (!session->name && !session->site[0]))
		return;
	while (transaction && transaction->outer)
		transaction = transaction->outer;
	if (session->name)
		snprintf(name, sizeof(name), " \"%.50s\"", session->name);
	site = site_end(session->site);
	snprintf(text, size, "session%s%s%s", name, site[0] ? " of " : "", site);
	if (stream) {
		size_t used = strlen(text);

		snprintf(text + used, size - used, ", in a stream of %s", stream);
	} else if (transaction && transaction->site[0]) {
		size_t used = strlen(text);

		snprintf(text + used, size - used, ", in a transaction of %s",
			 site_end(transaction->site));
	}
}

/* Those that were started and whose end nobody has asked for. */
static uint32_t untaken(const qn_session *session, const struct qn_op **first)
{
	uint32_t count = 0;

	*first = NULL;
	for (const struct qn_op *op = session->first_op; op; op = op->next) {
		if (op->is_control || op->detached || op->callback || op->waiting)
			continue;
		if (!*first)
			*first = op;
		count++;
	}
	return count;
}

void session_log_leak(const qn_session *session, const char *what)
{
	char who[SESSION_ROOM_TEXT];
	char message[SESSION_ROOM_TEXT + 160];
	const struct qn_op *first;
	uint32_t count = untaken(session, &first);
	int used;

	session_room_describe(session, who, sizeof(who));
	used = snprintf(message, sizeof(message), "%s%s%s", what, who[0] ? ": " : "", who);
	if (count && used > 0 && (size_t)used < sizeof(message))
		snprintf(message + used, sizeof(message) - (size_t)used,
			 ", with %u operation%s that nobody took", count, count > 1 ? "s" : "");
	pool_log(session->room->pool,
		 &(qn_log_entry){
			 .event = QN_LOG_LEAK,
			 .status = QN_USAGE,
			 .message = message,
			 .sql = first && first->request.statement ? first->request.statement->sql
								  : "",
			 .model = first && first->model ? first->model->name : "",
			 .sqlstate = "",
		 });
}
