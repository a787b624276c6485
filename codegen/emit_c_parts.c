#include "emit_c_parts.h"

#include "c_text.h"
#include "emit_c.h"

#define BANNER_END ". Do not edit. */"

static struct str base_name(struct str path)
{
	size_t from = path.len;

	while (from > 0 && path.at[from - 1] != '/')
		from--;
	return str_slice(path, from, path.len);
}

static struct str banner(const char *kind, struct str origin, struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena);
	buf_add_cstring(&out, EMIT_C_BANNER);
	buf_add_cstring(&out, kind);
	c_comment_add(&out, origin);
	buf_add_cstring(&out, BANNER_END);
	return buf_str(&out);
}

struct str emit_c_source_banner(struct str source_path, struct arena *arena)
{
	return banner("", base_name(source_path), arena);
}

struct str emit_c_module_banner(const struct module *module, struct arena *arena)
{
	return banner("module ", module->name, arena);
}

struct str emit_c_project_banner(struct arena *arena)
{
	return banner("all modules", STR(""), arena);
}

struct str emit_c_model_name(const struct model *model, struct arena *arena)
{
	return arena_format(arena, "%.*s.%.*s", STR_ARGS(model->module->name),
			    STR_ARGS(model->name));
}

bool emit_c_has_files(const struct model *model)
{
	return !model->is_implicit;
}

bool emit_c_has_twin(const struct column *column)
{
	return column->is_nullable &&
	       (column->type.is_array || !(column->type.info->flags & TYPE_POINTER));
}

/* qn_<kind>_<suffix> of the runtime, or <enum>_<kind> beside the enum. */
static struct str wrapped_type(const struct column *column, struct str kind, struct arena *arena)
{
	const struct enumeration *enumeration = column->type.enumeration;

	if (enumeration)
		return TEXT_JOIN(arena, enumeration->c_name, STR("_"), kind);
	return TEXT_JOIN(arena, STR("qn_"), kind, STR("_"),
			 str_from_cstring(column->type.info->suffix));
}

struct str emit_c_row_type(const struct column *column, struct arena *arena)
{
	if (column->type.is_array)
		return wrapped_type(column, STR("array"), arena);
	if (column->type.enumeration)
		return column->type.enumeration->c_name;
	return str_from_cstring(column->type.info->c_type);
}

struct str emit_c_where_type(const struct column *column, struct arena *arena)
{
	return wrapped_type(column, column->type.is_array ? STR("where_array") : STR("where"),
			    arena);
}

static struct str set_type(const struct column *column, struct arena *arena)
{
	return wrapped_type(column, column->type.is_array ? STR("set_array") : STR("set"), arena);
}

bool emit_c_is_required(const struct column *column)
{
	return !column->is_nullable && column->default_value.kind == DEFAULT_NONE &&
	       column->identity == IDENTITY_NONE;
}

bool emit_c_is_in_new(const struct column *column)
{
	return column->identity != IDENTITY_ALWAYS;
}

bool emit_c_is_in_changes(const struct column *column)
{
	return !column->is_primary_key && column->identity != IDENTITY_ALWAYS;
}

struct str emit_c_new_type(const struct column *column, struct arena *arena)
{
	return emit_c_is_required(column) ? emit_c_row_type(column, arena)
					  : set_type(column, arena);
}

struct str emit_c_changes_type(const struct column *column, struct arena *arena)
{
	bool is_number = !column->type.is_array && (column->type.info->flags & TYPE_ARITHMETIC);

	/* To add to a key that refers to a row makes no sense. */
	if (is_number && !column->relation)
		return wrapped_type(column, STR("change"), arena);
	return set_type(column, arena);
}

size_t emit_c_only_capacity(const struct model *model)
{
	return model->column_count > 0 ? model->column_count : 1;
}

struct str emit_c_number(struct arena *arena, size_t value)
{
	struct buf out;

	buf_init(&out, arena);
	buf_add_uint(&out, value);
	return buf_str(&out);
}

void emit_c_member_add(struct buf *out, struct str type, struct str name)
{
	buf_add(out, type);
	if (!str_ends_with(type, STR("*")))
		buf_add_char(out, ' ');
	buf_add(out, name);
	buf_add_cstring(out, ";\n");
}
