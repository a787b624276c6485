#include "pool_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void rig_log(void *context, const qn_log_entry *entry)
{
	struct rig *rig = context;
	size_t used = strlen(rig->log);

	snprintf(rig->log + used, sizeof(rig->log) - used, "%d %s\n", entry->event, entry->message);
}

struct rig *rig_new(const qn_pool_config *config)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	qn_pool_config whole = config ? *config : (qn_pool_config){ .max = 0 };

	assert_non_null(rig);
	fake_server_init(&rig->server);
	whole.loop = loop_virtual_hooks();
	whole.loop_context = &rig->server.loop;
	whole.log = rig_log;
	whole.log_context = rig;
	if (!whole.conninfo)
		whole.conninfo = "host=/nowhere";
	if (!whole.max)
		whole.max = 1;
	assert_int_equal(pool_open_on(&rig->pool, &whole, &fake_wire, &rig->server), QN_OK);
	return rig;
}

struct rig *rig_connected(const qn_pool_config *config)
{
	struct rig *rig = rig_new(config);

	assert_int_equal(qn_pool_connect(rig->pool), QN_OK);
	return rig;
}

void rig_close(struct rig *rig)
{
	qn_pool_close(rig->pool);
	rig->pool = NULL;
	/* Cancels outlive the pool, and look-ups do. */
	rig->server.loop.holds_work = false;
	rig->server.loop.holds_look_ups = false;
	rig_settle(rig);
	assert_int_equal(rig->server.open_count, 0);
	assert_int_equal(rig->server.loop.watch_count, 0);
	assert_int_equal(rig->server.loop.timer_count, 0);
}

void rig_free(struct rig *rig)
{
	if (rig->pool)
		rig_close(rig);
	fake_server_release(&rig->server);
	free(rig);
}

const struct statement *rig_statement(struct rig *rig, const char *sql)
{
	size_t at = 0;

	while (at < rig->statement_count && strcmp(rig->texts[at], sql) != 0)
		at++;
	assert_true(at < RIG_STATEMENTS);
	if (at == rig->statement_count) {
		snprintf(rig->texts[at], sizeof(rig->texts[at]), "%s", sql);
		rig->statements[at] =
			(struct statement){ .id = (uint32_t)at + 1, .sql = rig->texts[at] };
		rig->statement_count++;
	}
	return &rig->statements[at];
}

static void job_completed(struct request *request, struct outcome *outcome)
{
	struct job *job = (struct job *)request;

	job->calls++;
	job->status = outcome->status;
	job->order = ++job->rig->completed;
	job->at = job->rig->server.loop.now;
	job->epoch = outcome->epoch;
	snprintf(job->message, sizeof(job->message), "%s", outcome->message);
	if (outcome->result && outcome->status == QN_OK) {
		job->rows = outcome_row_count(outcome);
		job->was_shared = outcome->is_shared;
	}
	if (job->rows)
		snprintf(job->text, sizeof(job->text), "%s",
			 PQgetvalue(outcome->result, outcome->is_shared ? outcome->row : 0, 0));
	if (job->then)
		job->then(job);
}

static void job_init(struct rig *rig, struct job *job, struct lane *lane,
		     const struct statement *statement)
{
	*job = (struct job){ .rig = rig };
	job->request.lane = lane ? lane : &job->own_lane;
	job->request.statement = statement;
	job->request.deadline = rig->server.loop.now + 3600 * RIG_SECOND;
	job->request.completed = job_completed;
}

qn_status rig_submit(struct rig *rig, struct job *job, struct lane *lane, const char *sql,
		     unsigned flags)
{
	job_init(rig, job, lane, rig_statement(rig, sql));
	job->request.flags = flags;
	return pool_submit(rig->pool, &job->request);
}

static const struct statement *get_statement(struct rig *rig, const char *sql)
{
	struct statement *statement = (struct statement *)(uintptr_t)rig_statement(rig, sql);
	bool is_exact = strcmp(sql, "get exact") == 0;
	struct batch_form *form = &rig->forms[is_exact];

	if (statement->batch_form)
		return statement;
	form->statement = *rig_statement(rig, is_exact ? "many exact" : "many text");
	form->statement.parameter_count = 1;
	form->key_type = 25;
	form->is_exact = is_exact;
	statement->parameter_count = 1;
	statement->batch_form = form;
	return statement;
}

qn_status rig_get(struct rig *rig, struct job *job, struct lane *lane, const char *sql,
		  const char *key)
{
	job_init(rig, job, lane, get_statement(rig, sql));
	job->request.flags = REQUEST_READ | REQUEST_KEYED;
	snprintf(job->key, sizeof(job->key), "%s", key);
	job->values[0] = job->key;
	job->lengths[0] = (int)strlen(job->key);
	job->formats[0] = 1;
	job->request.values = job->values;
	job->request.lengths = job->lengths;
	job->request.formats = job->formats;
	return pool_submit(rig->pool, &job->request);
}

void rig_start(struct rig *rig, struct job *job, const char *sql, unsigned flags)
{
	assert_int_equal(rig_submit(rig, job, NULL, sql, flags), QN_OK);
}

void rig_settle(struct rig *rig)
{
	loop_virtual_settle(&rig->server.loop);
}

void rig_pass(struct rig *rig, uint64_t nanoseconds)
{
	loop_virtual_pass(&rig->server.loop, nanoseconds);
}

struct wire_link *rig_link(const struct rig *rig, size_t index)
{
	assert_true(index < rig->server.link_count);
	return rig->server.links[index];
}

void job_is(const struct job *job, qn_status status)
{
	if (job->calls != 1 || job->status != status)
		print_message("\"%s\": %u call(s), status %d, %s\n", job->request.statement->sql,
			      job->calls, job->status, job->message);
	assert_int_equal(job->calls, 1);
	assert_int_equal(job->status, status);
}

void job_is_open(const struct job *job)
{
	assert_int_equal(job->calls, 0);
}

qn_pool_stats rig_stats(const struct rig *rig)
{
	qn_pool_stats stats;

	qn_pool_read_stats(rig->pool, &stats);
	return stats;
}

void rig_get_exact(struct rig *rig, struct job *job, const char *key)
{
	assert_int_equal(rig_get(rig, job, NULL, "get exact", key), QN_OK);
}

void rig_get_text(struct rig *rig, struct job *job, const char *key)
{
	assert_int_equal(rig_get(rig, job, NULL, "get text", key), QN_OK);
}

void rig_get_all(struct rig *rig, struct job *jobs, const char *const *keys, size_t count)
{
	for (size_t i = 0; i < count; i++)
		rig_get_exact(rig, &jobs[i], keys[i]);
}

void job_found(const struct job *job)
{
	job_is(job, QN_OK);
	assert_int_equal(job->rows, 1);
	assert_string_equal(job->text, job->key);
}

void job_found_nothing(const struct job *job)
{
	job_is(job, QN_OK);
	assert_int_equal(job->rows, 0);
}

size_t rig_batches(const struct rig *rig)
{
	return fake_server_count(&rig->server, " E many") +
	       fake_server_count(&rig->server, " U many");
}

size_t rig_singles(const struct rig *rig)
{
	return fake_server_count(&rig->server, " E get") +
	       fake_server_count(&rig->server, " U get");
}

void rig_works(struct rig *rig)
{
	struct job job;

	rig_start(rig, &job, "works", REQUEST_READ);
	rig_pass(rig, RIG_SECOND);
	job_is(&job, QN_OK);
}
