#include "check_inside.h"
#include "names.h"

#include <stdlib.h>
#include <string.h>

void snake_check(struct checker *checker, const struct ast_name *name, const char *what)
{
	struct str form;

	if (name_is_snake(name->text))
		return;
	form = name_to_snake(checker->arena, name->text);
	struct diagnostic *error =
		diagnostics_error(checker->diagnostics, name->span,
				  "%s \"%.*s\" is not lower_snake", what, STR_ARGS(name->text));
	if (form.len)
		diagnostic_hint(error, "write \"%.*s\"", STR_ARGS(form));
}

void camel_check(struct checker *checker, const struct ast_name *name, const char *what)
{
	struct str form;

	if (name_is_camel(name->text))
		return;
	form = name_to_camel(checker->arena, name->text);
	struct diagnostic *error =
		diagnostics_error(checker->diagnostics, name->span, "%s \"%.*s\" is not UpperCamel",
				  what, STR_ARGS(name->text));
	if (form.len)
		diagnostic_hint(error, "write \"%.*s\"", STR_ARGS(form));
}

static void module_name_check(struct checker *checker, const struct ast_name *name)
{
	snake_check(checker, name, "module");
	if (name_is_reserved_module(name->text))
		diagnostic_hint(
			diagnostics_error(checker->diagnostics, name->span,
					  "module \"%.*s\" has the name of a C header or of "
					  "a prefix that is taken",
					  STR_ARGS(name->text)),
			"choose another name");
}

/* The schema of the database may be said in one file of a module, or in several if they agree. */
static void module_schema_check(struct checker *checker, struct module_draft *module,
				const struct ast_file *file)
{
	const struct ast_name *said = &module->sql_schema;

	if (!file->sql_schema.span.source)
		return;
	if (!said->span.source)
		module->sql_schema = file->sql_schema;
	else if (!str_equal(said->text, file->sql_schema.text))
		diagnostic_note(diagnostics_error(checker->diagnostics, file->sql_schema.span,
						  "module \"%.*s\" is in another schema already",
						  STR_ARGS(file->module.text)),
				said->span, "it is in schema \"%.*s\" here", STR_ARGS(said->text));
}

static struct module_draft *module_draft_of(struct checker *checker, const struct ast_file *file)
{
	struct table *modules = &checker->modules_by_name;
	struct module_draft *module =
		(struct module_draft *)(uintptr_t)table_find(modules, file->module.text);

	if (!module) {
		module = arena_alloc(checker->arena, sizeof(*module));
		module->span = file->module.span;
		module->module = arena_alloc(checker->arena, sizeof(*module->module));
		module->module->name = file->module.text;
		module->module->c_name = file->module.text;
		table_init(&module->declared, checker->arena);
		table_add(modules, file->module.text, module);
		module_name_check(checker, &file->module);
		checker->modules[checker->module_count++] = module;
	}
	module_schema_check(checker, module, file);
	if (file->doc.len && !module->module->comment.len)
		module->module->comment = file->doc;
	return module;
}

struct model_draft *draft_add(struct checker *checker, struct module_draft *module,
			      const struct ast_declaration *ast, const struct source *source)
{
	struct model_draft *draft = arena_alloc(checker->arena, sizeof(*draft));

	draft->ast = ast;
	draft->module = module;
	draft->source = source;
	table_init(&draft->uses_by_name, checker->arena);
	table_init(&draft->columns_by_name, checker->arena);
	table_init(&draft->columns_by_sql_name, checker->arena);
	table_init(&draft->members_c, checker->arena);
	table_init(&draft->reverse_by_name, checker->arena);
	if (module->draft_count == module->draft_capacity) {
		size_t capacity = module->draft_capacity ? 2 * module->draft_capacity : 16;
		struct model_draft **drafts =
			arena_alloc_array(checker->arena, capacity, sizeof(struct model_draft *));

		if (module->draft_count)
			memcpy(drafts, module->drafts, module->draft_count * sizeof(*drafts));
		module->drafts = drafts;
		module->draft_capacity = capacity;
	}
	module->drafts[module->draft_count++] = draft;
	return draft;
}

static void declaration_add(struct checker *checker, struct module_draft *module,
			    const struct ast_declaration *ast, const struct source *source)
{
	static const char *const kinds[] = {
		[DECLARATION_ENUM] = "enum",
		[DECLARATION_MODEL] = "model",
		[DECLARATION_ABSTRACT] = "model",
		[DECLARATION_SERIALIZER] = "serializer",
	};
	struct declared *declared = arena_alloc(checker->arena, sizeof(*declared));
	const struct declared *first;

	declared->ast = ast;
	camel_check(checker, &ast->name, kinds[ast->kind]);
	first = table_add(&module->declared, ast->name.text, declared);
	if (first) {
		diagnostic_note(diagnostics_error(checker->diagnostics, ast->name.span,
						  "\"%.*s\" is declared twice in module \"%.*s\"",
						  STR_ARGS(ast->name.text),
						  STR_ARGS(module->module->name)),
				first->ast->name.span, "the first is here");
		return;
	}
	if (ast->kind == DECLARATION_ENUM)
		module->module->enum_count++;
	else if (ast->kind == DECLARATION_SERIALIZER)
		module->module->serializer_count++;
	else
		declared->draft = draft_add(checker, module, ast, source);
}

