#include "cli.h"

#include "emit_c.h"
#include "output.h"

#include <sys/stat.h>

/* Room for the text of most files at once: the arena keeps its first chunk. */
#define TEXT_SIZE ((size_t)256 * 1024)

struct gen_options {
	const char *directory;
	const char *depfile;
	bool to_stdout;
};

/* True: go on; false: end with *status. */
static bool options_read(struct cli *cli, int argc, char **argv, struct gen_options *options,
			 int *status)
{
	static const struct option known[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "stdout", no_argument, NULL, 's' },
		{ "depfile", required_argument, NULL, 'd' },
		CLI_OPTIONS,
		{ 0 },
	};
	struct cli_option option;

	for (;;) {
		option = cli_next_option(cli, argc, argv, ":o:", known);
		if (option.value == -1)
			break;
		if (option.value == 'o') {
			options->directory = optarg;
		} else if (option.value == 'd') {
			options->depfile = optarg;
		} else if (option.value == 's') {
			options->to_stdout = true;
		} else {
			*status = option.status;
			return false;
		}
	}
	if (optind == argc)
		*status = cli_usage(cli, "no schema is named");
	else if (!options->directory && !options->to_stdout)
		*status = cli_usage(cli, "say where to write with \"-o DIR\", or \"--stdout\"");
	else if (options->to_stdout && (options->directory || options->depfile))
		*status = cli_usage(cli, "\"--stdout\" writes no files: leave out \"%s\"",
				    options->directory ? "-o" : "--depfile");
	else
		return true;
	return false;
}

static int print_artifacts(struct cli *cli, const struct artifacts *artifacts)
{
	int status = CLI_OK;
	struct arena texts;

	arena_init(&texts, TEXT_SIZE, cli->arena->out_of_memory);
	for (size_t i = 0; i < artifacts->count && status == CLI_OK; i++) {
		const struct artifact *artifact = &artifacts->at[i];

		status = cli_print(cli, arena_format(&texts, "%s/* ==== %.*s ==== */\n",
						     i ? "\n" : "", STR_ARGS(artifact->path)));
		if (status == CLI_OK)
			status = cli_print(cli, artifacts->text(artifact, &texts));
		arena_clear(&texts);
	}
	arena_free(&texts);
	return status;
}

/* As make reads names; a newline cannot be written at all. */
static bool depfile_path_add(struct cli *cli, struct buf *out, struct str path)
{
	for (size_t i = 0; i < path.len; i++) {
		char c = path.at[i];

		if (c == '\n') {
			diagnostics_error(
				&cli->diagnostics, (struct span){ 0 },
				"a path with a line break cannot be in a depfile: \"%.*s\"",
				STR_ARGS(path));
			return false;
		}
		if (c == ' ' || c == '#' || c == '\\' || c == ':' || c == '\t')
			buf_add_char(out, '\\');
		if (c == '$')
			buf_add_char(out, '$');
		buf_add_char(out, c);
	}
	return true;
}

static bool is_folder(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/*
 * The headers of the modules: a build system refuses a depfile with outputs that it was not told
 * of.
 */
static bool depfile_outputs_add(struct cli *cli, struct buf *out, const struct gen_options *options,
				const struct schema *schema)
{
	for (size_t i = 0; i < schema->module_count; i++) {
		struct str header = arena_format(cli->arena, "%s/%.*s.h", options->directory,
						 STR_ARGS(schema->modules[i].name));

		if (i > 0)
			buf_add_char(out, ' ');
		if (!depfile_path_add(cli, out, header))
			return false;
	}
	buf_add_char(out, ':');
	return true;
}

static bool depfile_input_add(struct cli *cli, struct buf *out, struct str path)
{
	buf_add_cstring(out, " \\\n  ");
	return depfile_path_add(cli, out, path);
}

/* Folders that were named are inputs too, so that a new file in one is seen. */
static bool depfile_write(struct cli *cli, const struct gen_options *options, char **arguments,
			  const struct sources *sources, const struct schema *schema)
{
	struct buf text;

	buf_init(&text, cli->arena);
	if (!depfile_outputs_add(cli, &text, options, schema))
		return false;
	for (size_t i = 0; i < sources->count; i++)
		if (!str_equal(sources->at[i].path, STR("<stdin>")) &&
		    !depfile_input_add(cli, &text, sources->at[i].path))
			return false;
	for (; *arguments; arguments++)
		if (is_folder(*arguments) &&
		    !depfile_input_add(cli, &text, str_from_cstring(*arguments)))
			return false;
	buf_add_char(&text, '\n');
	return output_replace(options->depfile, buf_str(&text), &cli->diagnostics);
}

int cmd_gen(struct cli *cli, int argc, char **argv)
{
	struct gen_options options = { 0 };
	struct output_counts counts;
	const struct schema *schema;
	struct artifacts artifacts;
	struct sources sources;
	int status;

	if (!options_read(cli, argc, argv, &options, &status))
		return status;
	if (!cli_compile(cli, argc, argv, &sources, &schema))
		return cli_failed(cli);
	artifacts = emit_c(schema, cli->arena);
	if (options.to_stdout)
		return print_artifacts(cli, &artifacts);
	if (!output_write(&(struct output_target){ options.directory, STR(EMIT_C_BANNER), false },
			  &artifacts, &cli->diagnostics, &counts))
		return cli_failed(cli);
	if (options.depfile && !depfile_write(cli, &options, argv + optind, &sources, schema))
		return cli_failed(cli);
	if (counts.written + counts.removed > 0)
		cli_note(cli, "%zu written, %zu removed, %zu unchanged in \"%s\"", counts.written,
			 counts.removed, counts.unchanged, options.directory);
	return CLI_OK;
}
