#include "check_inside.h"

static void actions_check(struct checker *checker, const struct field_use *use)
{
	const struct ast_attributes *a = use->field->member->attributes;
	const struct ast_action *actions[] = { &a->on_delete, &a->on_update };
	bool is_nullable = use->field->member->type.nullable.source != NULL;

	for (size_t i = 0; i < 2; i++) {
		if (is_nullable || !actions[i]->span.source)
			continue;
		if (actions[i]->action == ACTION_SET_NULL)
			diagnostic_hint(
				diagnostics_error(
					checker->diagnostics, actions[i]->span,
					"\"set null\" on a foreign key that cannot be null"),
				"write \"%.*s?\"", STR_ARGS(use->field->target->ast->name.text));
		if (actions[i]->action == ACTION_SET_DEFAULT && !a->default_span.source)
			diagnostics_error(checker->diagnostics, actions[i]->span,
					  "\"set default\" on a foreign key without a default");
	}
}

static bool is_whole_key(const struct model *model, const struct field_use *use)
{
	return use->is_in_key && model->primary_key_len == use->column_count;
}

static struct str columns_join(struct checker *checker, const struct relation *relation)
{
	struct str name = { NULL, 0 };

	for (size_t i = 0; i < relation->column_count; i++)
		name = names_join(checker->arena, name, relation->columns[i]->sql_name);
	return name;
}

static void relation_columns_set(struct checker *checker, const struct field_use *use,
				 struct relation *relation)
{
	struct column *columns = (struct column *)(uintptr_t)use->owner->model->columns;
	const struct column **list =
		arena_alloc_array(checker->arena, use->column_count, sizeof(const struct column *));

	relation->columns = list;
	relation->column_count = use->column_count;
	for (size_t i = 0; i < use->column_count; i++) {
		struct column *column = &columns[use->first_column + i];

		column->relation = relation;
		column->target =
			i < relation->to->primary_key_len ? relation->to->primary_key[i] : NULL;
		list[i] = column;
	}
}

static void relation_check(struct checker *checker, struct model_draft *draft,
			   struct field_use *use, struct relation *relation)
{
	const struct ast_member *member = use->field->member;

	*relation = (struct relation){
		.span = member->name.span,
		.name = use->field->name,
		.c_name = member_name(checker, draft, use->field->name),
		.reverse_name = member->attributes->reverse.text,
		.comment = member->doc,
		.from = draft->model,
		.to = use->field->target->model,
		.on_delete = member->attributes->on_delete.action,
		.on_update = member->attributes->on_update.action,
		.is_nullable = member->type.nullable.source && !use->is_in_key,
		.is_one_to_one =
			member->attributes->unique.source || is_whole_key(draft->model, use),
	};
	relation_columns_set(checker, use, relation);
	relation->constraint_name =
		constraint_name(checker, draft->model, columns_join(checker, relation), "fkey");
	use->relation = relation;
	use->field->target->model->reverse_count++;
	actions_check(checker, use);
}

void relations_check(struct checker *checker, struct model_draft *draft)
{
	struct relation *relations;
	size_t count = 0;

	for (size_t i = 0; i < draft->use_count; i++)
		count +=
			draft->uses[i].field->kind == FIELD_RELATION && draft->uses[i].column_count;
	relations = arena_alloc_array(checker->arena, count, sizeof(*relations));
	draft->model->relations = relations;
	draft->model->relation_count = count;
	for (size_t i = 0; i < draft->use_count; i++) {
		struct field_use *use = &draft->uses[i];

		if (use->field->kind == FIELD_RELATION && use->column_count)
			relation_check(checker, draft, use, relations++);
	}
}

/* The foreign keys of a linking model, to a model: how many, and the first but `skip` of them. */
static size_t links_find(const struct model_draft *through, const struct model *to, size_t skip,
			 const struct relation **found)
{
	size_t count = 0;

	for (size_t i = 0; i < through->model->relation_count; i++) {
		const struct relation *relation = &through->model->relations[i];

		if (relation->to == to && count++ == skip)
			*found = relation;
	}
	return count;
}

/* Whether the columns of a relation could not be made: an error was found then. */
static bool has_broken_fields(const struct model_draft *draft)
{
	for (size_t i = 0; i < draft->use_count; i++) {
		const struct field_use *use = &draft->uses[i];

		if (use->field->kind == FIELD_BROKEN ||
		    (use->field->kind == FIELD_RELATION && use->column_count == 0))
			return true;
	}
	return false;
}

static void links_check(struct checker *checker, const struct field_use *use,
			struct many_to_many *many)
{
	bool is_self = many->from == many->to;
	size_t expected = is_self ? 2 : 1;
	size_t from = links_find(use->through, many->from, 0, &many->link_from);
	size_t to = links_find(use->through, many->to, is_self ? 1 : 0, &many->link_to);
	struct str missing = from < expected ? many->from->name : many->to->name;
	struct diagnostic *error;

