#include "pipe.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "random.h"

enum { QUEUED_MAX = 256 * 1024, PIECES_A_SECOND = 100, HEAD = 5 };

static const uint64_t second = UINT64_C(1000000000);
static const uint64_t millisecond = UINT64_C(1000000);
static const uint64_t never = UINT64_MAX; /* due when the stall ends */

struct pipe_piece {
	struct pipe_piece *next;
	uint64_t due;
	size_t length;
	size_t written;
	unsigned char bytes[];
};

void pipe_release(struct pipe *pipe)
{
	while (pipe->first != NULL) {
		struct pipe_piece *piece = pipe->first;

		pipe->first = piece->next;
		free(piece);
	}
	free(pipe->held);
	pipe->held = NULL;
	pipe->last = NULL;
	pipe->queued = 0;
}

static uint64_t due_of(struct pipe *pipe, size_t length, uint64_t now)
{
	const struct program *program = &pipe->program;
	uint64_t due = now + program->delay_ms * millisecond;

	if (program->stalled)
		return never;
	if (program->jitter_ms > 0)
		due += random_next(pipe->random) % (program->jitter_ms * millisecond);
	if (due < pipe->last_due)
		due = pipe->last_due;
	if (program->rate > 0)
		due += length * second / program->rate;
	pipe->last_due = due;
	return due;
}

static bool piece_add(struct pipe *pipe, const unsigned char *bytes, size_t length, uint64_t now)
{
	struct pipe_piece *piece = malloc(sizeof(*piece) + length);

	if (piece == NULL)
		return false;
	*piece = (struct pipe_piece){ .due = due_of(pipe, length, now), .length = length };
	memcpy(piece->bytes, bytes, length);
	if (pipe->last != NULL)
		pipe->last->next = piece;
	else
		pipe->first = piece;
	pipe->last = piece;
	pipe->queued += length;
	return true;
}

static bool queue(struct pipe *pipe, const unsigned char *bytes, size_t length, uint64_t now)
{
	const struct program *program = &pipe->program;
	size_t most = length;

	if (program->slice > 0)
		most = program->slice;
	if (program->rate > 0 && most > program->rate / PIECES_A_SECOND + 1)
		most = program->rate / PIECES_A_SECOND + 1;
	while (length > 0) {
		size_t part = length < most ? length : most;

		if (!piece_add(pipe, bytes, part, now))
			return false;
		bytes += part;
		length -= part;
	}
	return true;
}

static void log_line(const struct pipe *pipe, const char *what, char type)
{
	if (pipe->log != NULL)
		fprintf(pipe->log, "%s %" PRIu64 " %c%s%s\n", pipe->name, pipe->offset, type,
			*what != '\0' ? " " : "", what);
}

static void end(struct pipe *pipe, enum pipe_fate fate)
{
	pipe->fate = fate;
	pipe->has_ended = true;
}

/* The trigger was met. What the deed adds to the stream, and what becomes of it. */
static bool fire(struct pipe *pipe, char type, uint64_t now)
{
	log_line(pipe, program_deed_name(pipe->program.deed), type);
	pipe->fires++;
	pipe->fired = !pipe->program.again;
	pipe->armed_at = pipe->offset;
	pipe->seen = 0;
	switch (pipe->program.deed) {
	case DEED_CUT:
		end(pipe, PIPE_CUTS);
		break;
	case DEED_RESET:
		end(pipe, PIPE_RESETS);
		break;
	case DEED_HALF_CLOSE:
		end(pipe, PIPE_HALF_CLOSES);
		break;
	case DEED_STALL:
		pipe->program.stalled = true;
		break;
	case DEED_INJECT:
		return queue(pipe, pipe->program.inject, pipe->program.inject_length, now);
	default:
		break;
	}
	return true;
}

/* Queues bytes, minding a trigger that counts them. */
static bool emit(struct pipe *pipe, const unsigned char *bytes, size_t length, uint64_t now)
{
	while (length > 0 && !pipe->has_ended && !pipe->fired &&
	       pipe->program.trigger == TRIGGER_BYTE &&
	       pipe->offset + length > pipe->armed_at + pipe->program.offset) {
		uint64_t at = pipe->armed_at + pipe->program.offset;
		size_t before = at > pipe->offset ? (size_t)(at - pipe->offset) : 0;
		unsigned char changed;

		if (!queue(pipe, bytes, before, now))
			return false;
		pipe->offset += before;
		changed = bytes[before];
		if (!fire(pipe, FRAME_NO_MESSAGE, now))
			return false;
		if (pipe->has_ended)
			return true;
		if (pipe->program.deed == DEED_FLIP)
			changed ^= pipe->program.flip;
		if (!queue(pipe, &changed, 1, now))
			return false;
		pipe->offset++;
		bytes += before + 1;
		length -= before + 1;
	}
	if (pipe->has_ended)
		return true;
	pipe->offset += length;
	return queue(pipe, bytes, length, now);
}

