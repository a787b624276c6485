#include "emit_c_parts.h"

#include "c_text.h"
#include "emit_c_include.h"
#include "sql_text.h"
#include "template.h"
#include "templates.h"

bool emit_c_is_to_one(const struct relation_end *end)
{
	return end->kind == RELATION_FORWARD || end->kind == RELATION_REVERSE_ONE;
}

struct str emit_c_related_type(const struct relation_end *end, struct arena *arena)
{
	return TEXT_JOIN(arena, end->to->c_name, emit_c_is_to_one(end) ? STR(" *") : STR("_list"));
}

struct str emit_c_related_where_type(const struct relation_end *end, struct arena *arena)
{
	return arena_format(arena, emit_c_is_to_one(end) ? "const %.*s_where *" : "%.*s_where_many",
			    STR_ARGS(end->to->c_name));
}

static void types_include(struct includes *includes, const struct model *model)
{
	if (model->module != includes->from)
		include_add(includes, model->module, STR("types"));
}

struct str emit_c_related_types(const struct model *model, struct arena *arena)
{
	struct includes includes;

	includes_init(&includes, model->module, arena);
	for (size_t i = 0; i < model->end_count; i++)
		types_include(&includes, model->ends[i].to);
	return buf_str(&includes.out);
}

static void model_include(struct includes *includes, const struct model *from,
			  const struct model *to)
{
	if (to != from)
		include_add(includes, to->module, to->file_stem);
}

/* The constants of related models and of their links; the descriptors of all that refer to it. */
struct str emit_c_related_headers(const struct model *model, struct arena *arena)
{
	struct includes includes;

	includes_init(&includes, model->module, arena);
	for (size_t i = 0; i < model->end_count; i++) {
		const struct relation_end *end = &model->ends[i];

		model_include(&includes, model, end->to);
		if (end->many && !end->many->through->is_implicit)
			model_include(&includes, model, end->many->through);
	}
	for (size_t i = 0; i < model->reverse_count; i++)
		types_include(&includes, model->reverse[i]->from);
	return buf_str(&includes.out);
}

/* (const uint16_t[]){ SHOP_PRODUCT_AUTHOR_ID - 1 } */
static struct str fields_of(const struct model *model, const struct column *const *columns,
			    size_t count, struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena);
	buf_add_cstring(&out, "(const uint16_t[]){ ");
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_cstring(&out, ", ");
		if (model->is_implicit)
			buf_add_uint(&out, columns[i]->index);
		else
			buf_add_format(&out, "%.*s - 1", STR_ARGS(columns[i]->c_constant));
	}
	buf_add_cstring(&out, " }");
	return buf_str(&out);
}

static struct str key_of(const struct model *model, struct arena *arena)
{
	return fields_of(model, model->primary_key, model->primary_key_len, arena);
}

static struct str columns_of(const struct relation *relation, struct arena *arena)
{
	return fields_of(relation->from, relation->columns, relation->column_count, arena);
}

/* What a foreign key is in the database. */
static struct str key_facts(const struct relation *relation, struct arena *arena)
{
	static const char *const actions[] = {
		[ACTION_NO_ACTION] = "NO_ACTION",     [ACTION_RESTRICT] = "RESTRICT",
		[ACTION_CASCADE] = "CASCADE",         [ACTION_SET_NULL] = "SET_NULL",
		[ACTION_SET_DEFAULT] = "SET_DEFAULT",
	};

	return arena_format(arena, ".constraint = %.*s,\n.on_delete = QN_ON_DELETE_%s,%s\n",
			    STR_ARGS(c_string(arena, relation->constraint_name)),
			    actions[relation->on_delete],
			    relation->is_nullable ? " .is_nullable = true," : "");
}

static struct str link_of(const struct relation_end *end, struct arena *arena)
{
	const struct model *through = end->many->through;
	struct buf flags;

