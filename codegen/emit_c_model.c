#include "emit_c_parts.h"

#include "c_text.h"
#include "template.h"
#include "templates.h"

/* C has no empty structs. */
#define NO_MEMBER "char qn_nothing; /* it has no fields */\n"

#define LOADED_BITS 64

struct members {
	struct buf constants;
	struct buf row;
	struct buf where;
	struct buf new;
	struct buf changes;
};

static bool include_is_new(const struct model *model, size_t column)
{
	const struct module *module = model->columns[column].type.enumeration->module;

	for (size_t i = 0; i < column; i++) {
		const struct enumeration *earlier = model->columns[i].type.enumeration;

		if (earlier && earlier->module == module)
			return false;
	}
	return true;
}

/* The headers of the enums that its columns have. */
static struct str includes(const struct model *model, struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < model->column_count; i++) {
		const struct enumeration *enumeration = model->columns[i].type.enumeration;

		if (!enumeration || !include_is_new(model, i))
			continue;
		if (enumeration->module == model->module)
			buf_add_cstring(&out, "#include \"enums.h\"\n");
		else
			buf_add_format(&out, "#include \"../%.*s/enums.h\"\n",
				       STR_ARGS(enumeration->module->name));
	}
	return buf_str(&out);
}

static void members_add(struct members *members, const struct column *column, struct arena *arena)
{
	struct str type = emit_c_row_type(column, arena);
	struct str name = column->c_name;

	buf_add(&members->constants, column->c_constant);
	buf_add_cstring(&members->constants, column->index == 0 ? " = 1,\n" : ",\n");
	buf_add(&members->row, c_comment(arena, column->comment));
	emit_c_member_add(&members->row, type, name);
	if (emit_c_has_twin(column))
		buf_add_format(&members->row, "bool has_%.*s;\n", STR_ARGS(name));
	emit_c_member_add(&members->where, emit_c_where_type(column, arena), name);
	if (emit_c_is_in_new(column))
		emit_c_member_add(&members->new, emit_c_new_type(column, arena), name);
	if (emit_c_is_in_changes(column))
		emit_c_member_add(&members->changes, emit_c_changes_type(column, arena), name);
}

static struct str function_declarations(const struct model *model, struct arena *arena)
{
	struct str name = model->c_name;
	struct str key_functions = { "", 0 };

	if (model->primary_key_len > 0)
		key_functions = template_fill(arena, template_key_function_declarations,
					      SLOTS({ "model", name }));
	return c_wrap(arena,
		      template_fill(arena, template_function_declarations,
				    SLOTS({ "model", name }, { "key_functions", key_functions })));
}

struct str emit_c_model_header(const struct model *model, struct arena *arena)
{
	struct members members = { 0 };
	size_t loaded_words = (emit_c_only_capacity(model) + LOADED_BITS - 1) / LOADED_BITS;

	buf_init(&members.constants, arena);
	buf_init(&members.row, arena);
	buf_init(&members.where, arena);
	buf_init(&members.new, arena);
	buf_init(&members.changes, arena);
	for (size_t i = 0; i < model->column_count; i++)
		members_add(&members, &model->columns[i], arena);
	if (members.new.len == 0)
		buf_add_cstring(&members.new, NO_MEMBER);
	if (members.changes.len == 0)
		buf_add_cstring(&members.changes, NO_MEMBER);
	return template_fill(
		arena, template_model_header,
		SLOTS({ "banner", emit_c_source_banner(model->source_path, arena) },
		      { "prefix", model->c_prefix }, { "model", model->c_name },
		      { "includes", includes(model, arena) },
		      { "constants", buf_str(&members.constants) },
		      { "comment", c_comment(arena, model->comment) },
		      { "row", buf_str(&members.row) },
		      { "loaded_words", emit_c_number(arena, loaded_words) },
		      { "where", buf_str(&members.where) }, { "new", buf_str(&members.new) },
		      { "changes", buf_str(&members.changes) },
		      { "only_capacity", emit_c_number(arena, emit_c_only_capacity(model)) },
		      { "functions", function_declarations(model, arena) }));
}