static bool held_pass(struct pipe *pipe, uint64_t now)
{
	size_t length = pipe->held_length;

	pipe->held_length = 0;
	pipe->is_holding = false;
	return emit(pipe, pipe->held, length, now);
}

static bool is_meant(struct pipe *pipe)
{
	const struct program *program = &pipe->program;

	if ((char)pipe->held[0] != program->type)
		return false;
	if (strncmp(frame_text(pipe->held, pipe->held_length), program->text,
		    strlen(program->text)) != 0)
		return false;
	return ++pipe->seen >= program->count;
}

static void held_change(struct pipe *pipe)
{
	const struct program *program = &pipe->program;
	size_t at = program->deed == DEED_SPOIL ? program->spoiled : 0;

	if (program->deed != DEED_FLIP && program->deed != DEED_SPOIL)
		return;
	if (at >= pipe->held_length && pipe->held_length > HEAD)
		at = HEAD + (at - HEAD) % (pipe->held_length - HEAD);
	if (at < pipe->held_length)
		pipe->held[at] ^= program->flip;
}

/* The message is whole: is it the one? */
static bool held_decide(struct pipe *pipe, uint64_t now)
{
	const struct program *program = &pipe->program;
	char type = (char)pipe->held[0];

	if (!is_meant(pipe))
		return held_pass(pipe, now);
	held_change(pipe);
	if (program->trigger == TRIGGER_BEFORE && !fire(pipe, type, now))
		return false;
	if (program->deed == DEED_DROP) {
		pipe->held_length = 0;
		pipe->is_holding = false;
		return program->trigger == TRIGGER_BEFORE || fire(pipe, type, now);
	}
	if (program->deed == DEED_TWICE && !queue(pipe, pipe->held, pipe->held_length, now))
		return false;
	if (!held_pass(pipe, now))
		return false;
	return program->trigger == TRIGGER_BEFORE || fire(pipe, type, now);
}

static bool hold(struct pipe *pipe, const unsigned char *bytes, size_t length)
{
	if (pipe->held_length + length > pipe->held_room) {
		size_t room = 2 * (pipe->held_length + length);
		unsigned char *held = realloc(pipe->held, room);

		if (held == NULL)
			return false;
		pipe->held = held;
		pipe->held_room = room;
	}
	memcpy(pipe->held + pipe->held_length, bytes, length);
	pipe->held_length += length;
	return true;
}

bool pipe_take(struct pipe *pipe, const unsigned char *bytes, size_t length, uint64_t now)
{
	struct frame_step step;

	while (length > 0 && !pipe->has_ended) {
		size_t used = frames_step(&pipe->frames, bytes, length, &step);

		if (step.begins) {
			log_line(pipe, "", step.type);
			pipe->is_holding =
				!pipe->fired && (pipe->program.trigger == TRIGGER_BEFORE ||
						 pipe->program.trigger == TRIGGER_AFTER);
		}
		if (!pipe->is_holding) {
			if (!emit(pipe, bytes, used, now))
				return false;
		} else if (!hold(pipe, bytes, used) || (step.complete && !held_decide(pipe, now))) {
			return false;
		}
		bytes += used;
		length -= used;
	}
	return true;
}

void pipe_set(struct pipe *pipe, const struct program *program, uint64_t now)
{
	if (pipe->is_holding && !held_pass(pipe, now))
		end(pipe, PIPE_CUTS);
	for (struct pipe_piece *piece = pipe->first; piece != NULL; piece = piece->next)
		if (piece->due == never && !program->stalled)
			piece->due = now;
	pipe->program = *program;
	pipe->fired = false;
	pipe->seen = 0;
	pipe->armed_at = pipe->offset;
}

bool pipe_write(struct pipe *pipe, int to, uint64_t now, bool *blocked)
{
	*blocked = false;
	while (pipe->first != NULL && pipe->first->due <= now) {
		struct pipe_piece *piece = pipe->first;
		ssize_t sent = send(to, piece->bytes + piece->written,
				    piece->length - piece->written, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0) {
			*blocked = errno == EAGAIN || errno == EWOULDBLOCK;
			return *blocked;
		}
		piece->written += (size_t)sent;
		pipe->queued -= (size_t)sent;
		if (piece->written < piece->length)
			continue;
		pipe->first = piece->next;
		if (pipe->first == NULL)
			pipe->last = NULL;
		free(piece);
	}
	return true;
}

uint64_t pipe_due(const struct pipe *pipe)
{
	return pipe->first != NULL && pipe->first->due != never ? pipe->first->due : 0;
}

bool pipe_has_room(const struct pipe *pipe)
{
	return !pipe->has_ended && !pipe->program.stalled && pipe->queued < QUEUED_MAX;
}
