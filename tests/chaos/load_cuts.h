/*
 * One session, cut after each of its bytes: a pool of one connection does the same work again and
 * again through the proxy, and each time its first connection ends one byte later, first of what
 * the client sends, then of what the server does.
 */
#ifndef QUERN_TEST_LOAD_CUTS_H
#define QUERN_TEST_LOAD_CUTS_H

#include "load.h"
#include "proxy.h"

/* `step`: every so many bytes. Returns the exit status; board->rounds is the number of cuts. */
int load_cuts_run(const struct load_config *config, struct proxy *proxy, unsigned step);

#endif
