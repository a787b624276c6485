#include "emit_c_parts.h"

#include "c_text.h"
#include "emit_c_rules.h"
#include "sql_text.h"
#include "template.h"
#include "templates.h"

static const struct str no_offset = STR_INIT("QN_NO_OFFSET");

struct flag {
	bool is_set;
	const char *name;
};

static bool is_unique_alone(const struct model *model, const struct column *column)
{
	for (size_t i = 0; i < model->unique_count; i++) {
		const struct unique *unique = &model->uniques[i];

		if (!unique->is_index && unique->term_count == 1 &&
		    unique->terms[0].column == column)
			return true;
	}
	return false;
}

static void flags_add(struct buf *out, const struct model *model, const struct column *column)
{
	const struct flag flags[] = {
		{ column->is_nullable, "QN_FIELD_NULLABLE" },
		{ column->is_primary_key, "QN_FIELD_PRIMARY_KEY" },
		{ column->type.is_array, "QN_FIELD_ARRAY" },
		{ column->default_value.kind != DEFAULT_NONE || column->identity != IDENTITY_NONE,
		  "QN_FIELD_HAS_DEFAULT" },
		{ column->identity == IDENTITY_ALWAYS, "QN_FIELD_IDENTITY_ALWAYS" },
		{ column->on_update_now, "QN_FIELD_ON_UPDATE_NOW" },
		{ is_unique_alone(model, column), "QN_FIELD_UNIQUE" },
	};
	const char *before = ".flags = ";
	size_t len = out->len;

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (!flags[i].is_set)
			continue;
		buf_add_cstring(out, before);
		buf_add_cstring(out, flags[i].name);
		before = " | ";
	}
	if (out->len > len)
		buf_add_cstring(out, ",\n");
}

/* A line for what it is, and one for its flags where there are any. */
struct str emit_c_facts(const struct model *model, const struct column *column, struct arena *arena)
{
	const struct column_type *type = &column->type;
	int32_t limit = type->length ? type->length : type->precision;
	struct buf out;

	buf_init(&out, arena);
	buf_add(&out,
		TEXT_JOIN(arena, STR(".name = "), c_string(arena, column->name),
			  STR(", .column = "), c_string(arena, column->sql_name), STR(", .type = "),
			  str_from_cstring(type->info->enumerator), STR(",")));
	if (limit)
		buf_add_format(&out, " .limit = %d,", (int)limit);
	if (type->scale)
		buf_add_format(&out, " .scale = %d,", (int)type->scale);
	buf_add_char(&out, '\n');
	if (type->enumeration)
		buf_add_format(&out, ".enumeration = &%.*s_enum,\n",
			       STR_ARGS(type->enumeration->c_name));
	if (type->opaque.len > 0)
		buf_add_format(&out, ".sql_type = %.*s,\n",
			       STR_ARGS(c_string(arena, type->opaque)));
	flags_add(&out, model, column);
	return buf_str(&out);
}

/* QN_OFFSET(shop_product_new, name, const char *) */
static struct str offset(const struct model *model, struct str structure, struct str member,
			 struct str type, struct arena *arena)
{
	return TEXT_JOIN(arena, STR("QN_OFFSET("), model->c_name, structure, STR(", "), member,
			 STR(", "), type, STR(")"));
}

static struct str row_offsets(const struct model *model, const struct column *column,
			      struct arena *arena)
{
	struct str row =
		offset(model, STR(""), column->c_name, emit_c_row_type(column, arena), arena);
	struct str twin;

	if (!emit_c_has_twin(column))
		return TEXT_JOIN(arena, STR(".row = "), row, STR(", .has = QN_NO_OFFSET,"));
	twin = TEXT_JOIN(arena, STR("has_"), column->c_name);
	twin = offset(model, STR(""), twin, STR("bool"), arena);
	return TEXT_JOIN(arena, STR(".row = "), row, STR(",\n.has = "), twin, STR(","));
}

static struct str values_offset(const struct model *model, const struct column *column,
				struct arena *arena)
{
	struct str at;

	if (!emit_c_is_in_new(column))
		return no_offset;
	at = offset(model, STR("_new"), column->c_name, emit_c_new_type(column, arena), arena);
	if (!emit_c_is_required(column))
		return at;
	return TEXT_JOIN(arena, at, STR(", .is_plain = true"));
}

static struct str changes_offset(const struct model *model, const struct column *column,
				 struct arena *arena)
{
	if (!emit_c_is_in_changes(column))
		return no_offset;
	return offset(model, STR("_changes"), column->c_name, emit_c_changes_type(column, arena),
		      arena);
}

static void field_add(struct buf *out, const struct model *model, const struct column *column,
		      struct arena *arena)
{
	template_add(out, template_field_row,
		     SLOTS({ "constant", column->c_constant },
			   { "facts", emit_c_facts(model, column, arena) },
			   { "model", model->c_name }, { "member", column->c_name },
			   { "row", row_offsets(model, column, arena) },
			   { "where_type", emit_c_where_type(column, arena) },
			   { "values", values_offset(model, column, arena) },
			   { "changes", changes_offset(model, column, arena) }));
}

