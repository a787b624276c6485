#include "query/load.h"

#include <string.h>

#include "base/bits.h"

static void plan_step(struct load *load, struct load_step *step);

static const qn_model *level_model(const struct load_step *step, size_t level)
{
	return level ? step->joins.at[level - 1].model : step->model;
}

struct row_set load_parents(const struct load_step *step)
{
	const struct load_step *parent = step->parent;
	struct row_set set = { .model = level_model(parent, step->level) };

	if (step->level && parent->rows.levels) {
		set.at = parent->rows.levels[step->level - 1].at;
		set.len = parent->rows.levels[step->level - 1].len;
	} else if (!step->level) {
		set.at = parent->rows.at;
		set.len = parent->rows.len;
	}
	return set;
}

/* What was refused in making a part is what the whole is refused for. */
static void take_refusal(struct qn_op *whole, const struct qn_op *part)
{
	if (whole->refused)
		return;
	whole->refused = true;
	whole->failed = true;
	whole->status = part->status;
	whole->error = part->error;
}

static void check_options(struct call *call, const qn_relation *relation,
			  const qn_query_options *options)
{
	if (options->distinct)
		call_refuse(call,
			    "distinct has no meaning in .prefetch_related of %s: it would be "
			    "over the rows of all parents",
			    relation->name);
	else if (options->lock || options->skip_locked || options->nowait)
		call_refuse(call,
			    "lock in .prefetch_related of %s is not possible; lock rows by a "
			    "query of their own",
			    relation->name);
}

static void send_children(struct load_step *step);

qn_status load_part_finish(struct qn_op *op, struct outcome *outcome)
{
	struct load_step *step = op->out;
	qn_status status = load_read(step, outcome);

	if (status == QN_OK)
		send_children(step);
	return status;
}

/* The statement of a step, all but its keys, whose places come first among the parameters. */
static void make_statement(struct load_step *step, struct call *call)
{
	const qn_query_options *options = step->query;
	const char *where = (const char *)step->query + step->model->query_where;
	const qn_model *parent = level_model(step->parent, step->level);
	struct query_shape shape = { .options = options,
				     .query = step->query,
				     .joins = &step->joins };
	bool may_match;

	key_begin(call->key, step->model, KEY_PREFETCH);
	key_add_model(call->key, parent);
	key_add(call->key, (unsigned)(step->relation - parent->relations));
	for (size_t i = 0; i < step->relation->own_len; i++)
		call_add_null(call);
	may_match = call_walk_where(call, where) != TRUTH_NEVER;
	check_options(call, step->relation, options);
	may_match &= call_walk_options(call, &shape);
	if (may_match)
		call_prepare(call, REQUEST_READ, load_part_finish);
}

static void plan_relation(struct load *load, struct load_step *parent, size_t level,
			  const qn_relation *relation, const void *query)
{
	struct qn_op *whole = load->root.op;
	struct load_step *step = arena_alloc(&whole->arena, sizeof(*step));
	struct call call = { .model = relation->model };

	call.op = step ? op_new_part(whole, relation->model) : NULL;
	if (!call.op) {
		op_refuse(whole, QN_OUT_OF_MEMORY, NULL, "out of memory");
		return;
	}
	call.registry = shape_registry_of(session_pool(whole->session));
	call.key = &call.registry->key;
	call.op->out = step;
	*step = (struct load_step){ .parent = parent,
				    .op = call.op,
				    .model = relation->model,
				    .query = query,
				    .relation = relation,
				    .level = level };
	step->joins.above = &parent->joins;
	step->joins.relation = relation;
	step->joins.level = level;
	load->last->next = step;
	load->last = step;
	make_statement(step, &call);
	if (call.op->refused)
		take_refusal(whole, call.op);
	else if (step->joins.has_prefetch)
		plan_step(load, step);
}

/* Depth first, so that a query that leads back to itself is refused before it grows wide. */
static void plan_level(struct load *load, struct load_step *step, size_t level)
{
	const qn_model *model = level_model(step, level);
	const void *query = level ? step->joins.at[level - 1].query : step->query;

	for (size_t i = 0; i < model->relation_count && !load->root.op->refused; i++) {
		const qn_relation *relation = &model->relations[i];
		const void *related = relation_prefetched(relation, query);

		if (related)
			plan_relation(load, step, level, relation, related);
	}
}

static void plan_step(struct load *load, struct load_step *step)
{
	for (size_t level = 0; level <= step->joins.len; level++)
		plan_level(load, step, level);
}

static struct load *load_of(const struct qn_op *op)
{
	return op->parts->context;
}

