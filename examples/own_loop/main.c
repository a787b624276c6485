/*
 * quern on a loop of the program's own: relations of the database are looked up as their names
 * arrive on standard input, many at a time, and nothing waits for anything else.
 *
 *   printf 'pg_class\npg_type\n' | DATABASE_URL=... own-loop-demo
 */
#include <quern.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pg_catalog.h"
#include "poll_loop.h"

enum { NAME_SIZE = 64 };

struct program {
	struct poll_loop *loop;
	qn_pool *pool;
	qn_watch input;
	char name[NAME_SIZE]; /* as far as it has arrived */
	size_t name_len;
	size_t pending;
	bool failed;
};

/* Lives in its session. */
struct lookup {
	struct program *program;
	qn_session *session;
	pg_catalog_class *relation;
	char name[NAME_SIZE];
};

static void lookup_done(qn_op *op, void *context)
{
	struct lookup *lookup = context;
	struct program *program = lookup->program;

	if (qn_op_status(op) != QN_OK) {
		fprintf(stderr, "%s: %s\n", lookup->name, qn_op_error(op)->message);
		program->failed = true;
	} else if (!lookup->relation) {
		printf("%s: not found\n", lookup->name);
	} else {
		printf("%s: %d columns\n", lookup->name, lookup->relation->relnatts);
	}
	program->pending--;
	qn_session_close(lookup->session);
}

static qn_status lookup_start(struct program *program, const char *name)
{
	qn_session *session;
	struct lookup *lookup;
	qn_status status = qn_session_open(program->pool, &session);

	if (status != QN_OK)
		return status;
	lookup = qn_session_alloc(session, sizeof(*lookup));
	if (!lookup) {
		qn_session_close(session);
		return QN_OUT_OF_MEMORY;
	}
	lookup->program = program;
	lookup->session = session;
	snprintf(lookup->name, sizeof(lookup->name), "%s", name);
	status = qn_then(pg_catalog_class_first(session, &lookup->relation,
						&(pg_catalog_class_query){
							.where = { .relname = QN_EQ(name) },
							.only = { PG_CATALOG_CLASS_RELNATTS },
						}),
			 lookup_done, lookup);
	if (status == QN_OK)
		program->pending++;
	else
		qn_session_close(session);
	return status;
}

static void take_character(struct program *program, char character)
{
	qn_status status;

	if (character != '\n') {
		/* PostgreSQL's names are shorter; what is too long is cut, and not found. */
		if (program->name_len < NAME_SIZE - 1)
			program->name[program->name_len++] = character;
		return;
	}
	program->name[program->name_len] = '\0';
	program->name_len = 0;
	status = lookup_start(program, program->name);
	if (status != QN_OK) {
		fprintf(stderr, "%s: %s\n", program->name, qn_status_text(status));
		program->failed = true;
	}
}

static void input_ready(qn_watch *watch, unsigned events)
{
	struct program *program =
		(struct program *)((char *)watch - offsetof(struct program, input));
	char text[4096];
	ssize_t len = read(watch->fd, text, sizeof(text));

	(void)events;
	for (ssize_t i = 0; i < len; i++)
		take_character(program, text[i]);
	if (len <= 0) {
		(void)poll_loop_hooks()->watch(program->loop, watch, 0);
		watch->fd = -1;
	}
}

static bool run(struct program *program)
{
	program->input.ready = input_ready;
	program->input.fd = STDIN_FILENO;
	if (poll_loop_hooks()->watch(program->loop, &program->input, QN_READABLE) != QN_OK)
		return false;
	while (program->input.fd != -1 || program->pending)
		if (!poll_loop_run_once(program->loop))
			return false;
	return !program->failed;
}

int main(void)
{
	struct program program = { .loop = poll_loop_new() };
	qn_pool_config config = {
		.conninfo = getenv("DATABASE_URL"),
		.max = 2,
		.loop = poll_loop_hooks(),
		.loop_context = program.loop,
	};
	char reason[256];
	bool done = false;

	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	if (!program.loop)
		fputs("there is no memory for a loop\n", stderr);
	else if (qn_pool_open(&program.pool, &config) != QN_OK)
		fprintf(stderr, "%s\n", qn_pool_open_error(&config, reason, sizeof(reason)));
	else
		done = run(&program);
	qn_pool_close(program.pool);
	poll_loop_free(program.loop);
	return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