static void field_table_add(struct buf *out, const struct model *model, struct arena *arena)
{
	struct buf rows;

	if (model->column_count == 0)
		return;
	buf_init(&rows, arena);
	for (size_t i = 0; i < model->column_count; i++)
		field_add(&rows, model, &model->columns[i], arena);
	template_add(out, template_field_table, SLOTS({ "rows", buf_str(&rows) }));
	buf_add_char(out, '\n');
}

static void key_table_add(struct buf *out, const struct model *model, struct arena *arena)
{
	struct buf terms;

	if (model->primary_key_len == 0)
		return;
	buf_init(&terms, arena);
	for (size_t i = 0; i < model->primary_key_len; i++)
		buf_add_format(&terms, "%s%.*s - 1", i ? ", " : "",
			       STR_ARGS(model->primary_key[i]->c_constant));
	template_add(out, template_key_table, SLOTS({ "terms", buf_str(&terms) }));
	buf_add_char(out, '\n');
}

static void order_term_add(struct buf *out, const struct order_term *term)
{
	const char *open[] = { "", "QN_NULLS_FIRST(", "QN_NULLS_LAST(" };

	buf_add_cstring(out, open[term->nulls]);
	if (term->descending)
		buf_add_char(out, '-');
	buf_add(out, term->column->c_constant);
	if (term->nulls != NULLS_DEFAULT)
		buf_add_char(out, ')');
}

static void order_table_add(struct buf *out, const struct model *model, struct arena *arena)
{
	struct buf terms;

	if (model->order_by_len == 0)
		return;
	buf_init(&terms, arena);
	for (size_t i = 0; i < model->order_by_len; i++) {
		if (i > 0)
			buf_add_cstring(&terms, ", ");
		order_term_add(&terms, &model->order_by[i]);
	}
	template_add(out, template_order_table, SLOTS({ "terms", buf_str(&terms) }));
	buf_add_char(out, '\n');
}

static struct str function_definitions(const struct model *model, struct arena *arena)
{
	struct str name = model->c_name;
	struct buf key_functions;

	buf_init(&key_functions, arena);
	if (model->primary_key_len > 0) {
		template_add(&key_functions, template_key_function_definitions,
			     SLOTS({ "model", name }));
		buf_add_char(&key_functions, '\n');
	}
	return c_wrap(
		arena,
		template_fill(
			arena, template_function_definitions,
			SLOTS({ "model", name }, { "key_functions", buf_str(&key_functions) },
			      { "relation_functions", emit_c_relation_definitions(model, arena) },
			      { "rule_functions", emit_c_rule_definitions(model, arena) })));
}

/* The tables that there are. */
static struct str table_members(const struct model *model, struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena);
	if (model->column_count > 0)
		buf_add_format(&out, ".fields = qn_field_table,\n.field_count = %zu,\n",
			       model->column_count);
	if (model->primary_key_len > 0)
		buf_add_format(&out, ".primary_key = qn_key_table,\n.primary_key_len = %zu,\n",
			       model->primary_key_len);
	if (model->order_by_len > 0)
		buf_add_format(&out, ".order_by = qn_order_table,\n.order_by_len = %zu,\n",
			       model->order_by_len);
	if (model->end_count > 0)
		buf_add_format(&out, ".relations = qn_relation_table,\n.relation_count = %zu,\n",
			       model->end_count);
	if (model->reverse_count > 0)
		buf_add_format(&out, ".dependents = qn_dependent_table,\n.dependent_count = %zu,\n",
			       model->reverse_count);
	return buf_str(&out);
}

struct str emit_c_model_source(const struct model *model, struct arena *arena)
{
	struct str name = emit_c_model_name(model, arena);
	struct str table = sql_quoted_path(arena, model->sql_schema, model->sql_name);
	struct buf tables;

	buf_init(&tables, arena);
	field_table_add(&tables, model, arena);
	key_table_add(&tables, model, arena);
	order_table_add(&tables, model, arena);
	emit_c_relation_tables_add(&tables, model, arena);
	emit_c_rule_tables_add(&tables, model, arena);
	return template_fill(
		arena, template_model_source,
		SLOTS({ "banner", emit_c_source_banner(model->source_path, arena) },
		      { "stem", model->file_stem }, { "model", model->c_name },
		      { "descriptor", model->c_descriptor },
		      { "includes", emit_c_related_headers(model, arena) },
		      { "tables", buf_str(&tables) }, { "name", c_string(arena, name) },
		      { "sql_name", c_string(arena, table) },
		      { "table_members", table_members(model, arena) },
		      { "rules", emit_c_rules_member(model, arena) },
		      { "only_capacity", emit_c_number(arena, emit_c_only_capacity(model)) },
		      { "functions", function_definitions(model, arena) }));
}
