#include "wire/wire.h"

#include <string.h>

bool wire_is_fatal(const struct wire *wire, const PGresult *result)
{
	const char *severity = wire->result_field(result, PG_DIAG_SEVERITY_NONLOCALIZED);

	if (!severity[0])
		severity = wire->result_field(result, PG_DIAG_SEVERITY);
	return strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0;
}
