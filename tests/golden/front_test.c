/*
 * The compiler's front on input that does not fit into golden files: odd bytes, sizes, files that
 * are no files.
 */
#include "check.h"
#include "format.h"
#include "schema_read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
	struct arena arena;
	struct diagnostics diagnostics;
	char folder[64];
};

static void memory_exhausted(void)
{
	fail_msg("out of memory");
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	arena_init(&f->arena, 0, memory_exhausted);
	diagnostics_init(&f->diagnostics, &f->arena);
	strcpy(f->folder, "/tmp/quern-front-XXXXXX");
	*state = f;
	return mkdtemp(f->folder) ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", f->folder);
	arena_free(&f->arena);
	if (system(command) != 0)
		return -1;
	free(f);
	return 0;
}

static const char *said(struct fixture *f)
{
	struct buf text;

	buf_init(&text, &f->arena);
	diagnostics_render_text(&f->diagnostics, false, &text);
	buf_add_char(&text, '\0');
	return text.at;
}

static bool compile(struct fixture *f, struct str text)
{
	struct source *source = arena_alloc(&f->arena, sizeof(*source));
	const struct schema *schema;

	source->path = STR("x.quern");
	source->text = arena_copy(&f->arena, text);
	diagnostics_init(&f->diagnostics, &f->arena);
	return schema_compile(source, 1, &f->arena, &f->diagnostics, &schema);
}

static void odd_bytes_are_refused_with_their_place(void **state)
{
	static const struct {
		struct str text;
		const char *first_line;
	} cases[] = {
		{ STR_INIT("module m;\n\0model"),
		  "x.quern:2:1: error: NUL byte: this is not a text file\n" },
		{ STR_INIT("module m; \x1a"), "x.quern:1:11: error: control character U+001A\n" },
		{ STR_INIT("module m;\r// x"),
		  "x.quern:1:10: error: carriage return without a line feed: lines end with LF or CRLF\n" },
		{ STR_INIT("module m; \x80"),
		  "x.quern:1:11: error: byte 0x80 at offset 10 is not UTF-8\n" },
		{ STR_INIT("module m; // \xc0\x80"),
		  "x.quern:1:14: error: byte 0xC0 at offset 13 is not UTF-8\n" },
		{ STR_INIT("module m; // \xed\xa0\x80"),
		  "x.quern:1:14: error: byte 0xED at offset 13 is not UTF-8\n" },
		{ STR_INIT("module m; // \xf5\x80\x80\x80"),
		  "x.quern:1:14: error: byte 0xF5 at offset 13 is not UTF-8\n" },
		{ STR_INIT("module m; // \xe2\x82"),
		  "x.quern:1:14: error: byte 0xE2 at offset 13 is not UTF-8\n" },
		{ STR_INIT("module m; // \xc2\x85"),
		  "x.quern:1:14: error: control character U+0085\n" },
		{ STR_INIT("\xff\xfem\0o\0"), "x.quern:1:1: error: file is UTF-16\n" },
		{ STR_INIT("\xfe\xff\0m\0o"), "x.quern:1:1: error: file is UTF-16\n" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_false(compile(f, cases[i].text));
		assert_memory_equal(said(f), cases[i].first_line, strlen(cases[i].first_line));
	}
}

static void a_schema_cut_anywhere_is_accepted_or_refused_with_an_error(void **state)
{
	static const char whole[] =
		"module shop schema \"s\";\n/// D\nenum E { a, b \"B\" }\nabstract model T { at date?; }\n"
		"model P : T {\n    name varchar(9) unique check (name <> ')') default 'x''y';\n"
		"    e E[] default '{a}'; // c\n    o P? on delete set null as os;\n    many P[];\n"
		"    unique (name, o) include (at) where (true);\n    index using gin (e, (1));\n"
		"    v text[] valid not blank valid pattern '^[a-z]''$' valid length from 3 to 9 valid hook;\n"
		"    w double valid from -1 to 1e1; valid hook;\n}\n"
		"serializer C for shop.P { fields name as n, os, many; nested os D; read only name; computed c; }\n"
		"serializer D for P { exclude at; nested o F; write only name; }\n"
		"serializer F for P { }\n";
	struct fixture *f = *state;

	for (size_t len = 0; len < sizeof(whole); len++) {
		bool accepted = compile(f, (struct str){ whole, len });

		assert_int_equal(accepted, !diagnostics_has_errors(&f->diagnostics));
		assert_true(accepted || strstr(said(f), "error: "));
	}
}

static struct str repeated(struct fixture *f, const char *head, const char *part, size_t count)
{
	struct buf text;

	buf_init(&text, &f->arena);
	buf_add_cstring(&text, head);
	for (size_t i = 0; i < count; i++)
		buf_add_cstring(&text, part);
	return buf_str(&text);
}

static void a_file_over_the_limit_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_false(compile(f, repeated(f, "module m;", "                ", (size_t)1024 * 1024)));
	assert_non_null(strstr(said(f), "file of 16777225 bytes, where the limit is 16777216"));
}

