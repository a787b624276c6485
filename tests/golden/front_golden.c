/*
 * Golden tests of the compiler's front. Usage: front_golden KIND FOLDER
 *
 *   accepted   every schema compiles without an error
 *   rejected   what NAME.err holds is exactly what is said about NAME.quern
 *   fmt        NAME.quern formatted is NAME.out, and formatting that changes nothing
 *   stable     formatting what was formatted changes nothing, and the schema still compiles
 *
 * A case is a file NAME.quern or a folder of that name. With QUERN_UPDATE_GOLDEN=1 the expectations
 * are written. Prints TAP.
 */
#include "check.h"
#include "format.h"
#include "schema_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct run {
	struct arena arena;
	struct diagnostics diagnostics;
	struct sources sources;
	struct str actual;
};

typedef bool (*golden)(struct run *run, const char *name);

static void memory_exhausted(void)
{
	fputs("out of memory\n", stderr);
	abort();
}

static struct str errors_text(struct run *run)
{
	struct buf text;

	buf_init(&text, &run->arena);
	diagnostics_render_text(&run->diagnostics, false, &text);
	return buf_str(&text);
}

static bool sources_of(struct run *run, const char *name)
{
	return sources_read(&source_files_system, &name, 1, &run->arena, &run->diagnostics,
			    &run->sources);
}

static void text_show(const char *title, struct str text)
{
	printf("# %s\n# ", title);
	for (size_t i = 0; i < text.len; i++)
		fputs(text.at[i] == '\n' ? "\n# " : (char[]){ text.at[i], '\0' }, stdout);
	putchar('\n');
}

static bool file_write(const char *path, struct str text)
{
	FILE *file = fopen(path, "we");
	bool ok = file && fwrite(text.at, 1, text.len, file) == text.len;

	return file && fclose(file) == 0 && ok;
}

static bool expected_is(struct run *run, const char *name, const char *extension, struct str actual)
{
	size_t stem = strlen(name) - strlen(".quern");
	const char *path = arena_format(&run->arena, "%.*s.%s", (int)stem, name, extension).at;
	const char *update = getenv("QUERN_UPDATE_GOLDEN");
	struct str expected = { NULL, 0 };
	int error;

	if (update && *update)
		return file_write(path, actual);
	error = source_files_system.read(NULL, path, &run->arena, &expected);
	if (error == 0 && str_equal(expected, actual))
		return true;
	text_show(error ? "there is no expectation" : "expected", expected);
	text_show("actual", actual);
	return false;
}

static bool compiles(struct run *run)
{
	const struct schema *schema;

	return schema_compile(run->sources.at, run->sources.count, &run->arena, &run->diagnostics,
			      &schema);
}

static bool is_accepted(struct run *run, const char *name)
{
	if (sources_of(run, name) && compiles(run))
		return true;
	text_show("said", errors_text(run));
	return false;
}

static bool is_rejected(struct run *run, const char *name)
{
	if (sources_of(run, name) && compiles(run)) {
		printf("# it was accepted\n");
		return false;
	}
	return expected_is(run, name, "err", errors_text(run));
}

static bool format_first(struct run *run, struct str *out)
{
	return format_source(&run->sources.at[0], &run->arena, &run->diagnostics, out);
}

/* Formats what was formatted. */
static bool is_stable(struct run *run, struct str once)
{
	struct source source = { STR("formatted"), arena_copy(&run->arena, once) };
	struct str twice;

	if (format_source(&source, &run->arena, &run->diagnostics, &twice) &&
	    str_equal(once, twice))
		return true;
	text_show("once", once);
	text_show("twice", twice);
	text_show("said", errors_text(run));
	return false;
}

static bool is_formatted(struct run *run, const char *name)
{
	struct str once;

	if (!sources_of(run, name) || !format_first(run, &once)) {
		text_show("said", errors_text(run));
		return false;
	}
	return expected_is(run, name, "out", once) && is_stable(run, once);
}

static bool stays_accepted(struct run *run, const char *name)
{
	struct source *sources;

	if (!sources_of(run, name))
		return false;
	sources = arena_alloc_array(&run->arena, run->sources.count, sizeof(*sources));
	for (size_t i = 0; i < run->sources.count; i++) {
		struct str once;

		sources[i] = run->sources.at[i];
		if (!format_source(&sources[i], &run->arena, &run->diagnostics, &once) ||
		    !is_stable(run, once))
			return false;
		sources[i].text = arena_copy(&run->arena, once);
	}
	run->sources.at = sources;
	if (compiles(run))
		return true;
	text_show("said", errors_text(run));
	return false;
}

static golden golden_find(const char *kind)
{
	static const struct {
		const char *kind;
		golden check;
	} goldens[] = {
		{ "accepted", is_accepted },
		{ "rejected", is_rejected },
		{ "fmt", is_formatted },
		{ "stable", stays_accepted },
	};

	for (size_t i = 0; i < sizeof(goldens) / sizeof(*goldens); i++)
		if (strcmp(goldens[i].kind, kind) == 0)
			return goldens[i].check;
	return NULL;
}

static bool case_run(golden check, const char *name)
{
	struct run run = { .sources = { NULL, 0 } };
	bool ok;

	arena_init(&run.arena, 0, memory_exhausted);
	diagnostics_init(&run.diagnostics, &run.arena);
	ok = check(&run, name);
	arena_free(&run.arena);
	return ok;
}

static int name_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int main(int argc, char **argv)
{
	golden check = argc == 3 ? golden_find(argv[1]) : NULL;
	struct arena arena;
	struct file_names names;
	size_t count = 0;
	size_t failed = 0;

	arena_init(&arena, 0, memory_exhausted);
	if (!check || chdir(argv[2]) < 0 ||
	    source_files_system.list(NULL, ".", &arena, &names) != 0 || names.count == 0) {
		fputs("usage: front_golden accepted|rejected|fmt|stable FOLDER\n", stderr);
		return 2;
	}
	qsort((void *)names.at, names.count, sizeof(*names.at), name_compare);
	for (size_t i = 0; i < names.count; i++) {
		bool ok;

		if (!str_ends_with(str_from_cstring(names.at[i]), STR(".quern")))
			continue;
		ok = case_run(check, names.at[i]);
		failed += !ok;
		printf("%s %zu - %s: %s\n", ok ? "ok" : "not ok", ++count, argv[1], names.at[i]);
	}
	printf("1..%zu\n", count);
	arena_free(&arena);
	return failed > 0;
}
