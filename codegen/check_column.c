#include "check_inside.h"
#include "lexer.h"

/* Columns that every table of PostgreSQL has. */
static const char *const system_columns[] = { "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid" };

static void sql_name_check(struct checker *checker, const struct column *column)
{
	struct str name = column->sql_name;

	for (size_t i = 0; i < sizeof(system_columns) / sizeof(*system_columns); i++)
		if (str_equal(name, str_from_cstring(system_columns[i])))
			diagnostic_hint(
				diagnostics_error(checker->diagnostics, column->span,
						  "\"%.*s\" is a system column of PostgreSQL",
						  STR_ARGS(name)),
				"choose another name");
	if (name.len > NAME_LENGTH_MAX)
		diagnostic_hint(
			diagnostics_error(checker->diagnostics, column->span,
					  "column \"%.*s\" has %zu bytes, where PostgreSQL has "
					  "room for %zu",
					  STR_ARGS(name), name.len, NAME_LENGTH_MAX),
			"choose a name with column \"...\"");
}

static void column_twice(struct checker *checker, const struct model_draft *draft,
			 const struct column *column, const struct column *first)
{
	diagnostic_note(diagnostics_error(checker->diagnostics, column->span,
					  "column \"%.*s\" is declared twice in \"%.*s\"",
					  STR_ARGS(column->sql_name),
					  STR_ARGS(draft->ast->name.text)),
			first->span, "the first is here");
}

/*
 * Adds it to those that the schema calls otherwise than the database: most have one name. What has
 * its name in the database already, or NULL.
 */
static const struct column *sql_name_register(struct model_draft *draft,
					      const struct column *column)
{
	const struct column *same = table_find(&draft->columns_by_name, column->sql_name);
	const struct column *renamed =
		str_equal(column->name, column->sql_name)
			? table_find(&draft->columns_by_sql_name, column->sql_name)
			: table_add(&draft->columns_by_sql_name, column->sql_name, column);

	return same && str_equal(same->sql_name, column->sql_name) ? same : renamed;
}

/* A field whose name is that of another one is an error already. */
static void column_register(struct checker *checker, struct model_draft *draft,
			    const struct column *column)
{
	const struct column *same_sql = sql_name_register(draft, column);
	const struct column *first = table_add(&draft->columns_by_name, column->name, column);

	sql_name_check(checker, column);
	if (first || same_sql)
		column_twice(checker, draft, column, first ? first : same_sql);
}

static void column_checks(struct checker *checker, const struct model_draft *draft,
			  struct column *column, const struct ast_check *list)
{
	struct check *checks;
	size_t count = 0;

	for (const struct ast_check *check = list; check; check = check->next)
		count++;
	checks = arena_alloc_array(checker->arena, count, sizeof(*checks));
	column->checks = checks;
	column->check_count = count;
	for (const struct ast_check *check = list; check; check = check->next)
		*checks++ = (struct check){
			.span = check->sql.span,
			.name = constraint_name(checker, draft->model, column->sql_name, "check"),
			.sql = check->sql.text,
		};
}

/* What is the same for each column of a field. */
static struct column column_of(const struct field_use *use)
{
	const struct ast_member *member = use->field->member;

	return (struct column){
		.span = member->name.span,
		.comment = member->doc,
		.is_nullable = member->type.nullable.source && !use->is_in_key,
		.is_primary_key = use->is_in_key,
		.rules = use->field->rules,
		.rule_count = use->field->rule_count,
	};
}

static void scalar_column(struct checker *checker, const struct model_draft *draft,
			  const struct field_use *use, struct column *column)
{
	const struct ast_attributes *a = use->field->member->attributes;

	*column = column_of(use);
	column->name = use->field->name;
	column->sql_name = a->columns ? a->columns->name.text : use->field->name;
	column->renamed_from = a->renamed_from.text;
	column->type = use->field->type;
	column->default_value = use->field->default_value;
	column->identity = a->identity;
	column->is_unique = a->unique.source && !use->is_in_key;
	column->on_update_now = a->on_update_now.source != NULL;
	column_checks(checker, draft, column, a->checks);
}

static struct str old_name(struct checker *checker, const struct ast_name *old, struct str part,
			   bool is_single)
{
	if (!old->span.source)
		return (struct str){ NULL, 0 };
	if (is_single && old->span.source->text.at[old->span.from] == '"')
		return old->text;
	return names_join(checker->arena, old->text, part);
}