/* Sends what the step's rows are to be given. */
static void send_children(struct load_step *step)
{
	struct qn_op *whole = step->op->parts->whole;

	for (struct load_step *child = step->next; child; child = child->next) {
		if (child->parent != step || op_parts_failed(whole))
			continue;
		/* Submitting a part that was refused fails the whole. */
		if (!load_keys(child) || (child->group_count && child->op->request.statement))
			op_submit_part(child->op);
	}
}

qn_status load_whole_finish(struct qn_op *op, struct outcome *outcome)
{
	struct load *load = load_of(op);
	qn_status status = rows_read(op, outcome, &load->root.rows);

	if (status == QN_OK)
		send_children(&load->root);
	return status;
}

static void whole_start(struct qn_op *whole)
{
	send_children(&load_of(whole)->root);
}

static void whole_done(struct qn_op *whole)
{
	const struct load *load = load_of(whole);
	const struct rows *rows = &load->root.rows;

	for (const struct load_step *step = load->root.next; step; step = step->next)
		load_tie(step);
	if (load->kind == LOAD_LIST)
		rows_store_list(whole->out, (struct row_list){ rows->at, rows->len });
	else if (load->kind == LOAD_ROW && rows->len)
		rows_store_pointer(whole->out, rows->at);
}

struct load *load_new(struct qn_op *op, const qn_model *model, enum load_kind kind)
{
	struct op_parts *parts = op_parts_begin(op);
	struct load *load = parts ? arena_alloc(&op->arena, sizeof(*load)) : NULL;

	if (!load) {
		op->parts = NULL;
		op_refuse(op, QN_OUT_OF_MEMORY, NULL, "out of memory");
		return NULL;
	}
	parts->context = load;
	parts->done = whole_done;
	load->kind = kind;
	load->root.op = op;
	load->root.model = model;
	load->last = &load->root;
	return load;
}

void load_plan(struct call *call, const struct query_shape *shape, bool may_match,
	       enum load_kind kind)
{
	struct qn_op *op = call->op;
	struct load *load;

	if (may_match)
		call_prepare(call, shape->options->lock ? 0 : REQUEST_READ, load_whole_finish);
	load = op->refused ? NULL : load_new(op, call->model, kind);
	if (!load)
		return;
	load->root.query = shape->query;
	load->root.joins = *shape->joins;
	plan_step(load, &load->root);
	if (op->refused)
		op->request.statement = NULL;
}

struct qn_op *load_submit(struct call *call, const struct query_shape *shape, bool may_match,
			  enum load_kind kind)
{
	load_plan(call, shape, may_match, kind);
	return op_submit(call->op);
}

/* A row that was read without what the relation goes by would seem to have none. */
static void check_rows(struct call *call, const struct row_set *rows, const qn_relation *relation)
{
	const qn_model *model = call->model;
	size_t words = ((size_t)model->field_count + model->relation_count + 63) / 64;

	for (size_t i = 0; i < rows->len && !call->op->refused; i++) {
		const char *row = row_set_at(rows, i);
		const uint64_t *loaded = (const uint64_t *)(const void *)(row + model->row_loaded);
		uint64_t any = 0;

		for (size_t word = 0; word < words; word++)
			any |= loaded[word];
		for (size_t j = 0; any && j < relation->own_len; j++) {
			uint16_t own = relation->own[j];

			if (!bit_is_set(loaded, own))
				op_refuse(call->op, QN_USAGE, &model->fields[own],
					  "row %zu was read without it, which %s goes by; add it "
					  "to .only",
					  i, relation->name);
		}
	}
}

static void plan_in_hand(struct load *load, struct call *call, const void *related)
{
	const qn_model *model = call->model;
	const struct row_set rows = { .at = load->root.rows.at,
				      .len = load->root.rows.len,
				      .model = model };

	for (size_t i = 0; i < model->relation_count && !call->op->refused; i++) {
		const qn_relation *relation = &model->relations[i];
		const void *query = relation_in_hand(relation, related);

		if (!query)
			continue;
		check_rows(call, &rows, relation);
		if (!call->op->refused)
			plan_relation(load, &load->root, 0, relation, query);
	}
}

qn_op *qn_model_load_related(qn_session *session, const qn_model *model, void *rows, size_t count,
			     const void *related)
{
	struct load *load;
	struct call call;

	if (!call_begin(&call, session, model, KEY_SELECT))
		return NULL;
	if (!related)
		call_refuse(&call, "the relations to load are NULL");
	else if (!rows && count)
		call_refuse(&call, "%zu rows have no address", count);
	load = call.op->refused ? NULL : load_new(call.op, model, LOAD_IN_HAND);
	if (!load)
		return call_complete(&call);
	call.op->parts->start = whole_start;
	load->root.rows = (struct rows){ .at = rows, .len = count };
	plan_in_hand(load, &call, related);
	return call_complete(&call);
}
