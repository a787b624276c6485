#include "check_inside.h"

typedef void use_visit(struct checker *checker, const struct field_use *use);

/*
 * Calls back for each field that relates two models, in the order of modules, models, declarations.
 */
static void for_each_use(struct checker *checker, use_visit *visit)
{
	for (size_t i = 0; i < checker->module_count; i++)
		for (size_t j = 0; j < checker->modules[i]->draft_count; j++) {
			const struct model_draft *draft = checker->modules[i]->drafts[j];

			for (size_t k = 0; draft->model && k < draft->use_count; k++)
				if (draft->uses[k].relation || draft->uses[k].many_to_many)
					visit(checker, &draft->uses[k]);
		}
}

static struct str reverse_name(const struct field_use *use)
{
	return use->field->member->attributes->reverse.text;
}

static void use_count(struct checker *checker, const struct field_use *use)
{
	(void)checker;
	use->owner->model->end_count++;
	if (reverse_name(use).len > 0)
		use->field->target->model->end_count++;
}

static struct relation_end *end_add(struct checker *checker, struct model_draft *draft,
				    struct relation_end end)
{
	struct relation_end *ends = (struct relation_end *)(uintptr_t)draft->model->ends;
	struct relation_end *added = &ends[draft->model->end_count++];

	*added = end;
	if (end.kind == RELATION_REVERSE || end.kind == RELATION_MANY)
		((struct model *)(uintptr_t)end.to)->is_one_of_many = true;
	if (draft->is_implicit)
		return added;
	added->c_constant = constant_name(checker, draft->model, end.name, &added->span);
	added->c_function =
		function_name(checker, draft->model, end.name,
			      end.kind == RELATION_REVERSE || end.kind == RELATION_MANY);
	return added;
}

static void forward_add(struct checker *checker, const struct field_use *use)
{
	if (use->relation)
		end_add(checker, use->owner,
			(struct relation_end){
				.span = use->relation->span,
				.kind = RELATION_FORWARD,
				.name = use->relation->name,
				.c_name = use->relation->c_name,
				.to = use->relation->to,
				.key = use->relation,
			});
}

static void many_add(struct checker *checker, const struct field_use *use)
{
	const struct many_to_many *many = use->many_to_many;
	struct relation_end *end;

	if (!many)
		return;
	end = end_add(checker, use->owner,
		      (struct relation_end){
			      .span = many->span,
			      .kind = RELATION_MANY,
			      .name = many->name,
			      .c_name = many->c_name,
			      .comment = many->comment,
			      .to = many->to,
			      .many = many,
			      .link_own = many->link_from,
			      .link_other = many->link_to,
		      });
	if (many->through->is_implicit)
		use->through->model->c_descriptor =
			names_join(checker->arena, end->c_function, STR("link"));
}

static void reverse_end_add(struct checker *checker, const struct field_use *use)
{
	const struct ast_name *name = &use->field->member->attributes->reverse;
	const struct many_to_many *many = use->many_to_many;
	struct relation_end end = {
		.span = name->span,
		.name = name->text,
		.to = use->owner->model,
		.key = use->relation,
		.many = many,
	};

	if (name->text.len == 0)
		return;
	end.c_name = member_name(checker, use->field->target, name->text);
	if (many) {
		end.kind = RELATION_MANY;
		end.link_own = many->link_to;
		end.link_other = many->link_from;
	} else {
		end.kind = use->relation->is_one_to_one ? RELATION_REVERSE_ONE : RELATION_REVERSE;
	}
	end_add(checker, use->field->target, end);
}

static void ends_begin(struct checker *checker, struct model *model)
{
	size_t count = model->end_count;

	if (count < model->reverse_count)
		count = model->reverse_count;
	if (count > RELATIONS_MAX)
		diagnostics_error(checker->diagnostics, model->span,
				  "model \"%.*s\" has %zu relations, those that refer to it "
				  "included, where quern has room for %zu",
				  STR_ARGS(model->name), count, RELATIONS_MAX);
	model->ends = arena_alloc_array(checker->arena, model->end_count, sizeof(*model->ends));
	model->end_count = 0;
}

void ends_check(struct checker *checker)
{
	for_each_use(checker, use_count);
	for (size_t i = 0; i < checker->module_count; i++)
		for (size_t j = 0; j < checker->modules[i]->draft_count; j++)
			if (checker->modules[i]->drafts[j]->model)
				ends_begin(checker, checker->modules[i]->drafts[j]->model);
	for_each_use(checker, forward_add);
	for_each_use(checker, many_add);
	for_each_use(checker, reverse_end_add);
}
