#include "demo.h"

#include <stdio.h>

void demo_log(void *context, const qn_log_entry *entry)
{
	struct demo *demo = context;

	if (entry->event != QN_LOG_QUERY || !*entry->sql)
		return;
	demo->measure.statements++;
	demo->measure.rows += entry->rows;
	if (entry->status != QN_OK)
		demo->measure.refused++;
	if (demo->shows_statements)
		screen_statement(&demo->screen, entry->sql, entry->microseconds,
				 entry->status != QN_OK);
}

bool demo_check(qn_session *session, qn_status status)
{
	const qn_error *error = qn_session_error(session);

	if (status == QN_OK)
		return true;
	fflush(stdout);
	fprintf(stderr, "shop-demo: %s: %s\n", qn_status_name(status),
		error->status == status ? error->message : qn_status_text(status));
	if (error->status == status && *error->sql)
		fprintf(stderr, "  in: %s\n", error->sql);
	return false;
}

bool demo_await(qn_op *op)
{
	qn_session *session;

	if (!op) {
		fprintf(stderr, "shop-demo: %s\n", qn_status_text(QN_OUT_OF_MEMORY));
		return false;
	}
	session = qn_op_session(op);
	return demo_check(session, qn_await(op));
}
