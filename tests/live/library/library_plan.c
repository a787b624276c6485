#include "library_plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	LOADS_DEEP = 4,
	QUERIES_MAX = 10,
	TERMS_MAX = 3,
	WHERES_DEEP = 2,
};

static const qn_lookup lookups[] = {
	QN_LOOKUP_EQ, QN_LOOKUP_NE,     QN_LOOKUP_GT,      QN_LOOKUP_LTE,
	QN_LOOKUP_IN, QN_LOOKUP_NOT_IN, QN_LOOKUP_IS_NULL, QN_LOOKUP_IS_NOT_NULL,
};

void planner_clear(struct planner *planner, struct world *world)
{
	planner->world = world;
	planner->budget = QUERIES_MAX;
	planner->used = 0;
}

static unsigned pick(struct planner *planner, unsigned count)
{
	return world_pick(planner->world, count);
}

/* The memory is enough for any plan of QUERIES_MAX queries. */
void *planner_alloc(struct planner *planner, size_t size)
{
	size_t unit = _Alignof(max_align_t);
	char *at = planner->memory + planner->used;

	planner->used += (size + unit - 1) / unit * unit;
	if (planner->used > sizeof(planner->memory)) {
		fputs("the planner's memory is too small\n", stderr);
		abort();
	}
	memset(at, 0, size);
	return at;
}

static bool is_filtered(const qn_field *field)
{
	return field->type != QN_TYPE_TIMESTAMPTZ;
}

static const struct filters *wheres_grow(struct planner *planner, const struct table *table,
					 size_t count, unsigned depth);

static void values_grow(struct planner *planner, const qn_field *field, struct filter *filter)
{
	size_t kinds = sizeof(lookups) / sizeof(*lookups);

	if ((field->flags & QN_FIELD_NULLABLE) == 0)
		kinds -= 2;
	filter->lookup = lookups[pick(planner, (unsigned)kinds)];
	filter->value_count = 1;
	if (filter->lookup == QN_LOOKUP_IN || filter->lookup == QN_LOOKUP_NOT_IN)
		filter->value_count += pick(planner, WORLD_LIST);
	for (size_t i = 0; i < filter->value_count; i++)
		filter->values[i] = world_cell(planner->world, field);
}

/* Of the number of related rows. */
static void count_grow(struct planner *planner, struct filter *filter)
{
	static const qn_field count = { .type = QN_TYPE_INT32 };

	values_grow(planner, &count, filter);
}

static struct filter relation_filter_grow(struct planner *planner, const struct table *table,
					  size_t number, unsigned depth)
{
	const qn_relation *relation = &table->model->relations[number];
	const struct table *related = world_table(planner->world, relation->model);
	struct filter filter = { .kind = FILTER_ONE, .number = number };
	/* At the top alone, so that no list can be known to match always or never. */
	bool is_any = depth == 0 && pick(planner, 4) == 0;

	if (!relation_is_one(relation))
		filter.kind = FILTER_SOME + pick(planner, 4);
	if (filter.kind == FILTER_COUNT) {
		count_grow(planner, &filter);
		return filter;
	}
	filter.lists = wheres_grow(planner, related, 1, is_any ? WHERES_DEEP + 1 : depth + 1);
	return filter;
}

static struct filter field_filter_grow(struct planner *planner, const struct table *table)
{
	struct filter filter = { .kind = FILTER_FIELD };

	do
		filter.number = pick(planner, table->model->field_count);
	while (!is_filtered(&table->model->fields[filter.number]));
	values_grow(planner, &table->model->fields[filter.number], &filter);
	return filter;
}

static struct filter filter_grow(struct planner *planner, const struct table *table, unsigned depth)
{
	unsigned kind = pick(planner, 8);

	if (depth < WHERES_DEEP && kind == 0) {
		struct filter filter = { .kind = FILTER_ANY_OF + pick(planner, 3),
					 .list_count = 1 + pick(planner, 2) };

		filter.lists = wheres_grow(planner, table, filter.list_count, depth + 1);
		return filter;
	}
	if (depth < WHERES_DEEP && kind < 4)
		return relation_filter_grow(planner, table,
					    pick(planner, table->model->relation_count), depth);
	return field_filter_grow(planner, table);
}

