/*
 * 64 gets in flight by hand, over connections in pipeline mode that share an epoll. What one turn
 * of the loop completed is sent anew at its end, in one write a connection: with one Sync for all,
 * or with a flush request and a Sync at the very end only. The second is what libpq can do at best,
 * but it keeps the transaction open meanwhile, so programs cannot use it.
 */
#include "hand.h"
#include "tables.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { IN_FLIGHT = 64, CONNECTIONS_MAX = 4, EVENTS_MAX = 8 };

struct lane {
	PGconn *connection;
	int64_t asked[IN_FLIGHT]; /* a ring of the ids in flight */
	unsigned first;
	unsigned in_flight;
	unsigned syncs; /* under way */
	unsigned room;  /* of ids in flight */
};

struct pipeline {
	struct lane lanes[CONNECTIONS_MAX];
	unsigned count;
	int epoll;
	bool sync_each_turn;
	bool warming;
	uint64_t to_send;
	uint64_t to_receive;
	struct bench *bench;
};

static bool lane_send(struct pipeline *pipeline, struct lane *lane)
{
	int64_t id = stream_next(&pipeline->bench->stream, PRODUCT_COUNT);
	char parameter[8];
	const char *const values[] = { parameter };
	const int lengths[] = { sizeof(parameter) };
	const int formats[] = { 1 };

	hand_put_int64(parameter, id);
	if (PQsendQueryPrepared(lane->connection, "get", 1, values, lengths, formats, 1) == 0)
		return bench_fail("get", PQerrorMessage(lane->connection));
	lane->asked[(lane->first + lane->in_flight++) % IN_FLIGHT] = id;
	pipeline->to_send--;
	return true;
}

/* Fills the connection up, then has the server answer. */
static bool lane_refill(struct pipeline *pipeline, struct lane *lane)
{
	bool sent = false;
	int good;

	while (lane->in_flight < lane->room && pipeline->to_send > 0) {
		if (!lane_send(pipeline, lane))
			return false;
		sent = true;
	}
	if (!sent)
		return true;
	if (pipeline->sync_each_turn || pipeline->to_send == 0) {
		good = PQpipelineSync(lane->connection);
		lane->syncs++;
	} else {
		good = PQsendFlushRequest(lane->connection);
	}
	if (good != 1 || PQflush(lane->connection) != 0)
		return bench_fail("cannot send", PQerrorMessage(lane->connection));
	return true;
}

static bool lane_take(struct pipeline *pipeline, struct lane *lane, const PGresult *result)
{
	struct product product;

	if (PQntuples(result) != 1 || lane->in_flight == 0 ||
	    hand_int64(PQgetvalue(result, 0, 0)) != lane->asked[lane->first])
		return bench_fail("get", "it found another row");
	hand_product(result, 0, &product);
	pipeline->bench->checksum +=
		pipeline->warming ? product_digest(&product) : product_glance(&product);
	lane->first = (lane->first + 1) % IN_FLIGHT;
	lane->in_flight--;
	pipeline->to_receive--;
	return true;
}

/* Takes all that has arrived. A NULL ends each query, but not a Sync. */
static bool lane_drain(struct pipeline *pipeline, struct lane *lane)
{
	bool good = true;

	while (good && lane->in_flight + lane->syncs > 0 && !PQisBusy(lane->connection)) {
		PGresult *result = PQgetResult(lane->connection);
		ExecStatusType status = PQresultStatus(result);

		if (result == NULL)
			continue;
		if (status == PGRES_TUPLES_OK)
			good = lane_take(pipeline, lane, result);
		else if (status == PGRES_PIPELINE_SYNC)
			lane->syncs--;
		else
			good = bench_fail("get", PQresultErrorMessage(result));
		PQclear(result);
	}
	return good;
}

static bool pipeline_turn(struct pipeline *pipeline)
{
	struct epoll_event events[EVENTS_MAX];
	int count = epoll_wait(pipeline->epoll, events, EVENTS_MAX, -1);

	if (count < 0 && errno != EINTR)
		return bench_fail("epoll", strerror(errno));
	for (int i = 0; i < count; i++) {
		struct lane *lane = events[i].data.ptr;

		if (PQconsumeInput(lane->connection) == 0)
			return bench_fail("cannot read", PQerrorMessage(lane->connection));
		if (!lane_drain(pipeline, lane) || !lane_refill(pipeline, lane))
			return false;
	}
	return true;
}

