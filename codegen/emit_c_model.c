#include "emit_c_parts.h"

#include "c_text.h"
#include "emit_c_rules.h"
#include "template.h"
#include "templates.h"

/* C has no empty structs. */
#define NO_MEMBER "char qn_nothing; /* it has no fields */\n"

#define RELATED_COMMENT "/* Related rows, once a query loads them; NULL: there is none. */\n"

#define LOADED_BITS 64

struct members {
	struct buf constants;
	struct buf row;
	struct buf where;
	struct buf new;
	struct buf changes;
	struct buf select;
	struct buf related;
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

/* The headers of what its members are: related models' types, enums. */
static struct str includes(const struct model *model, struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena);
	buf_add(&out, emit_c_related_types(model, arena));
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

static void relation_members_add(struct members *members, const struct relation_end *end,
				 struct arena *arena)
{
	struct str query = arena_format(arena, "const %.*s_query *", STR_ARGS(end->to->c_name));

	buf_add(&members->constants, end->c_constant);
	buf_add_cstring(&members->constants, ",\n");
	buf_add(&members->row, c_comment(arena, end->comment));
	emit_c_member_add(&members->row, emit_c_related_type(end, arena), end->c_name);
	emit_c_member_add(&members->where, emit_c_related_where_type(end, arena), end->c_name);
	if (emit_c_is_to_one(end))
		emit_c_member_add(&members->select, query, end->c_name);
	emit_c_member_add(&members->related, query, end->c_name);
}

static void members_init(struct members *members, const struct model *model, struct arena *arena)
{
	struct buf *all[] = { &members->constants, &members->row,     &members->where,
			      &members->new,       &members->changes, &members->select,
			      &members->related };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		buf_init(all[i], arena);
	for (size_t i = 0; i < model->column_count; i++)
		members_add(members, &model->columns[i], arena);
	if (model->end_count > 0)
		buf_add_cstring(&members->row, RELATED_COMMENT);
	for (size_t i = 0; i < model->end_count; i++)
		relation_members_add(members, &model->ends[i], arena);
	if (members->new.len == 0)
		buf_add_cstring(&members->new, NO_MEMBER);
	if (members->changes.len == 0)
		buf_add_cstring(&members->changes, NO_MEMBER);
}

/* The type for .prefetch_related and _load_related. */
static struct str related_declaration(const struct model *model, const struct members *members,
				      struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena);
	if (members->related.len > 0) {
		template_add(&out, template_related_declaration,
			     SLOTS({ "model", model->c_name },
				   { "members", buf_str(&members->related) }));
		buf_add_char(&out, '\n');
	}
	return buf_str(&out);
}

/* What a query can load with its rows. */
static struct str load_members(const struct model *model, const struct members *members,
			       struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena);
	if (members->select.len > 0)
		template_add(&out, template_select_declaration,
			     SLOTS({ "members", buf_str(&members->select) }));
	if (members->related.len > 0)
		buf_add_format(&out, "%.*s_related prefetch_related;\n", STR_ARGS(model->c_name));
	return buf_str(&out);
}

static struct str function_declarations(const struct model *model, struct arena *arena)
{
	struct str name = model->c_name;
	struct str key_functions = { "", 0 };

	if (model->primary_key_len > 0)
		key_functions = template_fill(arena, template_key_function_declarations,
					      SLOTS({ "model", name }));
	return c_wrap(
		arena,
		template_fill(
			arena, template_function_declarations,
			SLOTS({ "model", name }, { "key_functions", key_functions },
			      { "relation_functions", emit_c_relation_declarations(model, arena) },
			      { "rule_functions", emit_c_rule_declarations(model, arena) })));
}

struct str emit_c_model_header(const struct model *model, struct arena *arena)
{
	size_t loaded_bits = emit_c_only_capacity(model) + model->end_count;
	size_t loaded_words = (loaded_bits + LOADED_BITS - 1) / LOADED_BITS;
	struct members members;

	members_init(&members, model, arena);
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
		      { "related", related_declaration(model, &members, arena) },
		      { "loads", load_members(model, &members, arena) },
		      { "only_capacity", emit_c_number(arena, emit_c_only_capacity(model)) },
		      { "functions", function_declarations(model, arena) }));
}
