/*
 * What the commands of `quern` share: options, diagnostics, output, exit statuses.
 *
 * A command is a function that gets its arguments, its own name first, and returns the exit status.
 * What it was asked for goes to standard output, everything else to standard error.
 */
#ifndef QUERN_CODEGEN_CLI_H
#define QUERN_CODEGEN_CLI_H

#include "base/arena.h"
#include "base/buf.h"
#include "diagnostics.h"
#include "model.h"
#include "schema_read.h"

#include <getopt.h>

enum {
	CLI_OK = 0,
	CLI_PROBLEM = 1, /* errors in the input, differences found, something could not be done */
	CLI_USAGE = 2,
};

/* One run of `quern`. */
struct cli {
	struct arena *arena; /* its out-of-memory policy does not return */
	const char *command; /* "gen", for messages */
	const char *help;    /* what --help prints */
	struct diagnostics diagnostics;
	bool is_json;           /* --diagnostics=json */
	bool has_error_colour;  /* for standard error */
	bool has_output_colour; /* for standard output */
};

/* What getopt_long returns for the options of every command; a command's own are below them. */
enum {
	CLI_OPTION_HELP = 0x1000,
	CLI_OPTION_DIAGNOSTICS,
	CLI_OPTION_COLOUR,
};

/* These belong in the options of every command, before the ending zeros. */
#define CLI_OPTION(name, value)                      \
	{                                            \
		name, required_argument, NULL, value \
	}
#define CLI_OPTIONS                                                \
	{ "help", no_argument, NULL, CLI_OPTION_HELP },            \
		CLI_OPTION("diagnostics", CLI_OPTION_DIAGNOSTICS), \
		CLI_OPTION("color", CLI_OPTION_COLOUR)

/* What to do after an option: go on, or end with `status`. */
struct cli_option {
	/* The command's own; -1: there is no other; CLI_OPTION_HELP: end with `status`. */
	int value;
	int status;
};

/*
 * The next option that is the command's own. Misuse is reported, with the nearest option that there
 * is.
 */
struct cli_option cli_next_option(struct cli *cli, int argc, char **argv, const char *letters,
				  const struct option *options);

/* What a command is asked to leave it at, by its only option of its own. */
struct cli_selection {
	const char *option; /* its name, without the dashes */
	const char *value;  /* the last that was given; NULL: none was */
	int status;
};

/*
 * Reads the options of a command that takes one selection and at least one schema. False: end with
 * selection->status; misuse was reported.
 */
bool cli_read_selection(struct cli *cli, int argc, char **argv, struct cli_selection *selection);

/*
 * "auto" (on terminals, unless NO_COLOR or TERM=dumb say otherwise), "always" or "never"; false: it
 * is none of these.
 */
bool cli_set_colour(struct cli *cli, const char *when);

/* Reports wrong use of the command. Returns CLI_USAGE. */
int cli_usage(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));
/*
 * "did you mean ..." for a word that is none of `names`, which NULL ends; "" when none is near. In
 * the arena.
 */
const char *cli_suggestion(const struct cli *cli, const char *word, const char *const *names);

/* Reads and compiles what the arguments from optind on name. False: the diagnostics say why. */
bool cli_compile(struct cli *cli, int argc, char **argv, struct sources *sources,
		 const struct schema **schema);
/* Writes the diagnostics, if there are any, as they were asked for. Returns CLI_PROBLEM. */
int cli_failed(struct cli *cli);
/*
 * Writes to standard output. A reader that went away is a failure without a message. Returns an
 * exit status.
 */
int cli_print(const struct cli *cli, struct str text);
/* A line on standard error for people. */
void cli_note(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The commands; `cmd_dev` is in cmd_dev.h. */
int cmd_gen(struct cli *cli, int argc, char **argv);
int cmd_check(struct cli *cli, int argc, char **argv);
int cmd_fmt(struct cli *cli, int argc, char **argv);
int cmd_jsonschema(struct cli *cli, int argc, char **argv);
int cmd_sql(struct cli *cli, int argc, char **argv);

/* Runs the command that the arguments name. */
int cli_run(struct arena *arena, int argc, char **argv);

#endif
