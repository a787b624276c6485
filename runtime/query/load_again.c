/*
 * What is loaded beside the rows of a stream: the plan is made once, and repeated for each chunk.
 */
#include "query/load.h"

/* The steps of both loads are in the same order. */
static struct load_step *step_repeated(struct load *load, const struct load *planned,
				       const struct load_step *step)
{
	struct load_step *repeated = &load->root;

	for (const struct load_step *at = &planned->root; at != step; at = at->next)
		repeated = repeated->next;
	return repeated;
}

static bool repeat_step(struct load *load, const struct load *planned, const struct load_step *step)
{
	struct qn_op *whole = load->root.op;
	struct load_step *repeated = arena_alloc(&whole->arena, sizeof(*repeated));
	struct qn_op *part = repeated ? op_new_part(whole, step->model) : NULL;

	if (!part)
		return false;
	*repeated = (struct load_step){ .parent = step_repeated(load, planned, step->parent),
					.op = part,
					.model = step->model,
					.relation = step->relation,
					.level = step->level,
					.joins = step->joins };
	part->request.statement = step->op->request.statement;
	part->request.flags = step->op->request.flags;
	part->detail = step->op->detail;
	part->finish = step->op->finish;
	part->out = repeated;
	load->last->next = repeated;
	load->last = repeated;
	return op_copy_parameters(part, step->op);
}

bool load_repeat(struct qn_op *op, const struct qn_op *planned)
{
	const struct load *plan = planned->parts->context;
	struct load *load = load_new(op, planned->model, plan->kind);

	if (!load)
		return false;
	load->root.joins = plan->root.joins;
	for (const struct load_step *step = plan->root.next; step; step = step->next)
		if (!repeat_step(load, plan, step)) {
			op_refuse(op, QN_OUT_OF_MEMORY, NULL, "out of memory");
			return false;
		}
	return true;
}
