#include "validate/errors.h"

#include <string.h>

#include "base/bits.h"

enum { CAPACITY_FIRST = 8 };

bool error_list_init(struct error_list *list, struct arena *arena, const qn_model *model)
{
	*list = (struct error_list){ .arena = arena, .model = model };
	list->failed = arena_alloc_array(arena, (size_t)model->field_count / 64 + 1,
					 sizeof(*list->failed));
	return list->failed != NULL;
}

static bool list_grow(struct error_list *list)
{
	size_t capacity = list->capacity ? 2 * list->capacity : CAPACITY_FIRST;
	qn_field_error *at = arena_reserve_array(list->arena, capacity, sizeof(*at));

	if (!at)
		return false;
	if (list->len)
		memcpy(at, list->at, list->len * sizeof(*at));
	list->at = at;
	list->capacity = capacity;
	return true;
}

void error_list_add(struct error_list *list, const char *name, struct problem problem)
{
	if (!name || !problem.message || (list->len == list->capacity && !list_grow(list)))
		return;
	list->at[list->len++] = (qn_field_error){
		.field = name,
		.code = problem.code,
		.message = problem.message,
	};
}

/* False: the field has an error already. */
static bool field_mark(struct error_list *list, size_t field)
{
	if (bit_is_set(list->failed, field))
		return false;
	bit_set(list->failed, field);
	return true;
}

bool error_list_has(const struct error_list *list, size_t field)
{
	return bit_is_set(list->failed, field);
}

static const char *field_name(const struct error_list *list, size_t field)
{
	return list->names ? list->names[field] : list->model->fields[field].name;
}

void error_list_fail(struct error_list *list, size_t field, struct problem problem)
{
	error_list_fail_as(list, field, field_name(list, field), problem);
}

void error_list_fail_element(struct error_list *list, size_t field, size_t index,
			     struct problem problem)
{
	if (error_list_has(list, field))
		return;
	error_list_fail_as(list, field,
			   arena_format(list->arena, "%s[%zu]", field_name(list, field), index).at,
			   problem);
}

void error_list_fail_as(struct error_list *list, size_t field, const char *name,
			struct problem problem)
{
	if (field_mark(list, field))
		error_list_add(list, name, problem);
}

qn_status error_list_finish(const struct error_list *list, qn_errors *errors)
{
	*errors = (qn_errors){ list->at, list->len };
	return list->len ? QN_INVALID_VALUE : QN_OK;
}
