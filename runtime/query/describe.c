/*
 * What descriptors answer without a database.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "codec/type.h"
#include "quern/json.h"

bool qn_model_is_loaded(const qn_model *model, const void *row, int32_t field)
{
	const uint64_t *loaded;

	if (!row || field <= 0 || field > model->field_count + model->relation_count)
		return false;
	loaded = (const uint64_t *)(const void *)((const char *)row + model->row_loaded);
	return bit_is_set(loaded, (size_t)field - 1);
}

void qn_model_assert_loaded(const qn_model *model, const void *row, int32_t relation)
{
	int64_t index = (int64_t)relation - model->field_count - 1;

	if (qn_model_is_loaded(model, row, relation))
		return;
	if (index < 0 || index >= model->relation_count)
		fprintf(stderr, "%s has no relation %d\n", model->name, (int)relation);
	else
		fprintf(stderr, "%s.%s was not loaded: name it in %s.prefetch_related\n",
			model->name, model->relations[index].name,
			model->relations[index].select == QN_NO_OFFSET ? ""
								       : ".select_related or ");
	abort();
}

const char *qn_enum_label(const qn_enum *enumeration, int value)
{
	if (value <= 0 || (uint32_t)value > enumeration->len)
		return NULL;
	return enumeration->labels[value - 1];
}

int qn_enum_value(const qn_enum *enumeration, const char *label)
{
	for (uint32_t i = 0; label && i < enumeration->len; i++) {
		if (strcmp(enumeration->labels[i], label) == 0)
			return (int)i + 1;
	}
	return 0;
}

size_t qn_field_sql_type(const qn_field *field, char *text, size_t size)
{
	const char *name = type_info_of(field->type)->sql_name;
	char limit[32] = "";
	int len;

	if (field->type == QN_TYPE_ENUM)
		name = field->enumeration->sql_name;
	else if (field->type == QN_TYPE_OPAQUE)
		name = field->sql_type;
	if (field->limit && (field->type == QN_TYPE_DECIMAL || field->type == QN_TYPE_NUMERIC))
		snprintf(limit, sizeof(limit), "(%d,%d)", (int)field->limit, (int)field->scale);
	else if (field->limit)
		snprintf(limit, sizeof(limit), "(%d)", (int)field->limit);
	len = snprintf(text, size, "%s%s%s", name, limit,
		       field->flags & QN_FIELD_ARRAY ? "[]" : "");
	return (size_t)len;
}

const qn_model *qn_module_find(const qn_module *module, const char *name)
{
	for (size_t i = 0; name && i < module->model_count; i++) {
		const char *dot = strrchr(module->models[i]->name, '.');

		if (strcmp(dot ? dot + 1 : module->models[i]->name, name) == 0)
			return module->models[i];
	}
	return NULL;
}

/* The module that a dotted name begins with. */
static const qn_module *module_of(const qn_module *const *modules, const char *name)
{
	const char *dot = name ? strchr(name, '.') : NULL;

	for (; dot && *modules; modules++) {
		size_t len = strlen((*modules)->name);

		if (len == (size_t)(dot - name) && memcmp((*modules)->name, name, len) == 0)
			return *modules;
	}
	return NULL;
}

const qn_model *qn_modules_find(const qn_module *const *modules, const char *name)
{
	const qn_module *module = module_of(modules, name);

	return module ? qn_module_find(module, strchr(name, '.') + 1) : NULL;
}

const qn_enum *qn_modules_find_enum(const qn_module *const *modules, const char *name)
{
	const qn_module *module = module_of(modules, name);

	for (size_t i = 0; module && i < module->enum_count; i++) {
		if (strcmp(module->enums[i]->name, name) == 0)
			return module->enums[i];
	}
	return NULL;
}

const qn_serializer *qn_modules_find_serializer(const qn_module *const *modules, const char *name)
{
	const qn_module *module = module_of(modules, name);

	for (size_t i = 0; module && i < module->serializer_count; i++) {
		if (strcmp(module->serializers[i]->name, name) == 0)
			return module->serializers[i];
	}
	return NULL;
}
