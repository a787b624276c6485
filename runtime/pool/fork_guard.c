#include "pool/fork_guard.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096 };

void fork_guard_init(struct fork_guard *guard)
{
	char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	guard->pid = getpid();
	guard->page = NULL;
	if (page == MAP_FAILED)
		return;
	if (madvise(page, PAGE, MADV_WIPEONFORK) != 0) {
		munmap(page, PAGE);
		return;
	}
	page[0] = 1;
	guard->page = page;
}

void fork_guard_release(struct fork_guard *guard)
{
	if (guard->page)
		munmap((void *)(uintptr_t)guard->page, PAGE);
	guard->page = NULL;
}

bool fork_guard_is_child(const struct fork_guard *guard)
{
	return guard->page ? guard->page[0] == 0 : getpid() != guard->pid;
}
