/* Templates, and how text is spelled in C and in SQL. */
#include "c_text.h"
#include "sql_text.h"
#include "template.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct arena arena;

static void no_memory(void)
{
	abort();
}

static int arena_begin(void **state)
{
	(void)state;
	arena_init(&arena, 0, no_memory);
	return 0;
}

static int arena_end(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void assert_text(struct str actual, const char *expected)
{
	assert_string_equal(arena_cstring(&arena, actual), expected);
}

static void holes_within_a_line_are_filled(void **state)
{
	(void)state;
	assert_text(template_fill(&arena, STR("a ${x} ${y}${x} $ $x {x}\n"),
				  SLOTS({ "x", STR("1") }, { "y", STR("") })),
		    "a 1 1 $ $x {x}\n");
}

static void a_block_hole_indents_every_line_but_empty_ones(void **state)
{
	(void)state;
	assert_text(template_fill(&arena, STR("{\n\t${x}\n}\n"), SLOTS({ "x", STR("a\n\n\tb") })),
		    "{\n\ta\n\n\t\tb\n}\n");
}

static void an_empty_block_hole_removes_its_line(void **state)
{
	(void)state;
	assert_text(template_fill(&arena, STR("{\n\t${x}\n}\n"), SLOTS({ "x", STR("") })),
		    "{\n}\n");
}

static void what_is_filled_in_is_not_a_template(void **state)
{
	(void)state;
	assert_text(template_fill(&arena, STR("<${x}>\n"), SLOTS({ "x", STR("${y}") })),
		    "<${y}>\n");
}

static void a_hole_without_a_slot_aborts(void **state)
{
	const struct rlimit no_core = { 0, 0 };
	int status = 0;
	pid_t child;

	(void)state;
	child = fork();
	if (child == 0) {
		(void)setrlimit(RLIMIT_CORE, &no_core);
		(void)signal(SIGABRT, SIG_DFL);
		if (!freopen("/dev/null", "w", stderr))
			_exit(2);
		template_fill(&arena, STR("${missing}\n"), SLOTS({ "x", STR("1") }));
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void c_strings_escape_what_c_would_misread(void **state)
{
	(void)state;
	assert_text(c_string(&arena, STR("a\"b\\c")), "\"a\\\"b\\\\c\"");
	assert_text(c_string(&arena, STR("\n\0011\177")), "\"\\012\\0011\\177\"");
	assert_text(c_string(&arena, STR("?\?/?\?=")), "\"?\\?/?\\?=\"");
	assert_text(c_string(&arena, STR("na\303\257ve")), "\"na\303\257ve\"");
	assert_text(c_string(&arena, STR("")), "\"\"");
}

static void c_comments_end_where_they_should(void **state)
{
	(void)state;
	assert_text(c_comment(&arena, STR("")), "");
	assert_text(c_comment(&arena, STR("  \n")), "");
	assert_text(c_comment(&arena, STR("a */ b /* c")), "/* a * / b / * c */\n");
	assert_text(c_comment(&arena, STR("**/")), "/* ** / */\n");
	assert_text(c_comment(&arena, STR("ends in \\")), "/* ends in \\ . */\n");
	assert_text(c_comment(&arena, STR("?\?/")), "/* ? ?/ */\n");
	assert_text(c_comment(&arena, STR("two\n\nlines *\\\n/")),
		    "/*\n * two\n *\n * lines *\\ .\n * /\n */\n");
}

static void long_heads_break_under_the_parenthesis(void **state)
{
	struct str head = STR("qn_op *a_function_with_a_name(first_type *the_first_parameter, "
			      "second_type *the_second_parameter, int x)\n");

	(void)state;
	assert_text(c_wrap(&arena, STR("short(a, b);\n")), "short(a, b);\n");
	assert_text(c_wrap(&arena, head),
		    "qn_op *a_function_with_a_name(first_type *the_first_parameter, "
		    "second_type *the_second_parameter,\n"
		    "\t\t\t      int x)\n");
}

static void sql_names_are_quoted_when_they_must(void **state)
{
	(void)state;
	assert_text(sql_ident(&arena, STR("shop_product2")), "shop_product2");
	assert_text(sql_ident(&arena, STR("user")), "\"user\"");
	assert_text(sql_ident(&arena, STR("order")), "\"order\"");
	assert_text(sql_ident(&arena, STR("zone")), "zone");
	assert_text(sql_ident(&arena, STR("Mixed")), "\"Mixed\"");
	assert_text(sql_ident(&arena, STR("2nd")), "\"2nd\"");
	assert_text(sql_ident(&arena, STR("a\"b")), "\"a\"\"b\"");
	assert_text(sql_ident(&arena, STR("")), "\"\"");
	assert_text(sql_path(&arena, STR("my schema"), STR("table")), "\"my schema\".\"table\"");
	assert_text(sql_path(&arena, STR(""), STR("t")), "t");
	assert_text(sql_quoted_path(&arena, STR("s"), STR("t")), "\"s\".\"t\"");
}

static void sql_literals_mean_themselves(void **state)
{
	(void)state;
	assert_text(sql_literal(&arena, STR("")), "''");
	assert_text(sql_literal(&arena, STR("it's")), "'it''s'");
	assert_text(sql_literal(&arena, STR("a\\'b")), "E'a\\\\''b'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holes_within_a_line_are_filled),
		cmocka_unit_test(a_block_hole_indents_every_line_but_empty_ones),
		cmocka_unit_test(an_empty_block_hole_removes_its_line),
		cmocka_unit_test(what_is_filled_in_is_not_a_template),
		cmocka_unit_test(a_hole_without_a_slot_aborts),
		cmocka_unit_test(c_strings_escape_what_c_would_misread),
		cmocka_unit_test(c_comments_end_where_they_should),
		cmocka_unit_test(long_heads_break_under_the_parenthesis),
		cmocka_unit_test(sql_names_are_quoted_when_they_must),
		cmocka_unit_test(sql_literals_mean_themselves),
	};

	return cmocka_run_group_tests_name("text", tests, arena_begin, arena_end);
}
