#include "check_inside.h"

#include <string.h>

static void member_append(struct checker *checker, struct member_list *list,
			  const struct ast_member *member)
{
	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? 2 * list->capacity : 8;
		const struct ast_member **at = arena_alloc_array(checker->arena, capacity,
								 sizeof(const struct ast_member *));

		if (list->count)
			memcpy((void *)at, (const void *)list->at, list->count * sizeof(*at));
		list->at = at;
		list->capacity = capacity;
	}
	list->at[list->count++] = member;
}

/* Most models have no field but their own, and the key that is added. */
static size_t uses_expected(const struct model_draft *draft)
{
	size_t count = 1;

	for (const struct ast_member *member = draft->ast->members; member; member = member->next)
		count += member->kind == MEMBER_FIELD;
	return count;
}

void draft_use_add(struct checker *checker, struct model_draft *draft, struct field *field)
{
	if (draft->use_count == draft->use_capacity) {
		size_t capacity =
			draft->use_capacity ? 2 * draft->use_capacity : uses_expected(draft);
		struct field_use *uses = arena_alloc_array(checker->arena, capacity, sizeof(*uses));

		if (draft->use_count)
			memcpy(uses, draft->uses, draft->use_count * sizeof(*uses));
		draft->uses = uses;
		draft->use_capacity = capacity;
	}
	draft->uses[draft->use_count++] = (struct field_use){ .field = field, .owner = draft };
}

struct field_use *draft_use(const struct model_draft *draft, struct str name)
{
	const struct field *field = table_find(&draft->uses_by_name, name);

	for (size_t i = 0; field && i < draft->use_count; i++)
		if (draft->uses[i].field == field)
			return &draft->uses[i];
	return NULL;
}

/* Adds a field, unless the model has it already through another base. */
static void field_add(struct checker *checker, struct model_draft *draft, struct field *field)
{
	const struct field *first = table_add(&draft->uses_by_name, field->name, field);
	struct span own = field->member->name.span;

	if (!first) {
		draft_use_add(checker, draft, field);
		return;
	}
	if (first == field)
		return;
	diagnostic_note(diagnostics_error(checker->diagnostics, own,
					  "field \"%.*s\" is declared twice in \"%.*s\"",
					  STR_ARGS(field->name), STR_ARGS(draft->ast->name.text)),
			first->member->name.span, "the first is here");
}

static bool is_own_member(const struct model_draft *draft, const struct ast_member *member)
{
	const struct ast_member *own = draft->ast->members;

	while (own && own != member)
		own = own->next;
	return own != NULL;
}

/* Of "primary key" and "order by" there is one: that of the model itself before that of a base. */
static void single_set(struct checker *checker, const struct model_draft *draft,
		       const struct ast_member **place, const struct ast_member *member,
		       bool is_own)
{
	const struct ast_member *first = *place;

	*place = member;
	if (!first || first == member || (is_own && !is_own_member(draft, first)))
		return;
	diagnostic_note(diagnostics_error(checker->diagnostics, member->span,
					  "\"%s\" stands twice in model \"%.*s\"",
					  member->kind == MEMBER_ORDER_BY ? "order by"
									  : "primary key",
					  STR_ARGS(draft->ast->name.text)),
			first->span, "the first is here");
}

/* Each model has a hook of its own: that bases ask for one, too, changes nothing. */
static void hook_set(struct checker *checker, struct model_draft *draft,
		     const struct ast_member *member)
{
	const struct ast_member *first = draft->hook;

	if (first && is_own_member(draft, first))
		diagnostic_note(diagnostics_error(checker->diagnostics, member->span,
						  "\"valid hook\" stands twice in model \"%.*s\"",
						  STR_ARGS(draft->ast->name.text)),
				first->span, "the first is here");
	draft->hook = member;
}

