#include "query/batch_form.h"

#include "pool/batch.h"

/* NULL: the where of this shape is not one key. */
static const qn_field *shape_key_field(const struct shape *shape)
{
	struct key_reader reader = key_read(shape->tokens, shape->token_count);
	const qn_model *model = shape->model;
	const qn_field *field;
	bool is_unique;

	if (key_next(&reader) != KEY_SELECT)
		return NULL;
	if (key_next(&reader) != QN_LOOKUP_EQ)
		return NULL;
	field = &model->fields[key_next(&reader)];
	if (key_next(&reader) != KEY_END || (field->flags & QN_FIELD_ARRAY))
		return NULL;
	is_unique = (field->flags & QN_FIELD_UNIQUE) ||
		    (model->primary_key_len == 1 && field == &model->fields[model->primary_key[0]]);
	return is_unique ? field : NULL;
}

static bool has_equal_bytes(const qn_field *field, bool *is_exact)
{
	switch (field->type) {
	case QN_TYPE_INT16:
	case QN_TYPE_INT32:
	case QN_TYPE_INT64:
	case QN_TYPE_OID:
	case QN_TYPE_UUID:
		*is_exact = true;
		return true;
	case QN_TYPE_TEXT:
	case QN_TYPE_VARCHAR:
		*is_exact = false;
		return true;
	default:
		return false;
	}
}

/* Of unique keys there is a row each at most: one row more says that they are not. */
static struct shape *find_shape_of_many(struct call *call, const qn_field *field)
{
	key_begin(call->key, call->model, KEY_SELECT);
	key_add(call->key, QN_LOOKUP_IN);
	key_add(call->key, (unsigned)(field - call->model->fields));
	key_add(call->key, KEY_END);
	call_walk_no_options(call, BATCH_KEYS + 1);
	return shape_find(call->registry, call->model, &call->op->arena);
}

void shape_find_batch_form(struct call *call, struct shape *shape)
{
	struct batch_form *form;
	struct shape *of_many;
	const qn_field *field;
	bool is_exact = false;

	if (shape->batch_is_decided || !shape->statement.id)
		return;
	field = shape_key_field(shape);
	if (!field || !has_equal_bytes(field, &is_exact)) {
		shape->batch_is_decided = true;
		return;
	}
	of_many = find_shape_of_many(call, field);
	form = arena_alloc(&call->registry->arena, sizeof(*form));
	if (!of_many || !form)
		return;
	shape->batch_is_decided = true;
	/* One that is not kept cannot be shared. */
	if (!of_many->statement.id)
		return;
	form->statement = of_many->statement;
	form->key_type = type_info_of(field->type)->oid;
	form->key_column = (int)(field - call->model->fields);
	form->is_exact = is_exact;
	shape->statement.batch_form = form;
}
