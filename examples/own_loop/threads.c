#include "threads.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct threads {
	int finished[2]; /* a pipe of pointers to the jobs that are done */
	size_t running;
};

struct job {
	struct threads *threads;
	qn_work *work;       /* either this */
	qn_resolve *resolve; /* or this */
};

struct threads *threads_new(void)
{
	struct threads *threads = calloc(1, sizeof(*threads));

	if (threads && pipe(threads->finished) != 0) {
		free(threads);
		return NULL;
	}
	return threads;
}

void threads_free(struct threads *threads)
{
	if (!threads)
		return;
	while (threads->running)
		threads_take_finished(threads);
	close(threads->finished[0]);
	close(threads->finished[1]);
	free(threads);
}

int threads_finished_fd(const struct threads *threads)
{
	return threads->finished[0];
}

bool threads_are_busy(const struct threads *threads)
{
	return threads->running > 0;
}

/* What getaddrinfo found, which is one address at least. */
static void resolve_take(qn_resolve *resolve, const struct addrinfo *found)
{
	size_t count = 1;

	for (const struct addrinfo *at = found->ai_next; at; at = at->ai_next)
		count++;
	resolve->addresses = calloc(count, sizeof(*resolve->addresses));
	if (!resolve->addresses) {
		resolve->error = EAI_MEMORY;
		return;
	}
	for (const struct addrinfo *at = found; at; at = at->ai_next) {
		char *text = resolve->addresses[resolve->address_count];

		if (getnameinfo(at->ai_addr, at->ai_addrlen, text, sizeof(*resolve->addresses),
				NULL, 0, NI_NUMERICHOST) == 0)
			resolve->address_count++;
	}
}

static void resolve_run(qn_resolve *resolve)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	struct addrinfo *found;

	resolve->error = getaddrinfo(resolve->host, NULL, &hints, &found);
	if (resolve->error)
		return;
	resolve_take(resolve, found);
	freeaddrinfo(found);
}

static void *job_run(void *argument)
{
	struct job *job = argument;
	ssize_t written;

	if (job->work)
		job->work->run(job->work);
	else
		resolve_run(job->resolve);
	/* Pointers are shorter than what a pipe takes in one piece. */
	do
		written = write(job->threads->finished[1], &job, sizeof(job));
	while (written < 0 && errno == EINTR);
	return NULL;
}

static qn_status job_start(struct threads *threads, struct job what)
{
	struct job *job = malloc(sizeof(*job));
	pthread_t thread;

	if (!job)
		return QN_OUT_OF_MEMORY;
	*job = what;
	job->threads = threads;
	if (pthread_create(&thread, NULL, job_run, job) != 0) {
		free(job);
		return QN_OUT_OF_RESOURCES;
	}
	pthread_detach(thread);
	threads->running++;
	return QN_OK;
}

qn_status threads_work(struct threads *threads, qn_work *work)
{
	return job_start(threads, (struct job){ .work = work });
}

qn_status threads_resolve(struct threads *threads, qn_resolve *resolve)
{
	return job_start(threads, (struct job){ .resolve = resolve });
}

void threads_take_finished(struct threads *threads)
{
	struct job done;
	struct job *job;

	if (read(threads->finished[0], &job, sizeof(job)) != (ssize_t)sizeof(job))
		return;
	done = *job;
	free(job);
	threads->running--;
	if (done.work)
		done.work->done(done.work, false);
	else
		done.resolve->done(done.resolve);
}