static void deep_and_long_input_needs_no_stack(void **state)
{
	static const char *const parts[] = { "(",  "[", "{", "model A {", "a.",
					     "\"", "'", "-", "/*",        "///\n" };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		assert_false(compile(f, repeated(f, "module m;\nmodel A { x integer check ",
						 parts[i], 100000)));
	assert_false(compile(f, repeated(f, "module m;\nmodel A { ", "x", 1000000)));
	assert_non_null(strstr(said(f), "name of 1000000 bytes"));
}

static void hundred_thousand_labels_are_one_enum(void **state)
{
	struct fixture *f = *state;
	struct buf text;

	buf_init(&text, &f->arena);
	buf_add_cstring(&text, "module m;\nenum E {\n");
	for (unsigned i = 0; i < 100000; i++)
		buf_add_format(&text, "l%u,\n", i);
	buf_add_cstring(&text, "}\n");
	assert_true(compile(f, buf_str(&text)));
}

/* Ten models with so many foreign keys each, all to the same one. */
static bool compiles_with_references(struct fixture *f, unsigned each)
{
	struct buf text;

	buf_init(&text, &f->arena);
	buf_add_cstring(&text, "module m;\nmodel Hub {}\n");
	for (unsigned i = 0; i < 10; i++) {
		buf_add_format(&text, "model M%u {\n", i);
		for (unsigned j = 0; j < each; j++)
			buf_add_format(&text, "r%u Hub;\n", j);
		buf_add_cstring(&text, "}\n");
	}
	return compile(f, buf_str(&text));
}

static void ten_thousand_relations_to_a_model_are_the_limit(void **state)
{
	struct fixture *f = *state;

	assert_true(compiles_with_references(f, 1000));
	assert_false(compiles_with_references(f, 1001));
	assert_non_null(strstr(said(f), "x.quern:2:7: error: model \"Hub\" has 10010 relations, "
					"those that refer to it included, where quern has room for "
					"10000\n"));
}

static void the_order_of_sources_changes_nothing(void **state)
{
	struct fixture *f = *state;
	const struct source sources[] = {
		{ STR_INIT("a"), STR_INIT("module m; model A { b B; c Missing; }") },
		{ STR_INIT("b"), STR_INIT("module m; model B { a n.A; } model A {}") },
		{ STR_INIT("c"), STR_INIT("module n; model A { x m.E; }") },
	};
	const struct source reversed[] = { sources[2], sources[1], sources[0] };
	const struct schema *schema;
	const char *first;

	assert_false(schema_compile(sources, 3, &f->arena, &f->diagnostics, &schema));
	first = said(f);
	diagnostics_init(&f->diagnostics, &f->arena);
	assert_false(schema_compile(reversed, 3, &f->arena, &f->diagnostics, &schema));
	assert_string_equal(first, said(f));
}

static void json_has_places_hints_and_notes(void **state)
{
	struct fixture *f = *state;
	struct buf json;

	assert_false(compile(f, STR("module m; model Tag {} model A { \xc3\xa4 Tga; \"\\ }")));
	assert_false(compile(f, STR("module m;\nmodel Tag {}\nmodel A { x Tga; }")));
	buf_init(&json, &f->arena);
	diagnostics_render_json(&f->diagnostics, &json);
	assert_string_equal(
		json.at,
		"[\n{\"severity\":\"error\",\"file\":\"x.quern\",\"line\":3,\"column\":13,"
		"\"end_line\":3,\"end_column\":16,\"message\":\"unknown type \\\"Tga\\\"\","
		"\"hint\":\"did you mean \\\"Tag\\\"?\",\"note\":{\"file\":\"x.quern\","
		"\"line\":2,\"column\":7,\"end_line\":2,\"end_column\":10,"
		"\"message\":\"\\\"Tag\\\" is declared here\"}}\n]\n");
}

