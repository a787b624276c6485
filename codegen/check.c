#include "check.h"

#include "check_inside.h"
#include "parser.h"

#include <stdlib.h>

static int source_compare(const void *a, const void *b)
{
	const struct source *left = *(const struct source *const *)a;
	const struct source *right = *(const struct source *const *)b;
	int order = str_compare(left->path, right->path);

	return order ? order : str_compare(left->text, right->text);
}

static const struct ast_file *const *sources_parse(const struct source *sources, size_t count,
						   struct checker *checker)
{
	const struct source **sorted =
		arena_alloc_array(checker->arena, count, sizeof(const struct source *));
	const struct ast_file **files =
		arena_alloc_array(checker->arena, count, sizeof(const struct ast_file *));

	for (size_t i = 0; i < count; i++)
		sorted[i] = &sources[i];
	if (count)
		qsort((void *)sorted, count, sizeof(*sorted), source_compare);
	for (size_t i = 0; i < count; i++)
		files[i] = source_parse(sorted[i], checker->arena, checker->diagnostics, NULL);
	return files;
}

/* Calls a stage for each model with a table. */
static void for_each_model(struct checker *checker,
			   void (*stage)(struct checker *checker, struct model_draft *draft))
{
	for (size_t i = 0; i < checker->module_count; i++)
		for (size_t j = 0; j < checker->modules[i]->draft_count; j++)
			if (checker->modules[i]->drafts[j]->model)
				stage(checker, checker->modules[i]->drafts[j]);
}

static void model_begin(struct model_draft *draft, struct model *model)
{
	*model = (struct model){
		.span = draft->ast->name.span,
		.module = draft->module->module,
		.name = draft->ast->name.text,
		.comment = draft->ast->doc,
		.source_path = draft->source->path,
		.is_unmanaged = draft->is_unmanaged,
		.is_implicit = draft->is_implicit,
	};
	draft->model = model;
}

/* From here on a draft that is not abstract has its place among the models. */
static void models_begin(struct checker *checker, const struct module_draft *module)
{
	struct model *models =
		arena_alloc_array(checker->arena, module->draft_count, sizeof(*models));
	size_t count = 0;

	for (size_t i = 0; i < module->draft_count; i++)
		if (module->drafts[i]->ast->kind == DECLARATION_MODEL)
			model_begin(module->drafts[i], &models[count++]);
	module->module->models = models;
	module->module->model_count = count;
}

static void key_begin(struct checker *checker, struct model_draft *draft)
{
	key_check(checker, draft, 0);
}

static void drafts_expand(struct checker *checker)
{
	for (size_t i = 0; i < checker->module_count; i++)
		for (size_t j = 0; j < checker->modules[i]->draft_count; j++)
			draft_expand(checker, checker->modules[i]->drafts[j], 0);
	for (size_t i = 0; i < checker->module_count; i++)
		links_add(checker, checker->modules[i]);
	for (size_t i = 0; i < checker->module_count; i++)
		models_begin(checker, checker->modules[i]);
}

/*
 * Each field has a constant and, where it is a relation, functions: nearly all names that there
 * will be.
 */
static void names_expect(struct checker *checker)
{
	size_t count = 0;

	for (size_t i = 0; i < checker->module_count; i++)
		for (size_t j = 0; j < checker->modules[i]->draft_count; j++)
			count += checker->modules[i]->drafts[j]->use_count;
	table_reserve(&checker->constants, count);
}

static void stages_run(struct checker *checker)
{
	drafts_expand(checker);
	names_expect(checker);
	for_each_model(checker, key_declare);
	names_check(checker);
	for_each_model(checker, key_begin);
	checker->has_all_columns = !diagnostics_has_errors(checker->diagnostics);
	for_each_model(checker, columns_check);
	for_each_model(checker, column_names_check);
	for_each_model(checker, relations_check);
	for_each_model(checker, many_to_many_check);
	for_each_model(checker, lists_check);
	if (checker->has_all_columns)
		for_each_model(checker, conditions_check);
	for_each_model(checker, hooks_check);
	reverse_check(checker);
	ends_check(checker);
	serializers_check(checker);
}

bool schema_compile(const struct source *sources, size_t count, struct arena *arena,
		    struct diagnostics *diagnostics, const struct schema **out)
{
	struct checker checker = { .arena = arena, .diagnostics = diagnostics };
	struct schema *schema = arena_alloc(arena, sizeof(*schema));

	*out = NULL;
	table_init(&checker.sql_names, arena);
	table_init(&checker.sql_numbers, arena);
	table_init(&checker.constants, arena);
	table_init(&checker.functions, arena);
	table_init(&checker.stems, arena);
	modules_resolve(&checker, sources_parse(sources, count, &checker), count);
	stages_run(&checker);
	if (diagnostics_has_errors(diagnostics))
		return false;
	schema->module_count = checker.module_count;
	schema->modules = checker.module_count ? checker.modules[0]->module : NULL;
	*out = schema;
	return true;
}
