#include "check_inside.h"

/* A serializer under construction. */
struct entry_list {
	struct checker *checker;
	struct serializer_draft *draft;
	const struct model *model;
	struct serializer_entry *at;
	size_t count;
	struct table ends;    /* the model's relations by name */
	struct table by_name; /* of struct serializer_entry */
	struct table keys;    /* of struct serializer_entry, by key */
	bool is_partial;      /* something in it is broken: what is not there may have been meant */
};

/* What a name of the model is: one of these, or neither. */
struct model_member {
	const struct column *column;
	const struct relation_end *end;
};

static struct model_member member_of(const struct entry_list *list, struct str name)
{
	struct model_member member = { .end = table_find(&list->ends, name) };

	if (!member.end)
		member.column = table_find(&list->draft->model->columns_by_name, name);
	return member;
}

static bool is_forward(const struct relation_end *end)
{
	return end && end->kind == RELATION_FORWARD;
}

/*
 * A field that is broken, or a model or a serializer with something that could not be read, was
 * complained about already.
 */
static void member_refuse(struct entry_list *list, const struct ast_name *name)
{
	const struct model_draft *model = list->draft->model;
	struct suggestion suggestion;
	struct diagnostic *error;

	list->is_partial = true;
	if (draft_use(model, name->text) || model->ast->is_broken)
		return;
	error = diagnostics_error(list->checker->diagnostics, name->span,
				  "model \"%.*s\" has no field or relation \"%.*s\"",
				  STR_ARGS(model->ast->name.text), STR_ARGS(name->text));
	if (!suggestion_pays(error))
		return;
	suggestion_init(&suggestion, name->text);
	for (size_t i = 0; i < list->model->column_count; i++)
		suggestion_consider(&suggestion, list->model->columns[i].name);
	for (size_t i = 0; i < list->model->end_count; i++)
		suggestion_consider(&suggestion, list->model->ends[i].name);
	suggestion_hint(&suggestion, error);
}

static void twice_refuse(const struct entry_list *list, const struct ast_name *name,
			 struct span first)
{
	diagnostic_note(diagnostics_error(list->checker->diagnostics, name->span,
					  "\"%.*s\" stands here twice", STR_ARGS(name->text)),
			first, "the first is here");
}

/* Adds an entry whose name is free; its key may not be. */
static void entry_add(struct entry_list *list, struct serializer_entry entry)
{
	struct serializer_entry *added = &list->at[list->count];
	const struct serializer_entry *first;

	if (str_equal(entry.key, STR("__all__"))) {
		diagnostic_hint(diagnostics_error(list->checker->diagnostics, entry.span,
						  "a key cannot be \"__all__\""),
				"errors of the whole object are reported under it");
		list->is_partial = true;
		return;
	}
	*added = entry;
	first = table_add(&list->keys, entry.key, added);
	if (first) {
		diagnostic_note(diagnostics_error(list->checker->diagnostics, entry.span,
						  "the key \"%.*s\" is taken", STR_ARGS(entry.key)),
				first->span, "it is taken here");
		list->is_partial = true;
		return;
	}
	table_add(&list->by_name, entry.name, added);
	list->count++;
}

static struct serializer_entry entry_of(const struct ast_entry *ast)
{
	const struct ast_name *key = ast->key.span.source ? &ast->key : &ast->name;

	return (struct serializer_entry){
		.span = key->span,
		.name = ast->name.text,
		.key = key->text,
	};
}

static void field_entry_add(struct entry_list *list, const struct ast_entry *ast)
{
	struct model_member member = member_of(list, ast->name.text);
	const struct serializer_entry *first = table_find(&list->by_name, ast->name.text);
	struct serializer_entry entry = entry_of(ast);

	if (!member.column && !member.end) {
		member_refuse(list, &ast->name);
		return;
	}
	if (first) {
		twice_refuse(list, &ast->name, first->span);
		return;
	}
	entry.column = member.column;
	entry.relation = member.end;
	entry_add(list, entry);
}

/* Marks the columns that an "exclude" names. */
static void exclusion_add(struct entry_list *list, struct table *excluded,
			  const struct ast_name *name)
{
	struct model_member member = member_of(list, name->text);
	const struct ast_name *first;

	if (!member.column && !member.end) {
		member_refuse(list, name);
		return;
	}
	first = table_add(excluded, name->text, name);
	if (first) {
		twice_refuse(list, name, first->span);
	} else if (member.end && !is_forward(member.end)) {
		diagnostic_hint(
			diagnostics_error(list->checker->diagnostics, name->span,
					  "\"%.*s\" is a relation, which is left out unless "
					  "\"fields\" or \"nested\" name it",
					  STR_ARGS(name->text)),
			"leave it out here");
	} else if (member.end) {
		for (size_t i = 0; i < member.end->key->column_count; i++)
			table_add(excluded, member.end->key->columns[i]->name, name);
	}
}

static const struct ast_part *part_find(const struct serializer_draft *draft,
					enum ast_part_kind kind)
{
	const struct ast_part *part = draft->ast->parts;

	while (part && part->kind != kind)
		part = part->next;
	return part;
}

