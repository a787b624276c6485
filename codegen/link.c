#include "check_inside.h"

#include <stdlib.h>

static struct ast_member *relation_make(struct checker *checker, const struct field *field,
					struct str name, const struct model_draft *target)
{
	struct ast_member *member = arena_alloc(checker->arena, sizeof(*member));
	struct ast_attributes *attributes = arena_alloc(checker->arena, sizeof(*attributes));
	struct span place = field->member->name.span;

	member->kind = MEMBER_FIELD;
	member->span = place;
	member->name = (struct ast_name){ name, place };
	member->type.span = place;
	member->type.path.module = (struct ast_name){ target->module->module->name, place };
	member->type.path.name = (struct ast_name){ target->ast->name.text, place };
	member->type.path.span = place;
	attributes->on_delete = (struct ast_action){ ACTION_CASCADE, place };
	member->attributes = attributes;
	return member;
}

static struct ast_member *list_make(struct checker *checker, enum ast_member_kind kind,
				    const struct ast_member *first, const struct ast_member *second)
{
	struct ast_member *member = arena_alloc(checker->arena, sizeof(*member));
	struct ast_term *terms = arena_alloc_array(checker->arena, 2, sizeof(*terms));

	terms[0] = (struct ast_term){ .next = &terms[1], .span = first->span, .name = first->name };
	terms[1] = (struct ast_term){ .span = second->span, .name = second->name };
	member->kind = kind;
	member->span = first->span;
	member->terms = terms;
	return member;
}

/* The link as it would be declared: two foreign keys, both together the primary key, an index for
 * the way back. */
static struct ast_declaration *link_make(struct checker *checker, const struct model_draft *owner,
					 const struct field *field)
{
	struct arena *arena = checker->arena;
	struct ast_declaration *link = arena_alloc(arena, sizeof(*link));
	struct str from = name_to_snake(arena, owner->ast->name.text);
	struct str to = name_to_snake(arena, field->target->ast->name.text);
	struct ast_member *members[4];

	if (str_equal(from, to)) {
		from = names_join(arena, STR("from"), from);
		to = names_join(arena, STR("to"), to);
	}
	members[0] = relation_make(checker, field, from, owner);
	members[1] = relation_make(checker, field, to, field->target);
	members[2] = list_make(checker, MEMBER_PRIMARY_KEY, members[0], members[1]);
	members[3] = list_make(checker, MEMBER_INDEX, members[1], members[0]);
	for (size_t i = 0; i < 3; i++)
		members[i]->next = members[i + 1];
	link->kind = DECLARATION_MODEL;
	link->members = members[0];
	link->name.span = field->member->name.span;
	link->name.text = arena_format(arena, "%.*s%.*s", STR_ARGS(owner->ast->name.text),
				       STR_ARGS(name_to_camel(arena, field->name)));
	return link;
}

static void link_add(struct checker *checker, struct model_draft *owner, struct field_use *use)
{
	struct ast_declaration *ast = link_make(checker, owner, use->field);
	struct model_draft *link = draft_add(checker, owner->module, ast, owner->source);

	link->is_implicit = true;
	link->is_unmanaged = owner->is_unmanaged;
	link->link_owner = owner;
	link->link_field = use->field;
	use->through = link;
	draft_expand(checker, link, 0);
}

static int draft_compare(const void *a, const void *b)
{
	const struct model_draft *left = *(struct model_draft *const *)a;
	const struct model_draft *right = *(struct model_draft *const *)b;
	int order = str_compare(left->ast->name.text, right->ast->name.text);

	return order ? order : left->is_implicit - right->is_implicit;
}

void links_add(struct checker *checker, struct module_draft *module)
{
	size_t count = module->draft_count;

	for (size_t i = 0; i < count; i++) {
		struct model_draft *draft = module->drafts[i];

		if (draft->ast->kind != DECLARATION_MODEL)
			continue;
		for (size_t j = 0; j < draft->use_count; j++) {
			struct field_use *use = &draft->uses[j];

			use->through = use->field->through;
			if (use->field->kind == FIELD_MANY && !use->through)
				link_add(checker, draft, use);
		}
	}
	if (module->draft_count > count)
		qsort((void *)module->drafts, module->draft_count, sizeof(*module->drafts),
		      draft_compare);
}
