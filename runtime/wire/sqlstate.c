#include "wire/sqlstate.h"

#include <string.h>

struct verdict {
	const char *prefix; /* a whole SQLSTATE or its class */
	qn_status status;
};

/* The first that fits counts: single codes stand before their class. */
static const struct verdict verdicts[] = {
	{ "23505", QN_UNIQUE_VIOLATION },
	{ "23503", QN_FOREIGN_KEY_VIOLATION },
	{ "23001", QN_FOREIGN_KEY_VIOLATION },
	{ "23502", QN_NOT_NULL_VIOLATION },
	{ "23514", QN_CHECK_VIOLATION },
	{ "23P01", QN_EXCLUSION_VIOLATION },
	{ "23", QN_CHECK_VIOLATION },
	{ "44", QN_CHECK_VIOLATION },
	{ "22", QN_BAD_DATA },
	{ "21", QN_BAD_DATA },
	{ "40001", QN_SERIALIZATION_FAILURE },
	{ "CR000", QN_SERIALIZATION_FAILURE },
	{ "40P01", QN_DEADLOCK },
	{ "40002", QN_CHECK_VIOLATION },
	{ "40003", QN_OUTCOME_UNKNOWN },
	{ "08007", QN_OUTCOME_UNKNOWN },
	{ "40", QN_SERIALIZATION_FAILURE },
	{ "55P03", QN_LOCK_NOT_AVAILABLE },
	{ "57014", QN_CANCELLED },
	{ "57P04", QN_CONNECTION_FAILED },
	{ "57P03", QN_CONNECTION_FAILED },
	{ "57P", QN_CONNECTION_LOST },
	{ "57", QN_CONNECTION_LOST },
	{ "25P02", QN_TRANSACTION_BROKEN },
	{ "25P03", QN_CONNECTION_LOST },
	{ "25P04", QN_CONNECTION_LOST },
	{ "25006", QN_NOT_SUPPORTED },
	{ "25", QN_USAGE },
	{ "2D", QN_USAGE },
	{ "3B", QN_USAGE },
	{ "08001", QN_CONNECTION_FAILED },
	{ "08004", QN_CONNECTION_FAILED },
	{ "08P01", QN_PROTOCOL_ERROR },
	{ "08", QN_CONNECTION_LOST },
	{ "0A", QN_NOT_SUPPORTED },
	{ "28", QN_AUTHENTICATION_FAILED },
	{ "3D000", QN_CONNECTION_FAILED },
	{ "53", QN_OUT_OF_RESOURCES },
	{ "54", QN_OUT_OF_RESOURCES },
	{ "42501", QN_PERMISSION_DENIED },
	{ "42P01", QN_SCHEMA_DRIFT }, /* undefined table */
	{ "42703", QN_SCHEMA_DRIFT }, /* undefined column */
	{ "42704", QN_SCHEMA_DRIFT }, /* undefined object: a type */
	{ "42804", QN_SCHEMA_DRIFT }, /* datatype mismatch */
	{ "42846", QN_SCHEMA_DRIFT }, /* cannot coerce */
	{ "42883", QN_SCHEMA_DRIFT }, /* undefined function: an operator of other types */
	{ "3F000", QN_SCHEMA_DRIFT }, /* invalid schema name */
	{ "42", QN_SQL_ERROR },
	{ "XX", QN_INTERNAL_ERROR },
	{ "F0", QN_INTERNAL_ERROR },
	{ "58", QN_INTERNAL_ERROR },
};

qn_status sqlstate_status(const char *sqlstate)
{
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (strncmp(sqlstate, verdicts[i].prefix, strlen(verdicts[i].prefix)) == 0)
			return verdicts[i].status;
	return QN_SQL_ERROR;
}

bool sqlstate_is_permanent(const char *sqlstate)
{
	return strncmp(sqlstate, "28", 2) == 0 || strcmp(sqlstate, "3D000") == 0 ||
	       strcmp(sqlstate, "42501") == 0;
}
