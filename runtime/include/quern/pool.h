/*
 * Pools: the connections of one program, or of one of its threads, to one database.
 */
#ifndef QUERN_POOL_H
#define QUERN_POOL_H

#include "quern/loop.h"
#include "quern/session.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum qn_log_event {
	QN_LOG_QUERY,      /* an operation completed */
	QN_LOG_SLOW_QUERY, /* and took longer than slow_query */
	QN_LOG_NOTICE,     /* the server sent a notice or warning */
	QN_LOG_CONNECTED,
	QN_LOG_CONNECT_FAILED,
	QN_LOG_DISCONNECTED,
	QN_LOG_DETACHED_FAILED, /* an operation that nobody waits for failed */
	/*
	 * Closing: a session, task, transaction or operation was never finished, and whose it is.
	 */
	QN_LOG_LEAK,
} qn_log_event;

typedef struct qn_log_entry {
	qn_log_event event;
	qn_status status;
	const char *message; /* never a password, never a parameter's value */
	const char *sql;     /* "" when there is none */
	const char *model;   /* "" when there is none */
	const char *sqlstate;
	uint64_t microseconds; /* that it took, from its start, waiting for a connection included */
	uint64_t rows;
	int backend_pid;
} qn_log_entry;

/* Called from the loop; must not call back into quern. All of the entry is gone when it returns. */
typedef void qn_log_hook(void *context, const qn_log_entry *entry);

/*
 * Whether a COMMIT whose answer is lost is looked up afterwards (transaction.h). It costs one small
 * statement in each transaction that may write, sent together with the first one that does.
 */
typedef enum qn_commit_lookup {
	QN_COMMIT_LOOKUP_DEFAULT, /* on, unless no_pipeline makes it cost a round trip */
	QN_COMMIT_LOOKUP_ON,
	QN_COMMIT_LOOKUP_OFF,
} qn_commit_lookup;

/* All times in milliseconds. 0 is the default that is named. */
typedef struct qn_pool_config {
	/*
	 * A URL or keywords as libpq reads them, several hosts included; NULL: libpq's environment
	 * variables. Unless they are said: gssencmode=disable, client_encoding=UTF8, and
	 * sslmode=verify-full for hosts that are neither a socket nor a loopback address. With
	 * target_session_attrs=read-write a session that takes no writes any more is closed, and
	 * the host that does is found.
	 */
	const char *conninfo;
	uint32_t max;             /* connections, those being opened counted in; 10 */
	uint32_t min;             /* kept open even when idle; 0 */
	uint32_t acquire_timeout; /* for a free place on a connection; 30 s */
	uint32_t connect_timeout; /* for each address that is tried; 10 s */
	uint32_t deadline;        /* for each operation unless the session says otherwise; 60 s */
	uint32_t idle_timeout;    /* after which a connection over min is closed; 10 min */
	uint32_t max_lifetime;    /* of a connection, less up to a tenth of it by chance; 30 min */
	/* After a failed connect, doubled for each further one, jittered; 100 ms */
	uint32_t retry_delay;
	uint32_t max_retry_delay; /* 10 s */
	uint32_t max_waiting;     /* operations that may wait for a place on a connection; 100000 */
	uint32_t pipeline_depth;  /* operations in flight on a connection; 64 */
	uint32_t statement_cache; /* prepared statements kept on a connection; 256 */
	bool no_prepared_statements; /* behind a pooler in transaction mode */
	bool no_pipeline;            /* one statement in flight on a connection */
	qn_commit_lookup commit_lookup;
	/*
	 * Gets that wait for a connection at the same time, of whatever sessions, and differ in
	 * nothing but the key, go as one statement, `key = ANY($1)`: those whose where is a QN_EQ
	 * of one integer, uuid, text or varchar field that is the primary key or unique by itself,
	 * outside transactions. Each still ends as it would alone, within its own deadline and
	 * cancelled by itself; but the server sees, and counts, and logs, another statement, its
	 * rows are copied instead of pointed into, and a text that it does not find is asked for
	 * once more, alone, because a collation may hold it equal to another.
	 */
	bool coalesce_gets;
	uint32_t slow_query; /* QN_LOG_SLOW_QUERY from here on; 0: never */
	uint32_t task_stack; /* bytes of a task's stack; 64 KiB, plus a guard page */
	qn_log_hook *log;    /* NULL: nothing is logged */
	void *log_context;
	const qn_loop_hooks *loop; /* your own event loop; NULL: one of our own, on libuv */
	void *loop_context;
} qn_pool_config;

typedef struct qn_pool_stats {
	uint32_t connections; /* open: idle and busy */
	uint32_t idle;
	uint32_t opening;
	uint32_t waiting; /* operations without a connection */
	uint32_t sessions;
	uint32_t tasks;
	uint64_t opened; /* since the start */
	uint64_t closed;
	uint64_t connect_failures;
	uint64_t operations;
	uint64_t failures;
	uint64_t coalesced; /* gets that shared a statement (coalesce_gets) */
	uint64_t statements_prepared;
	uint64_t round_trips; /* flushes that sent something */
} qn_pool_stats;

/*
 * Opens no connection yet: the first operation does, or qn_pool_connect. Fails with QN_USAGE when
 * the conninfo cannot be read or a setting makes no sense (message: qn_pool_open_error), or
 * QN_OUT_OF_MEMORY; *pool is NULL then. The config and all that it points to is copied, but for the
 * contexts. A NULL config is one of zeros.
 */
QN_API QN_MUST_CHECK qn_status qn_pool_open(qn_pool **pool, const qn_pool_config *config);
/* Why a config is refused: one line, static or in `text`. For a config that is fine: "". */
QN_API const char *qn_pool_open_error(const qn_pool_config *config, char *text, size_t size);
/*
 * Waits until one connection works, or says why none does: for the start of a program. Outside
 * tasks and call-backs.
 */
QN_API QN_MUST_CHECK qn_status qn_pool_connect(qn_pool *pool);
/* Why the last connect failed. Never NULL. */
QN_API const qn_error *qn_pool_error(const qn_pool *pool);
/* Runs the loop until nothing is left to do: no task, no operation. For our own loop. */
QN_API qn_status qn_run(qn_pool *pool);
/*
 * Refuses new operations, waits for those under way up to this time, cancels the rest. 0 cancels at
 * once.
 */
QN_API qn_status qn_pool_drain(qn_pool *pool, uint32_t milliseconds);
/*
 * Drains with 0, closes the connections, frees the pool. Sessions must be closed; those that are
 * not are logged as leaks and closed. Does nothing inside a call-back or a task. With our own loop
 * it waits for what is in another thread: a name that is being looked up, a cancel that is on its
 * way to the server. NULL is allowed.
 */
QN_API void qn_pool_close(qn_pool *pool);
QN_API void qn_pool_read_stats(const qn_pool *pool, qn_pool_stats *stats);
/*
 * For people: how many connections there are, and a line for each that is in use: since when, with
 * which statement, by whom (qn_session_set_name). Statements without values, cut short. Writes what
 * fits into `size` bytes, the NUL included, and returns the length that all of it has.
 */
QN_API size_t qn_pool_report(const qn_pool *pool, char *text, size_t size);
/*
 * In a child after fork: drops the pool without a word to the server, so that the parent's
 * connections live on. Its sessions and tasks, and all that they loaded, are freed as they are: no
 * call-back fires, no task runs on.
 */
QN_API void qn_pool_after_fork(qn_pool *pool);

#ifdef __cplusplus
}
#endif
#endif
