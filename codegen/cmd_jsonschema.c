#include "cli.h"

#include "emit_jsonschema.h"

/* True: go on; false: end with *status. */
static bool options_read(struct cli *cli, int argc, char **argv, const char **only, int *status)
{
	static const struct option known[] = {
		{ "serializer", required_argument, NULL, 's' },
		CLI_OPTIONS,
		{ 0 },
	};
	struct cli_option option;

	for (;;) {
		option = cli_next_option(cli, argc, argv, ":", known);
		if (option.value == -1)
			break;
		if (option.value != 's') {
			*status = option.status;
			return false;
		}
		*only = optarg;
	}
	if (optind >= argc) {
		*status = cli_usage(cli, "no schema is named");
		return false;
	}
	return true;
}

/* The dotted names of all serializers; NULL ends them. */
static const char **names_gather(const struct cli *cli, const struct schema *schema)
{
	size_t count = 0;
	const char **names;

	for (size_t i = 0; i < schema->module_count; i++)
		count += schema->modules[i].serializer_count;
	names = arena_alloc_array(cli->arena, count + 1, sizeof(*names));
	count = 0;
	for (size_t i = 0; i < schema->module_count; i++) {
		const struct module *module = &schema->modules[i];

		for (size_t j = 0; j < module->serializer_count; j++)
			names[count++] =
				arena_format(cli->arena, "%.*s.%.*s", STR_ARGS(module->name),
					     STR_ARGS(module->serializers[j].name))
					.at;
	}
	return names;
}

static const struct serializer *serializer_find(const struct schema *schema, struct str wanted,
						const char *const *names)
{
	size_t at = 0;

	for (size_t i = 0; i < schema->module_count; i++)
		for (size_t j = 0; j < schema->modules[i].serializer_count; j++)
			if (str_equal(str_from_cstring(names[at++]), wanted))
				return &schema->modules[i].serializers[j];
	return NULL;
}

int cmd_jsonschema(struct cli *cli, int argc, char **argv)
{
	const struct serializer *serializer = NULL;
	const struct schema *schema;
	const char *only = NULL;
	struct sources sources;
	const char **names;
	int status;

	if (!options_read(cli, argc, argv, &only, &status))
		return status;
	if (!cli_compile(cli, argc, argv, &sources, &schema))
		return cli_failed(cli);
	names = names_gather(cli, schema);
	if (only)
		serializer = serializer_find(schema, str_from_cstring(only), names);
	if (only && !serializer)
		return cli_usage(cli, "no serializer is called \"%s\"%s", only,
				 cli_suggestion(cli, only, names));
	return cli_print(cli, emit_jsonschema(schema, serializer, cli->arena));
}
