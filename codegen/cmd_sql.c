#include "cli.h"

#include "emit_sql.h"

static struct str model_path(const struct cli *cli, const struct model *model)
{
	return arena_format(cli->arena, "%.*s.%.*s", STR_ARGS(model->module->name),
			    STR_ARGS(model->name));
}

static bool filter_find(const struct cli *cli, const struct schema *schema, const char *only,
			struct sql_filter *filter)
{
	struct str wanted = str_from_cstring(only);

	for (size_t i = 0; i < schema->module_count; i++) {
		const struct module *module = &schema->modules[i];

		filter->module = module;
		if (str_equal(module->name, wanted))
			return true;
		for (size_t j = 0; j < module->model_count; j++) {
			filter->model = &module->models[j];
			if (str_equal(model_path(cli, filter->model), wanted))
				return true;
		}
		filter->model = NULL;
	}
	return false;
}

static int unknown_name(const struct cli *cli, const struct schema *schema, const char *only)
{
	size_t capacity = 1;
	size_t count = 0;
	const char **names;

	for (size_t i = 0; i < schema->module_count; i++)
		capacity += 1 + schema->modules[i].model_count;
	names = arena_alloc_array(cli->arena, capacity, sizeof(*names));
	for (size_t i = 0; i < schema->module_count; i++) {
		const struct module *module = &schema->modules[i];

		names[count++] = arena_cstring(cli->arena, module->name);
		for (size_t j = 0; j < module->model_count; j++)
			names[count++] = model_path(cli, &module->models[j]).at;
	}
	return cli_usage(cli, "no module or model is called \"%s\"%s", only,
			 cli_suggestion(cli, only, names));
}

int cmd_sql(struct cli *cli, int argc, char **argv)
{
	struct sql_filter filter = { 0 };
	const struct schema *schema;
	struct cli_selection selection = { .option = "only" };
	struct sources sources;

	if (!cli_read_selection(cli, argc, argv, &selection))
		return selection.status;
	if (!cli_compile(cli, argc, argv, &sources, &schema))
		return cli_failed(cli);
	if (selection.value && !filter_find(cli, schema, selection.value, &filter))
		return unknown_name(cli, schema, selection.value);
	return cli_print(cli, emit_sql(schema, filter, cli->arena));
}
