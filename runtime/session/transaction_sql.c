#include "session/transaction.h"

/* Savepoints deeper than this have their text made when they are used. */
#define PREPARED_DEPTH 8

enum {
	MODES = 4, /* of each isolation level: read only or not, deferrable or not */
	LEVELS = QN_SERIALIZABLE + 1,
	FIRST_SAVEPOINT = LEVELS * MODES,
	FIRST_RELEASE = FIRST_SAVEPOINT + PREPARED_DEPTH,
	FIRST_ROLLBACK_TO = FIRST_RELEASE + PREPARED_DEPTH,
	COMMIT = FIRST_ROLLBACK_TO + PREPARED_DEPTH,
	ROLLBACK,
	CONTROL_COUNT,
};

_Static_assert((int)CONTROL_COUNT <= (int)STATEMENT_CONTROL_IDS, "an id for each");

#define CONTROL(number, text) \
	[number] = { .id = (uint32_t)(number) + 1, .sql = (text), .text_results = true }
#define BEGINS(isolation, level)                                             \
	CONTROL((isolation)*MODES, "BEGIN" level),                           \
		CONTROL((isolation)*MODES + 1, "BEGIN" level " DEFERRABLE"), \
		CONTROL((isolation)*MODES + 2, "BEGIN" level " READ ONLY"),  \
		CONTROL((isolation)*MODES + 3, "BEGIN" level " READ ONLY DEFERRABLE")
#define SAVEPOINTS(depth)                                                           \
	CONTROL(FIRST_SAVEPOINT + (depth)-1, "SAVEPOINT qn_" #depth),               \
		CONTROL(FIRST_RELEASE + (depth)-1, "RELEASE SAVEPOINT qn_" #depth), \
		CONTROL(FIRST_ROLLBACK_TO + (depth)-1, "ROLLBACK TO SAVEPOINT qn_" #depth)

static const struct statement controls[CONTROL_COUNT] = {
	BEGINS(QN_ISOLATION_DEFAULT, ""),
	BEGINS(QN_READ_COMMITTED, " ISOLATION LEVEL READ COMMITTED"),
	BEGINS(QN_REPEATABLE_READ, " ISOLATION LEVEL REPEATABLE READ"),
	BEGINS(QN_SERIALIZABLE, " ISOLATION LEVEL SERIALIZABLE"),
	SAVEPOINTS(1),
	SAVEPOINTS(2),
	SAVEPOINTS(3),
	SAVEPOINTS(4),
	SAVEPOINTS(5),
	SAVEPOINTS(6),
	SAVEPOINTS(7),
	SAVEPOINTS(8),
	CONTROL(COMMIT, "COMMIT"),
	CONTROL(ROLLBACK, "ROLLBACK"),
};

/* `first` is that of depth 1. */
static const struct statement *of_depth(unsigned first, const char *verb, uint32_t depth,
					struct arena *arena)
{
	struct statement *statement;

	if (depth <= PREPARED_DEPTH)
		return &controls[first + depth - 1];
	statement = arena_alloc(arena, sizeof(*statement));
	if (!statement)
		return NULL;
	statement->sql = arena_format(arena, "%s qn_%u", verb, depth).at;
	statement->text_results = true;
	return statement->sql ? statement : NULL;
}

const struct statement *transaction_sql_begin(const qn_tx_options *options)
{
	unsigned mode = (options->read_only ? 2U : 0U) + (options->deferrable ? 1U : 0U);

	return &controls[(unsigned)options->isolation * MODES + mode];
}

const struct statement *transaction_sql_savepoint(uint32_t depth, struct arena *arena)
{
	return of_depth(FIRST_SAVEPOINT, "SAVEPOINT", depth, arena);
}

const struct statement *transaction_sql_release(uint32_t depth, struct arena *arena)
{
	return of_depth(FIRST_RELEASE, "RELEASE SAVEPOINT", depth, arena);
}

const struct statement *transaction_sql_rollback_to(uint32_t depth, struct arena *arena)
{
	return of_depth(FIRST_ROLLBACK_TO, "ROLLBACK TO SAVEPOINT", depth, arena);
}

const struct statement *transaction_sql_commit(void)
{
	return &controls[COMMIT];
}

const struct statement *transaction_sql_rollback(void)
{
	return &controls[ROLLBACK];
}
