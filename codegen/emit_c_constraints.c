#include "emit_c_constraints.h"

#include "c_text.h"
#include "emit_c_parts.h"
#include "expression.h"
#include "template.h"
#include "templates.h"

/* Columns, each once. */
struct columns {
	const struct column **at;
	size_t count;
};

static struct columns columns_make(const struct model *model, struct arena *arena)
{
	return (struct columns){
		arena_alloc_array(arena, model->column_count, sizeof(const struct column *)), 0
	};
}

static void columns_add(struct columns *columns, const struct column *column)
{
	for (size_t i = 0; i < columns->count; i++)
		if (columns->at[i] == column)
			return;
	columns->at[columns->count++] = column;
}

static void columns_add_named(struct columns *columns, const struct expression *expression)
{
	for (size_t i = 0; i < expression->column_count; i++)
		columns_add(columns, expression->columns[i]);
}

/* The members for their indexes; none for none. */
static struct str fields(const struct columns *columns, struct arena *arena)
{
	struct buf out;

	if (columns->count == 0)
		return STR("");
	buf_init(&out, arena);
	for (size_t i = 0; i < columns->count; i++)
		buf_add_format(&out, "%s%.*s - 1", i ? ", " : ".fields = (const uint16_t[]){ ",
			       STR_ARGS(columns->at[i]->c_constant));
	buf_add_format(&out, " }, .field_count = %zu,\n", columns->count);
	return buf_str(&out);
}

static void unique_row_add(struct buf *out, struct str name, const struct columns *columns,
			   const char *flags)
{
	struct arena *arena = out->arena;

	template_add(out, template_unique_row,
		     SLOTS({ "constraint", c_string(arena, name) },
			   { "fields", fields(columns, arena) },
			   { "flags", str_from_cstring(flags) }));
}

static void key_add(struct buf *out, const struct model *model)
{
	struct columns columns = columns_make(model, out->arena);

	for (size_t i = 0; i < model->primary_key_len; i++)
		columns_add(&columns, model->primary_key[i]);
	unique_row_add(out, model->primary_key_name, &columns, "");
}

/*
 * True when equal values of its fields are not all that it takes; an operator class may have a
 * sense of its own of equal.
 */
static bool is_conditional(const struct unique *unique)
{
	for (size_t i = 0; i < unique->term_count; i++)
		if (!unique->terms[i].column || unique->terms[i].operator_class.len > 0)
			return true;
	return unique->where.len > 0;
}

static void unique_add(struct buf *out, const struct model *model, const struct unique *unique)
{
	struct columns columns = columns_make(model, out->arena);
	struct expression expression;

	for (size_t i = 0; i < unique->term_count; i++) {
		if (unique->terms[i].column) {
			columns_add(&columns, unique->terms[i].column);
			continue;
		}
		(void)expression_compile(model, unique->terms[i].expression, out->arena,
					 &expression);
		columns_add_named(&columns, &expression);
	}
	if (is_conditional(unique))
		unique_row_add(out, unique->name, &columns, ".is_conditional = true,\n");
	else
		unique_row_add(out, unique->name, &columns,
			       unique->nulls_not_distinct ? ".nulls_not_distinct = true,\n" : "");
}

/* The members for the nodes; none when the database alone can tell. */
static struct str nodes(const struct expression *expression, struct arena *arena)
{
	struct buf rows;

	if (expression->count == 0)
		return STR("");
	buf_init(&rows, arena);
	expression_emit(&rows, expression);
	return template_fill(arena, template_check_nodes,
			     SLOTS({ "rows", buf_str(&rows) },
				   { "count", emit_c_number(arena, expression->count) }));
}

/* `column`: whose check it is, or NULL. */
static void check_add(struct buf *out, const struct model *model, const struct check *check,
		      const struct column *column)
{
	struct arena *arena = out->arena;
	struct columns columns = columns_make(model, arena);
	struct expression expression;

	(void)expression_compile(model, check->sql, arena, &expression);
	columns_add_named(&columns, &expression);
	if (columns.count == 0 && column)
		columns_add(&columns, column);
	template_add(out, template_check_row,
		     SLOTS({ "constraint", c_string(arena, check->name) },
			   { "sql", c_string(arena, check->sql) },
			   { "fields", fields(&columns, arena) },
			   { "nodes", nodes(&expression, arena) }));
}

static size_t unique_count(const struct model *model)
{
	return model->unique_count + (model->primary_key_len > 0);
}

static size_t check_count(const struct model *model)
{
	size_t count = model->check_count;

	for (size_t i = 0; i < model->column_count; i++)
		count += model->columns[i].check_count;
	return count;
}

static void check_table_add(struct buf *out, const struct model *model, struct arena *arena)
{
	struct buf rows;

	buf_init(&rows, arena);
	for (size_t i = 0; i < model->column_count; i++)
		for (size_t j = 0; j < model->columns[i].check_count; j++)
			check_add(&rows, model, &model->columns[i].checks[j], &model->columns[i]);
	for (size_t i = 0; i < model->check_count; i++)
		check_add(&rows, model, &model->checks[i], NULL);
	template_add(out, template_check_table, SLOTS({ "rows", buf_str(&rows) }));
	buf_add_char(out, '\n');
}

static void unique_table_add(struct buf *out, const struct model *model, struct arena *arena)
{
	struct buf rows;

	buf_init(&rows, arena);
	if (model->primary_key_len > 0)
		key_add(&rows, model);
	for (size_t i = 0; i < model->unique_count; i++)
		unique_add(&rows, model, &model->uniques[i]);
	template_add(out, template_unique_table, SLOTS({ "rows", buf_str(&rows) }));
	buf_add_char(out, '\n');
}

void emit_c_constraint_tables_add(struct buf *out, const struct model *model, struct arena *arena)
{
	if (check_count(model) > 0)
		check_table_add(out, model, arena);
	if (unique_count(model) > 0)
		unique_table_add(out, model, arena);
}

struct str emit_c_constraint_members(const struct model *model, struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena);
	if (check_count(model) > 0)
		buf_add_format(&out, ".checks = qn_check_table,\n.check_count = %zu,\n",
			       check_count(model));
	if (unique_count(model) > 0)
		buf_add_format(&out, ".uniques = qn_unique_table,\n.unique_count = %zu,\n",
			       unique_count(model));
	return buf_str(&out);
}
