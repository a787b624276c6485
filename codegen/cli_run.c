#include "cli.h"

#include "cli_help.h"
#include "cmd_dev.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#ifndef QUERN_VERSION
#error "the build says which version this is"
#endif

static int run_dev(struct cli *cli, int argc, char **argv)
{
	(void)cli;
	/* It may become psql, which must get the signal as it was. */
	signal(SIGPIPE, SIG_DFL);
	return cmd_dev(argc, argv);
}

static const struct command {
	const char *name;
	int (*run)(struct cli *cli, int argc, char **argv);
	const char *help;
} commands[] = {
	{ "gen", cmd_gen, cli_help_gen },
	{ "check", cmd_check, cli_help_check },
	{ "fmt", cmd_fmt, cli_help_fmt },
	{ "sql", cmd_sql, cli_help_sql },
	{ "jsonschema", cmd_jsonschema, cli_help_jsonschema },
	{ "dev", run_dev, NULL },
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int unknown_command(const struct cli *cli, const char *word)
{
	const char *names[COMMAND_COUNT + 2];
	const char *const options[] = { "--help", "--version", NULL };

	for (size_t i = 0; i < COMMAND_COUNT; i++)
		names[i] = commands[i].name;
	names[COMMAND_COUNT] = "help";
	names[COMMAND_COUNT + 1] = NULL;
	if (word[0] == '-')
		return cli_usage(cli, "unknown option \"%s\"%s", word,
				 cli_suggestion(cli, word, options));
	return cli_usage(cli, "unknown command \"%s\"%s", word, cli_suggestion(cli, word, names));
}

static int run_command(struct cli *cli, const struct command *command, int argc, char **argv)
{
	cli->command = command->name;
	cli->help = command->help;
	return command->run(cli, argc, argv);
}

static int print_help(struct cli *cli, const char *name)
{
	const struct command *command = name ? find_command(name) : NULL;
	char dev[] = "dev";
	char help[] = "--help";

	if (!name)
		return cli_print(cli, str_from_cstring(cli_help));
	if (!command)
		return unknown_command(cli, name);
	if (command->help)
		return cli_print(cli, str_from_cstring(command->help));
	return run_command(cli, command, 2, (char *[]){ dev, help, NULL });
}

int cli_run(struct arena *arena, int argc, char **argv)
{
	struct cli cli = { .arena = arena };
	const char *word = argc > 1 ? argv[1] : NULL;
	const struct command *command = word ? find_command(word) : NULL;

	/*
	 * Writing into a closed pipe is an error like others, which does not stop half-way through
	 * writing files.
	 */
	signal(SIGPIPE, SIG_IGN);
	diagnostics_init(&cli.diagnostics, arena);
	(void)cli_set_colour(&cli, "auto");
	if (command)
		return run_command(&cli, command, argc - 1, argv + 1);
	if (!word) {
		fputs(cli_help, stderr);
		return CLI_USAGE;
	}
	if (strcmp(word, "help") == 0)
		return print_help(&cli, argc > 2 ? argv[2] : NULL);
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		return print_help(&cli, NULL);
	if (strcmp(word, "--version") == 0)
		return cli_print(&cli, STR("quern " QUERN_VERSION "\n"));
	return unknown_command(&cli, word);
}
