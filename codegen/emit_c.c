#include "emit_c.h"

#include "emit_c_parts.h"

#include <stdlib.h>

/* A registry and a header for users, types, enums and serializers at most. */
#define MODULE_FILES 8
#define MODEL_FILES  2
/* Enough for most models at once: the arena keeps its first chunk. */
#define SCRATCH_SIZE ((size_t)256 * 1024)

struct emitter {
	struct arena *out;
	struct arena scratch; /* emptied after each file */
	struct artifact *files;
	size_t count;
};

static void file_add(struct emitter *emitter, struct str path, struct str text)
{
	emitter->files[emitter->count++] =
		(struct artifact){ path, arena_copy(emitter->out, text) };
	arena_clear(&emitter->scratch);
}

static struct str file_path(struct emitter *emitter, const struct module *module, struct str stem,
			    const char *extension)
{
	return arena_format(emitter->out, "%.*s/%.*s%s", STR_ARGS(module->name), STR_ARGS(stem),
			    extension);
}

static void model_add(struct emitter *emitter, const struct model *model)
{
	file_add(emitter, file_path(emitter, model->module, model->file_stem, ".c"),
		 emit_c_model_source(model, &emitter->scratch));
	file_add(emitter, file_path(emitter, model->module, model->file_stem, ".h"),
		 emit_c_model_header(model, &emitter->scratch));
}

static void module_add(struct emitter *emitter, const struct module *module)
{
	struct str enums = STR("enums");
	struct str registry = STR("registry");
	struct str serializers = STR("serializers");
	struct str types = STR("types");

	file_add(emitter, arena_format(emitter->out, "%.*s.h", STR_ARGS(module->name)),
		 emit_c_module_header(module, &emitter->scratch));
	file_add(emitter, file_path(emitter, module, registry, ".c"),
		 emit_c_registry_source(module, &emitter->scratch));
	file_add(emitter, file_path(emitter, module, registry, ".h"),
		 emit_c_registry_header(module, &emitter->scratch));
	if (module->model_count > 0)
		file_add(emitter, file_path(emitter, module, types, ".h"),
			 emit_c_types_header(module, &emitter->scratch));
	if (module->enum_count > 0) {
		file_add(emitter, file_path(emitter, module, enums, ".c"),
			 emit_c_enums_source(module, &emitter->scratch));
		file_add(emitter, file_path(emitter, module, enums, ".h"),
			 emit_c_enums_header(module, &emitter->scratch));
	}
	if (module->serializer_count > 0) {
		file_add(emitter, file_path(emitter, module, serializers, ".c"),
			 emit_c_serializers_source(module, &emitter->scratch));
		file_add(emitter, file_path(emitter, module, serializers, ".h"),
			 emit_c_serializers_header(module, &emitter->scratch));
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
	struct emitter emitter = { .out = arena };
	size_t capacity = 1; /* the list of modules */

	for (size_t i = 0; i < schema->module_count; i++)
		capacity += MODULE_FILES + MODEL_FILES * schema->modules[i].model_count;
	emitter.files = arena_alloc_array(arena, capacity, sizeof(*emitter.files));
	arena_init(&emitter.scratch, SCRATCH_SIZE, arena->out_of_memory);
	for (size_t i = 0; i < schema->module_count; i++)
		module_add(&emitter, &schema->modules[i]);
	file_add(&emitter, STR("quern_modules.h"), emit_c_modules_header(schema, &emitter.scratch));
	arena_free(&emitter.scratch);
	qsort(emitter.files, emitter.count, sizeof(*emitter.files), compare_paths);
	return (struct artifacts){ emitter.files, emitter.count };
}
