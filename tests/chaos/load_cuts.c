#include "load_cuts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "load_inside.h"

struct cuts {
	struct load load;
	struct worker worker;
	struct proxy *proxy;
	bool is_sound; /* the session went through untouched */
};

static bool tell(struct cuts *cuts, const char *command, char *answer, size_t size)
{
	if (proxy_command(cuts->proxy, command, answer, size))
		return true;
	load_problem(&cuts->load, "the proxy refuses '%s': %s", command, answer);
	return false;
}

/* The same work each time, byte for byte but for the numbers of requests. */
static void session_live(qn_session *session, void *argument)
{
	struct cuts *cuts = argument;
	struct worker *worker = &cuts->worker;
	const char **doing = &cuts->load.board->doing[0];

	worker->random = cuts->load.config->seed;
	worker->has_known = false;
	worker->awake = ledger_now();
	cuts->is_sound = true;
	for (int i = 0; i < 3; i++) {
		*doing = "a transfer";
		cuts->is_sound &= work_transfer(worker, session, i == 2);
		*doing = "a burst";
		cuts->is_sound &= work_burst(worker, session);
		*doing = "a read";
		cuts->is_sound &= work_read(worker, session);
	}
	*doing = "a stream";
	cuts->is_sound &= work_stream(worker, session);
	*doing = "its end";
}

static bool session_run(struct cuts *cuts)
{
	if (load_open(&cuts->load) != QN_OK)
		return false;
	cuts->load.is_drained = false;
	if (qn_spawn(cuts->load.pool, session_live, cuts) != QN_OK ||
	    qn_run(cuts->load.pool) != QN_OK)
		load_problem(&cuts->load, "the session cannot run");
	load_finish(&cuts->load);
	return true;
}

static bool direction_run(struct cuts *cuts, const char *direction, uint64_t bytes, unsigned step)
{
	char command[64];
	char answer[64];

	for (uint64_t k = 0; k < bytes; k += step) {
		snprintf(command, sizeof(command), "next %s at byte %" PRIu64 " cut", direction, k);
		if (!tell(cuts, command, answer, sizeof(answer)) || !session_run(cuts))
			return false;
		atomic_fetch_add(&cuts->load.board->rounds, 1);
		if (atomic_load(&cuts->load.board->problems) == 1)
			fprintf(stderr, "chaos: %s byte %" PRIu64 ": %s\n", direction, k,
				cuts->load.board->problem);
	}
	return true;
}

/* Each byte of the session is cut once: how many there are is seen by running it whole. */
static bool cuts_run(struct cuts *cuts, unsigned step)
{
	char answer[64];
	uint64_t bytes[2];

	if (!session_run(cuts) || !tell(cuts, "bytes", answer, sizeof(answer)))
		return false;
	if (!cuts->is_sound || sscanf(answer, "%" SCNu64 " %" SCNu64, &bytes[0], &bytes[1]) != 2) {
		load_problem(&cuts->load, "the session does not even work without cuts");
		return true;
	}
	return direction_run(cuts, "to-server", bytes[0], step) &&
	       direction_run(cuts, "to-client", bytes[1], step);
}

int load_cuts_run(const struct load_config *config, struct proxy *proxy, unsigned step)
{
	static struct cuts cuts;
	struct load_board *board = config->board;
	int before;
	bool good;

	cuts = (struct cuts){ .load = { .config = config, .board = board }, .proxy = proxy };
	if (load_open(&cuts.load) != QN_OK)
		return 1;
	qn_pool_close(cuts.load.pool);
	before = load_descriptors();
	cuts.worker =
		(struct worker){ .load = &cuts.load, .log = ledger_open(config->folder, 0, false) };
	good = cuts.worker.log >= 0 && cuts_run(&cuts, step);
	if (cuts.worker.log >= 0)
		close(cuts.worker.log);
	board->leaked_descriptors = load_descriptors() - before;
	board->is_over = true;
	return good ? 0 : 1;
}
