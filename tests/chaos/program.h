/*
 * What a fault proxy does to one direction of a connection, and how it is written.
 *
 *   delay MS [jitter MS]   everything arrives so much later, less or more by chance
 *   rate N                 at most N bytes a second
 *   slice N                in writes of at most N bytes
 *   stall                  nothing passes; the sockets stay open
 *   at byte K DEED         before byte K, counted from 0
 *   before message M DEED  before the n-th message of a type: "C", "C 3", with a text "P:COMMIT 2"
 *   after message M DEED   behind it
 *   again                  the deed is done each time, not once
 *
 * DEED: cut (close both sides), reset (with RST where there is one), half-close (no more in this
 * direction), stall, flip X (the byte at K, or the first one of the message, by exclusive or with
 * X), spoil N X (byte N of the message, counted from 0 for its type; beyond its end counted on from
 * the begin of its payload), twice (the message is sent twice), drop (the message is not sent at
 * all), inject HEX. Words may come in any order; none of them is "pass".
 */
#ifndef QUERN_TEST_PROGRAM_H
#define QUERN_TEST_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum program_trigger { TRIGGER_NONE, TRIGGER_BYTE, TRIGGER_BEFORE, TRIGGER_AFTER };

enum program_deed {
	DEED_CUT,
	DEED_RESET,
	DEED_HALF_CLOSE,
	DEED_STALL,
	DEED_FLIP,
	DEED_SPOIL,
	DEED_TWICE,
	DEED_DROP,
	DEED_INJECT,
};

enum { PROGRAM_TEXT = 32, PROGRAM_INJECT = 128 };

struct program {
	unsigned delay_ms;
	unsigned jitter_ms;
	unsigned rate;
	unsigned slice;
	bool stalled;
	bool again;
	enum program_trigger trigger;
	enum program_deed deed;
	uint64_t offset;
	unsigned count;
	char type;
	char text[PROGRAM_TEXT];
	unsigned char flip;
	size_t spoiled; /* the byte of the message that DEED_SPOIL is about */
	unsigned char inject[PROGRAM_INJECT];
	size_t inject_length;
};

/* `words` is cut up. False: `error` gets one line about what cannot be read. */
bool program_parse(struct program *program, char *words, char *error, size_t size);
/* "cut", "flip", ... */
const char *program_deed_name(enum program_deed deed);

#endif
