#include "cli.h"

#include "check.h"
#include "suggest.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int cli_usage(const struct cli *cli, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "quern%s%s: ", cli->command ? " " : "", cli->command ? cli->command : "");
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "; see \"quern%s%s --help\"\n", cli->command ? " " : "",
		cli->command ? cli->command : "");
	return CLI_USAGE;
}

void cli_note(const struct cli *cli, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "quern %s: ", cli->command);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

const char *cli_suggestion(const struct cli *cli, const char *word, const char *const *names)
{
	struct suggestion suggestion;

	suggestion_init(&suggestion, str_from_cstring(word));
	for (; *names; names++)
		suggestion_consider(&suggestion, str_from_cstring(*names));
	if (suggestion.nearest.len == 0)
		return "";
	return arena_format(cli->arena, "; did you mean \"%.*s\"?", STR_ARGS(suggestion.nearest))
		.at;
}

static int unknown_option(const struct cli *cli, const char *word, const struct option *options)
{
	size_t count = 0;
	const char **names;

	while (options[count].name)
		count++;
	names = arena_alloc_array(cli->arena, count + 1, sizeof(*names));
	for (size_t i = 0; i < count; i++)
		names[i] = arena_format(cli->arena, "--%s", options[i].name).at;
	return cli_usage(cli, "unknown option \"%s\"%s", word, cli_suggestion(cli, word, names));
}

static int misused_option(const struct cli *cli, const char *word, const struct option *options)
{
	size_t len = strcspn(word, "=");

	/*
	 * getopt_long takes a long option's beginning too, and its answer is the same for none and
	 * for several.
	 */
	for (const struct option *option = options; option->name; option++)
		if (strncmp(word, "--", 2) == 0 && strlen(option->name) == len - 2 &&
		    memcmp(option->name, word + 2, len - 2) == 0)
			return option->has_arg == no_argument
				       ? cli_usage(cli, "option \"--%s\" takes no value",
						   option->name)
				       : cli_usage(cli, "option \"--%s\" needs a value",
						   option->name);
	for (const struct option *option = options; option->name; option++)
		if (strncmp(word, "--", 2) != 0 && option->val == optopt)
			return cli_usage(cli, "option \"-%c\" needs a value", optopt);
	if (strncmp(word, "--", 2) != 0)
		word = arena_format(cli->arena, "-%c", optopt).at;
	else
		word = arena_format(cli->arena, "%.*s", (int)len, word).at;
	return unknown_option(cli, word, options);
}

bool cli_read_selection(struct cli *cli, int argc, char **argv, struct cli_selection *selection)
{
	const struct option known[] = {
		CLI_OPTION(selection->option, 's'),
		CLI_OPTIONS,
		{ 0 },
	};

	for (;;) {
		struct cli_option option = cli_next_option(cli, argc, argv, ":", known);

		if (option.value == -1)
			break;
		if (option.value != 's') {
			selection->status = option.status;
			return false;
		}
		selection->value = optarg;
	}
	if (optind >= argc) {
		selection->status = cli_usage(cli, "no schema is named");
		return false;
	}
	return true;
}

bool cli_set_colour(struct cli *cli, const char *when)
{
	const char *no_colour = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");
	bool may = !(no_colour && *no_colour) && !(terminal && strcmp(terminal, "dumb") == 0);

	if (strcmp(when, "auto") == 0) {
		cli->has_error_colour = may && isatty(STDERR_FILENO);
		cli->has_output_colour = may && isatty(STDOUT_FILENO);
		return true;
	}
	cli->has_error_colour = cli->has_output_colour = strcmp(when, "always") == 0;
	return cli->has_error_colour || strcmp(when, "never") == 0;
}

/* An option of every command. True: go on. */
static bool common_option(struct cli *cli, int value, int *status)
{
	if (value == CLI_OPTION_HELP) {
		*status = cli_print(cli, str_from_cstring(cli->help));
		return false;
	}
	if (value == CLI_OPTION_COLOUR) {
		if (cli_set_colour(cli, optarg))
			return true;
		*status =
			cli_usage(cli, "\"--color\" is auto, always or never, not \"%s\"", optarg);
		return false;
	}
	cli->is_json = strcmp(optarg, "json") == 0;
	if (cli->is_json || strcmp(optarg, "text") == 0)
		return true;
	*status = cli_usage(cli, "\"--diagnostics\" is text or json, not \"%s\"", optarg);
	return false;
}

struct cli_option cli_next_option(struct cli *cli, int argc, char **argv, const char *letters,
				  const struct option *options)
{
	struct cli_option result = { .value = CLI_OPTION_HELP };

	opterr = 0;
	for (;;) {
		/*
		 * getopt_long permutes; the word that it looks at is the first one that it has not
		 * seen.
		 */
		int before = optind > 0 ? optind : 1;
		int value = getopt_long(argc, argv, letters, options, NULL);

		if (value == '?' || value == ':') {
			const char *word = argv[optind > before ? optind - 1 : before];

			result.status = misused_option(cli, word, options);
			return result;
		}
		if (value < CLI_OPTION_HELP) {
			result.value = value;
			return result;
		}
		if (!common_option(cli, value, &result.status))
			return result;
	}
}

bool cli_compile(struct cli *cli, int argc, char **argv, struct sources *sources,
		 const struct schema **schema)
{
	return sources_read(&source_files_system, (const char *const *)argv + optind,
			    (size_t)(argc - optind), cli->arena, &cli->diagnostics, sources) &&
	       schema_compile(sources->at, sources->count, cli->arena, &cli->diagnostics, schema);
}

int cli_failed(struct cli *cli)
{
	struct buf text;

	if (!diagnostics_has_errors(&cli->diagnostics))
		return CLI_PROBLEM;
	buf_init(&text, cli->arena);
	if (cli->is_json)
		diagnostics_render_json(&cli->diagnostics, &text);
	else
		diagnostics_render_text(&cli->diagnostics, cli->has_error_colour, &text);
	fwrite(buf_str(&text).at, 1, text.len, stderr);
	return CLI_PROBLEM;
}

int cli_print(const struct cli *cli, struct str text)
{
	bool is_ok = fwrite(text.at ? text.at : "", 1, text.len, stdout) == text.len;

	if (fflush(stdout) == 0 && is_ok)
		return CLI_OK;
	if (errno != EPIPE)
		fprintf(stderr, "quern%s%s: cannot write to standard output: %s\n",
			cli->command ? " " : "", cli->command ? cli->command : "", strerror(errno));
	return CLI_PROBLEM;
}
