#include "cli.h"

#include <string.h>

#include "emit_jsonschema.h"

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

/*
 * What was meant by a name that no serializer has: the module in front of it is often what is
 * missing.
 */
static const char *name_suggest(const struct cli *cli, const char *wanted, const char *const *names)
{
	for (size_t i = 0; names[i]; i++)
		if (strcmp(strchr(names[i], '.') + 1, wanted) == 0)
			return arena_format(cli->arena, "; did you mean \"%s\"?", names[i]).at;
	return cli_suggestion(cli, wanted, names);
}

int cmd_jsonschema(struct cli *cli, int argc, char **argv)
{
	const struct serializer *serializer = NULL;
	const struct schema *schema;
	struct cli_selection selection = { .option = "serializer" };
	struct sources sources;
	const char **names;

	if (!cli_read_selection(cli, argc, argv, &selection))
		return selection.status;
	if (!cli_compile(cli, argc, argv, &sources, &schema))
		return cli_failed(cli);
	names = names_gather(cli, schema);
	if (selection.value)
		serializer = serializer_find(schema, str_from_cstring(selection.value), names);
	if (selection.value && !serializer)
		return cli_usage(cli, "no serializer is called \"%s\"%s", selection.value,
				 name_suggest(cli, selection.value, names));
	return cli_print(cli, emit_jsonschema(schema, serializer, cli->arena));
}