static void no_errors_are_an_empty_array(void **state)
{
	struct fixture *f = *state;
	struct buf json;

	buf_init(&json, &f->arena);
	diagnostics_render_json(&f->diagnostics, &json);
	assert_string_equal(json.at, "[\n]\n");
}

static void colour_changes_nothing_but_colour(void **state)
{
	struct fixture *f = *state;
	struct buf coloured;
	const char *plain;
	size_t at = 0;

	assert_false(compile(f, STR("module m;\nmodel Tag {}\nmodel A { x Tga; }")));
	plain = said(f);
	buf_init(&coloured, &f->arena);
	diagnostics_render_text(&f->diagnostics, true, &coloured);
	for (size_t i = 0; i < coloured.len; i++) {
		if (coloured.at[i] == '\x1b') {
			while (coloured.at[i] != 'm')
				i++;
			continue;
		}
		assert_int_equal(coloured.at[i], plain[at++]);
	}
	assert_int_equal(plain[at], '\0');
}

static void lines_may_end_either_way_within_sql(void **state)
{
	struct fixture *f = *state;
	const struct schema *schema[2];
	struct source sources[] = {
		{ STR("unix.quern"), STR("module m;\nmodel A { x text check (x <>\n'a\nb'); }\n") },
		{ STR("dos.quern"),
		  STR("module m;\r\nmodel A { x text check (x <>\r\n'a\r\nb'); }\r\n") },
	};

	for (size_t i = 0; i < 2; i++)
		assert_true(schema_compile(&sources[i], 1, &f->arena, &f->diagnostics, &schema[i]));
	assert_true(str_equal(schema[0]->modules[0].models[0].columns[1].checks[0].sql,
			      schema[1]->modules[0].models[0].columns[1].checks[0].sql));
}

static struct str many_unknown_types(struct fixture *f, size_t count)
{
	struct buf text;

	buf_init(&text, &f->arena);
	buf_add_cstring(&text, "module m;\n");
	for (size_t i = 0; i < count; i++)
		buf_add_format(&text, "model Model%zu { x Modle%zu; }\n", i, i);
	return buf_str(&text);
}

static void only_the_first_hundred_errors_get_suggestions(void **state)
{
	struct fixture *f = *state;
	size_t hints = 0;

	assert_false(compile(f, many_unknown_types(f, 3000)));
	for (size_t i = 0; i < f->diagnostics.count; i++)
		hints += f->diagnostics.at[i]->hint.len > 0;
	assert_int_equal(hints, DIAGNOSTICS_SHOWN);
}

static void several_errors_end_with_their_number(void **state)
{
	struct fixture *f = *state;
	const struct schema *schema;
	const struct source sources[] = {
		{ STR("a.quern"), STR("module a;\nmodel A { x no; y no; }") },
		{ STR("b.quern"), STR("module b;\nmodel B { x no; }") },
	};
	const char *end = "\n3 errors in 2 files\n";

	assert_false(compile(f, STR("module a;\nmodel A { x no; }")));
	assert_null(strstr(said(f), "1 error"));
	diagnostics_init(&f->diagnostics, &f->arena);
	assert_false(schema_compile(sources, 2, &f->arena, &f->diagnostics, &schema));
	assert_string_equal(said(f) + strlen(said(f)) - strlen(end), end);
	diagnostics_init(&f->diagnostics, &f->arena);
	assert_false(compile(f, many_unknown_types(f, 2000)));
	assert_non_null(strstr(said(f), "\n2000 errors in 1 file, of which 100 are shown\n"));
}

static const char *path_in(struct fixture *f, const char *name)
{
	return arena_format(&f->arena, "%s/%s", f->folder, name).at;
}

