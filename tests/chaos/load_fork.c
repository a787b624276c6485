/*
 * A program that forks while its pool is at work: whatever the child does, the parent does not
 * notice.
 */
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load_inside.h"

enum child_life { LIFE_ENDS, LIFE_OWN_POOL, LIFE_FORGETS, LIVES };

enum child_end { END_GOOD, END_NO_POOL, END_NO_QUERY, END_NOT_REFUSED };

/* Its own pool works, once its parent's is dropped. */
static enum child_end own_pool(struct load *load)
{
	qn_pool *pool = NULL;
	qn_session *session;
	enum child_end end = END_NO_QUERY;

	qn_pool_after_fork(load->pool);
	if (qn_pool_open(&pool, &(qn_pool_config){ .conninfo = load->config->conninfo,
						   .max = 1 }) != QN_OK)
		return END_NO_POOL;
	if (qn_session_open(pool, &session) == QN_OK) {
		if (qn_await(qn_sql(session, NULL, "select 1", NULL, 0)) == QN_OK)
			end = END_GOOD;
		qn_session_close(session);
	}
	qn_pool_close(pool);
	return end;
}

/* It never says that it was forked, and uses what is its parent's. */
static enum child_end forgets(struct load *load)
{
	qn_session *session;
	enum child_end end = END_GOOD;

	if (qn_session_open(load->pool, &session) != QN_OK)
		return END_GOOD;
	if (qn_await(qn_sql(session, NULL, "delete from chaos_xfer", NULL, 0)) != QN_USAGE)
		end = END_NOT_REFUSED;
	qn_session_close(session);
	qn_pool_close(load->pool);
	return end;
}

static int child_run(struct load *load, enum child_life life)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (life == LIFE_OWN_POOL)
		return (int)own_pool(load);
	return (int)(life == LIFE_FORGETS ? forgets(load) : END_GOOD);
}

static void child_end_see(struct load *load)
{
	int status = 0;
	pid_t ended = waitpid(load->child, &status, WNOHANG);

	if (ended == 0 || (ended < 0 && errno == EINTR))
		return;
	if (ended < 0 || status != 0)
		load_problem(load, "a forked child ended with status %#x", (unsigned)status);
	load->child = 0;
	atomic_fetch_add(&load->board->forks_done, 1);
}

void load_fork(struct load *load)
{
	unsigned done = atomic_load(&load->board->forks_done);

	if (load->child != 0) {
		child_end_see(load);
		return;
	}
	if (done >= atomic_load(&load->board->forks_wanted))
		return;
	load->child = fork();
	if (load->child == 0)
		_exit(child_run(load, (enum child_life)(done % LIVES)));
	if (load->child < 0) {
		load_problem(load, "cannot fork");
		load->child = 0;
		atomic_fetch_add(&load->board->forks_done, 1);
	}
}
