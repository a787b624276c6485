/*
 * How an operation ended, and everything that is known about why.
 */
#ifndef QUERN_STATUS_H
#define QUERN_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define QN_API
#else
#define QN_API __attribute__((visibility("default")))
#endif
#define QN_MUST_CHECK __attribute__((warn_unused_result))

#ifdef __cplusplus
extern "C" {
#endif

/* Each status with its text, as qn_status_text gives it. */
#define QN_STATUS_LIST(X)                                                                     \
	X(OK, "success")                                                                      \
	/* the answer is "no" */                                                              \
	X(NOT_FOUND, "no row matches")                                                        \
	X(NOT_UNIQUE, "more than one row matches")                                            \
	/* the database refused the data; nothing of the statement is kept */                 \
	X(UNIQUE_VIOLATION, "a row with these values exists already")                         \
	X(FOREIGN_KEY_VIOLATION, "the referenced row does not exist, or is still referenced") \
	X(PROTECTED, "rows that must be kept still refer to it")                              \
	X(NOT_NULL_VIOLATION, "a required value is null")                                     \
	X(CHECK_VIOLATION, "a check of the table refuses the values")                         \
	X(EXCLUSION_VIOLATION, "an exclusion constraint refuses the values")                  \
	X(BAD_DATA, "the server refused a value")                                             \
	/* refused before anything was sent */                                                \
	X(INVALID_VALUE, "a value does not fit its column")                                   \
	X(USAGE, "the call is not allowed here or in this form")                              \
	/* transactions */                                                                    \
	X(TRANSACTION_BROKEN, "an earlier error broke the transaction")                       \
	X(SERIALIZATION_FAILURE, "a concurrent transaction got in the way, try again")        \
	X(DEADLOCK, "the server broke a deadlock, try again")                                 \
	X(LOCK_NOT_AVAILABLE, "a lock is held by another transaction")                        \
	X(OUTCOME_UNKNOWN, "the connection was lost before the server confirmed the write")   \
	/* time and cancellation */                                                           \
	X(CANCELLED, "cancelled")                                                             \
	X(DEADLINE_EXCEEDED, "the deadline passed")                                           \
	X(POOL_TIMEOUT, "no connection became free in time")                                  \
	X(POOL_CLOSED, "the pool is closed")                                                  \
	/* the connection or the server */                                                    \
	X(CONNECTION_FAILED, "the server cannot be reached")                                  \
	X(CONNECTION_LOST, "the connection was lost")                                         \
	X(AUTHENTICATION_FAILED, "the server refused the login")                              \
	X(PERMISSION_DENIED, "the database role lacks a privilege")                           \
	X(OUT_OF_RESOURCES, "the server is out of a resource")                                \
	X(NOT_SUPPORTED, "the server does not support this")                                  \
	X(NOT_EXECUTED, "not executed because of an earlier error")                           \
	/* the program and the database disagree */                                           \
	X(SCHEMA_DRIFT, "the database differs from the schema the program was built with")    \
	X(SQL_ERROR, "the server refused the statement")                                      \
	X(PROTOCOL_ERROR, "the server's answer makes no sense")                               \
	/* here */                                                                            \
	X(OUT_OF_MEMORY, "out of memory")                                                     \
	X(INTERNAL_ERROR, "internal error of the database server")

typedef enum qn_status {
#define QN_STATUS_ENUMERATOR(name, text) QN_##name,
	QN_STATUS_LIST(QN_STATUS_ENUMERATOR)
#undef QN_STATUS_ENUMERATOR
} qn_status;

/* "success", "no row matches", ...: English, static, never NULL. */
QN_API const char *qn_status_text(qn_status status);
/* "QN_OK", "QN_NOT_FOUND", ... */
QN_API const char *qn_status_name(qn_status status);
/* True for the two verdicts after which running the whole transaction again is the right answer. */
QN_API bool qn_status_is_retryable(qn_status status);

/*
 * What is known about a failure. All texts are NUL-terminated and "" where there is nothing to say;
 * they are the session's and live until its next failure or its end.
 */
typedef struct qn_error {
	qn_status status;
	char sqlstate[6];    /* "23505"; "" when the server did not speak */
	const char *message; /* one line: what went wrong, where, and where it helps, what to do */
	const char *detail;
	const char *hint;
	const char *model; /* "shop.Product", when an operation of a model failed */
	const char *field; /* the model's field, where one is to blame */
	const char *constraint;
	const char *schema;
	const char *table;
	const char *column;
	const char *sql; /* the statement's text, without values */
} qn_error;

#ifdef __cplusplus
}
#endif
#endif
