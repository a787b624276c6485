#include "emit_c_rules.h"

#include "c_text.h"
#include "emit_c_constraints.h"
#include "emit_c_parts.h"
#include "template.h"
#include "templates.h"

static const char *const kinds[] = {
	[QN_RULE_NOT_BLANK] = "QN_RULE_NOT_BLANK",
	[QN_RULE_EMAIL] = "QN_RULE_EMAIL",
	[QN_RULE_URL] = "QN_RULE_URL",
	[QN_RULE_SLUG] = "QN_RULE_SLUG",
	[QN_RULE_PATTERN] = "QN_RULE_PATTERN",
	[QN_RULE_FROM] = "QN_RULE_FROM",
	[QN_RULE_TO] = "QN_RULE_TO",
	[QN_RULE_MIN_LENGTH] = "QN_RULE_MIN_LENGTH",
	[QN_RULE_MAX_LENGTH] = "QN_RULE_MAX_LENGTH",
	[QN_RULE_HOOK] = "QN_RULE_HOOK",
};

typedef void rule_visit(struct buf *out, const struct column *column, const struct rule *rule,
			struct arena *arena);

static void for_each_rule(struct buf *out, const struct model *model, rule_visit *visit,
			  struct arena *arena)
{
	for (size_t i = 0; i < model->column_count; i++)
		for (size_t j = 0; j < model->columns[i].rule_count; j++)
			visit(out, &model->columns[i], &model->columns[i].rules[j], arena);
}

static size_t rules_count(const struct model *model)
{
	size_t count = 0;

	for (size_t i = 0; i < model->column_count; i++)
		count += model->columns[i].rule_count;
	return count;
}

static void row_add(struct buf *out, const struct column *column, const struct rule *rule,
		    struct arena *arena)
{
	buf_add_format(out, "{ .field = %.*s - 1, .kind = %s", STR_ARGS(column->c_constant),
		       kinds[rule->kind]);
	if (rule->kind == QN_RULE_MIN_LENGTH || rule->kind == QN_RULE_MAX_LENGTH)
		buf_add_format(out, ", .number = %d", (int)rule->number);
	else if (rule->kind == QN_RULE_HOOK)
		buf_add_format(out, ", .hook = qn_%.*s", STR_ARGS(rule->c_function));
	else if (rule->text.len > 0)
		buf_add_format(out, ", .text = %.*s", STR_ARGS(c_string(arena, rule->text)));
	buf_add_cstring(out, " },\n");
}

/* Arrays are passed by their address, all other values as they are. */
static bool is_by_address(const struct column *column)
{
	return column->type.is_array || (column->type.info->flags & TYPE_VECTOR);
}

static struct str parameter_of(const struct column *column, struct arena *arena)
{
	struct str type = emit_c_row_type(column, arena);

	if (is_by_address(column))
		return arena_format(arena, "const %.*s *value", STR_ARGS(type));
	return arena_format(arena, "%.*s%svalue", STR_ARGS(type),
			    str_ends_with(type, STR("*")) ? "" : " ");
}

static struct str value_of(const struct column *column, struct arena *arena)
{
	struct str type = emit_c_row_type(column, arena);

	if (is_by_address(column))
		return STR("value");
	if (str_ends_with(type, STR("*")))
		return arena_format(arena, "*(%.*sconst *)value", STR_ARGS(type));
	return arena_format(arena, "*(const %.*s *)value", STR_ARGS(type));
}

static void hook_definition_add(struct buf *out, const struct column *column,
				const struct rule *rule, struct arena *arena)
{
	if (rule->kind != QN_RULE_HOOK)
		return;
	template_add(out, template_field_hook_definition,
		     SLOTS({ "function", rule->c_function }, { "value", value_of(column, arena) }));
	buf_add_char(out, '\n');
}

static void hook_declaration_add(struct buf *out, const struct column *column,
				 const struct rule *rule, struct arena *arena)
{
	if (rule->kind == QN_RULE_HOOK)
		buf_add_format(out, "void %.*s(%.*s, qn_validation *validation);\n",
			       STR_ARGS(rule->c_function), STR_ARGS(parameter_of(column, arena)));
}

void emit_c_rule_tables_add(struct buf *out, const struct model *model, struct arena *arena)
{
	struct buf hooks;
	struct buf rows;

	buf_init(&hooks, arena);
	for_each_rule(&hooks, model, hook_definition_add, arena);
	if (model->new_hook.len > 0) {
		template_add(&hooks, template_model_hook_definitions,
			     SLOTS({ "new_hook", model->new_hook },
				   { "changes_hook", model->changes_hook }));
		buf_add_char(&hooks, '\n');
	}
	buf_add(out, c_wrap(arena, buf_str(&hooks)));
	if (rules_count(model) > 0) {
		buf_init(&rows, arena);
		for_each_rule(&rows, model, row_add, arena);
		template_add(out, template_rule_table, SLOTS({ "rows", buf_str(&rows) }));
		buf_add_char(out, '\n');
	}
	emit_c_constraint_tables_add(out, model, arena);
}

struct str emit_c_rules_member(const struct model *model, struct arena *arena)
{
	struct str constraints = emit_c_constraint_members(model, arena);
	struct str hooks = STR("");
	struct str rules = STR("");

	if (rules_count(model) > 0)
		rules = arena_format(arena, ".rules = qn_rule_table,\n.rule_count = %zu,\n",
				     rules_count(model));
	if (model->new_hook.len > 0)
		hooks = arena_format(arena, ".new_hook = qn_%.*s,\n.changes_hook = qn_%.*s,\n",
				     STR_ARGS(model->new_hook), STR_ARGS(model->changes_hook));
	if (rules.len + hooks.len + constraints.len == 0)
		return STR("");
	return template_fill(arena, template_rules_member,
			     SLOTS({ "rules", rules }, { "hooks", hooks },
				   { "constraints", constraints }));
}

struct str emit_c_rule_declarations(const struct model *model, struct arena *arena)
{
	struct str key_functions = STR("");
	struct buf hooks;
	struct buf out;

	buf_init(&hooks, arena);
	buf_init(&out, arena);
	if (model->primary_key_len > 0)
		key_functions = template_fill(arena, template_validate_key_declaration,
					      SLOTS({ "model", model->c_name }));
	template_add(&out, template_validate_declarations,
		     SLOTS({ "model", model->c_name }, { "key_functions", key_functions }));
	for_each_rule(&hooks, model, hook_declaration_add, arena);
	if (hooks.len > 0)
		template_add(&out, template_field_hook_declarations,
			     SLOTS({ "hooks", buf_str(&hooks) }));
	if (model->new_hook.len > 0)
		template_add(&out, template_model_hook_declarations,
			     SLOTS({ "model", model->c_name }, { "new_hook", model->new_hook },
				   { "changes_hook", model->changes_hook }));
	return buf_str(&out);
}

struct str emit_c_rule_definitions(const struct model *model, struct arena *arena)
{
	struct buf key_functions;
	struct buf out;

	buf_init(&key_functions, arena);
	buf_init(&out, arena);
	if (model->primary_key_len > 0) {
		template_add(&key_functions, template_validate_key_definition,
			     SLOTS({ "model", model->c_name }));
		buf_add_char(&key_functions, '\n');
	}
	template_add(&out, template_validate_definitions,
		     SLOTS({ "model", model->c_name },
			   { "key_functions", buf_str(&key_functions) }));
	buf_add_char(&out, '\n');
	return buf_str(&out);
}
