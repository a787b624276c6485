/* The proxy's own process: proxy.h is for those who use it. */
#ifndef QUERN_TEST_PROXY_LOOP_H
#define QUERN_TEST_PROXY_LOOP_H

#include <poll.h>

#include "pipe.h"
#include "proxy.h"

enum { LINKS_MAX = 256, CLIENT = 0, SERVER = 1, TO_SERVER = 0, TO_CLIENT = 1 };

/* Pipe d reads from side d and writes to the other one. */
struct link {
	int sockets[2];
	struct pipe pipes[2];
	char names[2][32];
	bool has_ended[2];  /* the side says no more */
	bool was_closed[2]; /* and the other one was told */
	bool is_blocked[2]; /* the pipe's target takes no more */
};

struct proxy_loop {
	struct proxy_config config;
	int listener;
	int control;
	FILE *log;
	uint64_t random;
	struct program programs[2];
	struct program next[2];
	bool has_next[2];
	bool refuses;
	int buffers;
	struct link *links[LINKS_MAX];
	size_t link_count;
	uint64_t accepted;
	uint64_t fires;      /* of links that are gone */
	uint64_t offsets[2]; /* of the last one that was accepted, once it is gone */
	struct link *last;
};

/* Until the control channel closes. Returns the exit status. */
int proxy_loop_run(struct proxy_loop *loop);
void link_close(struct proxy_loop *loop, size_t index, bool with_reset);
uint64_t proxy_now(void);
/* Obeys one command; `answer` gets "ok ..." or "error ...". */
void proxy_obey(struct proxy_loop *loop, char *command, char *answer, size_t size);

#endif
