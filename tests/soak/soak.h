/*
 * The soak: a service's life in minutes. Clients of one pool do what programs do, on the shop's
 * models, while the server is restarted again and again; memory and descriptors are measured
 * throughout.
 */
#ifndef QUERN_TEST_SOAK_H
#define QUERN_TEST_SOAK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "quern.h"

enum { SOAK_CLIENTS = 32, SOAK_CONNECTIONS = 8, SOAK_ACCOUNTS = 64, SOAK_DEADLINE_MS = 3000 };

enum soak_kind {
	SOAK_READ,
	SOAK_WRITE,
	SOAK_TRANSACTION,
	SOAK_CALL_BACKS,
	SOAK_CANCEL,
	SOAK_DEADLINE,
	SOAK_KINDS,
};

struct soak_tally {
	uint64_t started[SOAK_KINDS];
	uint64_t ok[SOAK_KINDS];
	uint64_t failed[SOAK_KINDS];
	uint64_t submissions; /* operations that were waited for or call back */
	uint64_t ends;
	uint64_t ends_twice;
};

struct soak;

struct soak_client {
	struct soak *soak;
	unsigned number;
	uint64_t random;
	unsigned outstanding; /* operations that have to call back */
	bool is_over;
};

struct soak {
	qn_pool *pool;
	struct soak_client clients[SOAK_CLIENTS];
	struct soak_tally tally;
	bool stop;
};

extern const char *const soak_kind_names[SOAK_KINDS];

/* What the clients need: accounts with money. False: it could not be written. */
bool soak_work_prepare(qn_session *session, void *soak);
/* A client's life, until soak->stop. A task; the argument is a struct soak_client. */
void soak_work_live(qn_session *session, void *client);

#endif
