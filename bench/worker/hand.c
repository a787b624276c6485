#include "hand.h"

#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

bool hand_open(struct hand *hand, const char *conninfo)
{
	struct epoll_event event = { .events = EPOLLIN };

	hand->connection = PQconnectdb(conninfo);
	hand->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (PQstatus(hand->connection) != CONNECTION_OK ||
	    PQsetnonblocking(hand->connection, 1) != 0)
		bench_fail("cannot connect", PQerrorMessage(hand->connection));
	else if (hand->epoll < 0 ||
		 epoll_ctl(hand->epoll, EPOLL_CTL_ADD, PQsocket(hand->connection), &event) < 0)
		bench_fail("epoll", strerror(errno));
	else
		return true;
	hand_close(hand);
	return false;
}

void hand_close(struct hand *hand)
{
	PQfinish(hand->connection);
	if (hand->epoll >= 0)
		close(hand->epoll);
}

bool hand_prepare(struct hand *hand, const char *name, const char *sql)
{
	PGresult *result = PQprepare(hand->connection, name, sql, 0, NULL);
	bool good = PQresultStatus(result) == PGRES_COMMAND_OK;

	PQclear(result);
	return good || bench_fail(name, PQerrorMessage(hand->connection));
}

bool hand_flush(struct hand *hand)
{
	struct pollfd wait = { PQsocket(hand->connection), POLLIN | POLLOUT, 0 };
	int left;

	while ((left = PQflush(hand->connection)) == 1) {
		if (poll(&wait, 1, -1) < 0 && errno != EINTR)
			return bench_fail("poll", strerror(errno));
		if ((wait.revents & POLLIN) != 0 && PQconsumeInput(hand->connection) == 0)
			break;
	}
	return left == 0 || bench_fail("cannot send", PQerrorMessage(hand->connection));
}

bool hand_read(struct hand *hand)
{
	struct epoll_event event;

	if (epoll_wait(hand->epoll, &event, 1, -1) < 0 && errno != EINTR)
		return bench_fail("epoll", strerror(errno));
	return PQconsumeInput(hand->connection) == 1 ||
	       bench_fail("cannot read", PQerrorMessage(hand->connection));
}

PGresult *hand_result(struct hand *hand)
{
	while (PQisBusy(hand->connection))
		if (!hand_read(hand))
			return NULL;
	return PQgetResult(hand->connection);
}

PGresult *hand_one_result(struct hand *hand, ExecStatusType expected)
{
	PGresult *result;
	PGresult *end;

	if (!hand_flush(hand))
		return NULL;
	result = hand_result(hand);
	end = hand_result(hand);
	if (PQresultStatus(result) == expected && end == NULL)
		return result;
	bench_fail("unexpected result", PQerrorMessage(hand->connection));
	PQclear(end);
	PQclear(result);
	return NULL;
}

bool hand_repeat(struct hand *hand, struct bench *bench,
		 bool (*one)(struct hand *hand, struct bench *bench, bool warming))
{
	for (uint64_t i = 0; i < bench->warm_up; i++)
		if (!one(hand, bench, true))
			return false;
	bench_begin(bench);
	for (uint64_t i = 0; i < bench->operations; i++)
		if (!one(hand, bench, false))
			return false;
	bench_end(bench);
	return true;
}

int16_t hand_int16(const char *at)
{
	uint16_t bits;

	memcpy(&bits, at, sizeof(bits));
	return (int16_t)be16toh(bits);
}

int32_t hand_int32(const char *at)
{
	uint32_t bits;

	memcpy(&bits, at, sizeof(bits));
	return (int32_t)be32toh(bits);
}

int64_t hand_int64(const char *at)
{
	uint64_t bits;

	memcpy(&bits, at, sizeof(bits));
	return (int64_t)be64toh(bits);
}

double hand_double(const char *at)
{
	int64_t bits = hand_int64(at);
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* Digits to base 10000 after a header: their count, the weight of the first, sign, scale. */
int64_t hand_numeric(const char *at)
{
	int count = hand_int16(at);
	int weight = hand_int16(at + 2);
	const char *digit = at + 8;
	int64_t whole = 0;
	int64_t fraction = 0;

	for (int i = 0; i <= weight; i++) {
		whole *= 10000;
		if (i < count) {
			whole += hand_int16(digit);
			digit += 2;
		}
	}
	if (count > weight + 1)
		fraction = hand_int16(digit) / 100;
	return whole * 100 + fraction;
}

void hand_put_int32(char *at, int32_t value)
{
	uint32_t bits = htobe32((uint32_t)value);

	memcpy(at, &bits, sizeof(bits));
}

void hand_put_int64(char *at, int64_t value)
{
	uint64_t bits = htobe64((uint64_t)value);

	memcpy(at, &bits, sizeof(bits));
}

void hand_put_double(char *at, double value)
{
	int64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	hand_put_int64(at, bits);
}

static void put_int16(char *at, int64_t value)
{
	uint16_t bits = htobe16((uint16_t)value);

	memcpy(at, &bits, sizeof(bits));
}

int hand_put_numeric(char at[HAND_NUMERIC], int64_t hundredths)
{
	int64_t whole = hundredths / 100;
	bool two = whole >= 10000;
	char *digit = at + 8;

	put_int16(at, two ? 3 : 2);
	put_int16(at + 2, two ? 1 : 0);
	put_int16(at + 4, 0);
	put_int16(at + 6, 2);
	if (two) {
		put_int16(digit, whole / 10000);
		digit += 2;
	}
	put_int16(digit, whole % 10000);
	put_int16(digit + 2, hundredths % 100 * 100);
	return (int)(digit + 4 - at);
}

void hand_product(const PGresult *result, int row, struct product *product)
{
	product->id = hand_int64(PQgetvalue(result, row, 0));
	product->name = PQgetvalue(result, row, 1);
	product->slug = PQgetvalue(result, row, 2);
	product->description = PQgetvalue(result, row, 3);
	product->price = hand_numeric(PQgetvalue(result, row, 4));
	product->stock = hand_int32(PQgetvalue(result, row, 5));
	product->is_active = *PQgetvalue(result, row, 6) != 0;
	product->category = hand_int32(PQgetvalue(result, row, 7));
	product->weight = hand_double(PQgetvalue(result, row, 8));
	product->created_at = hand_int64(PQgetvalue(result, row, 9));
}
