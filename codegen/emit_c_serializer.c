#include "emit_c_parts.h"

#include "c_text.h"
#include "emit_c_include.h"
#include "names.h"
#include "template.h"
#include "templates.h"

#define CONTEXT_PARAMETER ", void *context"

static struct str header_includes(const struct module *module, struct arena *arena)
{
	struct includes includes;

	includes_init(&includes, module, arena);
	for (size_t i = 0; i < module->serializer_count; i++)
		include_add(&includes, module->serializers[i].model->module, STR("types"));
	return buf_str(&includes.out);
}

static struct str source_includes(const struct module *module, struct arena *arena)
{
	struct includes includes;

	includes_init(&includes, module, arena);
	for (size_t i = 0; i < module->serializer_count; i++) {
		const struct serializer *serializer = &module->serializers[i];

		include_add(&includes, serializer->model->module, serializer->model->file_stem);
		for (size_t j = 0; j < serializer->entry_count; j++) {
			const struct serializer *nested = serializer->entries[j].nested;

			if (nested && nested->module != module)
				include_add(&includes, nested->module, STR("serializers"));
		}
	}
	return buf_str(&includes.out);
}

static struct str computed_declarations(const struct serializer *serializer, struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < serializer->entry_count; i++) {
		const struct serializer_entry *entry = &serializer->entries[i];

		if (entry->c_function.len > 0)
			template_add(&out, template_computed_declaration,
				     SLOTS({ "key", entry->key }, { "function", entry->c_function },
					   { "model", serializer->model->c_name }));
	}
	return buf_str(&out);
}

struct str emit_c_serializers_header(const struct module *module, struct arena *arena)
{
	struct buf serializers;

	buf_init(&serializers, arena);
	for (size_t i = 0; i < module->serializer_count; i++) {
		const struct serializer *serializer = &module->serializers[i];

		template_add(&serializers, template_serializer_declarations,
			     SLOTS({ "comment", c_comment(arena, serializer->comment) },
				   { "serializer", serializer->c_name },
				   { "model", serializer->model->c_name },
				   { "context",
				     serializer->takes_context ? STR(CONTEXT_PARAMETER) : STR("") },
				   { "computed", computed_declarations(serializer, arena) }));
		buf_add_char(&serializers, '\n');
	}
	return template_fill(arena, template_serializers_header,
			     SLOTS({ "banner", emit_c_module_banner(module, arena) },
				   { "prefix", name_to_upper(arena, module->c_name) },
				   { "includes", header_includes(module, arena) },
				   { "serializers", c_wrap(arena, buf_str(&serializers)) }));
}

static void entry_add(struct buf *out, const struct serializer_entry *entry, struct arena *arena)
{
	buf_add_format(out, "{ .key = %.*s", STR_ARGS(c_string(arena, entry->key)));
	if (entry->column)
		buf_add_format(out, ", .member = %.*s", STR_ARGS(entry->column->c_constant));
	if (entry->relation)
		buf_add_format(out, ", .member = %.*s", STR_ARGS(entry->relation->c_constant));
	if (entry->nested)
		buf_add_format(out, ", .nested = &%.*s_serializer",
			       STR_ARGS(entry->nested->c_name));
	if (entry->c_function.len > 0)
		buf_add_format(out, ", .compute = qn_%.*s", STR_ARGS(entry->c_function));
	if (entry->is_read_only)
		buf_add_cstring(out, ", .is_read_only = true");
	if (entry->is_write_only)
		buf_add_cstring(out, ", .is_write_only = true");
	buf_add_cstring(out, " },\n");
}

static struct str entries_of(const struct serializer *serializer, struct arena *arena)
{
	struct buf entries;

	if (serializer->entry_count == 0)
		return STR("");
	buf_init(&entries, arena);
	for (size_t i = 0; i < serializer->entry_count; i++)
		entry_add(&entries, &serializer->entries[i], arena);
	return template_fill(arena, template_serializer_entries,
			     SLOTS({ "entries", buf_str(&entries) },
				   { "count", emit_c_number(arena, serializer->entry_count) }));
}

static struct str computed_definitions(const struct serializer *serializer, struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < serializer->entry_count; i++) {
		if (serializer->entries[i].c_function.len == 0)
			continue;
		template_add(&out, template_computed_definition,
			     SLOTS({ "function", serializer->entries[i].c_function }));
		buf_add_char(&out, '\n');
	}
	return buf_str(&out);
}

static void definitions_add(struct buf *out, const struct serializer *serializer,
			    struct arena *arena)
{
	struct str name = arena_format(arena, "%.*s.%.*s", STR_ARGS(serializer->module->name),
				       STR_ARGS(serializer->name));
	bool takes_context = serializer->takes_context;

	template_add(out, template_serializer_definitions,
		     SLOTS({ "computed", computed_definitions(serializer, arena) },
			   { "serializer", serializer->c_name }, { "name", c_string(arena, name) },
			   { "model", serializer->model->c_name },
			   { "entries", entries_of(serializer, arena) },
			   { "parameter", takes_context ? STR(CONTEXT_PARAMETER) : STR("") },
			   { "context", takes_context ? STR(", .context = context") : STR("") }));
}

struct str emit_c_serializers_source(const struct module *module, struct arena *arena)
{
	struct buf serializers;

	buf_init(&serializers, arena);
	for (size_t i = 0; i < module->serializer_count; i++) {
		if (i > 0)
			buf_add_char(&serializers, '\n');
		definitions_add(&serializers, &module->serializers[i], arena);
	}
	return template_fill(arena, template_serializers_source,
			     SLOTS({ "banner", emit_c_module_banner(module, arena) },
				   { "includes", source_includes(module, arena) },
				   { "serializers", c_wrap(arena, buf_str(&serializers)) }));
}
