#include "emit_c.h"

#include "emit_c_parts.h"

#include <stdlib.h>

/* A registry and a header for users, types, enums and serializers at most. */
#define MODULE_FILES 8
#define MODEL_FILES  2

/* What a file is, and thereby what it is made of. */
enum part {
	MODEL_SOURCE,
	MODEL_HEADER,
	MODULE_HEADER,
	TYPES_HEADER,
	ENUMS_SOURCE,
	ENUMS_HEADER,
	REGISTRY_SOURCE,
	REGISTRY_HEADER,
	SERIALIZERS_SOURCE,
	SERIALIZERS_HEADER,
	MODULES_HEADER,
};

struct emitter {
	struct arena *arena;
	struct artifact *files;
	size_t count;
};

static struct str artifact_text(const struct artifact *artifact, struct arena *arena)
{
	switch ((enum part)artifact->part) {
	case MODEL_SOURCE:
		return emit_c_model_source(artifact->of, arena);
	case MODEL_HEADER:
		return emit_c_model_header(artifact->of, arena);
	case MODULE_HEADER:
		return emit_c_module_header(artifact->of, arena);
	case TYPES_HEADER:
		return emit_c_types_header(artifact->of, arena);
	case ENUMS_SOURCE:
		return emit_c_enums_source(artifact->of, arena);
	case ENUMS_HEADER:
		return emit_c_enums_header(artifact->of, arena);
	case REGISTRY_SOURCE:
		return emit_c_registry_source(artifact->of, arena);
	case REGISTRY_HEADER:
		return emit_c_registry_header(artifact->of, arena);
	case SERIALIZERS_SOURCE:
		return emit_c_serializers_source(artifact->of, arena);
	case SERIALIZERS_HEADER:
		return emit_c_serializers_header(artifact->of, arena);
	case MODULES_HEADER:
		break;
	}
	return emit_c_modules_header(artifact->of, arena);
}

static void file_add(struct emitter *emitter, struct str path, enum part part, const void *of)
{
	emitter->files[emitter->count++] =
		(struct artifact){ .path = path, .of = of, .part = part };
}

static struct str file_path(struct emitter *emitter, const struct module *module, struct str stem,
			    const char *extension)
{
	return arena_format(emitter->arena, "%.*s/%.*s%s", STR_ARGS(module->name), STR_ARGS(stem),
			    extension);
}

static void model_add(struct emitter *emitter, const struct model *model)
{
	file_add(emitter, file_path(emitter, model->module, model->file_stem, ".c"), MODEL_SOURCE,
		 model);
	file_add(emitter, file_path(emitter, model->module, model->file_stem, ".h"), MODEL_HEADER,
		 model);
}

static void module_add(struct emitter *emitter, const struct module *module)
{
	struct str enums = STR("enums");
	struct str registry = STR("registry");
	struct str serializers = STR("serializers");
	struct str types = STR("types");

	file_add(emitter, arena_format(emitter->arena, "%.*s.h", STR_ARGS(module->name)),
		 MODULE_HEADER, module);
	file_add(emitter, file_path(emitter, module, registry, ".c"), REGISTRY_SOURCE, module);
	file_add(emitter, file_path(emitter, module, registry, ".h"), REGISTRY_HEADER, module);
	if (module->model_count > 0)
		file_add(emitter, file_path(emitter, module, types, ".h"), TYPES_HEADER, module);
	if (module->enum_count > 0) {
		file_add(emitter, file_path(emitter, module, enums, ".c"), ENUMS_SOURCE, module);
		file_add(emitter, file_path(emitter, module, enums, ".h"), ENUMS_HEADER, module);
	}
	if (module->serializer_count > 0) {
		file_add(emitter, file_path(emitter, module, serializers, ".c"), SERIALIZERS_SOURCE,
			 module);
		file_add(emitter, file_path(emitter, module, serializers, ".h"), SERIALIZERS_HEADER,
			 module);
	}
	for (size_t i = 0; i < module->model_count; i++)
		if (emit_c_has_files(&module->models[i]))
			model_add(emitter, &module->models[i]);
}

static int compare_paths(const void *a, const void *b)
{
	return str_compare(((const struct artifact *)a)->path, ((const struct artifact *)b)->path);
}

struct artifacts emit_c(const struct schema *schema, struct arena *arena)
{
	struct emitter emitter = { .arena = arena };
	size_t capacity = 1; /* the list of modules */

	for (size_t i = 0; i < schema->module_count; i++)
		capacity += MODULE_FILES + MODEL_FILES * schema->modules[i].model_count;
	emitter.files = arena_alloc_array(arena, capacity, sizeof(*emitter.files));
	for (size_t i = 0; i < schema->module_count; i++)
		module_add(&emitter, &schema->modules[i]);
	file_add(&emitter, STR("quern_modules.h"), MODULES_HEADER, schema);
	qsort(emitter.files, emitter.count, sizeof(*emitter.files), compare_paths);
	return (struct artifacts){ emitter.files, emitter.count, artifact_text };
}
