#include "cli.h"

#include "emit_c.h"
#include "output.h"

/* True: go on; false: end with *status. */
static bool options_read(struct cli *cli, int argc, char **argv, const char **directory,
			 int *status)
{
	static const struct option known[] = {
		{ "output", required_argument, NULL, 'o' },
		CLI_OPTIONS,
		{ 0 },
	};
	struct cli_option option;

	for (;;) {
		option = cli_next_option(cli, argc, argv, ":o:", known);
		if (option.value == -1)
			break;
		if (option.value != 'o') {
			*status = option.status;
			return false;
		}
		*directory = optarg;
	}
	if (optind == argc)
		*status = cli_usage(cli, "no schema is named");
	else if (!*directory)
		*status = cli_usage(cli, "say where the generated code is with \"-o DIR\"");
	else
		return true;
	return false;
}

int cmd_check(struct cli *cli, int argc, char **argv)
{
	const char *directory = NULL;
	struct output_counts counts;
	struct output_target target;
	const struct schema *schema;
	struct artifacts artifacts;
	struct sources sources;
	struct buf diff;
	int status;

	if (!options_read(cli, argc, argv, &directory, &status))
		return status;
	if (!cli_compile(cli, argc, argv, &sources, &schema))
		return cli_failed(cli);
	artifacts = emit_c(schema, cli->arena);
	buf_init(&diff, cli->arena);
	target = (struct output_target){ directory, STR(EMIT_C_BANNER), cli->has_output_colour };
	if (!output_check(&target, &artifacts, &cli->diagnostics, &diff, &counts))
		return cli_failed(cli);
	if (counts.written + counts.removed == 0) {
		cli_note(cli, "\"%s\" is up to date: %zu files", directory, counts.unchanged);
		return CLI_OK;
	}
	(void)cli_print(cli, buf_str(&diff));
	cli_note(cli, "\"%s\" is not up to date: %zu to write, %zu to remove; run \"quern gen\"",
		 directory, counts.written, counts.removed);
	return CLI_PROBLEM;
}
