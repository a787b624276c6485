/*
 * One direction of a proxied connection: bytes go in, a program is applied, and they come out
 * later, changed, cut short or not at all.
 */
#ifndef QUERN_TEST_PIPE_H
#define QUERN_TEST_PIPE_H

#include <stdio.h>

#include "frames.h"
#include "program.h"

struct pipe_piece;

/* What is to become of the connection. */
enum pipe_fate { PIPE_FLOWS, PIPE_HALF_CLOSES, PIPE_CUTS, PIPE_RESETS };

struct pipe {
	struct program program;
	struct frames frames;
	uint64_t *random; /* seed of the proxy, for jitter */
	FILE *log;        /* "connection direction offset type" a line; NULL: none */
	const char *name; /* "to-server 7", for the log */
	uint64_t offset;  /* bytes taken */
	/* Offset from which a trigger counts: that is 0, until it was set off with `again`. */
	uint64_t armed_at;
	unsigned seen; /* messages of the trigger's type */
	bool fired;
	enum pipe_fate fate; /* once all that is queued was written */
	bool has_ended;      /* takes nothing more */
	unsigned char *held; /* the message that the trigger waits to see whole */
	size_t held_length;
	size_t held_room;
	bool is_holding;
	struct pipe_piece *first;
	struct pipe_piece *last;
	size_t queued;
	uint64_t last_due;
	uint64_t fires; /* deeds done */
};

/* Zeroed memory with log, name and random set is a pipe. Frees what it holds. */
void pipe_release(struct pipe *pipe);
/* Another program from here on; a message that is held passes unharmed. */
void pipe_set(struct pipe *pipe, const struct program *program, uint64_t now);
/* Takes what was read. `now` in nanoseconds. False: out of memory. */
bool pipe_take(struct pipe *pipe, const unsigned char *bytes, size_t length, uint64_t now);
/* Writes what is due. False: the socket is gone. `blocked` says whether it takes no more. */
bool pipe_write(struct pipe *pipe, int to, uint64_t now, bool *blocked);
/* When the next piece is due; 0: there is none. */
uint64_t pipe_due(const struct pipe *pipe);
/* Whether it is worth reading for. */
bool pipe_has_room(const struct pipe *pipe);

#endif
