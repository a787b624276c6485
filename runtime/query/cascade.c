#include "query/cascade.h"

#include <string.h>

const qn_model *cascade_at(const struct buf *models, size_t index)
{
	struct cascade_model entry;

	memcpy(&entry, models->at + index * sizeof(entry), sizeof(entry));
	return entry.model;
}

size_t cascade_index(const struct buf *models, const qn_model *model)
{
	size_t index = 0;

	while (index < cascade_count(models) && cascade_at(models, index) != model)
		index++;
	return index;
}

static void add_once(struct buf *models, const qn_model *model)
{
	struct cascade_model entry = { model };

	if (cascade_index(models, model) == cascade_count(models))
		buf_add_bytes(models, &entry, sizeof(entry));
}

static const qn_relation *dependent_key(const qn_dependent *dependent)
{
	return &dependent->model->relations[dependent->relation];
}

void cascade_find(struct buf *models, const qn_model *model)
{
	add_once(models, model);
	for (size_t i = 0; i < cascade_count(models); i++) {
		const qn_model *next = cascade_at(models, i);

		for (size_t j = 0; j < next->dependent_count; j++)
			if (dependent_key(&next->dependents[j])->on_delete == QN_ON_DELETE_CASCADE)
				add_once(models, next->dependents[j].model);
	}
}

static bool key_protects(const qn_relation *key)
{
	return key->on_delete == QN_ON_DELETE_NO_ACTION || key->on_delete == QN_ON_DELETE_RESTRICT;
}

/* The foreign key with this name that protects rows of one of the models. NULL: there is none. */
static const qn_dependent *protector_find(const struct buf *models, const char *constraint)
{
	for (size_t i = 0; i < cascade_count(models); i++) {
		const qn_model *model = cascade_at(models, i);

		for (size_t j = 0; j < model->dependent_count; j++) {
			const qn_relation *key = dependent_key(&model->dependents[j]);

			if (key_protects(key) && strcmp(key->constraint, constraint) == 0)
				return &model->dependents[j];
		}
	}
	return NULL;
}

static void fail_protected(struct qn_op *op, const qn_dependent *dependent)
{
	const qn_relation *key = dependent_key(dependent);
	qn_error said = op->error;

	(void)op_fail(op, QN_PROTECTED, NULL,
		      "rows of %s refer to it by \"%s\"; nothing was deleted",
		      dependent->model->name, key->name);
	said.status = QN_PROTECTED;
	said.message = op->error.message;
	op->error = said;
}

void cascade_explain(struct qn_op *op)
{
	struct buf models = { 0 };
	const qn_dependent *protector;

	if (op->error.status != QN_FOREIGN_KEY_VIOLATION)
		return;
	cascade_find(&models, op->model);
	protector = protector_find(&models, op->error.constraint);
	if (protector)
		fail_protected(op, protector);
	buf_free(&models);
}
