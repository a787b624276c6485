/*
 * A server that is not there: a wire (wire/wire.h) whose other end is a small model of PostgreSQL's
 * extended protocol.
 *
 * What a statement does is told by its text:
 *   "begin", "commit", "rollback"  a transaction, in small or capital letters; BEGIN may have a mode
 *   "error 23505"                  fails with this SQLSTATE
 *   "fatal 57P01"                  ends the session
 *   "vanish"                       the session ends without a word
 *   "hang"                         is never answered, unless it is cancelled
 *   "refused at commit"            works, and fails when its Sync is read
 *   "copy"                         answers as COPY does
 *   "silent"                       is answered by NULL without a result
 *   "get ..."                      has a key for its parameter, and returns the key, if it is none of the keys below
 *   "many ..."                     has an array of keys, and returns those, the last one first, each once
 * The keys "error 23505", "fatal 57P01", "vanish" and "hang" do what such statements do; "none 1"
 * gives no row, "twice" gives two, "A" gives "a" as if it was the same. All others return one row
 * with their own text. An error skips what follows up to the Sync, and breaks the transaction.
 *
 * Statements are run when the loop looks whether a link is readable, unless the server is held.
 */
#ifndef QUERN_TEST_FAKE_WIRE_H
#define QUERN_TEST_FAKE_WIRE_H

#include "loop/loop_virtual.h"
#include "wire/wire.h"

enum { FAKE_LINKS = 512, FAKE_COMMANDS = 4096, FAKE_ANSWERS = 2 * FAKE_COMMANDS, FAKE_LOG = 65536 };

/* Those of all statements in flight on a link, and the length of one. */
enum { FAKE_KEYS = 1024, FAKE_KEY = 32 };

struct fake_command {
	char kind; /* 'P'arse, 'E'xecute, 'U'nprepared, 'C'lose, 'S'ync */
	char name[16];
	char sql[64];
	size_t first_key;
	size_t key_count;
	uint64_t number; /* the first of its first parameter, where that is an array of bigint */
};

struct fake_answer {
	PGresult *result; /* NULL: the end of a statement's results */
};

struct fake_prepared {
	char name[16];
	char sql[64];
	uint32_t schema;
};

struct fake_room {
	struct fake_command commands[FAKE_COMMANDS];
	struct fake_answer answers[FAKE_ANSWERS];
	struct fake_prepared prepared[256];
	char keys[FAKE_KEYS][FAKE_KEY];
};

struct fake_server;

struct wire_link {
	struct fake_server *server;
	int fd;
	bool is_open; /* for the client: not finished */
	bool is_ready;
	bool is_dead;
	bool is_refused;
	bool is_aborted; /* skips up to the next Sync */
	bool fails_at_sync;
	bool is_cancelled;
	bool answers_early; /* a flush request is in the queue */
	bool is_alone;      /* what was sent last went without the pipeline */
	char transaction;   /* 'I'dle, in 'T'ransaction, 'E'rror */
	/* made when it enters pipeline mode: most that fail have none */
	struct fake_room *room;
	struct fake_command *commands;
	size_t first;
	size_t count;
	size_t flushed; /* of the commands: the server has them */
	struct fake_answer *answers;
	size_t answered;
	size_t received; /* answers that the client has read from the socket */
	size_t taken;
	struct fake_prepared *prepared;
	size_t prepared_count;
	size_t keys; /* that were ever sent */
	char host[64];
	char address[64];
	char attributes[32];
	PQnoticeReceiver receiver;
	void *receiver_context;
};

struct fake_server {
	struct loop_virtual loop;
	/* All that ever were; the next one's index is its number. */
	struct wire_link *links[FAKE_LINKS];
	size_t link_count;
	size_t open_count;
	size_t peak;
	bool is_held;        /* answers nothing */
	bool is_deaf;        /* connects, and never says a word */
	bool is_full;        /* takes no bytes */
	bool is_read_only;   /* tells its sessions so; what they send works all the same */
	bool is_slow;        /* each turn answers one command, so that answers come in pieces */
	const char *refusal; /* what it says to those who connect: libpq's text; NULL: welcome */
	const char *standby; /* a host that is one */
	/* SQLSTATE by which it ends each session right behind its welcome; NULL: it does not. */
	const char *farewell;
	bool wants_password;
	uint32_t schema;  /* raised by a test: prepared statements go stale */
	size_t fail_send; /* the n-th send from now fails, and all after it; 0: none */
	size_t fail_sync;
	/* So many of the next calls that allocate, but for sends, find no memory. */
	size_t shortages;
	/* Called for each statement that works, when it runs. */
	void (*ran)(struct wire_link *link, const char *sql);
	void *ran_context;
	/*
	 * The rows of a statement that works, whose text is cut as all texts are; NULL, or returns
	 * NULL: its own text.
	 */
	PGresult *(*answer)(struct fake_server *server, const char *sql);
	uint64_t number;   /* of the statement that is answered, as in struct fake_command */
	uint64_t run_time; /* nanoseconds that the clock goes on for each command */
	size_t cancels;
	size_t early_cancels; /* so many of the next come before what they mean, and do nothing */
	size_t flushes;
	size_t alone;       /* statements that were sent without the pipeline */
	char log[FAKE_LOG]; /* one line a command that the server has run: "0 E read a" */
};

void fake_server_init(struct fake_server *server);
/* All links must be finished. */
void fake_server_release(struct fake_server *server);
extern const struct wire fake_wire;

/* The server ends the session with a FATAL, as a notice when nothing is asked. */
void fake_link_terminate(struct wire_link *link, const char *sqlstate, const char *message);
/* How often the text is in the log. */
size_t fake_server_count(const struct fake_server *server, const char *text);

#endif
