#include "base/error.h"

const qn_error error_none = {
	.status = QN_OK,
	.message = "",
	.detail = "",
	.hint = "",
	.model = "",
	.field = "",
	.constraint = "",
	.schema = "",
	.table = "",
	.column = "",
	.sql = "",
};

void error_clear(qn_error *error)
{
	*error = error_none;
}
