/*
 * What a SQLSTATE means to a program.
 */
#ifndef QUERN_WIRE_SQLSTATE_H
#define QUERN_WIRE_SQLSTATE_H

#include "quern/status.h"

/*
 * Never QN_OK. A code that is not in the table is judged by its class, "" and unknown classes are
 * QN_SQL_ERROR.
 */
qn_status sqlstate_status(const char *sqlstate);
/*
 * True when connecting again with the same settings cannot work: a wrong password, a database that
 * is not there.
 */
bool sqlstate_is_permanent(const char *sqlstate);

#endif
