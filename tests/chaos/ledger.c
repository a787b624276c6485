#include "ledger.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PATH_ROOM = 256 };

static const char *const words[] = {
	[LEDGER_NONE] = "submit",         [LEDGER_OK] = "ok",
	[LEDGER_FAILED] = "failed",       [LEDGER_UNKNOWN] = "unknown",
	[LEDGER_CANCELLED] = "cancelled",
};

uint64_t ledger_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

int ledger_open(const char *folder, unsigned worker, bool durable)
{
	char path[PATH_ROOM];

	snprintf(path, sizeof(path), "%s/worker-%u.log", folder, worker);
	return open(path,
		    O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | (durable ? O_DSYNC : 0),
		    0644);
}

static bool line_write(int file, const char *text, int length)
{
	return length > 0 && write(file, text, (size_t)length) == length;
}

bool ledger_submit(int file, const char *req)
{
	char line[128];

	return line_write(file, line,
			  snprintf(line, sizeof(line), "submit %s %" PRIu64 "\n", req,
				   ledger_now()));
}

bool ledger_conclude(int file, const char *req, enum ledger_verdict verdict, const char *note)
{
	char line[160];

	return line_write(file, line,
			  snprintf(line, sizeof(line), "%s %s %" PRIu64 " %s\n", words[verdict],
				   req, ledger_now(), *note != '\0' ? note : "-"));
}

static int entry_compare(const void *a, const void *b)
{
	return strcmp(((const struct ledger_entry *)a)->req, ((const struct ledger_entry *)b)->req);
}

static struct ledger_entry *entry_add(struct ledger *ledger, size_t *room)
{
	if (ledger->count == *room) {
		size_t more = *room > 0 ? 2 * *room : 4096;
		struct ledger_entry *entries =
			realloc(ledger->entries, more * sizeof(*ledger->entries));

		if (entries == NULL)
			return NULL;
		ledger->entries = entries;
		*room = more;
	}
	return memset(&ledger->entries[ledger->count++], 0, sizeof(*ledger->entries));
}

/* A line of its own file: its entry is one of the last few that the worker submitted. */
static struct ledger_entry *entry_recent(const struct ledger *ledger, size_t first, const char *req)
{
	for (size_t i = ledger->count; i-- > first;)
		if (strcmp(ledger->entries[i].req, req) == 0)
			return &ledger->entries[i];
	return NULL;
}

static bool line_read(struct ledger *ledger, size_t *room, size_t first, const char *line)
{
	char word[16];
	char req[LEDGER_REQ];
	char note[LEDGER_NOTE] = "";
	uint64_t at;
	struct ledger_entry *entry;
	int verdict = 0;

	if (sscanf(line, "%15s %36s %" SCNu64 " %47s", word, req, &at, note) < 3)
		return false;
	while (verdict < LEDGER_VERDICTS && strcmp(word, words[verdict]) != 0)
		verdict++;
	if (verdict == LEDGER_NONE) {
		entry = entry_add(ledger, room);
		if (entry == NULL)
			return false;
		memcpy(entry->req, req, sizeof(req));
		entry->submitted_at = at;
		return true;
	}
	entry = verdict < LEDGER_VERDICTS ? entry_recent(ledger, first, req) : NULL;
	if (entry == NULL)
		return false;
	entry->verdict = (enum ledger_verdict)verdict;
	entry->verdicts++;
	entry->ended_at = at;
	memcpy(entry->note, note, sizeof(note));
	return true;
}

static bool file_read(struct ledger *ledger, size_t *room, const char *path)
{
	FILE *file = fopen(path, "re");
	size_t first = ledger->count;
	char line[256];
	bool good = file != NULL;

	while (good && fgets(line, sizeof(line), file) != NULL)
		good = line_read(ledger, room, first, line);
	if (file != NULL)
		fclose(file);
	return good;
}

bool ledger_read(struct ledger *ledger, const char *folder, unsigned count)
{
	size_t room = 0;
	char path[PATH_ROOM];

	*ledger = (struct ledger){ .entries = NULL };
	for (unsigned worker = 0; worker < count; worker++) {
		snprintf(path, sizeof(path), "%s/worker-%u.log", folder, worker);
		if (!file_read(ledger, &room, path)) {
			ledger_release(ledger);
			return false;
		}
	}
	if (ledger->count > 0)
		qsort(ledger->entries, ledger->count, sizeof(*ledger->entries), entry_compare);
	for (size_t i = 0; i < ledger->count; i++)
		ledger->counts[ledger->entries[i].verdict]++;
	return true;
}

void ledger_release(struct ledger *ledger)
{
	free(ledger->entries);
	*ledger = (struct ledger){ .entries = NULL };
}

struct ledger_entry *ledger_find(const struct ledger *ledger, const char *req)
{
	struct ledger_entry wanted = { .verdict = LEDGER_NONE };

	if (ledger->count == 0)
		return NULL;
	snprintf(wanted.req, sizeof(wanted.req), "%s", req);
	return bsearch(&wanted, ledger->entries, ledger->count, sizeof(wanted), entry_compare);
}
