#include "wire/wire.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "wire/request.h"

static PGconn *conn_of(const struct wire_link *link)
{
	return (PGconn *)(uintptr_t)link;
}

/* Until there is a receiver: libpq's own prints them. */
static void notice_ignore(void *context, const PGresult *result)
{
	(void)context;
	(void)result;
}

static struct wire_link *libpq_connect_start(void *context, const char *const *keywords,
					     const char *const *values)
{
	PGconn *conn = PQconnectStartParams(keywords, values, 1);

	(void)context;
	if (conn) {
		PQsetNoticeReceiver(conn, notice_ignore, NULL);
		/* The SQLSTATE of a refused login is to be had from the message only. */
		PQsetErrorVerbosity(conn, PQERRORS_VERBOSE);
	}
	return (struct wire_link *)conn;
}

static PostgresPollingStatusType libpq_connect_poll(struct wire_link *link)
{
	return PQconnectPoll(conn_of(link));
}

static bool libpq_needs_password(const struct wire_link *link)
{
	return PQconnectionNeedsPassword(conn_of(link)) != 0;
}

static bool libpq_enter_pipeline(struct wire_link *link)
{
	PGconn *conn = conn_of(link);

	PQsetErrorVerbosity(conn, PQERRORS_DEFAULT);
	return PQsetnonblocking(conn, 1) == 0 && PQenterPipelineMode(conn) == 1;
}

static void libpq_set_notice_receiver(struct wire_link *link, PQnoticeReceiver receiver,
				      void *context)
{
	PQsetNoticeReceiver(conn_of(link), receiver, context);
}

static int libpq_socket(const struct wire_link *link)
{
	return PQsocket(conn_of(link));
}

static bool libpq_is_bad(const struct wire_link *link)
{
	return PQstatus(conn_of(link)) == CONNECTION_BAD;
}

static const char *libpq_error(const struct wire_link *link)
{
	return PQerrorMessage(conn_of(link));
}

static bool libpq_is_encrypted(const struct wire_link *link)
{
	return PQsslInUse(conn_of(link)) != 0;
}

static bool libpq_is_utf8(const struct wire_link *link)
{
	return strcmp(pg_encoding_to_char(PQclientEncoding(conn_of(link))), "UTF8") == 0;
}

static bool libpq_is_read_only(const struct wire_link *link)
{
	static const char *const names[] = { "in_hot_standby", "default_transaction_read_only" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = PQparameterStatus(conn_of(link), names[i]);
		if (value && strcmp(value, "on") == 0)
			return true;
	}
	return false;
}

static int libpq_encoding(const struct wire_link *link)
{
	return PQclientEncoding(conn_of(link));
}

static int libpq_backend_pid(const struct wire_link *link)
{
	return PQbackendPID(conn_of(link));
}

static PGTransactionStatusType libpq_transaction(const struct wire_link *link)
{
	return PQtransactionStatus(conn_of(link));
}

static bool libpq_is_readable(const struct wire_link *link)
{
	struct pollfd waiting = { .fd = PQsocket(conn_of(link)), .events = POLLIN };

	return poll(&waiting, 1, 0) != 0;
}

static bool libpq_send_prepare(struct wire_link *link, const char *name,
			       const struct statement *statement)
{
	return PQsendPrepare(conn_of(link), name, statement->sql, statement->parameter_count,
			     statement->parameter_types) == 1;
}

static bool libpq_send_prepared(struct wire_link *link, const char *name,
				const struct request *request)
{
	const struct statement *statement = request->statement;

	return PQsendQueryPrepared(conn_of(link), name, statement->parameter_count, request->values,
				   request->lengths, request->formats,
				   statement->text_results ? 0 : 1) == 1;
}

static bool libpq_send_unprepared(struct wire_link *link, const struct request *request)
{
	const struct statement *statement = request->statement;

	return PQsendQueryParams(conn_of(link), statement->sql, statement->parameter_count,
				 statement->parameter_types, request->values, request->lengths,
				 request->formats, statement->text_results ? 0 : 1) == 1;
}

