/*
 * Fuzzes lexer, parser, checks and formatter with one source. What is held: no crash, no error of a
 * sanitizer; a source that is refused has an error and one that is accepted has a model; what was
 * formatted has no new error, and formatting it again changes nothing.
 */
#include "check.h"
#include "format.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void memory_exhausted(void)
{
	fputs("out of memory\n", stderr);
	abort();
}

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

static void compile(const struct source *source, struct arena *arena)
{
	struct diagnostics diagnostics;
	const struct schema *schema;
	struct buf said;
	bool accepted;

	diagnostics_init(&diagnostics, arena);
	accepted = schema_compile(source, 1, arena, &diagnostics, &schema);
	must(accepted == (schema != NULL), "a model comes with acceptance");
	must(accepted != diagnostics_has_errors(&diagnostics), "a refusal comes with an error");
	buf_init(&said, arena);
	diagnostics_render_text(&diagnostics, true, &said);
	diagnostics_render_json(&diagnostics, &said);
}

static void format(const struct source *source, struct arena *arena)
{
	struct diagnostics diagnostics;
	struct source formatted = { .path = STR("formatted") };
	struct str again;

	diagnostics_init(&diagnostics, arena);
	if (!format_source(source, arena, &diagnostics, &formatted.text))
		return;
	formatted.text = arena_copy(arena, formatted.text);
	must(format_source(&formatted, arena, &diagnostics, &again), "formatted text is a schema");
	must(str_equal(formatted.text, again), "formatting is idempotent");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source source = { .path = STR("fuzz.quern") };
	struct arena arena;

	arena_init(&arena, 0, memory_exhausted);
	source.text = arena_copy(&arena, (struct str){ (const char *)data, size });
	compile(&source, &arena);
	format(&source, &arena);
	arena_free(&arena);
	return 0;
}
