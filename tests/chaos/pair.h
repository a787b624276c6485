/*
 * Two servers, of which one is the primary and the other one its standby. A COMMIT waits until the
 * standby has it on its disk, so that nothing is lost when that takes over.
 *
 * Functions that fail say why on stderr.
 */
#ifndef QUERN_TEST_CHAOS_PAIR_H
#define QUERN_TEST_CHAOS_PAIR_H

#include "server.h"

struct pair {
	struct server second;
	struct server *first;
	struct server *primary; /* of the two; NULL: there is no pair */
	struct server *other;   /* down, or the standby */
};

/* The first server, which runs, becomes the primary. The other one stays down. */
bool pair_start(struct pair *pair, struct server *first);
/*
 * The other one, which is down, comes back as the standby, with a copy of the primary's data; the
 * primary waits for it from now on.
 */
bool pair_join(struct pair *pair);
/*
 * The standby gets nothing from the primary any more, and the primary does not know it, but for
 * commits that take for ever.
 */
bool pair_part(struct pair *pair);
/*
 * The primary goes down by server_down's mode, and the standby becomes the primary, which waits for
 * nobody.
 */
bool pair_swap(struct pair *pair, char mode);
/* The first server is alone again, with all that was written. The second one is removed. */
bool pair_stop(struct pair *pair);

#endif