/* "fields" and "exclude" stand at most once, and not beside each other. */
static void parts_check(const struct entry_list *list)
{
	const struct ast_part *first = NULL;

	for (const struct ast_part *part = list->draft->ast->parts; part; part = part->next) {
		if (part->kind != PART_FIELDS && part->kind != PART_EXCLUDE)
			continue;
		if (first && first->kind == part->kind)
			diagnostic_note(diagnostics_error(list->checker->diagnostics, part->span,
							  "\"%s\" stands here twice",
							  part->kind == PART_FIELDS ? "fields"
										    : "exclude"),
					first->span, "the first is here");
		else if (first)
			diagnostic_note(
				diagnostics_error(list->checker->diagnostics, part->span,
						  "a serializer has \"fields\" or \"exclude\", not "
						  "both"),
				first->span, "the other one is here");
		first = part;
	}
}

static void listed_add(struct entry_list *list, const struct ast_part *fields)
{
	for (const struct ast_entry *ast = fields->entries; ast; ast = ast->next)
		field_entry_add(list, ast);
}

/* All columns that are not excluded, then the relations that are nested. */
static void unlisted_add(struct entry_list *list, const struct ast_part *exclude)
{
	struct table excluded;

	table_init(&excluded, list->checker->arena);
	for (const struct ast_entry *ast = exclude ? exclude->entries : NULL; ast; ast = ast->next)
		exclusion_add(list, &excluded, &ast->name);
	for (size_t i = 0; i < list->model->column_count; i++) {
		const struct column *column = &list->model->columns[i];

		if (!table_find(&excluded, column->name))
			entry_add(list, (struct serializer_entry){
						.span = column->span,
						.name = column->name,
						.key = column->name,
						.column = column,
					});
	}
	for (const struct ast_part *part = list->draft->ast->parts; part; part = part->next)
		for (const struct ast_entry *ast = part->entries; ast && part->kind == PART_NESTED;
		     ast = ast->next)
			if (table_find(&list->ends, ast->name.text) &&
			    !table_find(&list->by_name, ast->name.text))
				field_entry_add(list, ast);
}

/* The entry that a name means, or NULL with an error. */
static struct serializer_entry *entry_find(struct entry_list *list, const struct ast_name *name)
{
	const struct serializer_entry *entry = table_find(&list->by_name, name->text);
	struct model_member member = member_of(list, name->text);
	const struct serializer_entry *renamed;
	struct diagnostic *error;

	if (entry)
		return (struct serializer_entry *)(uintptr_t)entry;
	renamed = table_find(&list->keys, name->text);
	if (!member.column && !member.end && !renamed) {
		member_refuse(list, name);
		return NULL;
	}
	if (list->is_partial)
		return NULL;
	error = diagnostics_error(list->checker->diagnostics, name->span,
				  "\"%.*s\" is not among the fields of \"%.*s\"",
				  STR_ARGS(name->text), STR_ARGS(list->draft->ast->name.text));
	if (renamed)
		diagnostic_hint(error, "write \"%.*s\", as the model calls it",
				STR_ARGS(renamed->name));
	return NULL;
}

/* The serializer behind "nested", or NULL with an error. */
static struct serializer_draft *nested_resolve(struct entry_list *list, const struct ast_entry *ast,
					       const struct relation_end *end)
{
	struct checker *checker = list->checker;
	const struct declared *declared =
		path_resolve(checker, list->draft->module, &ast->serializer, "serializer");
	const struct model_draft *model;

	if (!declared)
		return NULL;
	if (declared->ast->kind != DECLARATION_SERIALIZER) {
		diagnostic_note(diagnostics_error(checker->diagnostics, ast->serializer.span,
						  "\"%.*s\" is not a serializer",
						  STR_ARGS(declared->ast->name.text)),
				declared->ast->name.span, "it is declared here");
		return NULL;
	}
	model = declared->serializer->model;
	if (!model)
		return NULL;
	if (model->model == end->to)
		return declared->serializer;
	diagnostic_note(diagnostics_error(
				checker->diagnostics, ast->serializer.span,
				"serializer \"%.*s\" is for \"%.*s\", where \"%.*s\" is \"%.*s\"",
				STR_ARGS(declared->ast->name.text), STR_ARGS(model->ast->name.text),
				STR_ARGS(end->name), STR_ARGS(end->to->name)),
			declared->ast->name.span, "it is declared here");
	return NULL;
}

static void nesting_add(struct entry_list *list, const struct ast_entry *ast)
{
	struct serializer_entry *entry = entry_find(list, &ast->name);
	struct serializer_draft *nested;

	if (!entry)
		return;
	if (!entry->relation) {
		diagnostics_error(list->checker->diagnostics, ast->name.span,
				  "\"%.*s\" is no relation: there is nothing to nest",
				  STR_ARGS(ast->name.text));
		return;
	}
	nested = nested_resolve(list, ast, entry->relation);
	if (!nested)
		return;
	entry->nested = nested->serializer;
	list->draft->nestings[list->draft->nesting_count++] =
		(struct nesting){ nested, ast->serializer.span };
}

