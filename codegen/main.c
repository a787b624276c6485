#include "cli.h"

#include <stdio.h>
#include <stdlib.h>

#define ARENA_CHUNK ((size_t)64 * 1024)

/* Nothing is half-written then: files are only renamed when all of them are complete. */
static void out_of_memory(void)
{
	fputs("quern: out of memory\n", stderr);
	exit(CLI_PROBLEM);
}

int main(int argc, char **argv)
{
	struct arena arena;
	int status;

	arena_init(&arena, ARENA_CHUNK, out_of_memory);
	status = cli_run(&arena, argc, argv);
	arena_free(&arena);
	return status;
}
