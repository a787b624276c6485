/*
 * Compiles the examples of the manual. Usage: front_docs FILE.md
 *
 * A block marked quern is accepted. A block marked quern-error is rejected, and for each of its
 * lines what stands behind "// error: " is exactly the message about that line; lines without have
 * no error. Prints TAP.
 */
#include "check.h"
#include "schema_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct example {
	struct source source;
	bool is_wrong;
};

static void memory_exhausted(void)
{
	fputs("out of memory\n", stderr);
	abort();
}

/* The line that begins at *at, without its end, and goes on to the next one. */
static struct str line_next(struct str text, size_t *at)
{
	const char *end = memchr(text.at + *at, '\n', text.len - *at);
	size_t from = *at;
	size_t to = end ? (size_t)(end - text.at) : text.len;

	*at = end ? to + 1 : to;
	return str_slice(text, from, to);
}

static struct str message_expected(struct str line)
{
	static const char mark[] = "// error: ";
	size_t len = sizeof(mark) - 1;

	for (size_t i = 0; i + len <= line.len; i++)
		if (memcmp(line.at + i, mark, len) == 0)
			return str_slice(line, i + len, line.len);
	return (struct str){ NULL, 0 };
}

static bool messages_are(const struct example *example, const struct diagnostics *diagnostics)
{
	struct str text = example->source.text;
	size_t expected = 0;
	size_t line = 1;

	for (size_t at = 0; at < text.len; line++) {
		struct str message = message_expected(line_next(text, &at));
		bool found = message.len == 0;

		expected += message.len > 0;
		for (size_t i = 0; i < diagnostics->count; i++) {
			const struct diagnostic *d = diagnostics->at[i];

			found |= source_place(d->span.source, d->span.from).line == line &&
				 str_equal(d->message, message);
		}
		if (!found)
			return false;
	}
	return expected == diagnostics->count;
}

static bool example_holds(const struct example *example, struct arena *arena)
{
	struct diagnostics diagnostics;
	const struct schema *schema;
	struct buf said;
	bool holds;

	diagnostics_init(&diagnostics, arena);
	holds = schema_compile(&example->source, 1, arena, &diagnostics, &schema);
	if (example->is_wrong)
		holds = !holds && messages_are(example, &diagnostics);
	if (holds)
		return true;
	buf_init(&said, arena);
	diagnostics_render_text(&diagnostics, false, &said);
	fprintf(stderr, "%.*s\n", STR_ARGS(buf_str(&said)));
	return false;
}

/* The text up to the closing fence, below a module when it has none. */
static struct example example_read(struct str manual, size_t *at, struct arena *arena)
{
	struct str module = STR("module shop;\n");
	struct example example = { .source.path = STR("language.md") };
	size_t from = *at;
	size_t to = from;
	struct str text;
	bool has_module;

	while (*at < manual.len && !str_starts_with(line_next(manual, at), STR("```")))
		to = *at;
	text = str_slice(manual, from, to);
	has_module = str_starts_with(text, STR("module "));
	example.source.text =
		arena_format(arena, "%s%.*s", has_module ? "" : module.at, STR_ARGS(text));
	return example;
}

int main(int argc, char **argv)
{
	struct arena arena;
	struct str manual;
	size_t count = 0;
	size_t failed = 0;

	arena_init(&arena, 0, memory_exhausted);
	if (argc != 2 || source_files_system.read(NULL, argv[1], &arena, &manual) != 0) {
		fputs("usage: front_docs FILE.md\n", stderr);
		return 2;
	}
	for (size_t at = 0; at < manual.len;) {
		struct str fence = line_next(manual, &at);
		bool is_wrong = str_equal(fence, STR("```quern-error"));
		struct example example;
		bool holds;

		if (!is_wrong && !str_equal(fence, STR("```quern")))
			continue;
		example = example_read(manual, &at, &arena);
		example.is_wrong = is_wrong;
		holds = example_holds(&example, &arena);
		failed += !holds;
		printf("%s %zu - example %zu of the manual\n", holds ? "ok" : "not ok", count + 1,
		       count + 1);
		count++;
	}
	printf("1..%zu\n", count);
	arena_free(&arena);
	return failed > 0 || count == 0;
}
