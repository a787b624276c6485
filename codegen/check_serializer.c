#include "check_inside.h"

/* The functions and tables that carry the name of a serializer. */
static const char *const symbol_suffixes[] = {
	"_to_json",           "_list_to_json",   "_serializer",         "_new_from_json",
	"_changes_from_json", "_new_from_cjson", "_changes_from_cjson", "_to_cjson",
};

bool symbol_check(struct checker *checker, struct str symbol, const struct ast_name *name,
		  const char *what)
{
	const struct span *first = symbol_take(checker, symbol, &name->span);
	struct diagnostic *error;

	if (!first)
		return true;
	error = diagnostics_error(checker->diagnostics, name->span,
				  "%s \"%.*s\" needs the name \"%.*s\" in C, which is taken", what,
				  STR_ARGS(name->text), STR_ARGS(symbol));
	if (first->source)
		diagnostic_note(error, *first, "it is taken here");
	return false;
}

/* One that is taken is enough to say. */
static void symbols_check(struct checker *checker, struct str c_name, const struct ast_name *name)
{
	bool is_free = true;

	for (size_t i = 0; i < sizeof(symbol_suffixes) / sizeof(*symbol_suffixes) && is_free; i++)
		is_free = symbol_check(checker,
				       arena_format(checker->arena, "%.*s%s", STR_ARGS(c_name),
						    symbol_suffixes[i]),
				       name, "serializer");
}

static const struct model_draft *model_resolve(struct checker *checker,
					       const struct serializer_draft *draft)
{
	const struct ast_path *path = &draft->ast->model;
	const struct declared *declared;

	if (!path->name.span.source)
		return NULL;
	declared = path_resolve(checker, draft->module, path, "model");
	if (!declared || declared->ast->kind == DECLARATION_MODEL)
		return declared ? declared->draft : NULL;
	diagnostic_note(diagnostics_error(checker->diagnostics, path->span,
					  "\"%.*s\" is not a model with a table",
					  STR_ARGS(path->name.text)),
			declared->ast->name.span, "it is declared here");
	return NULL;
}

static void serializer_begin(struct checker *checker, struct serializer_draft *draft)
{
	const struct ast_declaration *ast = draft->ast;
	struct str snake = name_to_snake(checker->arena, ast->name.text);
	struct str c_name = names_join(checker->arena, draft->module->module->c_name, snake);

	draft->model = model_resolve(checker, draft);
	*draft->serializer = (struct serializer){
		.span = ast->name.span,
		.module = draft->module->module,
		.name = ast->name.text,
		.c_name = c_name,
		.comment = ast->doc,
		.model = draft->model ? draft->model->model : NULL,
	};
	symbols_check(checker, c_name, &ast->name);
}

static void cycle_refuse(struct checker *checker, const struct serializer_draft *draft,
			 const struct nesting *nesting)
{
	const struct nesting *other = &nesting->to->nestings[nesting->to->followed];
	struct str name = nesting->to->ast->name.text;
	struct diagnostic *error;

	if (nesting->to == draft) {
		diagnostics_error(checker->diagnostics, nesting->span,
				  "serializer \"%.*s\" nests itself", STR_ARGS(name));
		return;
	}
	error = diagnostics_error(checker->diagnostics, nesting->span,
				  "serializer \"%.*s\" nests \"%.*s\", which nests it again",
				  STR_ARGS(draft->ast->name.text), STR_ARGS(name));
	diagnostic_note(error, other->span, "\"%.*s\" nests \"%.*s\" here", STR_ARGS(name),
			STR_ARGS(other->to->ast->name.text));
}

static void depth_refuse(struct checker *checker, const struct nesting *nesting)
{
	diagnostics_error(checker->diagnostics, nesting->span,
			  "serializers are nested more than %zu deep", NESTING_DEPTH_MAX);
}

static void nesting_follow(struct checker *checker, struct serializer_draft *draft, size_t depth)
{
	draft->nesting_progress = BEGUN;
	draft->height = 1;
	for (size_t i = 0; i < draft->nesting_count; i++) {
		const struct nesting *nesting = &draft->nestings[i];
		struct serializer_draft *to = nesting->to;

		draft->followed = i;
		if (to->nesting_progress == BEGUN) {
			cycle_refuse(checker, draft, nesting);
			continue;
		}
		if (to->nesting_progress == NOT_BEGUN && depth < NESTING_DEPTH_MAX)
			nesting_follow(checker, to, depth + 1);
		if (to->height >= NESTING_DEPTH_MAX || to->nesting_progress == NOT_BEGUN)
			depth_refuse(checker, nesting);
		else if (draft->height <= to->height)
			draft->height = to->height + 1;
		draft->serializer->takes_context |= to->serializer->takes_context;
	}
	draft->nesting_progress = DONE;
}

static void nesting_check(struct checker *checker, struct serializer_draft *draft)
{
	if (draft->nesting_progress == NOT_BEGUN)
		nesting_follow(checker, draft, 1);
}

static void for_each_serializer(struct checker *checker,
				void (*stage)(struct checker *checker,
					      struct serializer_draft *draft))
{
	for (size_t i = 0; i < checker->module_count; i++)
		for (size_t j = 0; j < checker->modules[i]->module->serializer_count; j++)
			stage(checker, checker->modules[i]->serializers[j]);
}

void serializers_check(struct checker *checker)
{
	for_each_serializer(checker, serializer_begin);
	for_each_serializer(checker, entries_check);
	for_each_serializer(checker, nesting_check);
}
