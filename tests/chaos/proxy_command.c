#include <inttypes.h>
#include <string.h>

#include "proxy_loop.h"

static const char *const directions[] = { "to-server", "to-client" };

static void obey_all(struct proxy_loop *loop, int direction, const struct program *program)
{
	loop->programs[direction] = *program;
	for (size_t i = 0; i < loop->link_count; i++)
		pipe_set(&loop->links[i]->pipes[direction], program, proxy_now());
}

static void obey_program(struct proxy_loop *loop, bool for_next, char *words, char *answer,
			 size_t size)
{
	struct program program;
	char problem[256];
	char *rest;
	const char *name = strtok_r(words, " ", &rest);
	int direction = 0;

	while (direction < 2 && (name == NULL || strcmp(name, directions[direction]) != 0))
		direction++;
	if (direction == 2) {
		snprintf(answer, size, "error no direction '%s'", name != NULL ? name : "");
	} else if (!program_parse(&program, rest, problem, sizeof(problem))) {
		snprintf(answer, size, "error %s", problem);
	} else if (for_next) {
		loop->next[direction] = program;
		loop->has_next[direction] = true;
	} else {
		obey_all(loop, direction, &program);
	}
}

static void obey_clear(struct proxy_loop *loop)
{
	struct program pass = { .count = 0 };

	loop->refuses = false;
	loop->buffers = 0;
	for (int direction = 0; direction < 2; direction++) {
		loop->has_next[direction] = false;
		obey_all(loop, direction, &pass);
	}
}

static void tell_stats(const struct proxy_loop *loop, char *answer, size_t size)
{
	uint64_t fires = loop->fires;

	for (size_t i = 0; i < loop->link_count; i++)
		fires += loop->links[i]->pipes[0].fires + loop->links[i]->pipes[1].fires;
	snprintf(answer, size, "ok %zu %" PRIu64 " %" PRIu64, loop->link_count, loop->accepted,
		 fires);
}

static void tell_bytes(const struct proxy_loop *loop, char *answer, size_t size)
{
	const struct link *last = loop->last;

	snprintf(answer, size, "ok %" PRIu64 " %" PRIu64,
		 last != NULL ? last->pipes[TO_SERVER].offset : loop->offsets[TO_SERVER],
		 last != NULL ? last->pipes[TO_CLIENT].offset : loop->offsets[TO_CLIENT]);
}

void proxy_obey(struct proxy_loop *loop, char *command, char *answer, size_t size)
{
	char *words = command + strcspn(command, " ");
	int number;

	if (*words != '\0')
		*words++ = '\0';
	snprintf(answer, size, "ok");
	if (strcmp(command, "all") == 0 || strcmp(command, "next") == 0) {
		obey_program(loop, *command == 'n', words, answer, size);
	} else if (strcmp(command, "clear") == 0) {
		obey_clear(loop);
	} else if (strcmp(command, "cut") == 0 || strcmp(command, "reset") == 0) {
		while (loop->link_count > 0)
			link_close(loop, 0, *command == 'r');
	} else if (strcmp(command, "refuse") == 0) {
		loop->refuses = true;
	} else if (strcmp(command, "buffers") == 0 && sscanf(words, "%d", &number) == 1 &&
		   number >= 0) {
		loop->buffers = number;
	} else if (strcmp(command, "stats") == 0) {
		tell_stats(loop, answer, size);
	} else if (strcmp(command, "bytes") == 0) {
		tell_bytes(loop, answer, size);
	} else {
		snprintf(answer, size, "error unknown command '%s'", command);
	}
}