static void nestings_add(struct entry_list *list)
{
	struct table nested;

	table_init(&nested, list->checker->arena);
	for (const struct ast_part *part = list->draft->ast->parts; part; part = part->next) {
		const struct ast_entry *ast = part->kind == PART_NESTED ? part->entries : NULL;
		const struct ast_name *first = NULL;

		if (ast)
			first = table_add(&nested, ast->name.text, &ast->name);
		if (first)
			twice_refuse(list, &ast->name, first->span);
		else if (ast)
			nesting_add(list, ast);
	}
}

/* Only what the model's own table holds can be taken. */
static void read_only_set(struct entry_list *list, const struct ast_name *name)
{
	struct serializer_entry *entry = entry_find(list, name);

	if (!entry)
		return;
	if (entry->relation && !is_forward(entry->relation))
		diagnostics_error(list->checker->diagnostics, name->span,
				  "\"%.*s\" is many rows or another's, and never taken",
				  STR_ARGS(name->text));
	else if (entry->is_read_only)
		diagnostics_error(list->checker->diagnostics, name->span,
				  "\"%.*s\" stands here twice", STR_ARGS(name->text));
	entry->is_read_only = true;
}

static void write_only_set(struct entry_list *list, const struct ast_name *name)
{
	struct serializer_entry *entry = entry_find(list, name);

	if (!entry)
		return;
	if (entry->relation)
		diagnostics_error(list->checker->diagnostics, name->span,
				  "\"%.*s\" is a relation: \"write only\" is for fields",
				  STR_ARGS(name->text));
	else if (entry->is_read_only)
		diagnostics_error(list->checker->diagnostics, name->span,
				  "\"%.*s\" cannot be both \"read only\" and \"write only\"",
				  STR_ARGS(name->text));
	else if (entry->is_write_only)
		diagnostics_error(list->checker->diagnostics, name->span,
				  "\"%.*s\" stands here twice", STR_ARGS(name->text));
	entry->is_write_only = true;
}

static void marks_set(struct entry_list *list, enum ast_part_kind kind,
		      void (*set)(struct entry_list *list, const struct ast_name *name))
{
	for (const struct ast_part *part = list->draft->ast->parts; part; part = part->next)
		for (const struct ast_entry *ast = part->entries; ast && part->kind == kind;
		     ast = ast->next)
			set(list, &ast->name);
}

static void computed_add(struct entry_list *list, const struct ast_entry *ast)
{
	const struct serializer_entry *first = table_find(&list->by_name, ast->name.text);
	struct serializer_entry entry = entry_of(ast);

	snake_check(list->checker, &ast->name, "computed");
	if (first && first->c_function.len) {
		twice_refuse(list, &ast->name, first->span);
		return;
	}
	entry.c_function =
		names_join(list->checker->arena, list->draft->serializer->c_name, ast->name.text);
	(void)symbol_check(list->checker, entry.c_function, &ast->name, "computed");
	list->draft->serializer->takes_context = true;
	entry_add(list, entry);
}

static void computed_all_add(struct entry_list *list)
{
	for (const struct ast_part *part = list->draft->ast->parts; part; part = part->next)
		for (const struct ast_entry *ast = part->entries;
		     ast && part->kind == PART_COMPUTED; ast = ast->next)
			computed_add(list, ast);
}

static size_t names_count(const struct serializer_draft *draft)
{
	size_t count = 0;

	for (const struct ast_part *part = draft->ast->parts; part; part = part->next)
		for (const struct ast_entry *ast = part->entries; ast; ast = ast->next)
			count++;
	return count;
}

static void list_init(struct entry_list *list, struct checker *checker,
		      struct serializer_draft *draft)
{
	size_t capacity = names_count(draft) + draft->model->model->column_count + 1;

	*list = (struct entry_list){
		.checker = checker,
		.draft = draft,
		.model = draft->model->model,
		.at = arena_alloc_array(checker->arena, capacity, sizeof(*list->at)),
		.is_partial = draft->ast->is_broken,
	};
	table_init(&list->ends, checker->arena);
	table_init(&list->by_name, checker->arena);
	table_init(&list->keys, checker->arena);
	for (size_t i = 0; i < list->model->end_count; i++)
		table_add(&list->ends, list->model->ends[i].name, &list->model->ends[i]);
	for (const struct ast_part *part = draft->ast->parts; part; part = part->next)
		list->is_partial |= part->is_broken;
	draft->nestings = arena_alloc_array(checker->arena, capacity, sizeof(*draft->nestings));
}

void entries_check(struct checker *checker, struct serializer_draft *draft)
{
	const struct ast_part *fields = part_find(draft, PART_FIELDS);
	struct entry_list list;

	if (!draft->model)
		return;
	list_init(&list, checker, draft);
	parts_check(&list);
	if (fields)
		listed_add(&list, fields);
	else
		unlisted_add(&list, part_find(draft, PART_EXCLUDE));
	nestings_add(&list);
	marks_set(&list, PART_READ_ONLY, read_only_set);
	marks_set(&list, PART_WRITE_ONLY, write_only_set);
	computed_all_add(&list);
	draft->serializer->entries = list.at;
	draft->serializer->entry_count = list.count;
}