static void member_add(struct checker *checker, struct model_draft *draft,
		       const struct ast_member *member, bool is_own)
{
	switch (member->kind) {
	case MEMBER_FIELD:
		break;
	case MEMBER_PRIMARY_KEY:
		single_set(checker, draft, &draft->key, member, is_own);
		break;
	case MEMBER_ORDER_BY:
		single_set(checker, draft, &draft->order, member, is_own);
		break;
	case MEMBER_NO_PRIMARY_KEY:
		draft->has_no_key = true;
		break;
	case MEMBER_VALID_HOOK:
		hook_set(checker, draft, member);
		break;
	case MEMBER_UNMANAGED:
		draft->is_unmanaged = true;
		break;
	case MEMBER_UNIQUE:
	case MEMBER_INDEX:
	case MEMBER_CHECK:
	case MEMBER_TABLE:
	case MEMBER_RENAMED:
		break;
	}
	if (member->kind != MEMBER_FIELD)
		member_append(checker, &draft->members, member);
}

static void base_copy(struct checker *checker, struct model_draft *draft,
		      const struct model_draft *base)
{
	for (size_t i = 0; i < base->use_count; i++)
		field_add(checker, draft, base->uses[i].field);
	for (size_t i = 0; i < base->members.count; i++) {
		bool has_it = false;

		for (size_t j = 0; j < draft->members.count; j++)
			has_it |= draft->members.at[j] == base->members.at[i];
		if (!has_it)
			member_add(checker, draft, base->members.at[i], false);
	}
}

static void depth_refuse(struct checker *checker, const struct ast_path *path)
{
	diagnostics_error(checker->diagnostics, path->span,
			  "models inherit through more than %zu others", INHERITANCE_DEPTH_MAX);
}

static void base_add(struct checker *checker, struct model_draft *draft,
		     const struct ast_path *path, size_t depth)
{
	const struct declared *base = path_resolve(checker, draft->module, path, "abstract model");

	if (!base)
		return;
	if (base->ast->kind != DECLARATION_ABSTRACT) {
		diagnostic_note(diagnostics_error(checker->diagnostics, path->span,
						  "\"%.*s\" is not an abstract model",
						  STR_ARGS(path->name.text)),
				base->ast->name.span, "it is declared here");
		return;
	}
	if (base->draft->expansion == BEGUN) {
		diagnostics_error(checker->diagnostics, path->span,
				  "model \"%.*s\" inherits from itself",
				  STR_ARGS(draft->ast->name.text));
		return;
	}
	if (depth == INHERITANCE_DEPTH_MAX) {
		depth_refuse(checker, path);
		return;
	}
	draft_expand(checker, base->draft, depth + 1);
	if (draft->depth <= base->draft->depth)
		draft->depth = base->draft->depth + 1;
	if (draft->depth > INHERITANCE_DEPTH_MAX)
		depth_refuse(checker, path);
	base_copy(checker, draft, base->draft);
}

static void own_member_add(struct checker *checker, struct model_draft *draft,
			   const struct ast_member *member)
{
	struct field *field;

	if (member->kind == MEMBER_FIELD) {
		if (!member->name.span.source)
			return;
		field = arena_alloc(checker->arena, sizeof(*field));
		field->member = member;
		field->module = draft->module;
		field->name = member->name.text;
		field_add(checker, draft, field);
		field_check(checker, field);
		return;
	}
	if (member->is_broken)
		return;
	if (draft->ast->kind == DECLARATION_ABSTRACT &&
	    (member->kind == MEMBER_TABLE || member->kind == MEMBER_RENAMED)) {
		diagnostics_error(checker->diagnostics, member->span,
				  "an abstract model has no table of its own");
		return;
	}
	member_add(checker, draft, member, true);
}

void draft_expand(struct checker *checker, struct model_draft *draft, size_t depth)
{
	if (draft->expansion != NOT_BEGUN)
		return;
	draft->expansion = BEGUN;
	table_reserve(&draft->uses_by_name, uses_expected(draft));
	for (const struct ast_path *path = draft->ast->bases; path; path = path->next)
		base_add(checker, draft, path, depth);
	for (const struct ast_member *member = draft->ast->members; member; member = member->next)
		own_member_add(checker, draft, member);
	draft->expansion = DONE;
}