	buf_init(&flags, arena);
	if (end->many->is_symmetrical)
		buf_add_cstring(&flags, ".is_symmetrical = true,\n");
	if (!through->is_implicit)
		buf_add_cstring(&flags, ".is_declared = true,\n");
	return template_fill(arena, template_relation_link,
			     SLOTS({ "link", through->c_descriptor },
				   { "own", columns_of(end->link_own, arena) },
				   { "other", columns_of(end->link_other, arena) },
				   { "flags", buf_str(&flags) }));
}

static void relation_add(struct buf *out, const struct model *model, const struct relation_end *end,
			 struct arena *arena)
{
	static const char *const kinds[] = {
		[RELATION_FORWARD] = "QN_RELATION_FORWARD",
		[RELATION_REVERSE_ONE] = "QN_RELATION_REVERSE_ONE",
		[RELATION_REVERSE] = "QN_RELATION_REVERSE",
		[RELATION_MANY] = "QN_RELATION_MANY",
	};
	bool is_forward = end->kind == RELATION_FORWARD;
	bool is_reverse = end->kind == RELATION_REVERSE_ONE || end->kind == RELATION_REVERSE;
	size_t own_len = is_forward ? end->key->column_count : model->primary_key_len;
	size_t other_len = is_reverse ? end->key->column_count : end->to->primary_key_len;
	struct str nothing = { "", 0 };
	struct str select = STR("QN_NO_OFFSET");

	if (emit_c_is_to_one(end))
		select = arena_format(
			arena, "QN_OFFSET(%.*s_query, select_related.%.*s, const %.*s_query *)",
			STR_ARGS(model->c_name), STR_ARGS(end->c_name), STR_ARGS(end->to->c_name));
	template_add(
		out, template_relation_row,
		SLOTS({ "name", c_string(arena, end->name) },
		      { "kind", str_from_cstring(kinds[end->kind]) },
		      { "key", is_forward ? key_facts(end->key, arena) : nothing },
		      { "related", end->to->c_name },
		      { "own", is_forward ? columns_of(end->key, arena) : key_of(model, arena) },
		      { "own_len", emit_c_number(arena, own_len) },
		      { "other",
			is_reverse ? columns_of(end->key, arena) : key_of(end->to, arena) },
		      { "other_len", emit_c_number(arena, other_len) },
		      { "link", end->many ? link_of(end, arena) : nothing },
		      { "model", model->c_name }, { "member", end->c_name },
		      { "row_type", emit_c_related_type(end, arena) },
		      { "where_type", emit_c_related_where_type(end, arena) },
		      { "select", select }));
}

static void relation_table_add(struct buf *out, const struct model *model, struct arena *arena)
{
	struct buf rows;

	if (model->end_count == 0)
		return;
	buf_init(&rows, arena);
	for (size_t i = 0; i < model->end_count; i++)
		relation_add(&rows, model, &model->ends[i], arena);
	template_add(out, template_relation_table, SLOTS({ "rows", buf_str(&rows) }));
	buf_add_char(out, '\n');
}

static void dependent_table_add(struct buf *out, const struct model *model, struct arena *arena)
{
	struct buf rows;

	if (model->reverse_count == 0)
		return;
	buf_init(&rows, arena);
	for (size_t i = 0; i < model->reverse_count; i++) {
		const struct relation *key = model->reverse[i];

		buf_add_format(&rows, "{ &%.*s, %zu }, /* %.*s */\n",
			       STR_ARGS(key->from->c_descriptor),
			       (size_t)(key - key->from->relations), STR_ARGS(key->name));
	}
	template_add(out, template_dependent_table, SLOTS({ "rows", buf_str(&rows) }));
	buf_add_char(out, '\n');
}

static struct str link_relations(const struct model *link, struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < link->relation_count; i++) {
		const struct relation *key = &link->relations[i];

		template_add(&out, template_link_relation_row,
			     SLOTS({ "name", c_string(arena, key->name) },
				   { "key", key_facts(key, arena) }, { "related", key->to->c_name },
				   { "own", columns_of(key, arena) },
				   { "other", key_of(key->to, arena) },
				   { "len", emit_c_number(arena, key->column_count) }));
	}
	return buf_str(&out);
}

