#include "session/transaction.h"

static const char *const isolation_sql[] = {
	[QN_ISOLATION_DEFAULT] = "",
	[QN_READ_COMMITTED] = " ISOLATION LEVEL READ COMMITTED",
	[QN_REPEATABLE_READ] = " ISOLATION LEVEL REPEATABLE READ",
	[QN_SERIALIZABLE] = " ISOLATION LEVEL SERIALIZABLE",
};

static const struct statement commit = { .sql = "COMMIT", .text_results = true };
static const struct statement rollback = { .sql = "ROLLBACK", .text_results = true };

static const struct statement *statement_make(struct str sql, struct arena *arena)
{
	struct statement *statement = sql.at ? arena_alloc(arena, sizeof(*statement)) : NULL;

	if (!statement)
		return NULL;
	statement->sql = sql.at;
	statement->text_results = true;
	return statement;
}

const struct statement *transaction_sql_begin(const qn_tx_options *options, struct arena *arena)
{
	return statement_make(arena_format(arena, "BEGIN%s%s%s", isolation_sql[options->isolation],
					   options->read_only ? " READ ONLY" : "",
					   options->deferrable ? " DEFERRABLE" : ""),
			      arena);
}

const struct statement *transaction_sql_savepoint(uint32_t depth, struct arena *arena)
{
	return statement_make(arena_format(arena, "SAVEPOINT qn_%u", depth), arena);
}

const struct statement *transaction_sql_release(uint32_t depth, struct arena *arena)
{
	return statement_make(arena_format(arena, "RELEASE SAVEPOINT qn_%u", depth), arena);
}

const struct statement *transaction_sql_rollback_to(uint32_t depth, struct arena *arena)
{
	return statement_make(arena_format(arena, "ROLLBACK TO SAVEPOINT qn_%u", depth), arena);
}

const struct statement *transaction_sql_commit(void)
{
	return &commit;
}

const struct statement *transaction_sql_rollback(void)
{
	return &rollback;
}