/* A struct has one place for each. */
static bool is_in_place(const struct filter *filters, size_t count, const struct filter *filter)
{
	for (size_t i = 0; i < count; i++)
		if (filters[i].kind == filter->kind && filters[i].number == filter->number)
			return true;
	return false;
}

static struct filters filters_grow(struct planner *planner, const struct table *table, size_t count,
				   unsigned depth)
{
	struct filter *at = planner_alloc(planner, count * sizeof(*at));
	size_t len = 0;

	for (size_t i = 0; i < count; i++) {
		at[len] = filter_grow(planner, table, depth);
		len += !is_in_place(at, len, &at[len]);
	}
	return (struct filters){ at, len };
}

/* Deeper than WHERES_DEEP: without filters, which matches every row. */
static const struct filters *wheres_grow(struct planner *planner, const struct table *table,
					 size_t count, unsigned depth)
{
	struct filters *wheres = planner_alloc(planner, count * sizeof(*wheres));

	for (size_t i = 0; i < count && depth <= WHERES_DEEP; i++)
		wheres[i] = filters_grow(planner, table, 1 + pick(planner, 2), depth);
	return wheres;
}

static bool has_term(const struct plan *plan, int32_t number)
{
	for (size_t i = 0; i < QN_ORDER_BY_MAX; i++)
		if (abs(plan->order_by[i]) % 0x10000 == number)
			return true;
	return false;
}

static int32_t term_grow(struct planner *planner, const struct table *table)
{
	const qn_model *model = table->model;
	unsigned number = pick(planner, model->field_count);
	int32_t term;

	for (unsigned attempts = 0; attempts < 3; attempts++) {
		unsigned relation = pick(planner, model->relation_count);

		if (pick(planner, 2) == 0 && relation_is_one(&model->relations[relation]))
			number = model->field_count + relation;
	}
	while (number < model->field_count && !is_filtered(&model->fields[number]))
		number = pick(planner, model->field_count);
	term = (int32_t)number + 1;
	if (pick(planner, 2) == 0)
		term = -term;
	if (pick(planner, 3) == 0)
		term = pick(planner, 2) ? QN_NULLS_FIRST(term) : QN_NULLS_LAST(term);
	return term;
}

/* Total when it is by itself; some are left to the model, where that has a total order. */
static void order_grow(struct planner *planner, struct plan *plan, bool is_whole)
{
	const qn_model *model = plan->table->model;
	size_t count = pick(planner, TERMS_MAX + 1);

	if (count == 0 && (!is_whole || model->order_by_len))
		return;
	for (size_t i = 0; i < count; i++)
		plan->order_by[i] = term_grow(planner, plan->table);
	for (size_t i = 0; is_whole && i < model->primary_key_len; i++)
		plan->order_by[count++] = (model->primary_key[i] + 1) * (pick(planner, 2) ? 1 : -1);
}

static void slice_grow(struct planner *planner, struct plan *plan)
{
	if (pick(planner, 3) == 0)
		plan->limit = 1 + pick(planner, 5);
	if (pick(planner, 5) == 0)
		plan->offset = 1 + pick(planner, 3);
}

static struct plan *query_grow(struct planner *planner, const struct table *table, bool is_whole,
			       bool is_ordered, unsigned depth);

/* The order of a joined query counts where a term stands for it. */
static void loads_grow(struct planner *planner, struct plan *plan, bool is_ordered, unsigned depth)
{
	const qn_model *model = plan->table->model;
	unsigned share = depth < 2 ? 3 : 4;

	for (size_t i = 0; i < model->relation_count && depth < LOADS_DEEP; i++) {
		const qn_relation *relation = &model->relations[i];
		const struct table *table = world_table(planner->world, relation->model);
		bool is_one = relation_is_one(relation);

		if (!planner->budget || pick(planner, share) != 0)
			continue;
		if (is_one && pick(planner, 2) == 0)
			plan->selected[i] = query_grow(
				planner, table, false,
				is_ordered && has_term(plan, (int32_t)(model->field_count + i + 1)),
				depth + 1);
		else
			plan->prefetched[i] = query_grow(planner, table, true, true, depth + 1);
	}
}

