/*
 * shop-demo: a program on the models of schemas/shop.quern.
 *
 *   DATABASE_URL=postgresql://user@host/database shop-demo
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "demo.h"

struct chapter {
	const char *name; /* in the summary */
	const char *heading;
	bool (*run)(struct demo *demo);
};

static const struct chapter chapters[] = {
	{ "tables", "The tables", chapter_tables },
	{ "seeding", "Fill them: a seeded generator", chapter_seed },
	{ "one row", "One row: create, get, save, delete", chapter_rows },
	{ "many rows", "Many rows: filters, orders, counts, updates", chapter_lists },
	{ "relations", "Rows and what belongs to them", chapter_relations },
	{ "JSON", "JSON out, and JSON in", chapter_json },
	{ "composite key", "An order and its lines: a composite key", chapter_orders },
	{ "transfers", "A transfer between two accounts", chapter_transfer },
	{ "tasks", "A hundred tasks on four connections", chapter_tasks },
	{ "refusals", "What is refused, and how a program learns of it", chapter_refusals },
	{ "catalog", "The ten largest catalog tables", chapter_catalog },
};

enum {
	CHAPTER_COUNT = sizeof(chapters) / sizeof(*chapters),
};

static uint64_t clock_microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static bool demo_connect(struct demo *demo)
{
	const qn_pool_config config = {
		.conninfo = demo->database_url,
		.max = 1,
		.connect_timeout = 5000,
		.log = demo_log,
		.log_context = demo,
	};
	char reason[256];

	if (qn_pool_open(&demo->pool, &config) != QN_OK) {
		fprintf(stderr, "shop-demo: DATABASE_URL: %s\n",
			qn_pool_open_error(&config, reason, sizeof(reason)));
		return false;
	}
	if (qn_pool_connect(demo->pool) != QN_OK) {
		fprintf(stderr, "shop-demo: %s\n", qn_pool_error(demo->pool)->message);
		return false;
	}
	return true;
}

/* A session for each chapter: what a chapter loaded is freed when it ends. */
static bool demo_run(struct demo *demo, const struct chapter *chapter, struct measure *measure)
{
	uint64_t start = clock_microseconds();
	qn_status status = qn_session_open(demo->pool, &demo->session);
	bool done;

	if (status != QN_OK) {
		fprintf(stderr, "shop-demo: %s\n", qn_status_text(status));
		return false;
	}
	demo->measure = (struct measure){ 0 };
	demo->shows_statements = true;
	done = chapter->run(demo);
	qn_session_close(demo->session);
	*measure = demo->measure;
	measure->microseconds = clock_microseconds() - start;
	return done;
}

static void summary_row(struct screen *screen, const struct table_column *columns, const char *name,
			const struct measure *measure)
{
	char statements[32];
	char rows[32];
	char refused[32];
	char time[32];

	number_text(measure->statements, statements, sizeof(statements));
	number_text(measure->rows, rows, sizeof(rows));
	number_text(measure->refused, refused, sizeof(refused));
	time_text(measure->microseconds, time, sizeof(time));
	screen_table_row(screen, columns,
			 (const char *const[]){ name, statements, rows, refused, time }, 5);
}

static void demo_summarise(struct demo *demo, const struct measure *measures)
{
	const struct table_column columns[] = {
		{ "Summary", 16, true }, { "statements", 10, false }, { "rows", 6, false },
		{ "refused", 7, false }, { "time", 9, false },
	};
	struct measure total = { 0 };

	fputc('\n', demo->screen.out);
	screen_table_heading(&demo->screen, columns, 5);
	for (size_t i = 0; i < CHAPTER_COUNT; i++) {
		summary_row(&demo->screen, columns, chapters[i].name, &measures[i]);
		total.statements += measures[i].statements;
		total.rows += measures[i].rows;
		total.refused += measures[i].refused;
		total.microseconds += measures[i].microseconds;
	}
	screen_table_end(&demo->screen, columns, 5);
	summary_row(&demo->screen, columns, "all", &total);
}

static void help(void)
{
	puts("usage: DATABASE_URL=postgresql://user@host/database shop-demo [--reset]\n\n"
	     "Creates the tables of schemas/shop.quern where they are missing, fills them\n"
	     "and runs typed queries against them.\n\n"
	     "  --reset  empty the tables first when they hold rows");
}

static bool demo_run_all(struct demo *demo)
{
	struct measure measures[CHAPTER_COUNT];

	if (!demo_connect(demo))
		return false;
	screen_title(&demo->screen, "quern shop demo",
		     "the models of schemas/shop.quern, each statement with its time");
	for (unsigned i = 0; i < CHAPTER_COUNT; i++) {
		screen_heading(&demo->screen, i + 1, chapters[i].heading);
		if (!demo_run(demo, &chapters[i], &measures[i]))
			return false;
	}
	demo_summarise(demo, measures);
	return true;
}

int main(int argc, char **argv)
{
	struct demo demo = { .database_url = getenv("DATABASE_URL") };
	bool done;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0) {
			help();
			return 0;
		}
		if (strcmp(argv[i], "--reset") != 0) {
			fprintf(stderr, "shop-demo: unknown option \"%s\", try --help\n", argv[i]);
			return 2;
		}
		demo.may_empty = true;
	}
	if (!demo.database_url || !*demo.database_url) {
		fputs("shop-demo: DATABASE_URL is not set; for a private server run\n"
		      "  export DATABASE_URL=$(quern dev start)\n",
		      stderr);
		return 1;
	}
	screen_init(&demo.screen, stdout);
	done = demo_run_all(&demo);
	qn_pool_close(demo.pool);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("shop-demo: standard output");
		return 1;
	}
	return done ? 0 : 1;
}