static bool libpq_send_alone(struct wire_link *link, const char *name,
			     const struct request *request)
{
	if (PQexitPipelineMode(conn_of(link)) != 1)
		return false;
	return name ? libpq_send_prepared(link, name, request)
		    : libpq_send_unprepared(link, request);
}

static bool libpq_send_close(struct wire_link *link, const char *name)
{
#ifdef LIBPQ_HAS_CLOSE_PREPARED
	return PQsendClosePrepared(conn_of(link), name) == 1;
#else
	char sql[64] = "DEALLOCATE ";

	strncat(sql, name, sizeof(sql) - strlen(sql) - 1);
	return PQsendQueryParams(conn_of(link), sql, 0, NULL, NULL, NULL, NULL, 0) == 1;
#endif
}

static bool libpq_send_sync(struct wire_link *link)
{
#ifdef LIBPQ_HAS_SEND_PIPELINE_SYNC
	return PQsendPipelineSync(conn_of(link)) == 1;
#else
	return PQpipelineSync(conn_of(link)) == 1;
#endif
}

static bool libpq_send_flush_request(struct wire_link *link)
{
	return PQsendFlushRequest(conn_of(link)) == 1;
}

static int libpq_flush(struct wire_link *link)
{
	return PQflush(conn_of(link));
}

static bool libpq_consume(struct wire_link *link)
{
	return PQconsumeInput(conn_of(link)) == 1;
}

static bool libpq_is_busy(struct wire_link *link)
{
	return PQisBusy(conn_of(link)) != 0;
}

static PGresult *libpq_get_result(struct wire_link *link)
{
	return PQgetResult(conn_of(link));
}

static const char *libpq_result_field(const PGresult *result, int field)
{
	const char *text = PQresultErrorField(result, field);

	return text ? text : "";
}

static struct wire_cancel *libpq_cancel_new(struct wire_link *link)
{
	return (struct wire_cancel *)PQgetCancel(conn_of(link));
}

static bool libpq_cancel_run(struct wire_cancel *cancel)
{
	char error[256];

	return PQcancel((PGcancel *)cancel, error, sizeof(error)) == 1;
}

static void libpq_cancel_free(struct wire_cancel *cancel)
{
	PQfreeCancel((PGcancel *)cancel);
}

static void libpq_finish(struct wire_link *link)
{
	PQfinish(conn_of(link));
}

/* PQfinish says good-bye on the socket, which is the parent's: it gets another one to say it to. */
static void libpq_drop(struct wire_link *link)
{
	int fd = PQsocket(conn_of(link));
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd >= 0 && (nowhere < 0 || dup2(nowhere, fd) < 0)) {
		if (nowhere >= 0)
			close(nowhere);
		return;
	}
	if (nowhere >= 0)
		close(nowhere);
	PQfinish(conn_of(link));
}

const struct wire wire_libpq = {
	.connect_start = libpq_connect_start,
	.connect_poll = libpq_connect_poll,
	.needs_password = libpq_needs_password,
	.enter_pipeline = libpq_enter_pipeline,
	.set_notice_receiver = libpq_set_notice_receiver,
	.socket = libpq_socket,
	.is_bad = libpq_is_bad,
	.error = libpq_error,
	.is_encrypted = libpq_is_encrypted,
	.is_utf8 = libpq_is_utf8,
	.is_read_only = libpq_is_read_only,
	.encoding = libpq_encoding,
	.backend_pid = libpq_backend_pid,
	.transaction = libpq_transaction,
	.is_readable = libpq_is_readable,
	.send_prepare = libpq_send_prepare,
	.send_prepared = libpq_send_prepared,
	.send_unprepared = libpq_send_unprepared,
	.send_close = libpq_send_close,
	.send_alone = libpq_send_alone,
	.send_sync = libpq_send_sync,
	.send_flush_request = libpq_send_flush_request,
	.flush = libpq_flush,
	.consume = libpq_consume,
	.is_busy = libpq_is_busy,
	.get_result = libpq_get_result,
	.result_field = libpq_result_field,
	.cancel_new = libpq_cancel_new,
	.cancel_run = libpq_cancel_run,
	.cancel_free = libpq_cancel_free,
	.finish = libpq_finish,
	.drop = libpq_drop,
};
