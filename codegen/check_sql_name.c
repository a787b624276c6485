#include "check_inside.h"
#include "lexer.h"

/* Takes a name in a schema of the database; the place of what has it already, or NULL. */
static const struct span *sql_name_take(struct checker *checker, struct str schema, struct str name,
					const struct span *place)
{
	struct buf key;

	buf_init(&key, checker->arena);
	buf_reserve(&key, schema.len + name.len + 2);
	buf_add(&key, schema);
	buf_add_char(&key, '\0');
	buf_add(&key, name);
	return table_add(&checker->sql_names, buf_str(&key), place);
}

/* The numbers that were given out for a name are remembered: many equal constraints cost no more
 * than others. */
static size_t *number_of(struct checker *checker, struct str name)
{
	size_t *number = arena_alloc(checker->arena, sizeof(*number));
	const void *known = table_add(&checker->sql_numbers, name, number);

	return known ? (size_t *)(uintptr_t)known : number;
}

struct str constraint_name(struct checker *checker, const struct model *model, struct str columns,
			   const char *label)
{
	struct str plain = str_from_cstring(label);
	struct str name = name_for_object(checker->arena, model->sql_name, columns, plain);
	size_t *number;

	if (!sql_name_take(checker, model->sql_schema, name, &model->span))
		return name;
	number = number_of(checker, name);
	do {
		struct str numbered = arena_format(checker->arena, "%s%zu", label, ++*number);

		name = name_for_object(checker->arena, model->sql_name, columns, numbered);
	} while (sql_name_take(checker, model->sql_schema, name, &model->span));
	return name;
}

static void relation_name_take(struct checker *checker, struct str schema, struct str name,
			       const struct span *place)
{
	const struct span *first;

	if (name.len > NAME_LENGTH_MAX) {
		diagnostic_hint(
			diagnostics_error(checker->diagnostics, *place,
					  "the name \"%.*s\" in the database has %zu bytes, "
					  "where PostgreSQL has room for %zu",
					  STR_ARGS(name), name.len, NAME_LENGTH_MAX),
			"give it another one");
		return;
	}
	first = sql_name_take(checker, schema, name, place);
	if (first)
		diagnostic_note(diagnostics_error(checker->diagnostics, *place,
						  "the name \"%.*s\" in the database is taken",
						  STR_ARGS(name)),
				*first, "it is taken here");
}

static void schema_name_check(struct checker *checker, const struct model_draft *draft,
			      struct span span)
{
	if (!draft->is_unmanaged && str_starts_with(draft->model->sql_schema, STR("pg_")))
		diagnostic_hint(
			diagnostics_error(checker->diagnostics, span,
					  "schema \"%.*s\" belongs to PostgreSQL: names with "
					  "pg_ are reserved",
					  STR_ARGS(draft->model->sql_schema)),
			"make the model \"unmanaged\", or choose another schema");
}

static void old_name_set(struct checker *checker, struct model_draft *draft,
			 const struct ast_name *old)
{
	const char *source = old->span.source->text.at;

	draft->model->renamed_from = old->text;
	if (source[old->span.from] == '"')
		return;
	camel_check(checker, old, "model");
	draft->model->renamed_from = names_join(checker->arena, draft->module->module->name,
						name_to_snake(checker->arena, old->text));
}

/* Of members that stand once: the place of the first one. */
static void once_check(struct checker *checker, struct span *first, const struct ast_member *member,
		       const char *name)
{
	if (first->source)
		diagnostic_note(diagnostics_error(checker->diagnostics, member->span,
						  "\"%s\" stands here twice", name),
				*first, "the first is here");
	*first = member->span;
}

static void table_members_check(struct checker *checker, struct model_draft *draft)
{
	struct span table = { NULL, 0, 0 };
	struct span renamed = { NULL, 0, 0 };
	struct model *model = draft->model;

	for (size_t i = 0; i < draft->members.count; i++) {
		const struct ast_member *member = draft->members.at[i];

		if (member->kind == MEMBER_TABLE) {
			once_check(checker, &table, member, "table");
			model->sql_name = member->table.name.text;
			if (member->table.schema.span.source)
				model->sql_schema = member->table.schema.text;
		} else if (member->kind == MEMBER_RENAMED) {
			once_check(checker, &renamed, member, "renamed from");
			old_name_set(checker, draft, &member->renamed_from);
		}
	}
}

static void table_name_check(struct checker *checker, struct model_draft *draft)
{
	struct model *model = draft->model;
	struct str snake = name_to_snake(checker->arena, draft->ast->name.text);

	model->sql_schema = draft->module->module->sql_schema;
	model->sql_name = names_join(checker->arena, draft->module->module->name, snake);
	if (draft->is_implicit) {
		const struct ast_table_name *table = &draft->link_field->member->attributes->table;

		model->sql_schema = draft->link_owner->model->sql_schema;
		model->sql_name = names_join(checker->arena, draft->link_owner->model->sql_name,
					     draft->link_field->name);
		if (table->name.span.source)
			model->sql_name = table->name.text;
		if (table->schema.span.source)
			model->sql_schema = table->schema.text;
	}
	table_members_check(checker, draft);
	schema_name_check(checker, draft, draft->ast->name.span);
	relation_name_take(checker, model->sql_schema, model->sql_name, &model->span);
}

void sql_names_take(struct checker *checker, const struct module_draft *draft)
{
	const struct module *module = draft->module;

	for (size_t i = 0; i < module->enum_count; i++)
		relation_name_take(checker, module->sql_schema, module->enums[i].sql_name,
				   &module->enums[i].span);
	for (int implicit = 0; implicit <= 1; implicit++)
		for (size_t i = 0; i < draft->draft_count; i++)
			if (draft->drafts[i]->model && draft->drafts[i]->is_implicit == implicit)
				table_name_check(checker, draft->drafts[i]);
}
