#include "emit_jsonschema.h"

#include "emit_jsonschema_type.h"
#include "json_quote.h"
#include "table.h"

#include <string.h>

/* A serializer, or a model as it is written without one. */
struct component {
	const struct serializer *serializer; /* or NULL */
	const struct model *model;
};

struct components {
	const struct schema *schema;
	struct arena *arena;
	struct component *at; /* in the order in which they were referred to first */
	size_t count;
	size_t capacity;
	struct table seen;  /* by name */
	struct table names; /* how many modules have a name */
	struct buf out;
	bool any; /* a schema was written already */
};

/* The members of one object. */
struct object {
	struct buf properties;
	struct buf required;
};

/* Counts a name of a module; two modules may have the same. */
static void name_count(struct components *components, struct str name)
{
	size_t *count = arena_alloc(components->arena, sizeof(*count));
	const void *known = table_add(&components->names, name, count);

	if (known)
		count = (size_t *)(uintptr_t)known;
	++*count;
}

static void names_count(struct components *components)
{
	for (size_t i = 0; i < components->schema->module_count; i++) {
		const struct module *module = &components->schema->modules[i];

		for (size_t j = 0; j < module->serializer_count; j++)
			name_count(components, module->serializers[j].name);
		for (size_t j = 0; j < module->model_count; j++)
			if (!module->models[j].is_implicit)
				name_count(components, module->models[j].name);
	}
}

static size_t modules_that_have(const struct components *components, struct str name)
{
	const size_t *count = table_find(&components->names, name);

	return count ? *count : 0;
}

static struct str name_of(const struct components *components, struct component component)
{
	const struct serializer *serializer = component.serializer;
	const struct module *module = serializer ? serializer->module : component.model->module;
	struct str name = serializer ? serializer->name : component.model->name;

	if (modules_that_have(components, name) < 2)
		return name;
	return arena_format(components->arena, "%.*s.%.*s", STR_ARGS(module->name), STR_ARGS(name));
}

static struct str input_name(const struct components *components, struct component component)
{
	struct str name = name_of(components, component);

	do
		name = arena_format(components->arena, "%.*sInput", STR_ARGS(name));
	while (modules_that_have(components, name) > 0);
	return name;
}

static void component_add(struct components *components, struct component component)
{
	struct str name = name_of(components, component);
	const void *thing = component.serializer ? (const void *)component.serializer
						 : (const void *)component.model;

	if (table_add(&components->seen, name, thing))
		return;
	if (components->count == components->capacity) {
		size_t capacity = components->capacity ? 2 * components->capacity : 16;
		struct component *at = arena_alloc_array(components->arena, capacity, sizeof(*at));

		if (components->count)
			memcpy(at, components->at, components->count * sizeof(*at));
		components->at = at;
		components->capacity = capacity;
	}
	components->at[components->count++] = component;
}

static void reference_add(struct components *components, struct buf *out,
			  struct component component)
{
	component_add(components, component);
	buf_add_cstring(out, "{\"$ref\": \"#/components/schemas/");
	buf_add(out, name_of(components, component));
	buf_add_cstring(out, "\"}");
}

/* One row or its key, when it was not loaded. */
static void forward_add(struct components *components, struct buf *out,
			const struct relation_end *end, struct component to)
{
	const struct relation *key = end->key;

	buf_add_cstring(out, "{\"anyOf\": [");
	reference_add(components, out, to);
	buf_add_cstring(out, ", ");
	if (key->column_count == 1)
		emit_jsonschema_column_add(out, key->columns[0], false, JSON_WRITTEN);
	else
		buf_add_cstring(out, "{\"type\": \"array\"}");
	buf_add_cstring(out, key->is_nullable ? ", {\"type\": \"null\"}]}" : "]}");
}

static void relation_add(struct components *components, struct buf *out,
			 const struct relation_end *end, const struct serializer *nested)
{
	struct component to = { nested, end->to };

	switch (end->kind) {
	case RELATION_FORWARD:
		forward_add(components, out, end, to);
		break;
	case RELATION_REVERSE_ONE:
		buf_add_cstring(out, "{\"anyOf\": [");
		reference_add(components, out, to);
		buf_add_cstring(out, ", {\"type\": \"null\"}]}");
		break;
	case RELATION_REVERSE:
	case RELATION_MANY:
		buf_add_cstring(out, "{\"type\": \"array\", \"items\": ");
		reference_add(components, out, to);
		buf_add_char(out, '}');
		break;
	}
}

static void object_init(struct object *object, struct arena *arena)
{
	buf_init(&object->properties, arena);
	buf_init(&object->required, arena);
}

static void property_begin(struct object *object, struct str key, bool is_required)
{
	buf_add_cstring(&object->properties,
			object->properties.len ? ",\n          " : "\n          ");
	json_quote_add(&object->properties, key);
	buf_add_cstring(&object->properties, ": ");
	if (!is_required)
		return;
	buf_add_cstring(&object->required, object->required.len ? ", " : "");
	json_quote_add(&object->required, key);
}

