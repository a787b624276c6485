/*
 * quern: typed models for PostgreSQL. This is the header for programs; the generated headers
 * include what they need.
 *
 *   qn_pool *pool;
 *   qn_session *session;
 *   shop_product *product;
 *
 *   qn_pool_open(&pool, &(qn_pool_config){ .conninfo = getenv("DATABASE_URL") });
 *   qn_session_open(pool, &session);
 *   qn_await(shop_product_get(session, &product, &(shop_product_where){ .id = QN_EQ(7) }));
 *   ...
 *   qn_session_close(session);
 *   qn_pool_close(pool);
 *
 * Threads: a pool, its loop, its sessions and everything that they load belong to the thread that
 * opened the pool. A program scales by opening one pool a thread; nothing is shared between pools.
 */
#ifndef QUERN_H
#define QUERN_H

#include "quern/filter.h"
#include "quern/json.h"
#include "quern/json_read.h"
#include "quern/loop.h"
#include "quern/model.h"
#include "quern/pool.h"
#include "quern/rules.h"
#include "quern/session.h"
#include "quern/status.h"
#include "quern/transaction.h"
#include "quern/validate.h"
#include "quern/value.h"

#endif
