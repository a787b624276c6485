/*
 * What was sent on a connection and is not answered yet, in order: quern's own account of it.
 *
 * A ring with room for all that a connection may have in flight, so that sending never allocates.
 */
#ifndef QUERN_WIRE_ENTRIES_H
#define QUERN_WIRE_ENTRIES_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lane;
struct request;

enum entry_kind {
	ENTRY_STATEMENT,
	ENTRY_PREPARE, /* stands right before the statement that it is for */
	ENTRY_CLOSE,
	ENTRY_SYNC,
};

struct entry {
	struct request *request; /* NULL: nobody waits for it any more, or there never was one */
	const struct lane *lane; /* to tell one lane from another; may be gone */
	PGresult *result;        /* the last one, until its NULL comes */
	uint64_t group;          /* number of the Sync group */
	uint32_t statement;      /* id; 0: not a prepared one */
	uint32_t name;           /* of the prepared statement */
	uint32_t epoch;          /* the pool's schema epoch when it was sent */
	unsigned flags;          /* of the request */
	uint8_t kind;
	bool is_answered; /* it had its result */
	bool is_aborted;  /* which was that it was skipped */
	bool is_pinned;   /* inside a transaction */
	bool is_overdue;  /* its request was cancelled or its time is over */
};

struct entries {
	struct entry *at;
	size_t mask;
	size_t first;
	size_t count;
};

/* `room` entries at least. False: out of memory, nothing to free. */
bool entries_init(struct entries *entries, size_t room);
void entries_free(struct entries *entries);

/* `index` counts from the front. */
static inline struct entry *entries_get(const struct entries *entries, size_t index)
{
	return &entries->at[(entries->first + index) & entries->mask];
}

static inline struct entry *entries_front(const struct entries *entries)
{
	return entries_get(entries, 0);
}

/* The caller has seen to it that there is room. Zeroed. */
static inline struct entry *entries_push(struct entries *entries)
{
	struct entry *entry = entries_get(entries, entries->count++);

	*entry = (struct entry){ .request = NULL };
	return entry;
}

static inline void entries_pop(struct entries *entries)
{
	entries->first++;
	entries->count--;
}

static inline size_t entries_room(const struct entries *entries)
{
	return entries->mask + 1 - entries->count;
}

#endif