static void file_make(struct fixture *f, const char *name, const char *text)
{
	FILE *file = fopen(path_in(f, name), "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static bool read_path(struct fixture *f, const char *path, struct sources *sources)
{
	diagnostics_init(&f->diagnostics, &f->arena);
	return sources_read(&source_files_system, &path, 1, &f->arena, &f->diagnostics, sources);
}

static void assert_unreadable(struct fixture *f, const char *path, const char *why)
{
	struct sources sources;
	const char *expected =
		arena_format(&f->arena, "error: cannot read \"%s\": %s\n", path, why).at;

	assert_false(read_path(f, path, &sources));
	assert_memory_equal(said(f), expected, strlen(expected));
}

static void folders_give_their_schemas_sorted(void **state)
{
	struct fixture *f = *state;
	struct sources sources;

	assert_int_equal(mkdir(path_in(f, "m"), 0755), 0);
	assert_int_equal(mkdir(path_in(f, ".hidden"), 0755), 0);
	file_make(f, "z.quern", "z");
	file_make(f, "a.quern", "a");
	file_make(f, "m/n.quern", "n");
	file_make(f, "m/n.txt", "no");
	file_make(f, ".hidden/h.quern", "no");
	file_make(f, ".h.quern", "no");
	assert_true(read_path(f, f->folder, &sources));
	assert_int_equal(sources.count, 3);
	assert_true(str_equal(sources.at[0].text, STR("a")));
	assert_true(str_equal(sources.at[1].text, STR("n")));
	assert_true(str_equal(sources.at[2].text, STR("z")));
}

static void a_file_that_is_named_twice_is_read_once(void **state)
{
	struct fixture *f = *state;
	struct sources sources;
	const char *paths[2];

	file_make(f, "a.quern", "a");
	paths[0] = path_in(f, "a.quern");
	paths[1] = f->folder;
	assert_true(
		sources_read(&source_files_system, paths, 2, &f->arena, &f->diagnostics, &sources));
	assert_int_equal(sources.count, 1);
}

static void what_is_no_file_is_refused(void **state)
{
	struct fixture *f = *state;
	struct sources sources;

	assert_unreadable(f, path_in(f, "missing.quern"), "No such file or directory");
	assert_unreadable(f, "/dev/zero", "it is neither a file nor a folder");
	assert_int_equal(mkfifo(path_in(f, "fifo.quern"), 0644), 0);
	assert_unreadable(f, path_in(f, "fifo.quern"), "it is neither a file nor a folder");
	assert_int_equal(unlink(path_in(f, "fifo.quern")), 0);
	assert_int_equal(symlink("loop.quern", path_in(f, "loop.quern")), 0);
	assert_unreadable(f, path_in(f, "loop.quern"), "Too many levels of symbolic links");
	assert_int_equal(unlink(path_in(f, "loop.quern")), 0);
	assert_false(read_path(f, f->folder, &sources));
	assert_non_null(strstr(said(f), "no .quern file in "));
}

static void a_link_to_a_folder_above_ends(void **state)
{
	struct fixture *f = *state;
	struct sources sources;

	file_make(f, "a.quern", "a");
	assert_int_equal(symlink(".", path_in(f, "again")), 0);
	assert_false(read_path(f, f->folder, &sources));
	assert_non_null(strstr(said(f), "Too many levels of symbolic links"));
}

static void a_file_without_permission_is_refused(void **state)
{
	struct fixture *f = *state;

	if (geteuid() == 0)
		skip();
	file_make(f, "a.quern", "a");
	assert_int_equal(chmod(path_in(f, "a.quern"), 0), 0);
	assert_unreadable(f, path_in(f, "a.quern"), "Permission denied");
}

static void a_file_that_is_too_large_is_not_read(void **state)
{
	struct fixture *f = *state;

	file_make(f, "a.quern", "");
	assert_int_equal(truncate(path_in(f, "a.quern"), (off_t)SOURCE_SIZE_MAX + 1), 0);
	assert_unreadable(f, path_in(f, "a.quern"), "it is larger than 16 MB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(odd_bytes_are_refused_with_their_place),
		TEST(a_schema_cut_anywhere_is_accepted_or_refused_with_an_error),
		TEST(a_file_over_the_limit_is_refused),
		TEST(deep_and_long_input_needs_no_stack),
		TEST(hundred_thousand_labels_are_one_enum),
		TEST(ten_thousand_relations_to_a_model_are_the_limit),
		TEST(the_order_of_sources_changes_nothing),
		TEST(json_has_places_hints_and_notes),
		TEST(no_errors_are_an_empty_array),
		TEST(colour_changes_nothing_but_colour),
		TEST(lines_may_end_either_way_within_sql),
		TEST(only_the_first_hundred_errors_get_suggestions),
		TEST(several_errors_end_with_their_number),
		TEST(folders_give_their_schemas_sorted),
		TEST(a_file_that_is_named_twice_is_read_once),
		TEST(what_is_no_file_is_refused),
		TEST(a_link_to_a_folder_above_ends),
		TEST(a_file_without_permission_is_refused),
		TEST(a_file_that_is_too_large_is_not_read),
	};

	return cmocka_run_group_tests_name("front", tests, NULL, NULL);
}
