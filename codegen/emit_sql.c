#include "emit_sql.h"

#include "emit_sql_parts.h"
#include "sql_text.h"
#include "template.h"
#include "templates.h"

/* Enough for the statements of most models: the arena keeps its first chunk. */
#define SCRATCH_SIZE ((size_t)64 * 1024)

enum progress {
	UNSEEN,
	ENTERED, /* waits for the tables that it refers to */
	CREATED,
};

/* Who has columns of an enum. */
enum {
	USED_BY_MANAGED = 1 << 0,
	USED_BY_UNMANAGED = 1 << 1,
};

/* A model whose relations are being followed. */
struct visit {
	const struct model *model;
	size_t relation;
};

struct emitter {
	const struct schema *schema;
	struct sql_filter filter;
	struct arena scratch;
	struct buf tables;
	struct buf foreign_keys; /* those that close cycles */
	size_t *first_model;     /* of each module, in `progress` */
	enum progress *progress; /* of each model of the project */
	size_t *first_enum;      /* of each module, in `enum_uses` */
	unsigned char *enum_uses;
	struct visit *visits; /* a stack of its own: chains of references can be long */
	size_t visit_count;
};

static bool is_wanted_module(const struct emitter *emitter, const struct module *module)
{
	return !emitter->filter.module || emitter->filter.module == module;
}

static bool is_wanted(const struct emitter *emitter, const struct model *model)
{
	return !model->is_unmanaged && is_wanted_module(emitter, model->module) &&
	       (!emitter->filter.model || emitter->filter.model == model);
}

static enum progress *progress_of(const struct emitter *emitter, const struct model *model)
{
	size_t module = (size_t)(model->module - emitter->schema->modules);

	return &emitter->progress[emitter->first_model[module] +
				  (size_t)(model - model->module->models)];
}

static void enter(struct emitter *emitter, const struct model *model)
{
	*progress_of(emitter, model) = ENTERED;
	emitter->visits[emitter->visit_count++] = (struct visit){ model, 0 };
}

static void table_add(struct emitter *emitter, const struct model *model)
{
	bool *is_inline =
		arena_alloc_array(&emitter->scratch, model->relation_count, sizeof(*is_inline));

	*progress_of(emitter, model) = CREATED;
	for (size_t i = 0; i < model->relation_count; i++) {
		const struct relation *relation = &model->relations[i];

		is_inline[i] = !is_wanted(emitter, relation->to) ||
			       *progress_of(emitter, relation->to) == CREATED;
		if (!is_inline[i])
			emit_sql_add_foreign_key(&emitter->foreign_keys, relation,
						 &emitter->scratch);
	}
	emit_sql_table(&emitter->tables, model, is_inline, &emitter->scratch);
	arena_clear(&emitter->scratch);
}

/* Creates a table behind all those that it can be behind of. */
static void tables_add(struct emitter *emitter, const struct model *model)
{
	if (!is_wanted(emitter, model) || *progress_of(emitter, model) != UNSEEN)
		return;
	enter(emitter, model);
	while (emitter->visit_count > 0) {
		struct visit *visit = &emitter->visits[emitter->visit_count - 1];
		const struct model *to;

		if (visit->relation == visit->model->relation_count) {
			emitter->visit_count--;
			table_add(emitter, visit->model);
			continue;
		}
		to = visit->model->relations[visit->relation++].to;
		if (is_wanted(emitter, to) && *progress_of(emitter, to) == UNSEEN)
			enter(emitter, to);
	}
}

static void schema_add(struct emitter *emitter, struct buf *out, struct str name)
{
	if (name.len == 0 || str_equal(name, STR("public")))
		return;
	template_add(out, template_sql_schema,
		     SLOTS({ "schema", sql_ident(&emitter->scratch, name) }));
	buf_add_char(out, '\n');
}

static bool is_listed(const struct str *names, size_t count, struct str name)
{
	for (size_t i = 0; i < count; i++)
		if (str_equal(names[i], name))
			return true;
	return false;
}

static bool model_has_enum(const struct model *model, const struct enumeration *enumeration)
{
	for (size_t i = 0; i < model->column_count; i++)
		if (model->columns[i].type.enumeration == enumeration)
			return true;
	return false;
}

static unsigned char *uses_of(const struct emitter *emitter, const struct enumeration *enumeration)
{
	size_t module = (size_t)(enumeration->module - emitter->schema->modules);

	return &emitter->enum_uses[emitter->first_enum[module] +
				   (size_t)(enumeration - enumeration->module->enums)];
}

static void enum_uses_find(struct emitter *emitter, const struct model *model)
{
	for (size_t i = 0; i < model->column_count; i++) {
		const struct enumeration *enumeration = model->columns[i].type.enumeration;

		if (enumeration)
			*uses_of(emitter, enumeration) |=
				model->is_unmanaged ? USED_BY_UNMANAGED : USED_BY_MANAGED;
	}
}

/* An enum that only unmanaged tables have is there already, as they are. */
static bool is_wanted_enum(const struct emitter *emitter, const struct enumeration *enumeration)
{
	if (*uses_of(emitter, enumeration) == USED_BY_UNMANAGED)
		return false;
	if (emitter->filter.model)
		return model_has_enum(emitter->filter.model, enumeration);
	return is_wanted_module(emitter, enumeration->module);
}