static void label_check(struct checker *checker, struct table *names, struct table *labels,
			const struct ast_label *label)
{
	const struct ast_label *first = table_add(names, label->name.text, label);

	snake_check(checker, &label->name, "label");
	if (first) {
		diagnostic_note(diagnostics_error(checker->diagnostics, label->name.span,
						  "label \"%.*s\" stands here twice",
						  STR_ARGS(label->name.text)),
				first->name.span, "the first is here");
		return;
	}
	if (label->label.text.len > 63)
		diagnostics_error(checker->diagnostics, label->label.span,
				  "label of %zu bytes, where PostgreSQL has room for 63",
				  label->label.text.len);
	first = table_add(labels, label->label.text, label);
	if (first)
		diagnostic_note(diagnostics_error(checker->diagnostics, label->label.span,
						  "label \"%.*s\" stands twice in the database",
						  STR_ARGS(label->label.text)),
				first->label.span, "the first is here");
}

static void enum_build(struct checker *checker, const struct module_draft *module,
		       const struct ast_declaration *ast, struct enumeration *enumeration)
{
	struct enum_label *labels;
	struct table names;
	struct table spelt;
	size_t count = 0;

	/* Of labels that could not be read to the end nothing can be said. */
	for (const struct ast_label *label = ast->labels; label && !ast->is_broken;
	     label = label->next)
		count++;
	*enumeration = (struct enumeration){ .span = ast->name.span,
					     .module = module->module,
					     .name = ast->name.text,
					     .comment = ast->doc,
					     .label_count = count };
	if (count == 0 && !ast->is_broken)
		diagnostics_error(checker->diagnostics, ast->name.span,
				  "enum \"%.*s\" has no label", STR_ARGS(ast->name.text));
	labels = arena_alloc_array(checker->arena, count, sizeof(*labels));
	enumeration->labels = labels;
	table_init(&names, checker->arena);
	table_init(&spelt, checker->arena);
	for (const struct ast_label *label = ast->labels; label; label = label->next) {
		label_check(checker, &names, &spelt, label);
		if (count > 0)
			*labels++ = (struct enum_label){ .span = label->name.span,
							 .name = label->name.text,
							 .label = label->label.text,
							 .comment = label->doc };
	}
	enumeration->sql_name = ast->sql_name.text;
	if (!ast->sql_name.span.source)
		enumeration->sql_name = names_join(checker->arena, module->module->name,
						   name_to_snake(checker->arena, ast->name.text));
}

static int declared_compare(const void *a, const void *b)
{
	const struct declared *left = *(const struct declared *const *)a;
	const struct declared *right = *(const struct declared *const *)b;

	return str_compare(left->ast->name.text, right->ast->name.text);
}

/* All of a kind that a module declares, `count` of them, by name. */
static struct declared **declared_gather(struct checker *checker, const struct module_draft *module,
					 enum ast_declaration_kind kind, size_t count)
{
	struct declared **all = arena_alloc_array(checker->arena, count, sizeof(struct declared *));
	size_t at = 0;

	for (size_t i = 0; i < module->declared.capacity; i++) {
		struct declared *declared =
			(struct declared *)(uintptr_t)module->declared.at[i].value;

		if (declared && declared->ast->kind == kind)
			all[at++] = declared;
	}
	if (count)
		qsort((void *)all, count, sizeof(*all), declared_compare);
	return all;
}

static void serializers_begin(struct checker *checker, struct module_draft *module)
{
	size_t count = module->module->serializer_count;
	struct declared **declared =
		declared_gather(checker, module, DECLARATION_SERIALIZER, count);
	struct serializer *built = arena_alloc_array(checker->arena, count, sizeof(*built));

	module->serializers =
		arena_alloc_array(checker->arena, count, sizeof(struct serializer_draft *));
	module->module->serializers = built;
	for (size_t i = 0; i < count; i++) {
		struct serializer_draft *draft = arena_alloc(checker->arena, sizeof(*draft));

		draft->ast = declared[i]->ast;
		draft->module = module;
		draft->serializer = &built[i];
		module->serializers[i] = draft;
		declared[i]->serializer = draft;
	}
}

static void enums_build(struct checker *checker, struct module_draft *module)
{
	size_t count = module->module->enum_count;
	struct declared **enums = declared_gather(checker, module, DECLARATION_ENUM, count);
	struct enumeration *built = arena_alloc_array(checker->arena, count, sizeof(*built));

	module->module->enums = built;
	for (size_t i = 0; i < count; i++) {
		enums[i]->enumeration = &built[i];
		enum_build(checker, module, enums[i]->ast, &built[i]);
	}
}

