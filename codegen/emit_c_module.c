#include "emit_c_parts.h"

#include "c_text.h"
#include "names.h"
#include "sql_text.h"
#include "template.h"
#include "templates.h"

static void type_declarations_add(struct buf *out, const struct model *model, struct arena *arena)
{
	struct buf where_many;

	buf_init(&where_many, arena);
	if (model->is_one_of_many) {
		template_add(&where_many, template_where_many_declaration,
			     SLOTS({ "model", model->c_name }));
		buf_add_char(&where_many, '\n');
	}
	template_add(out, template_type_declarations,
		     SLOTS({ "model", model->c_name }, { "where_many", buf_str(&where_many) }));
}

struct str emit_c_types_header(const struct module *module, struct arena *arena)
{
	struct buf types;

	buf_init(&types, arena);
	for (size_t i = 0; i < module->model_count; i++) {
		const struct model *model = &module->models[i];

		if (model->is_implicit)
			buf_add_format(&types, "extern const qn_model %.*s;\n",
				       STR_ARGS(model->c_descriptor));
		else
			type_declarations_add(&types, model, arena);
		buf_add_char(&types, '\n');
	}
	return template_fill(arena, template_types_header,
			     SLOTS({ "banner", emit_c_module_banner(module, arena) },
				   { "prefix", name_to_upper(arena, module->c_name) },
				   { "types", buf_str(&types) }));
}

static struct str enum_constants(const struct enumeration *enumeration, struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < enumeration->label_count; i++) {
		const struct enum_label *label = &enumeration->labels[i];

		buf_add(&out, c_comment(arena, label->comment));
		buf_add(&out, label->c_constant);
		buf_add_cstring(&out, i == 0 ? " = 1,\n" : ",\n");
	}
	return buf_str(&out);
}

struct str emit_c_enums_header(const struct module *module, struct arena *arena)
{
	struct buf enums;

	buf_init(&enums, arena);
	for (size_t i = 0; i < module->enum_count; i++) {
		const struct enumeration *enumeration = &module->enums[i];

		template_add(&enums, template_enum_declarations,
			     SLOTS({ "enum", enumeration->c_name },
				   { "comment", c_comment(arena, enumeration->comment) },
				   { "constants", enum_constants(enumeration, arena) }));
		buf_add_char(&enums, '\n');
	}
	return template_fill(arena, template_enums_header,
			     SLOTS({ "banner", emit_c_module_banner(module, arena) },
				   { "prefix", name_to_upper(arena, module->c_name) },
				   { "enums", buf_str(&enums) }));
}

static struct str enum_labels(const struct enumeration *enumeration, struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < enumeration->label_count; i++) {
		buf_add(&out, c_string(arena, enumeration->labels[i].label));
		buf_add_cstring(&out, ",\n");
	}
	return buf_str(&out);
}

static void enum_definitions_add(struct buf *out, const struct enumeration *enumeration,
				 struct arena *arena)
{
	const struct module *module = enumeration->module;
	struct str name = arena_format(arena, "%.*s.%.*s", STR_ARGS(module->name),
				       STR_ARGS(enumeration->name));
	struct str sql_name = sql_quoted_path(arena, module->sql_schema, enumeration->sql_name);

	template_add(out, template_enum_definitions,
		     SLOTS({ "enum", enumeration->c_name },
			   { "labels", enum_labels(enumeration, arena) },
			   { "name", c_string(arena, name) },
			   { "sql_name", c_string(arena, sql_name) },
			   { "len", emit_c_number(arena, enumeration->label_count) }));
}

struct str emit_c_enums_source(const struct module *module, struct arena *arena)
{
	struct buf enums;

	buf_init(&enums, arena);
	for (size_t i = 0; i < module->enum_count; i++) {
		if (i > 0)
			buf_add_char(&enums, '\n');
		enum_definitions_add(&enums, &module->enums[i], arena);
	}
	return template_fill(arena, template_enums_source,
			     SLOTS({ "banner", emit_c_module_banner(module, arena) },
				   { "enums", buf_str(&enums) }));
}

struct str emit_c_registry_header(const struct module *module, struct arena *arena)
{
	return template_fill(arena, template_registry_header,
			     SLOTS({ "banner", emit_c_module_banner(module, arena) },
				   { "prefix", name_to_upper(arena, module->c_name) },
				   { "module", module->c_name }));
}

/* `#include "FOLDER<stem>.h"` for each model. */
static void model_includes_add(struct buf *out, const struct module *module, struct str folder)
{
	for (size_t i = 0; i < module->model_count; i++)
		if (emit_c_has_files(&module->models[i]))
			buf_add_format(out, "#include \"%.*s%.*s.h\"\n", STR_ARGS(folder),
				       STR_ARGS(module->models[i].file_stem));
}

