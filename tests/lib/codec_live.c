#include "codec_live.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

int live_start(void **state)
{
	struct live *live = calloc(1, sizeof(*live));

	if (!live || !test_server_start(&live->server))
		return -1;
	arena_init(&live->arena, 0, NULL);
	live->connection = test_server_connect(&live->server);
	PQclear(PQexec(live->connection, "set client_min_messages = error; set datestyle = 'ISO';"
					 "set intervalstyle = iso_8601; set timezone = 'UTC'"));
	*state = live;
	return 0;
}

int live_stop(void **state)
{
	struct live *live = *state;
	bool stopped;

	PQfinish(live->connection);
	stopped = test_server_stop(&live->server);
	arena_free(&live->arena);
	buf_free(&live->wire);
	free(live);
	return stopped ? 0 : -1;
}

PGresult *live_query(struct live *live, const char *sql, Oid oid, const char *text)
{
	const Oid types[] = { oid, 25 };
	const char *values[] = { live->wire.at ? live->wire.at : "", text };
	const int lengths[] = { (int)live->wire.len, 0 };
	const int formats[] = { 1, 0 };
	PGresult *result =
		PQexecParams(live->connection, sql, 2, types, values, lengths, formats, 1);

	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		fail_msg("%s\nwith \"%.100s\": %s", sql, text, PQresultErrorMessage(result));
	return result;
}

struct str live_cell(const PGresult *result, int row, int column)
{
	return (struct str){ PQgetvalue(result, row, column),
			     (size_t)PQgetlength(result, row, column) };
}

qn_field field_of(uint8_t type)
{
	return (qn_field){ .name = "f", .column = "f", .type = type };
}