static void written_add(struct components *components, struct object *object,
			const struct serializer_entry *entry)
{
	if (entry->is_write_only)
		return;
	property_begin(object, entry->key, true);
	if (entry->column)
		emit_jsonschema_column_add(&object->properties, entry->column,
					   entry->column->is_nullable, JSON_WRITTEN);
	else if (entry->relation)
		relation_add(components, &object->properties, entry->relation, entry->nested);
	else
		buf_add_cstring(&object->properties, "{}");
}

/* The column that a value of the entry is for, or NULL when none is taken. */
static const struct column *taken_column(const struct serializer_entry *entry)
{
	const struct column *column = entry->column;

	if (entry->relation && entry->relation->kind == RELATION_FORWARD &&
	    entry->relation->key->column_count == 1)
		column = entry->relation->key->columns[0];
	if (entry->is_read_only || !column || column->identity == IDENTITY_ALWAYS)
		return NULL;
	return column;
}

static void taken_add(struct object *object, const struct serializer_entry *entry)
{
	const struct column *column = taken_column(entry);

	if (!column)
		return;
	property_begin(object, entry->key,
		       !column->is_nullable && column->default_value.kind == DEFAULT_NONE &&
			       column->identity == IDENTITY_NONE);
	emit_jsonschema_column_add(&object->properties, column, column->is_nullable, JSON_TAKEN);
}

static void object_write(struct components *components, struct str name, struct str comment,
			 const struct object *object)
{
	struct buf *out = &components->out;

	buf_add_cstring(out, components->any ? ",\n      " : "\n      ");
	components->any = true;
	json_quote_add(out, name);
	buf_add_cstring(out, ": {\n        \"type\": \"object\",\n");
	if (comment.len > 0) {
		buf_add_cstring(out, "        \"description\": ");
		json_quote_add(out, comment);
		buf_add_cstring(out, ",\n");
	}
	buf_add_cstring(out, "        \"properties\": {");
	buf_add(out, buf_str(&object->properties));
	buf_add_cstring(out, object->properties.len ? "\n        },\n" : "},\n");
	if (object->required.len > 0)
		buf_add_format(out, "        \"required\": [%.*s],\n",
			       STR_ARGS(buf_str(&object->required)));
	buf_add_cstring(out, "        \"additionalProperties\": false\n      }");
}

static void serializer_write(struct components *components, struct component component)
{
	const struct serializer *serializer = component.serializer;
	struct object written, taken;

	object_init(&written, components->arena);
	object_init(&taken, components->arena);
	for (size_t i = 0; i < serializer->entry_count; i++) {
		written_add(components, &written, &serializer->entries[i]);
		taken_add(&taken, &serializer->entries[i]);
	}
	object_write(components, name_of(components, component), serializer->comment, &written);
	if (!str_equal(buf_str(&written.properties), buf_str(&taken.properties)) ||
	    !str_equal(buf_str(&written.required), buf_str(&taken.required)))
		object_write(components, input_name(components, component), serializer->comment,
			     &taken);
}

/* What was not loaded is left out, so that nothing is required. */
static void model_write(struct components *components, struct component component)
{
	const struct model *model = component.model;
	struct object written;

	object_init(&written, components->arena);
	for (size_t i = 0; i < model->column_count; i++) {
		const struct column *column = &model->columns[i];

		property_begin(&written, column->name, false);
		emit_jsonschema_column_add(&written.properties, column, column->is_nullable,
					   JSON_WRITTEN);
	}
	for (size_t i = 0; i < model->end_count; i++) {
		property_begin(&written, model->ends[i].name, false);
		relation_add(components, &written.properties, &model->ends[i], NULL);
	}
	object_write(components, name_of(components, component), model->comment, &written);
}

static void serializers_add(struct components *components)
{
	for (size_t i = 0; i < components->schema->module_count; i++) {
		const struct module *module = &components->schema->modules[i];

		for (size_t j = 0; j < module->serializer_count; j++)
			component_add(components,
				      (struct component){ &module->serializers[j],
							  module->serializers[j].model });
	}
}

struct str emit_jsonschema(const struct schema *schema, const struct serializer *only,
			   struct arena *arena)
{
	struct components components = { .schema = schema, .arena = arena };

	table_init(&components.seen, arena);
	table_init(&components.names, arena);
	names_count(&components);
	buf_init(&components.out, arena);
	if (only)
		component_add(&components, (struct component){ only, only->model });
	else
		serializers_add(&components);
	buf_add_cstring(&components.out, "{\n  \"components\": {\n    \"schemas\": {");
	for (size_t i = 0; i < components.count; i++) {
		struct component component = components.at[i];

		if (component.serializer)
			serializer_write(&components, component);
		else
			model_write(&components, component);
	}
	buf_add_cstring(&components.out, components.any ? "\n    }\n  }\n}\n" : "}\n  }\n}\n");
	return buf_str(&components.out);
}