/* A table of the registry, unless it has no rows. */
static void registry_table_add(struct buf *tables, struct str block, const struct buf *rows)
{
	if (rows->len == 0)
		return;
	template_add(tables, block, SLOTS({ "rows", buf_str(rows) }));
	buf_add_char(tables, '\n');
}

/* The lines of its descriptor: empty without serializers, of which most modules have none. */
static struct str serializer_members(const struct module *module, struct arena *arena)
{
	if (module->serializer_count == 0)
		return (struct str){ "", 0 };
	return arena_format(arena, ".serializers = qn_serializers,\n.serializer_count = %zu,\n",
			    module->serializer_count);
}

static struct str registry_includes(const struct module *module, struct arena *arena)
{
	struct buf includes;

	buf_init(&includes, arena);
	if (module->enum_count > 0)
		buf_add_cstring(&includes, "#include \"enums.h\"\n");
	model_includes_add(&includes, module, (struct str){ "", 0 });
	if (module->serializer_count > 0)
		buf_add_cstring(&includes, "#include \"serializers.h\"\n");
	return buf_str(&includes);
}

struct str emit_c_registry_source(const struct module *module, struct arena *arena)
{
	struct buf models, enums, serializers, tables;
	size_t model_count = 0;

	buf_init(&models, arena);
	buf_init(&enums, arena);
	buf_init(&serializers, arena);
	buf_init(&tables, arena);
	for (size_t i = 0; i < module->model_count; i++) {
		if (!emit_c_has_files(&module->models[i]))
			continue;
		buf_add_format(&models, "&%.*s_model,\n", STR_ARGS(module->models[i].c_name));
		model_count++;
	}
	for (size_t i = 0; i < module->enum_count; i++)
		buf_add_format(&enums, "&%.*s_enum,\n", STR_ARGS(module->enums[i].c_name));
	for (size_t i = 0; i < module->serializer_count; i++)
		buf_add_format(&serializers, "&%.*s_serializer,\n",
			       STR_ARGS(module->serializers[i].c_name));
	registry_table_add(&tables, template_registry_models, &models);
	registry_table_add(&tables, template_registry_enums, &enums);
	registry_table_add(&tables, template_registry_serializers, &serializers);
	return template_fill(arena, template_registry_source,
			     SLOTS({ "banner", emit_c_module_banner(module, arena) },
				   { "includes", registry_includes(module, arena) },
				   { "tables", buf_str(&tables) }, { "module", module->c_name },
				   { "name", c_string(arena, module->name) },
				   { "models", models.len ? STR("qn_models") : STR("NULL") },
				   { "enums", enums.len ? STR("qn_enums") : STR("NULL") },
				   { "model_count", emit_c_number(arena, model_count) },
				   { "enum_count", emit_c_number(arena, module->enum_count) },
				   { "serializers", serializer_members(module, arena) }));
}

struct str emit_c_module_header(const struct module *module, struct arena *arena)
{
	struct str folder = arena_format(arena, "%.*s/", STR_ARGS(module->name));
	struct buf includes;

	buf_init(&includes, arena);
	if (module->enum_count > 0)
		buf_add_format(&includes, "#include \"%.*senums.h\"\n", STR_ARGS(folder));
	model_includes_add(&includes, module, folder);
	buf_add_format(&includes, "#include \"%.*sregistry.h\"\n", STR_ARGS(folder));
	if (module->serializer_count > 0)
		buf_add_format(&includes, "#include \"%.*sserializers.h\"\n", STR_ARGS(folder));
	return template_fill(arena, template_module_header,
			     SLOTS({ "banner", emit_c_module_banner(module, arena) },
				   { "prefix", name_to_upper(arena, module->c_name) },
				   { "comment", c_comment(arena, module->comment) },
				   { "includes", buf_str(&includes) }));
}

struct str emit_c_modules_header(const struct schema *schema, struct arena *arena)
{
	struct buf includes, modules;

	buf_init(&includes, arena);
	buf_init(&modules, arena);
	for (size_t i = 0; i < schema->module_count; i++) {
		const struct module *module = &schema->modules[i];

		buf_add_format(&includes, "#include \"%.*s/registry.h\"\n", STR_ARGS(module->name));
		buf_add_format(&modules, "&%.*s_module,\n", STR_ARGS(module->c_name));
	}
	return template_fill(arena, template_modules_header,
			     SLOTS({ "banner", emit_c_project_banner(arena) },
				   { "includes", buf_str(&includes) },
				   { "modules", buf_str(&modules) }));
}
