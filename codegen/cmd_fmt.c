#include "cli.h"

#include "format.h"
#include "output.h"
#include "unified_diff.h"

/* True: go on; false: end with *status. */
static bool options_read(struct cli *cli, int argc, char **argv, bool *checks, int *status)
{
	static const struct option known[] = {
		{ "check", no_argument, NULL, 'c' },
		CLI_OPTIONS,
		{ 0 },
	};
	struct cli_option option;

	for (;;) {
		option = cli_next_option(cli, argc, argv, ":", known);
		if (option.value == -1)
			break;
		if (option.value != 'c') {
			*status = option.status;
			return false;
		}
		*checks = true;
	}
	if (optind >= argc) {
		*status = cli_usage(cli, "no schema is named");
		return false;
	}
	return true;
}

static void difference_add(const struct cli *cli, const struct source *source, struct str formatted,
			   struct buf *diff)
{
	const char *path = arena_cstring(cli->arena, source->path);

	unified_diff_add(
		&(struct unified_diff){
			.old_name = path,
			.new_name = path,
			.old_text = source->text,
			.new_text = formatted,
			.colour = cli->has_output_colour,
		},
		diff);
}

/* Nothing is written before every file could be formatted. */
static bool write_back(struct cli *cli, const struct sources *sources, const struct str *formatted)
{
	bool is_ok = true;

	for (size_t i = 0; i < sources->count; i++) {
		const struct source *source = &sources->at[i];

		if (str_equal(source->path, STR("<stdin>")))
			is_ok = cli_print(cli, formatted[i]) == CLI_OK && is_ok;
		else if (!str_equal(source->text, formatted[i]))
			is_ok = output_replace(arena_cstring(cli->arena, source->path),
					       formatted[i], &cli->diagnostics) &&
				is_ok;
	}
	return is_ok;
}

static int show_differences(struct cli *cli, const struct sources *sources,
			    const struct str *formatted)
{
	struct buf diff;
	size_t count = 0;

	buf_init(&diff, cli->arena);
	for (size_t i = 0; i < sources->count; i++) {
		if (str_equal(sources->at[i].text, formatted[i]))
			continue;
		difference_add(cli, &sources->at[i], formatted[i], &diff);
		count++;
	}
	if (count == 0)
		return CLI_OK;
	(void)cli_print(cli, buf_str(&diff));
	for (size_t i = 0; i < sources->count; i++)
		if (!str_equal(sources->at[i].text, formatted[i]))
			cli_note(cli, "\"%.*s\" is not laid out; run \"quern fmt\"",
				 STR_ARGS(sources->at[i].path));
	return CLI_PROBLEM;
}

int cmd_fmt(struct cli *cli, int argc, char **argv)
{
	struct sources sources;
	struct str *formatted;
	bool checks = false;
	bool is_ok = true;
	int status;

	if (!options_read(cli, argc, argv, &checks, &status))
		return status;
	if (!sources_read(&source_files_system, (const char *const *)argv + optind,
			  (size_t)(argc - optind), cli->arena, &cli->diagnostics, &sources))
		return cli_failed(cli);
	formatted = arena_alloc_array(cli->arena, sources.count, sizeof(*formatted));
	for (size_t i = 0; i < sources.count; i++)
		is_ok = format_source(&sources.at[i], cli->arena, &cli->diagnostics,
				      &formatted[i]) &&
			is_ok;
	if (!is_ok)
		return cli_failed(cli);
	if (checks)
		return show_differences(cli, &sources, formatted);
	return write_back(cli, &sources, formatted) ? CLI_OK : cli_failed(cli);
}
