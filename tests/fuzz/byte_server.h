/*
 * A server whose answers are arbitrary bytes, in this process, for the real libpq to connect to: it
 * listens on an abstract socket, reads and forgets what clients send, and says what the fuzzer
 * makes it say.
 *
 * Lengths of messages are cut to 64 KB: what libpq does with a gigabyte that is announced is not
 * what is tested here.
 */
#ifndef TESTS_FUZZ_BYTE_SERVER_H
#define TESTS_FUZZ_BYTE_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BYTE_SERVER_CLIENTS = 64 };

struct byte_client {
	int fd;
	bool is_closed;
	/*
	 * where its stream stands in a message's header, and how much of the message's body is left
	 */
	unsigned header_len;
	uint8_t header[5];
	uint32_t body_left;
};

struct byte_server {
	int listener;
	char host[32];                                   /* for a connection string */
	struct byte_client clients[BYTE_SERVER_CLIENTS]; /* all that ever were */
	size_t client_count;
	bool greets; /* new clients are logged in at once */
};

/* False: there is no socket to be had. */
bool byte_server_init(struct byte_server *server);
/* Takes new clients, and what all of them have sent. False: there are more than it has room for. */
bool byte_server_turn(struct byte_server *server);
/* The newest but `age` of the clients that it has not hung up on; NULL: there is none. */
struct byte_client *byte_server_client(struct byte_server *server, size_t age);
/* NULL clients are allowed. */
void byte_client_say(struct byte_client *client, const uint8_t *bytes, size_t size);
/* One whole message. */
void byte_client_tell(struct byte_client *client, uint8_t type, const uint8_t *body, size_t size);
void byte_client_close(struct byte_client *client);
/* Closes everything. False: a client that it did not hang up on has not hung up either. */
bool byte_server_release(struct byte_server *server);

#endif
