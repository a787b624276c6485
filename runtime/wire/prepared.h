/*
 * The statements that are prepared on one connection: which, under which name, least recently used
 * first.
 *
 * The bookkeeping lives and dies with the connection. Names are never used again, so that a
 * statement that is being closed cannot be taken for its successor; and they carry the connection's
 * own random number, so that behind a pooler which hands servers around, a name can be missing but
 * never stand for another client's statement.
 */
#ifndef QUERN_WIRE_PREPARED_H
#define QUERN_WIRE_PREPARED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PREPARED_NAME = 24 };

struct prepared {
	uint32_t statement;       /* id; 0: this slot is free */
	uint32_t name;            /* number in the name on the server */
	uint32_t epoch;           /* the pool's schema epoch when it was prepared */
	uint32_t row_type;        /* digest of the columns of its results; 0: none seen yet */
	uint64_t group;           /* the Sync group that holds its Parse */
	char text[PREPARED_NAME]; /* the name */
	bool is_confirmed;        /* the server has said that it is there */
	uint32_t newer;           /* slots, in the order of their use; PREPARED_NONE */
	uint32_t older;
};

#define PREPARED_NONE UINT32_MAX

struct prepared_cache {
	struct prepared *slots;
	uint32_t slot_count;
	uint32_t used;
	uint32_t newest;
	uint32_t oldest;
	uint32_t next_name;
	uint32_t connection; /* the random number in the names */
	uint32_t *slot_of;   /* by statement id; PREPARED_NONE */
	uint32_t id_count;
};

/* `slot_count` is at least 1. False: out of memory, nothing to free. */
bool prepared_init(struct prepared_cache *cache, uint32_t slot_count, uint32_t connection);
void prepared_free(struct prepared_cache *cache);

/* The statement's slot, which is the newest then; NULL when it is not prepared here. */
struct prepared *prepared_find(struct prepared_cache *cache, uint32_t statement);
/*
 * A slot with a new name for a statement that has none. When there was no free one, the oldest was
 * thrown out, and its name is in *evicted, to be closed on the server; 0 otherwise. NULL: out of
 * memory, nothing changed.
 */
struct prepared *prepared_add(struct prepared_cache *cache, uint32_t statement, uint32_t *evicted);
/* The slot that still has this name; NULL when it was thrown out or forgotten meanwhile. */
struct prepared *prepared_named(struct prepared_cache *cache, uint32_t statement, uint32_t name);
void prepared_forget(struct prepared_cache *cache, struct prepared *slot);
/* The name on the server of that number. */
void prepared_name(const struct prepared_cache *cache, uint32_t name, char text[PREPARED_NAME]);

#endif