static bool has_wanted_enum(const struct emitter *emitter, const struct module *module)
{
	for (size_t i = 0; i < module->enum_count; i++)
		if (is_wanted_enum(emitter, &module->enums[i]))
			return true;
	return false;
}

/* Each SQL schema once, in the order of the models that are in it. */
static void schemas_add(struct emitter *emitter, struct buf *out, size_t capacity,
			struct arena *arena)
{
	struct str *names = arena_alloc_array(arena, capacity, sizeof(*names));
	size_t count = 0;

	for (size_t i = 0; i < emitter->schema->module_count; i++) {
		const struct module *module = &emitter->schema->modules[i];

		if (has_wanted_enum(emitter, module) &&
		    !is_listed(names, count, module->sql_schema))
			names[count++] = module->sql_schema;
		for (size_t j = 0; j < module->model_count; j++)
			if (is_wanted(emitter, &module->models[j]) &&
			    !is_listed(names, count, module->models[j].sql_schema))
				names[count++] = module->models[j].sql_schema;
	}
	for (size_t i = 0; i < count; i++)
		schema_add(emitter, out, names[i]);
}

typedef void enum_statement(struct buf *out, const struct enumeration *enumeration,
			    struct arena *arena);
typedef void model_statements(struct buf *out, const struct model *model, struct arena *arena);

static void each_enum(struct emitter *emitter, struct buf *out, enum_statement *add)
{
	for (size_t i = 0; i < emitter->schema->module_count; i++) {
		const struct module *module = &emitter->schema->modules[i];

		for (size_t j = 0; j < module->enum_count; j++)
			if (is_wanted_enum(emitter, &module->enums[j]))
				add(out, &module->enums[j], &emitter->scratch);
		arena_clear(&emitter->scratch);
	}
}

static void each_model(struct emitter *emitter, struct buf *out, model_statements *add)
{
	for (size_t i = 0; i < emitter->schema->module_count; i++) {
		const struct module *module = &emitter->schema->modules[i];

		for (size_t j = 0; j < module->model_count; j++) {
			if (is_wanted(emitter, &module->models[j]))
				add(out, &module->models[j], &emitter->scratch);
			arena_clear(&emitter->scratch);
		}
	}
}

static void enum_uses_init(struct emitter *emitter, struct arena *arena)
{
	const struct schema *schema = emitter->schema;
	size_t enum_count = 0;

	emitter->first_enum =
		arena_alloc_array(arena, schema->module_count, sizeof(*emitter->first_enum));
	for (size_t i = 0; i < schema->module_count; i++) {
		emitter->first_enum[i] = enum_count;
		enum_count += schema->modules[i].enum_count;
	}
	emitter->enum_uses = arena_alloc_array(arena, enum_count, sizeof(*emitter->enum_uses));
	for (size_t i = 0; i < schema->module_count; i++)
		for (size_t j = 0; j < schema->modules[i].model_count; j++)
			enum_uses_find(emitter, &schema->modules[i].models[j]);
}

static size_t emitter_init(struct emitter *emitter, struct arena *arena)
{
	size_t module_count = emitter->schema->module_count;
	size_t model_count = 0;

	arena_init(&emitter->scratch, SCRATCH_SIZE, arena->out_of_memory);
	buf_init(&emitter->tables, arena);
	buf_init(&emitter->foreign_keys, arena);
	emitter->first_model =
		arena_alloc_array(arena, module_count, sizeof(*emitter->first_model));
	for (size_t i = 0; i < module_count; i++) {
		emitter->first_model[i] = model_count;
		model_count += emitter->schema->modules[i].model_count;
	}
	emitter->progress = arena_alloc_array(arena, model_count, sizeof(*emitter->progress));
	emitter->visits = arena_alloc_array(arena, model_count, sizeof(*emitter->visits));
	return module_count + model_count;
}

struct str emit_sql(const struct schema *schema, struct sql_filter filter, struct arena *arena)
{
	struct emitter emitter = { .schema = schema, .filter = filter };
	size_t name_count = emitter_init(&emitter, arena);
	struct buf statements;

	enum_uses_init(&emitter, arena);
	buf_init(&statements, arena);
	schemas_add(&emitter, &statements, name_count, arena);
	each_enum(&emitter, &statements, emit_sql_enum);
	for (size_t i = 0; i < schema->module_count; i++)
		for (size_t j = 0; j < schema->modules[i].model_count; j++)
			tables_add(&emitter, &schema->modules[i].models[j]);
	buf_add(&statements, buf_str(&emitter.tables));
	buf_add(&statements, buf_str(&emitter.foreign_keys));
	each_model(&emitter, &statements, emit_sql_indexes);
	each_enum(&emitter, &statements, emit_sql_enum_comment);
	each_model(&emitter, &statements, emit_sql_comments);
	arena_free(&emitter.scratch);
	return template_fill(arena, template_sql_script,
			     SLOTS({ "statements", buf_str(&statements) }));
}