static void link_model_add(struct buf *out, const struct many_to_many *many, struct arena *arena)
{
	const struct model *link = many->through;
	struct str model_name = emit_c_model_name(many->from, arena);
	struct buf fields, key;

	buf_init(&fields, arena);
	for (size_t i = 0; i < link->column_count; i++)
		template_add(&fields, template_link_field_row,
			     SLOTS({ "facts", emit_c_facts(link, &link->columns[i], arena) }));
	buf_init(&key, arena);
	for (size_t i = 0; i < link->primary_key_len; i++)
		buf_add_format(&key, "%s%zu", i ? ", " : "", link->primary_key[i]->index);
	template_add(out, template_link_model,
		     SLOTS({ "name", arena_format(arena, "%.*s.%.*s", STR_ARGS(model_name),
						  STR_ARGS(many->name)) },
			   { "link", link->c_descriptor },
			   { "sql_name", c_string(arena, sql_quoted_path(arena, link->sql_schema,
									 link->sql_name)) },
			   { "fields", buf_str(&fields) },
			   { "field_count", emit_c_number(arena, link->column_count) },
			   { "key", buf_str(&key) },
			   { "key_len", emit_c_number(arena, link->primary_key_len) },
			   { "relations", link_relations(link, arena) },
			   { "relation_count", emit_c_number(arena, link->relation_count) }));
	buf_add_char(out, '\n');
}

void emit_c_relation_tables_add(struct buf *out, const struct model *model, struct arena *arena)
{
	struct buf tables;

	buf_init(&tables, arena);
	relation_table_add(&tables, model, arena);
	dependent_table_add(&tables, model, arena);
	for (size_t i = 0; i < model->many_to_many_count; i++)
		if (model->many_to_many[i].through->is_implicit)
			link_model_add(&tables, &model->many_to_many[i], arena);
	buf_add(out, c_wrap(arena, buf_str(&tables)));
}

struct str emit_c_relation_declarations(const struct model *model, struct arena *arena)
{
	struct buf accessors, writes;

	if (model->end_count == 0)
		return (struct str){ "", 0 };
	buf_init(&accessors, arena);
	for (size_t i = 0; i < model->end_count; i++) {
		const struct relation_end *end = &model->ends[i];

		buf_add(&accessors, emit_c_related_type(end, arena));
		if (!emit_c_is_to_one(end))
			buf_add_char(&accessors, ' ');
		buf_add_format(&accessors, "%.*s(const %.*s *row);\n", STR_ARGS(end->c_function),
			       STR_ARGS(model->c_name));
	}
	buf_init(&writes, arena);
	emit_c_write_declarations_add(&writes, model);
	return template_fill(arena, template_relation_function_declarations,
			     SLOTS({ "model", model->c_name }, { "accessors", buf_str(&accessors) },
				   { "writes", buf_str(&writes) }));
}

struct str emit_c_relation_definitions(const struct model *model, struct arena *arena)
{
	struct buf accessors, writes;

	if (model->end_count == 0)
		return (struct str){ "", 0 };
	buf_init(&accessors, arena);
	for (size_t i = 0; i < model->end_count; i++) {
		const struct relation_end *end = &model->ends[i];
		struct str type = emit_c_related_type(end, arena);

		if (!emit_c_is_to_one(end))
			type = arena_format(arena, "%.*s ", STR_ARGS(type));
		template_add(&accessors, template_accessor_definition,
			     SLOTS({ "type", type }, { "function", end->c_function },
				   { "model", model->c_name }, { "constant", end->c_constant },
				   { "member", end->c_name }));
		buf_add_char(&accessors, '\n');
	}
	buf_init(&writes, arena);
	emit_c_write_definitions_add(&writes, model);
	return template_fill(arena, template_relation_function_definitions,
			     SLOTS({ "model", model->c_name }, { "accessors", buf_str(&accessors) },
				   { "writes", buf_str(&writes) }));
}
