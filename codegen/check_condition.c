#include "check_inside.h"
#include "expression.h"
#include "sql_text.h"

/* A condition, and where it stands. */
struct condition {
	struct checker *checker;
	const struct model_draft *draft;
	const struct source *source;
	struct str sql; /* of the source's text */
};

static struct span fault_span(const struct condition *condition,
			      const struct expression_fault *fault)
{
	uint32_t from = (uint32_t)(condition->sql.at - condition->source->text.at);

	return (struct span){ condition->source, from + (uint32_t)fault->from,
			      from + (uint32_t)fault->to };
}

/* The name is that of a field whose one column has another in the database. False: it is none. */
static bool field_hint(const struct condition *condition, struct str name, struct diagnostic *error)
{
	const struct field_use *use = draft_use(condition->draft, name);
	struct str column;
	struct str written;

	if (!use || use->column_count != 1)
		return false;
	column = condition->draft->model->columns[use->first_column].sql_name;
	written = sql_ident(condition->checker->arena, column);
	if (str_equal(written, column))
		diagnostic_hint(error, "the column of this field is \"%.*s\"", STR_ARGS(column));
	else
		diagnostic_hint(error, "the column of this field is written %.*s, with its quotes",
				STR_ARGS(written));
	return true;
}

static bool is_a_label(const struct model *model, struct str name)
{
	for (size_t i = 0; i < model->column_count; i++) {
		const struct enumeration *enumeration = model->columns[i].type.enumeration;

		for (size_t j = 0; enumeration && j < enumeration->label_count; j++)
			if (str_equal(enumeration->labels[j].label, name))
				return true;
	}
	return false;
}

static void column_hint(const struct condition *condition, const struct expression_fault *fault,
			struct diagnostic *error)
{
	const struct model *model = condition->draft->model;
	struct suggestion suggestion;

	if (field_hint(condition, fault->name, error))
		return;
	if (is_a_label(model, fault->name)) {
		diagnostic_hint(error, "a label stands in single quotes here");
		return;
	}
	if (!suggestion_pays(error))
		return;
	suggestion_init(&suggestion, fault->name);
	for (size_t i = 0; i < model->column_count; i++)
		suggestion_consider(&suggestion, model->columns[i].sql_name);
	suggestion_hint(&suggestion, error);
	if (suggestion.nearest.len == 0 && condition->sql.at[fault->from] == '"')
		diagnostic_hint(error, "a text stands in single quotes");
}

static void column_refuse(const struct condition *condition, const struct expression_fault *fault)
{
	struct diagnostic *error =
		diagnostics_error(condition->checker->diagnostics, fault_span(condition, fault),
				  "model \"%.*s\" has no column \"%.*s\"",
				  STR_ARGS(condition->draft->model->name), STR_ARGS(fault->name));

	column_hint(condition, fault, error);
}

static void label_hint(const struct enumeration *enumeration, const struct expression_fault *fault,
		       struct diagnostic *error)
{
	struct suggestion suggestion;

	if (!suggestion_pays(error))
		return;
	suggestion_init(&suggestion, fault->name);
	for (size_t i = 0; i < enumeration->label_count; i++) {
		const struct enum_label *label = &enumeration->labels[i];

		if (str_equal(label->name, fault->name)) {
			diagnostic_hint(error, "the database calls it \"%.*s\"",
					STR_ARGS(label->label));
			return;
		}
		suggestion_consider(&suggestion, label->label);
	}
	suggestion_hint(&suggestion, error);
}

static void label_refuse(const struct condition *condition, const struct expression_fault *fault)
{
	const struct enumeration *enumeration = fault->enumeration;
	struct diagnostic *error =
		diagnostics_error(condition->checker->diagnostics, fault_span(condition, fault),
				  "enum \"%.*s\" has no label \"%.*s\"",
				  STR_ARGS(enumeration->name), STR_ARGS(fault->name));

	label_hint(enumeration, fault, error);
	diagnostic_note(error, enumeration->span, "\"%.*s\" is declared here",
			STR_ARGS(enumeration->name));
}

static void condition_check(struct checker *checker, const struct model_draft *draft,
			    const struct source *source, struct str sql)
{
	struct condition condition = { checker, draft, source, sql };
	struct expression expression;

	if (sql.len == 0)
		return;
	(void)expression_compile(draft->model, sql, checker->arena, &expression);
	for (size_t i = 0; i < expression.fault_count; i++) {
		const struct expression_fault *fault = &expression.faults[i];

		if (fault->kind == FAULT_LABEL)
			label_refuse(&condition, fault);
		else
			column_refuse(&condition, fault);
	}
}

static void checks_check(struct checker *checker, const struct model_draft *draft,
			 const struct check *checks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		condition_check(checker, draft, checks[i].span.source, checks[i].sql);
}

void conditions_check(struct checker *checker, struct model_draft *draft)
{
	const struct model *model = draft->model;

	for (size_t i = 0; i < model->column_count; i++)
		checks_check(checker, draft, model->columns[i].checks,
			     model->columns[i].check_count);
	checks_check(checker, draft, model->checks, model->check_count);
	for (size_t i = 0; i < model->unique_count; i++)
		condition_check(checker, draft, model->uniques[i].span.source,
				model->uniques[i].where);
	for (size_t i = 0; i < model->index_count; i++)
		condition_check(checker, draft, model->indexes[i].span.source,
				model->indexes[i].where);
}