static void relation_columns(struct checker *checker, const struct field_use *use,
			     struct column *columns)
{
	const struct field *field = use->field;
	const struct ast_attributes *a = field->member->attributes;
	const struct ast_names *name = a->columns;
	bool is_single = use->column_count == 1;

	for (size_t i = 0; i < use->column_count; i++) {
		const struct key_part *part = &field->target->key_parts[i];
		struct column *column = &columns[i];

		*column = column_of(use);
		column->name = names_join(checker->arena, field->name, part->name);
		column->sql_name = name ? name->name.text : column->name;
		column->renamed_from = old_name(checker, &a->renamed_from, part->name, is_single);
		column->type = part->type;
		column->is_unique = a->unique.source && is_single && !use->is_in_key;
		if (is_single)
			column->default_value =
				default_check(checker, &part->type, &a->default_value);
		name = name ? name->next : NULL;
	}
}

static void relation_attributes_check(struct checker *checker, const struct field_use *use)
{
	const struct ast_attributes *a = use->field->member->attributes;
	size_t names = 0;

	for (const struct ast_names *name = a->columns; name; name = name->next)
		names++;
	if (names && names != use->column_count)
		diagnostic_hint(diagnostics_error(checker->diagnostics, a->column_span,
						  "%zu column name%s for a foreign key of %zu",
						  names, names == 1 ? "" : "s", use->column_count),
				"it has a column for each column of the key that it refers to");
	if (a->default_span.source && use->column_count > 1)
		diagnostics_error(checker->diagnostics, a->default_span,
				  "a foreign key of several columns takes no \"default\"");
}

/* How many columns a field has; 0 when that is not known because of an error that was found. */
static size_t use_width(struct checker *checker, const struct field_use *use)
{
	const struct field *field = use->field;

	if (field->kind == FIELD_SCALAR)
		return 1;
	if (field->kind != FIELD_RELATION || !key_check(checker, field->target, 0))
		return 0;
	if (field->target->key_len == 0)
		diagnostic_note(diagnostics_error(checker->diagnostics, field->member->type.span,
						  "model \"%.*s\" has no primary key to refer to",
						  STR_ARGS(field->target->ast->name.text)),
				field->target->ast->name.span, "it is declared here");
	return field->target->key_len;
}

static void primary_key_set(struct checker *checker, struct model_draft *draft)
{
	const struct column **key =
		arena_alloc_array(checker->arena, draft->key_len, sizeof(const struct column *));
	struct model *model = draft->model;

	model->primary_key = key;
	for (size_t i = 0; i < draft->key_len; i++) {
		key[model->primary_key_len] =
			table_find(&draft->columns_by_name, draft->key_parts[i].name);
		model->primary_key_len += key[model->primary_key_len] != NULL;
	}
	if (model->primary_key_len)
		model->primary_key_name =
			constraint_name(checker, model, (struct str){ NULL, 0 }, "pkey");
}

void columns_check(struct checker *checker, struct model_draft *draft)
{
	struct column *columns;
	size_t count = 0;

	for (size_t i = 0; i < draft->use_count; i++) {
		draft->uses[i].first_column = count;
		draft->uses[i].column_count = use_width(checker, &draft->uses[i]);
		count += draft->uses[i].column_count;
	}
	if (count > COLUMNS_MAX)
		diagnostics_error(
			checker->diagnostics, draft->ast->name.span,
			"model \"%.*s\" has %zu columns, where PostgreSQL has room for %zu",
			STR_ARGS(draft->ast->name.text), count, COLUMNS_MAX);
	columns = arena_alloc_array(checker->arena, count, sizeof(*columns));
	draft->model->columns = columns;
	draft->model->column_count = count;
	table_reserve(&draft->columns_by_name, count);
	for (size_t i = 0; i < draft->use_count; i++) {
		const struct field_use *use = &draft->uses[i];

		if (use->field->kind == FIELD_SCALAR) {
			scalar_column(checker, draft, use, &columns[use->first_column]);
		} else if (use->column_count) {
			relation_attributes_check(checker, use);
			relation_columns(checker, use, &columns[use->first_column]);
		}
	}
	for (size_t i = 0; i < count; i++) {
		columns[i].index = i;
		column_register(checker, draft, &columns[i]);
	}
	primary_key_set(checker, draft);
}