static struct plan *query_grow(struct planner *planner, const struct table *table, bool is_whole,
			       bool is_ordered, unsigned depth)
{
	struct plan *plan = planner_alloc(planner, sizeof(*plan));

	planner->budget--;
	plan->table = table;
	if (pick(planner, 4) == 0)
		plan->only = 1 + pick(planner, (1U << table->model->field_count) - 1);
	if (is_ordered)
		order_grow(planner, plan, is_whole);
	if (is_whole && pick(planner, 2) == 0)
		plan->where = filters_grow(planner, table, 1 + pick(planner, 2), 0);
	if (is_whole)
		slice_grow(planner, plan);
	loads_grow(planner, plan, is_ordered, depth);
	return plan;
}

/* Of what has a struct: links that nobody declared have none. */
static const struct table *table_pick(struct planner *planner)
{
	const struct table *table;

	do
		table = &planner->world->tables[pick(planner, WORLD_TABLES)];
	while (!table->model->row_size);
	return table;
}

struct plan *plan_grow(struct planner *planner)
{
	return query_grow(planner, table_pick(planner), true, true, 0);
}

struct plan *plan_grow_related(struct planner *planner, const struct table *table)
{
	struct plan *plan = planner_alloc(planner, sizeof(*plan));

	planner->budget = QUERIES_MAX;
	plan->table = table;
	for (size_t i = 0; i < table->model->relation_count; i++) {
		const qn_model *model = table->model->relations[i].model;

		if (planner->budget && pick(planner, 3) == 0)
			plan->prefetched[i] =
				query_grow(planner, world_table(planner->world, model), true, true,
					   1);
	}
	return plan;
}

static void indent(unsigned depth)
{
	fprintf(stderr, "%*s", (int)depth * 4, "");
}

static void filters_print(const qn_model *model, const struct filters *filters, unsigned depth)
{
	static const char *const kinds[] = { "",      "one",    "some",   "none",   "every",
					     "count", "any_of", "all_of", "none_of" };

	for (size_t i = 0; i < filters->len; i++) {
		const struct filter *filter = &filters->at[i];
		const qn_model *inner = model;

		indent(depth);
		if (filter->kind == FILTER_FIELD) {
			fprintf(stderr, "where %s", model->fields[filter->number].name);
		} else if (filter->kind < FILTER_ANY_OF) {
			inner = model->relations[filter->number].model;
			fprintf(stderr, "where %s.%s", model->relations[filter->number].name,
				kinds[filter->kind]);
		} else {
			fputs(kinds[filter->kind], stderr);
		}
		if (filter->value_count)
			fprintf(stderr, " lookup %d", filter->lookup);
		for (size_t j = 0; j < filter->value_count; j++) {
			if (filter->values[j].text)
				fprintf(stderr, " '%s'", filter->values[j].text);
			else
				fprintf(stderr, " %" PRId64, filter->values[j].number);
		}
		fputc('\n', stderr);
		for (size_t j = 0;
		     filter->lists && j < (filter->list_count ? filter->list_count : 1); j++)
			filters_print(inner, &filter->lists[j], depth + 1);
	}
}

static void print_at(const struct plan *plan, unsigned depth)
{
	const qn_model *model = plan->table->model;

	indent(depth);
	fprintf(stderr, "%s limit %" PRId64 " offset %" PRId64 " only %" PRIx64 " order_by",
		model->name, plan->limit, plan->offset, plan->only);
	for (size_t i = 0; i < QN_ORDER_BY_MAX && plan->order_by[i]; i++)
		fprintf(stderr, " %d", (int)plan->order_by[i]);
	fputc('\n', stderr);
	filters_print(model, &plan->where, depth + 1);
	for (size_t i = 0; i < model->relation_count; i++) {
		const struct plan *related =
			plan->selected[i] ? plan->selected[i] : plan->prefetched[i];

		if (!related)
			continue;
		indent(depth + 1);
		fprintf(stderr, "%s %s:\n", plan->selected[i] ? "select" : "prefetch",
			model->relations[i].name);
		print_at(related, depth + 2);
	}
}

void plan_print(const struct plan *plan)
{
	print_at(plan, 0);
}
