/*
 * A pool in a world where anything may happen, and what its server has really done: for random
 * programs.
 */
#ifndef QUERN_TEST_POOL_WORLD_H
#define QUERN_TEST_POOL_WORLD_H

#include "pool_rig.h"

enum { WORLD_ACTORS = 6, WORLD_NOBODY = WORLD_ACTORS + 1 };

/* What the server has done, to be compared with what the pool says of it. */
struct world {
	struct rig *rig;
	uint64_t seed;
	unsigned statements; /* with a number of their own */
	unsigned runs[RIG_STATEMENTS];
	unsigned owners[RIG_STATEMENTS]; /* the actor whose statement it is, or WORLD_NOBODY */
	unsigned inside[FAKE_LINKS];     /* the actor whose transaction is open there, from 1 */
	bool is_closed;                  /* to new requests */
	bool coalesces;                  /* its reads may go in batches */
	unsigned taken;                  /* requests */
};

/* A pool with settings by chance. */
struct world *world_new(uint64_t seed);
/* A number below the limit. */
uint64_t world_below(struct world *world, uint64_t limit);
/* True when there is no room for further statements or links. */
bool world_is_full(const struct world *world);
/* "write 17": a statement that is told from all others, of an actor or of WORLD_NOBODY. */
const char *world_tag(struct world *world, const char *verb, unsigned owner, char text[32]);
bool world_is_tagged(const char *sql, unsigned *number);
/* As rig_submit. False: it was refused, for a reason that there was. */
bool world_submit(struct world *world, struct job *job, struct lane *lane, const char *sql,
		  unsigned flags);
/*
 * The same for a read with this tag; where the world coalesces it is a get, with the tag for its
 * key.
 */
bool world_read(struct world *world, struct job *job, struct lane *lane, const char *tag);
/* Something happens that nobody asked for. */
void world_change(struct world *world);
/* Lets everything come to its end. */
void world_heal(struct world *world);
void world_drain(struct world *world);
/* Asserts what is true at every moment. */
void world_check(const struct world *world);
/*
 * Asserts that the pool's word of a job is what the server did; all is well with one that was never
 * submitted.
 */
void world_check_job(const struct world *world, const struct job *job);

#endif
