/* What happens between the load and the server. */
#include <stdio.h>

#include "faults.h"

enum { LONG_MS = CELL_DEADLINE_MS + LOAD_GRACE_MS + 500, SHORT_MS = 200 };

static bool over(struct cell *cell, unsigned milliseconds)
{
	cell_pause(milliseconds);
	if (!cell_tell(cell, "clear"))
		return false;
	cell_over(cell);
	return true;
}

static const char *any_direction(struct cell *cell)
{
	return cell_random(cell, 2) == 0 ? "to-server" : "to-client";
}

/* Slow, but never slow enough for a deadline. */
bool fault_slow(struct cell *cell)
{
	unsigned delay = (unsigned)cell_random(cell, 20);

	return cell_tell(cell, "all to-server delay %u jitter %u", delay, delay + 1) &&
	       cell_tell(cell, "all to-client delay %u jitter %u rate 300000", delay, delay + 1) &&
	       over(cell, 1000);
}

bool fault_black_hole(struct cell *cell)
{
	uint64_t which = cell_random(cell, 3);

	if (which != 0 && !cell_tell(cell, "all to-server stall"))
		return false;
	if (which != 1 && !cell_tell(cell, "all to-client stall"))
		return false;
	return over(cell, LONG_MS);
}

bool fault_break(struct cell *cell)
{
	switch (cell_random(cell, 3)) {
	case 0:
		return cell_tell(cell, "cut") && over(cell, 0);
	case 1:
		return cell_tell(cell, "reset") && over(cell, 0);
	default:
		return cell_tell(cell, "all %s at byte %u half-close", any_direction(cell),
				 (unsigned)cell_random(cell, 2000)) &&
		       over(cell, SHORT_MS);
	}
}

/* COMMIT never arrives, or it does and its answer is lost. */
bool fault_cut_commit(struct cell *cell)
{
	const char *place = cell_random(cell, 2) == 0 ? "before" : "after";
	unsigned count = 1 + (unsigned)cell_random(cell, 4);

	if (!cell_tell(cell, "all %s %s message %s %u cut",
		       cell_random(cell, 2) == 0 ? "to-server" : "to-client", place,
		       cell_random(cell, 2) == 0 ? "P:COMMIT" : "C:COMMIT", count))
		return false;
	return over(cell, SHORT_MS);
}

/* New connections, with small buffers and odd slices. */
bool fault_slices(struct cell *cell)
{
	static const unsigned sizes[] = { 1, 2, 3, 5, 7, 64, 4096 };
	unsigned size = sizes[cell_random(cell, sizeof(sizes) / sizeof(*sizes))];

	return cell_tell(cell, "buffers 2048") && cell_tell(cell, "reset") &&
	       cell_tell(cell, "all to-server slice %u", size) &&
	       cell_tell(cell, "all to-client slice %u", size) && over(cell, 1000);
}

/*
 * ErrorResponse FATAL 57P01; ReadyForQuery; NoticeResponse; ParameterStatus; half a DataRow; no
 * message at all.
 */
bool fault_nonsense(struct cell *cell)
{
	static const char *const messages[] = {
		"450000001553464154414c00433537503031004d6279650000",
		"5a0000000549",
		"4e0000001a535741524e494e4700433031303030004d68656c6c6f0000",
		"530000001467656f2e78797a0062657275626575620000",
		"44000000ff0001ffffff",
		"0000000000000000",
	};
	static const char types[] = "ZCDT12Zn";
	uint64_t which = cell_random(cell, 9);
	char type = types[cell_random(cell, sizeof(types) - 1)];
	unsigned count = 1 + (unsigned)cell_random(cell, 20);
	bool told;

	if (which < 6)
		told = cell_tell(cell, "all to-client before message %c %u inject %s", type, count,
				 messages[which]);
	else if (which == 6)
		told = cell_tell(cell, "all to-client before message %c %u flip 0x80", type, count);
	else if (which == 7)
		told = cell_tell(cell, "all to-client before message Z %u twice", count);
	else
		told = cell_tell(cell, "all to-client before message Z inject %s again",
				 messages[2]);
	return told && over(cell, SHORT_MS);
}

/* Another byte of such a message: one bit of it is wrong. */
static bool spoil(struct cell *cell, const char *direction, char type, unsigned byte)
{
	return cell_tell(cell, "all %s before message %c %u spoil %u %#x", direction, type,
			 1 + (unsigned)cell_random(cell, 20), byte, 1u << cell_random(cell, 8)) &&
	       over(cell, SHORT_MS);
}

/*
 * What changes no row: the length of any message, in both directions; the payload of what is no
 * row, and of a row the number of its columns and the first one's length; messages that neither are
 * rows nor end a statement lost or repeated.
 */
bool fault_corrupt(struct cell *cell)
{
	static const char server_types[] = "12CDETZn";
	static const char client_types[] = "BDEPS";
	static const char payload_types[] = "CTZ";
	static const char no_answers[] = "12TZn";
	char type = no_answers[cell_random(cell, sizeof(no_answers) - 1)];
	unsigned count = 1 + (unsigned)cell_random(cell, 20);
	unsigned in_length = 1 + (unsigned)cell_random(cell, 4);

	switch (cell_random(cell, 6)) {
	case 0:
		return spoil(cell, "to-client",
			     server_types[cell_random(cell, sizeof(server_types) - 1)], in_length);
	case 1:
		return spoil(cell, "to-server",
			     client_types[cell_random(cell, sizeof(client_types) - 1)], in_length);
	case 2:
		return spoil(cell, "to-client",
			     payload_types[cell_random(cell, sizeof(payload_types) - 1)],
			     5 + (unsigned)cell_random(cell, 64));
	case 3:
		return spoil(cell, "to-client", 'D', 5 + (unsigned)cell_random(cell, 6));
	case 4:
		return cell_tell(cell, "all to-client before message %c %u twice", type, count) &&
		       over(cell, SHORT_MS);
	default:
		return cell_tell(cell, "all to-client before message %c %u drop", type, count) &&
		       over(cell, SHORT_MS);
	}
}

/*
 * What no client can see through in all cases: rows with other values; rows and ends of statements
 * that are lost or come twice, so that in a transaction each statement gets the answer of the one
 * before. Even then no COMMIT may be taken for done.
 */
bool fault_lie(struct cell *cell)
{
	unsigned count = 1 + (unsigned)cell_random(cell, 20);
	char type = cell_random(cell, 2) == 0 ? 'D' : 'C';

	switch (cell_random(cell, 3)) {
	case 0:
		return spoil(cell, "to-client", 'D', 11 + (unsigned)cell_random(cell, 64));
	case 1:
		return cell_tell(cell, "all to-client before message %c %u twice", type, count) &&
		       over(cell, SHORT_MS);
	default:
		return cell_tell(cell, "all to-client before message %c %u drop", type, count) &&
		       over(cell, SHORT_MS);
	}
}
