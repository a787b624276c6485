/*
 * The structs that quern is given for a plan.
 */
#include "library_plan.h"

#include <string.h>

static void member_write(char *to, const void *value, size_t size)
{
	memcpy(to, value, size);
}

static void int64_write(struct planner *planner, char *to, const struct filter *filter)
{
	qn_where_int64 where = { .op = filter->lookup };

	if (filter->lookup == QN_LOOKUP_IN || filter->lookup == QN_LOOKUP_NOT_IN) {
		int64_t *list = planner_alloc(planner, WORLD_LIST * sizeof(*list));

		for (size_t i = 0; i < filter->value_count; i++)
			list[i] = filter->values[i].number;
		where.as.list = (qn_list_int64){ list, filter->value_count };
	} else {
		where.as.value = filter->values[0].number;
	}
	member_write(to, &where, sizeof(where));
}

static void int32_write(struct planner *planner, char *to, const struct filter *filter)
{
	qn_where_int32 where = { .op = filter->lookup };

	if (filter->lookup == QN_LOOKUP_IN || filter->lookup == QN_LOOKUP_NOT_IN) {
		int32_t *list = planner_alloc(planner, WORLD_LIST * sizeof(*list));

		for (size_t i = 0; i < filter->value_count; i++)
			list[i] = (int32_t)filter->values[i].number;
		where.as.list = (qn_list_int32){ list, filter->value_count };
	} else {
		where.as.value = (int32_t)filter->values[0].number;
	}
	member_write(to, &where, sizeof(where));
}

static void text_write(struct planner *planner, char *to, const struct filter *filter)
{
	qn_where_text where = { .op = filter->lookup };

	if (filter->lookup == QN_LOOKUP_IN || filter->lookup == QN_LOOKUP_NOT_IN) {
		const char **list = planner_alloc(planner, WORLD_LIST * sizeof(*list));

		for (size_t i = 0; i < filter->value_count; i++)
			list[i] = filter->values[i].text;
		where.as.list = (qn_list_text){ list, filter->value_count };
	} else {
		where.as.value = filter->values[0].text;
	}
	member_write(to, &where, sizeof(where));
}

static void where_write(struct planner *planner, char *to, const qn_model *model,
			const struct filters *filters);

static char *wheres_write(struct planner *planner, const qn_model *model,
			  const struct filter *filter, size_t count)
{
	char *wheres = planner_alloc(planner, count * model->where_size);

	for (size_t i = 0; i < count; i++)
		where_write(planner, wheres + i * model->where_size, model, &filter->lists[i]);
	return wheres;
}

static void field_write(struct planner *planner, char *to, const qn_model *model,
			const struct filter *filter)
{
	const qn_field *field = &model->fields[filter->number];

	if (field->type == QN_TYPE_INT64)
		int64_write(planner, to + field->where, filter);
	else if (field->type == QN_TYPE_INT32)
		int32_write(planner, to + field->where, filter);
	else
		text_write(planner, to + field->where, filter);
}

static void related_write(struct planner *planner, char *to, const qn_relation *relation,
			  const struct filter *filter)
{
	size_t place = filter->kind == FILTER_ONE ? 0 : filter->kind - FILTER_SOME;
	const void *where;

	if (filter->kind == FILTER_COUNT) {
		int64_write(planner, to + relation->where + offsetof(library_tag_where_many, count),
			    filter);
		return;
	}
	where = wheres_write(planner, relation->model, filter, 1);
	member_write(to + relation->where + place * sizeof(where), &where, sizeof(where));
}

static void list_write(struct planner *planner, char *to, const qn_model *model,
		       const struct filter *filter)
{
	const uint32_t offsets[] = { model->where_any_of, model->where_all_of,
				     model->where_none_of };
	const struct {
		const void *at;
		size_t len;
	} list = { wheres_write(planner, model, filter, filter->list_count), filter->list_count };

	member_write(to + offsets[filter->kind - FILTER_ANY_OF], &list, sizeof(list));
}

static void where_write(struct planner *planner, char *to, const qn_model *model,
			const struct filters *filters)
{
	for (size_t i = 0; i < filters->len; i++) {
		const struct filter *filter = &filters->at[i];

		if (filter->kind == FILTER_FIELD)
			field_write(planner, to, model, filter);
		else if (filter->kind < FILTER_ANY_OF)
			related_write(planner, to, &model->relations[filter->number], filter);
		else
			list_write(planner, to, model, filter);
	}
}

/*
 * A query is no larger than its options, .only, a pointer for each way to load a relation, and its
 * where.
 */
static size_t query_size(const qn_model *model)
{
	return model->query_where + model->where_size;
}

const void *plan_query(struct planner *planner, const struct plan *plan)
{
	const qn_model *model = plan->table->model;
	char *query = planner_alloc(planner, query_size(model));
	qn_query_options options = { .limit = plan->limit, .offset = plan->offset };
	size_t only = 0;

	memcpy(options.order_by, plan->order_by, sizeof(options.order_by));
	member_write(query, &options, offsetof(qn_query_options, unordered) + 1);
	for (int32_t i = 0; i < model->field_count; i++) {
		const int32_t field = i + 1;

		if ((plan->only >> i & 1) != 0)
			member_write(query + model->query_only + only++ * sizeof(field), &field,
				     sizeof(field));
	}
	for (size_t i = 0; i < model->relation_count; i++) {
		const void *related = NULL;

		if (plan->selected[i]) {
			related = plan_query(planner, plan->selected[i]);
			member_write(query + model->relations[i].select, &related, sizeof(related));
		}
		if (plan->prefetched[i]) {
			related = plan_query(planner, plan->prefetched[i]);
			member_write(query + model->relations[i].prefetch, &related,
				     sizeof(related));
		}
	}
	where_write(planner, query + model->query_where, model, &plan->where);
	return query;
}

const void *plan_related(struct planner *planner, const struct plan *plan)
{
	const qn_model *model = plan->table->model;
	char *all = planner_alloc(planner, model->relation_count * sizeof(void *));

	for (size_t i = 0; i < model->relation_count; i++) {
		const void *query = NULL;

		if (plan->prefetched[i])
			query = plan_query(planner, plan->prefetched[i]);
		member_write(all + model->relations[i].related, &query, sizeof(query));
	}
	return all;
}
