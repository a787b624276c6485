/*
 * Where messages of the PostgreSQL protocol, version 3, begin and end in a stream of bytes.
 *
 * Knows the header alone: a type and a length, or the length alone for what a client says before it
 * is let in. A stream that is no such thing is one endless message of type '?'.
 */
#ifndef QUERN_TEST_FRAMES_H
#define QUERN_TEST_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Types of what has none on the wire. */
enum {
	FRAME_STARTUP = '^',   /* start-up and cancel requests */
	FRAME_ENCRYPT = '!',   /* a request to encrypt, and its answer of one byte */
	FRAME_NO_MESSAGE = '?' /* the stream cannot be read */
};

struct frames {
	bool untyped;         /* a client that is not let in yet */
	bool answers_encrypt; /* the next byte is the answer to a request to encrypt */
	bool is_lost;
	unsigned char head[8]; /* of the message that is being read */
	size_t head_length;
	uint64_t left; /* bytes of the message behind its head */
	char type;
};

struct frame_step {
	char type;
	bool begins;   /* the bytes begin with the first one of a message */
	bool complete; /* and end with the last one */
};

void frames_init_client(struct frames *frames);
void frames_init_server(struct frames *frames);
/* Takes bytes up to the end of a message at most, and says how many; at least 1 of at least 1. */
size_t frames_step(struct frames *frames, const unsigned char *bytes, size_t length,
		   struct frame_step *step);
/* The text that tells one message from another: the statement of a Parse, the tag of a completed
 * command; "" for others. `message` is whole. */
const char *frame_text(const unsigned char *message, size_t length);

#endif
