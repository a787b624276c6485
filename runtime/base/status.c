#include "quern/status.h"

static const struct {
	const char *name;
	const char *text;
} statuses[] = {
#define STATUS_ROW(name, text) { "QN_" #name, text },
	QN_STATUS_LIST(STATUS_ROW)
#undef STATUS_ROW
};

/* A number that is no status, which only a damaged program has. */
static bool status_is_known(qn_status status)
{
	return (unsigned)status < sizeof(statuses) / sizeof(statuses[0]);
}

const char *qn_status_text(qn_status status)
{
	return status_is_known(status) ? statuses[status].text : "unknown status";
}

const char *qn_status_name(qn_status status)
{
	return status_is_known(status) ? statuses[status].name : "QN_UNKNOWN";
}

bool qn_status_is_retryable(qn_status status)
{
	return status == QN_SERIALIZATION_FAILURE || status == QN_DEADLOCK;
}