/* Whether a connection without gets in flight still waits for the answer to its Sync. */
static bool pipeline_has_syncs(const struct pipeline *pipeline)
{
	for (unsigned i = 0; i < pipeline->count; i++)
		if (pipeline->lanes[i].syncs > 0)
			return true;
	return false;
}

static bool pipeline_sync_rest(struct pipeline *pipeline)
{
	for (unsigned i = 0; i < pipeline->count; i++) {
		struct lane *lane = &pipeline->lanes[i];

		if (lane->syncs > 0)
			continue;
		if (PQpipelineSync(lane->connection) != 1)
			return bench_fail("cannot send", PQerrorMessage(lane->connection));
		lane->syncs++;
	}
	return true;
}

static bool pipeline_run(struct pipeline *pipeline, uint64_t gets, bool warming)
{
	pipeline->to_send = gets;
	pipeline->to_receive = gets;
	pipeline->warming = warming;
	for (unsigned i = 0; i < pipeline->count; i++)
		if (!lane_refill(pipeline, &pipeline->lanes[i]))
			return false;
	while (pipeline->to_receive > 0)
		if (!pipeline_turn(pipeline))
			return false;
	if (!pipeline->sync_each_turn && !pipeline_sync_rest(pipeline))
		return false;
	while (pipeline_has_syncs(pipeline))
		if (!pipeline_turn(pipeline))
			return false;
	return true;
}

static bool pipeline_open(struct pipeline *pipeline, struct hand *hands)
{
	for (unsigned i = 0; i < pipeline->count; i++) {
		struct lane *lane = &pipeline->lanes[i];
		struct epoll_event event = { .events = EPOLLIN, .data.ptr = lane };

		lane->connection = hands[i].connection;
		lane->room = IN_FLIGHT / pipeline->count;
		if (!hand_prepare(&hands[i], "get",
				  "SELECT " PRODUCT_COLUMNS
				  " FROM store_product WHERE id = $1::bigint"))
			return false;
		if (PQenterPipelineMode(lane->connection) != 1)
			return bench_fail("pipeline", PQerrorMessage(lane->connection));
		if (epoll_ctl(pipeline->epoll, EPOLL_CTL_ADD, PQsocket(lane->connection), &event) <
		    0)
			return bench_fail("epoll", strerror(errno));
	}
	return true;
}

static bool pipeline_measure(struct pipeline *pipeline, struct hand *hands)
{
	struct bench *bench = pipeline->bench;
	bool good;

	if (!pipeline_open(pipeline, hands) || !pipeline_run(pipeline, bench->warm_up, true))
		return false;
	bench_begin(bench);
	good = pipeline_run(pipeline, bench->operations, false);
	bench_end(bench);
	return good;
}

static bool pipeline_gets(struct bench *bench, unsigned connections, bool sync_each_turn)
{
	struct pipeline pipeline = { .bench = bench, .sync_each_turn = sync_each_turn };
	struct hand hands[CONNECTIONS_MAX];
	bool good = true;

	pipeline.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (pipeline.epoll < 0)
		return bench_fail("epoll", strerror(errno));
	while (good && pipeline.count < connections) {
		good = hand_open(&hands[pipeline.count], bench->conninfo);
		if (good)
			pipeline.count++;
	}
	good = good && pipeline_measure(&pipeline, hands);
	while (pipeline.count > 0)
		hand_close(&hands[--pipeline.count]);
	close(pipeline.epoll);
	return good;
}

bool hand_get_sync_1(struct bench *bench)
{
	return pipeline_gets(bench, 1, true);
}

bool hand_get_sync_4(struct bench *bench)
{
	return pipeline_gets(bench, 4, true);
}

bool hand_get_flush_1(struct bench *bench)
{
	return pipeline_gets(bench, 1, false);
}

bool hand_get_flush_4(struct bench *bench)
{
	return pipeline_gets(bench, 4, false);
}