static int draft_compare(const void *a, const void *b)
{
	const struct model_draft *left = *(struct model_draft *const *)a;
	const struct model_draft *right = *(struct model_draft *const *)b;

	return str_compare(left->ast->name.text, right->ast->name.text);
}

static int module_compare(const void *a, const void *b)
{
	const struct module_draft *left = *(struct module_draft *const *)a;
	const struct module_draft *right = *(struct module_draft *const *)b;

	return str_compare(left->module->name, right->module->name);
}

void modules_resolve(struct checker *checker, const struct ast_file *const *files, size_t count)
{
	struct module *modules;

	checker->modules = arena_alloc_array(checker->arena, count, sizeof(struct module_draft *));
	table_init(&checker->modules_by_name, checker->arena);
	for (size_t i = 0; i < count; i++) {
		struct module_draft *module;

		if (!files[i] || !files[i]->module.span.source) {
			checker->is_partial = true;
			continue;
		}
		module = module_draft_of(checker, files[i]);
		for (const struct ast_declaration *ast = files[i]->declarations; ast;
		     ast = ast->next)
			declaration_add(checker, module, ast, files[i]->source);
	}
	if (checker->module_count)
		qsort((void *)checker->modules, checker->module_count, sizeof(*checker->modules),
		      module_compare);
	modules = arena_alloc_array(checker->arena, checker->module_count, sizeof(*modules));
	for (size_t i = 0; i < checker->module_count; i++) {
		struct module_draft *module = checker->modules[i];

		modules[i] = *module->module;
		module->module = &modules[i];
		module->module->sql_schema = module->sql_schema.text;
		if (module->draft_count)
			qsort((void *)module->drafts, module->draft_count, sizeof(*module->drafts),
			      draft_compare);
	}
	for (size_t i = 0; i < checker->module_count; i++) {
		enums_build(checker, checker->modules[i]);
		serializers_begin(checker, checker->modules[i]);
	}
}

const struct declared *path_find(const struct checker *checker, const struct module_draft *module,
				 const struct ast_path *path)
{
	if (path->module.span.source)
		module = table_find(&checker->modules_by_name, path->module.text);
	return module ? table_find(&module->declared, path->name.text) : NULL;
}

static void module_suggest(const struct checker *checker, const struct ast_name *name,
			   struct diagnostic *error)
{
	struct suggestion suggestion;

	if (!suggestion_pays(error))
		return;
	suggestion_init(&suggestion, name->text);
	for (size_t i = 0; i < checker->module_count; i++)
		suggestion_consider(&suggestion, checker->modules[i]->module->name);
	if (suggestion.nearest.len == 0)
		diagnostic_hint(error, "name its schema too, or the folder of all");
	else
		suggestion_hint(&suggestion, error);
}

static void declared_suggest(const struct module_draft *module, const struct ast_name *name,
			     struct diagnostic *error)
{
	struct suggestion suggestion;
	const struct declared *near;

	if (!suggestion_pays(error))
		return;
	suggestion_init(&suggestion, name->text);
	for (size_t i = 0; i < module->declared.capacity; i++)
		if (module->declared.at[i].value)
			suggestion_consider(&suggestion, table_key(&module->declared.at[i]));
	near = suggestion.nearest.len ? table_find(&module->declared, suggestion.nearest) : NULL;
	if (!near)
		return;
	suggestion_hint(&suggestion, error);
	diagnostic_note(error, near->ast->name.span, "\"%.*s\" is declared here",
			STR_ARGS(suggestion.nearest));
}

/* Whether another module has the name: then its module is what is missing. */
static bool module_of_name_suggest(const struct checker *checker, const struct ast_name *name,
				   struct diagnostic *error)
{
	for (size_t i = 0; suggestion_pays(error) && i < checker->module_count; i++) {
		const struct module_draft *module = checker->modules[i];
		const struct declared *declared = table_find(&module->declared, name->text);

		if (!declared)
			continue;
		diagnostic_hint(error, "did you mean \"%.*s.%.*s\"?",
				STR_ARGS(module->module->name), STR_ARGS(name->text));
		diagnostic_note(error, declared->ast->name.span, "\"%.*s\" is declared here",
				STR_ARGS(name->text));
		return true;
	}
	return false;
}

const struct declared *path_resolve(struct checker *checker, const struct module_draft *module,
				    const struct ast_path *path, const char *what)
{
	const struct declared *declared = path_find(checker, module, path);
	struct diagnostic *error;

	if (declared || checker->is_partial)
		return declared;
	if (path->module.span.source) {
		module = table_find(&checker->modules_by_name, path->module.text);
		if (!module) {
			error = diagnostics_error(checker->diagnostics, path->module.span,
						  "unknown module \"%.*s\"",
						  STR_ARGS(path->module.text));
			module_suggest(checker, &path->module, error);
			return NULL;
		}
	}
	error = diagnostics_error(checker->diagnostics, path->name.span, "unknown %s \"%.*s\"",
				  what, STR_ARGS(path->name.text));
	if (!module_of_name_suggest(checker, &path->name, error))
		declared_suggest(module, &path->name, error);
	return NULL;
}
