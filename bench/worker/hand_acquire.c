/*
 * Transactions of one get by hand, on four connections that share an epoll: each takes the next one
 * as soon as its last has ended, so there is a queue only in as much as there is more to do.
 */
#include "hand.h"
#include "tables.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { CONNECTIONS = 4 };

struct seat {
	PGconn *connection;
	int64_t asked;
	bool is_busy;
};

struct hall {
	struct seat seats[CONNECTIONS];
	struct hand hands[CONNECTIONS];
	unsigned count; /* of connections that are open */
	int epoll;
	bool warming;
	uint64_t to_start;
	uint64_t to_end;
	struct bench *bench;
};

static bool fail(const struct seat *seat, const char *what)
{
	return bench_fail(what, PQerrorMessage(seat->connection));
}

static bool control_send(const struct seat *seat, const char *statement)
{
	return PQsendQueryPrepared(seat->connection, statement, 0, NULL, NULL, NULL, 1) == 1;
}

/* BEGIN and the get, whose answer is not waited for before the end of the transaction. */
static bool seat_begin(struct hall *hall, struct seat *seat)
{
	char parameter[8];
	const char *const values[] = { parameter };
	const int lengths[] = { sizeof(parameter) };
	const int formats[] = { 1 };

	seat->is_busy = hall->to_start > 0;
	if (!seat->is_busy)
		return true;
	hall->to_start--;
	seat->asked = stream_next(&hall->bench->stream, PRODUCT_COUNT);
	hand_put_int64(parameter, seat->asked);
	return (control_send(seat, "begin") &&
		PQsendQueryPrepared(seat->connection, "get", 1, values, lengths, formats, 1) == 1 &&
		PQsendFlushRequest(seat->connection) == 1 && PQflush(seat->connection) == 0) ||
	       fail(seat, "begin");
}

static bool seat_got(struct hall *hall, const struct seat *seat, const PGresult *result)
{
	struct product product;

	if (PQntuples(result) != 1 || hand_int64(PQgetvalue(result, 0, 0)) != seat->asked)
		return bench_fail("get", "it found another row");
	hand_product(result, 0, &product);
	hall->bench->checksum +=
		hall->warming ? product_digest(&product) : product_glance(&product);
	return (control_send(seat, "commit") && PQpipelineSync(seat->connection) == 1 &&
		PQflush(seat->connection) == 0) ||
	       fail(seat, "commit");
}

static bool seat_take(struct hall *hall, struct seat *seat, const PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_COMMAND_OK:
		return true;
	case PGRES_TUPLES_OK:
		return seat_got(hall, seat, result);
	case PGRES_PIPELINE_SYNC:
		hall->to_end--;
		return seat_begin(hall, seat);
	default:
		return bench_fail("transaction", PQresultErrorMessage(result));
	}
}

static bool seat_drain(struct hall *hall, struct seat *seat)
{
	bool good = PQconsumeInput(seat->connection) == 1 || fail(seat, "cannot read");

	while (good && seat->is_busy && !PQisBusy(seat->connection)) {
		PGresult *result = PQgetResult(seat->connection);

		good = result == NULL || seat_take(hall, seat, result);
		PQclear(result);
	}
	return good;
}

static bool hall_run(struct hall *hall, uint64_t transactions, bool warming)
{
	struct epoll_event events[CONNECTIONS];

	hall->to_start = transactions;
	hall->to_end = transactions;
	hall->warming = warming;
	for (unsigned i = 0; i < hall->count; i++)
		if (!seat_begin(hall, &hall->seats[i]))
			return false;
	while (hall->to_end > 0) {
		int count = epoll_wait(hall->epoll, events, CONNECTIONS, -1);

		if (count < 0 && errno != EINTR)
			return bench_fail("epoll", strerror(errno));
		for (int i = 0; i < count; i++)
			if (!seat_drain(hall, events[i].data.ptr))
				return false;
	}
	return true;
}

static bool seat_open(struct hall *hall)
{
	struct hand *hand = &hall->hands[hall->count];
	struct seat *seat = &hall->seats[hall->count];
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = seat };

	if (!hand_open(hand, hall->bench->conninfo))
		return false;
	hall->count++;
	seat->connection = hand->connection;
	if (!hand_prepare(hand, "begin", "BEGIN") || !hand_prepare(hand, "commit", "COMMIT") ||
	    !hand_prepare(hand, "get",
			  "SELECT " PRODUCT_COLUMNS " FROM store_product WHERE id = $1::bigint"))
		return false;
	if (PQenterPipelineMode(seat->connection) != 1)
		return fail(seat, "pipeline");
	return epoll_ctl(hall->epoll, EPOLL_CTL_ADD, PQsocket(seat->connection), &event) == 0 ||
	       bench_fail("epoll", strerror(errno));
}

static bool hall_measure(struct hall *hall)
{
	struct bench *bench = hall->bench;
	bool good;

	while (hall->count < CONNECTIONS)
		if (!seat_open(hall))
			return false;
	if (!hall_run(hall, bench->warm_up, true))
		return false;
	bench_begin(bench);
	good = hall_run(hall, bench->operations, false);
	bench_end(bench);
	return good;
}

bool hand_acquire(struct bench *bench)
{
	struct hall hall = { .bench = bench };
	bool good;

	hall.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (hall.epoll < 0)
		return bench_fail("epoll", strerror(errno));
	good = hall_measure(&hall);
	while (hall.count > 0)
		hand_close(&hall.hands[--hall.count]);
	close(hall.epoll);
	return good;
}
