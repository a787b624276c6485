#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "chinook_support.h"

enum {
	EXIT_SKIPPED = 77,
};

static const char *corpus_folder(void)
{
	const char *folder = getenv("CHINOOK_CORPUS");

	return folder ? folder : "../shared/corpus";
}

static bool corpus_path(char *path, size_t size, const char *file)
{
	int len = snprintf(path, size, "%s/%s", corpus_folder(), file);

	return len > 0 && (size_t)len < size;
}

bool chinook_is_available(void)
{
	char path[4096];

	return corpus_path(path, sizeof(path), "chinook.sql") && access(path, R_OK) == 0 &&
	       corpus_path(path, sizeof(path), "chinook.data.sql") && access(path, R_OK) == 0;
}

int chinook_skip(void)
{
	puts("1..0 # SKIP no Chinook corpus: set CHINOOK_CORPUS to the folder of chinook.sql");
	return EXIT_SKIPPED;
}

/* The shell sees only names of variables, so that nothing in a value needs quoting. */
static FILE *psql(const struct chinook *chinook, const char *variable, const char *value,
		  const char *command)
{
	if (setenv("CHINOOK_DATABASE", test_server_conninfo(&chinook->server), 1) != 0 ||
	    setenv(variable, value, 1) != 0)
		return NULL;
	return popen(command, "r");
}

static bool chinook_load(const struct chinook *chinook, const char *file)
{
	char path[4096];
	FILE *output;

	if (!corpus_path(path, sizeof(path), file))
		return false;
	output = psql(chinook, "CHINOOK_FILE", path,
		      "exec psql -X -q -o /dev/null -v ON_ERROR_STOP=1 -d \"$CHINOOK_DATABASE\" "
		      "-f \"$CHINOOK_FILE\"");
	return output && pclose(output) == 0;
}

int chinook_start(void **state)
{
	struct chinook *chinook = calloc(1, sizeof(*chinook));

	if (!chinook)
		return -1;
	*state = chinook;
	if (!test_server_start(&chinook->server)) {
		free(chinook);
		return -1;
	}
	if (!chinook_load(chinook, "chinook.sql") || !chinook_load(chinook, "chinook.data.sql"))
		return -1;
	return qn_pool_open(&chinook->pool,
			    &(qn_pool_config){
				    .conninfo = test_server_conninfo(&chinook->server),
				    .max = 2,
			    }) == QN_OK
		       ? 0
		       : -1;
}

int chinook_stop(void **state)
{
	struct chinook *chinook = *state;
	bool stopped;

	qn_pool_close(chinook->pool);
	stopped = test_server_stop(&chinook->server);
	free(chinook);
	return stopped ? 0 : -1;
}

static bool answer_open(struct chinook *chinook)
{
	chinook->rows = open_memstream(&chinook->text, &chinook->len);
	return chinook->rows != NULL;
}

static bool answer_close(struct chinook *chinook)
{
	bool closed = fclose(chinook->rows) == 0;

	free(chinook->text);
	return closed;
}

int chinook_open(void **state)
{
	struct chinook *chinook = *state;

	if (!answer_open(chinook))
		return -1;
	return qn_session_open(chinook->pool, &chinook->session) == QN_OK ? 0 : -1;
}

int chinook_close(void **state)
{
	struct chinook *chinook = *state;

	qn_session_close(chinook->session);
	return answer_close(chinook) ? 0 : -1;
}

void assert_done(struct chinook *chinook, qn_op *op)
{
	qn_status status = qn_await(op);

	if (status != QN_OK)
		fail_msg("%s: %s", qn_status_name(status),
			 qn_session_error(chinook->session)->message);
}

void assert_same_as_psql(struct chinook *chinook, const char *sql)
{
	char *expected = NULL;
	size_t capacity = 0;
	ssize_t len;
	FILE *output = psql(chinook, "CHINOOK_QUERY", sql,
			    "exec psql -X -AtF '|' -v ON_ERROR_STOP=1 -d \"$CHINOOK_DATABASE\" "
			    "-c \"$CHINOOK_QUERY\"");

	assert_non_null(output);
	len = getdelim(&expected, &capacity, '\0', output);
	assert_int_equal(pclose(output), 0);
	assert_int_equal(fflush(chinook->rows), 0);
	assert_string_equal(chinook->text, len > 0 ? expected : "");
	free(expected);
	assert_true(answer_close(chinook));
	assert_true(answer_open(chinook));
}

void add_tracks(struct chinook *chinook, const chinook_track_list *tracks)
{
	for (size_t i = 0; i < tracks->len; i++)
		fprintf(chinook->rows, "%d|%s\n", tracks->at[i].id, tracks->at[i].name);
}

void add_customers(struct chinook *chinook, const chinook_customer_list *customers)
{
	for (size_t i = 0; i < customers->len; i++) {
		const chinook_customer *customer = &customers->at[i];

		fprintf(chinook->rows, "%d|%s|%s|%s\n", customer->id, customer->first_name,
			customer->last_name, customer->company ? customer->company : "");
	}
}

void add_invoices(struct chinook *chinook, const chinook_invoice_list *invoices)
{
	for (size_t i = 0; i < invoices->len; i++) {
		const chinook_invoice *invoice = &invoices->at[i];
		char date[QN_TIME_TEXT];
		char total[QN_DECIMAL_TEXT];

		qn_timestamp_format(invoice->invoice_date, date);
		qn_decimal_format(invoice->total, total);
		fprintf(chinook->rows, "%d|%s|%s\n", invoice->id, date, total);
	}
}

void add_count(struct chinook *chinook, int64_t count)
{
	fprintf(chinook->rows, "%lld\n", (long long)count);
}