	if ((from == expected && to == expected) || has_broken_fields(use->through))
		return;
	if (from < expected || to < expected)
		error = diagnostics_error(checker->diagnostics,
					  use->field->member->attributes->through.span,
					  "\"%.*s\" needs %s \"%.*s\" to link",
					  STR_ARGS(use->through->ast->name.text),
					  is_self ? "two foreign keys to" : "a foreign key to",
					  STR_ARGS(missing));
	else
		error = diagnostics_error(
			checker->diagnostics, use->field->member->attributes->through.span,
			"\"%.*s\" has more than %zu foreign key%s to \"%.*s\": which "
			"one links is not clear",
			STR_ARGS(use->through->ast->name.text), expected, is_self ? "s" : "",
			STR_ARGS(from > expected ? many->from->name : many->to->name));
	diagnostic_note(error, use->through->ast->name.span, "\"%.*s\" is declared here",
			STR_ARGS(use->through->ast->name.text));
}

void many_to_many_check(struct checker *checker, struct model_draft *draft)
{
	struct many_to_many *list;
	size_t count = 0;

	for (size_t i = 0; i < draft->use_count; i++)
		count += draft->uses[i].field->kind == FIELD_MANY;
	list = arena_alloc_array(checker->arena, count, sizeof(*list));
	draft->model->many_to_many = list;
	draft->model->many_to_many_count = count;
	for (size_t i = 0; i < draft->use_count; i++) {
		struct field_use *use = &draft->uses[i];
		const struct ast_member *member = use->field->member;

		if (use->field->kind != FIELD_MANY)
			continue;
		*list = (struct many_to_many){
			.span = member->name.span,
			.name = use->field->name,
			.c_name = member_name(checker, draft, use->field->name),
			.reverse_name = member->attributes->reverse.text,
			.comment = member->doc,
			.from = draft->model,
			.to = use->field->target->model,
			.through = use->through->model,
		};
		list->is_symmetrical = list->from == list->to && !list->reverse_name.len;
		links_check(checker, use, list);
		use->many_to_many = list++;
	}
}

/* The place of what has a name in the model already, or of nothing. */
static struct span name_place(const struct model_draft *draft, struct str name)
{
	const struct field *field = table_find(&draft->uses_by_name, name);
	const struct column *column = table_find(&draft->columns_by_name, name);

	if (field)
		return field->member->name.span;
	return column ? column->span : (struct span){ NULL, 0, 0 };
}

static void reverse_name_check(struct checker *checker, const struct field_use *use)
{
	const struct ast_name *name = &use->field->member->attributes->reverse;
	struct model_draft *target = use->field->target;
	const struct ast_name *first;
	struct span place;

	if (!name->span.source)
		return;
	place = name_place(target, name->text);
	first = table_add(&target->reverse_by_name, name->text, name);
	if (place.source)
		diagnostic_note(
			diagnostics_error(checker->diagnostics, name->span,
					  "the reverse name \"%.*s\" is a field of \"%.*s\"",
					  STR_ARGS(name->text), STR_ARGS(target->ast->name.text)),
			place, "the field is here");
	else if (first)
		diagnostic_note(diagnostics_error(checker->diagnostics, name->span,
						  "the reverse name \"%.*s\" of \"%.*s\" is taken",
						  STR_ARGS(name->text),
						  STR_ARGS(target->ast->name.text)),
				first->span,
				first == name ? "several models inherit the field from here"
					      : "it is taken here");
}

static void reverse_add(struct checker *checker, const struct relation *relation, struct model *to)
{
	const struct relation **list = (const struct relation **)(uintptr_t)to->reverse;
	size_t at = 0;

	if (!list) {
		list = arena_alloc_array(checker->arena, to->reverse_count + 1,
					 sizeof(const struct relation *));
		to->reverse = list;
		to->reverse_count = 0;
	}
	at = to->reverse_count++;
	list[at] = relation;
}

static void draft_reverse_check(struct checker *checker, const struct model_draft *draft)
{
	for (size_t i = 0; i < draft->use_count; i++) {
		const struct field_use *use = &draft->uses[i];

		if (use->field->kind == FIELD_RELATION || use->field->kind == FIELD_MANY)
			reverse_name_check(checker, use);
		if (use->relation)
			reverse_add(checker, use->relation, use->field->target->model);
	}
}

void reverse_check(struct checker *checker)
{
	for (size_t i = 0; i < checker->module_count; i++)
		for (size_t j = 0; j < checker->modules[i]->draft_count; j++)
			if (checker->modules[i]->drafts[j]->model)
				draft_reverse_check(checker, checker->modules[i]->drafts[j]);
}
