/*
 * What the database refused, as errors of fields.
 */
#include <string.h>

#include "session/op.h"
#include "validate/constraint.h"

/* The text behind a name in quotes, if that says `name`; else NULL. */
static const char *behind_quoted(const char *text, const char *name)
{
	if (*text++ != '"')
		return NULL;
	for (; *name; name++) {
		if (*text++ != *name || (*name == '"' && *text++ != '"'))
			return NULL;
	}
	return *text == '"' ? text + 1 : NULL;
}

/* A model that names no schema goes by the search path, and so does this. */
static bool is_table_of(const qn_model *model, const qn_error *error)
{
	const char *schema_end = behind_quoted(model->sql_name, error->schema);
	const char *table = schema_end && *schema_end == '.' ? schema_end + 1 : model->sql_name;
	const char *end = behind_quoted(table, error->table);

	return end && !*end;
}

static void add_unique(struct error_list *list, const char *constraint)
{
	const qn_unique unknown = { .constraint = constraint };
	const qn_unique *unique = unique_find(list->model, constraint);

	error_list_add_unique(list, unique ? unique : &unknown);
}

static void add_check(struct error_list *list, const char *constraint)
{
	const qn_check unknown = { .constraint = constraint };
	const qn_check *check = check_find(list->model, constraint);

	error_list_add_check(list, check ? check : &unknown);
}

static const qn_relation *foreign_key_find(const qn_model *model, const char *constraint)
{
	for (size_t i = 0; i < model->relation_count; i++) {
		const qn_relation *relation = &model->relations[i];

		if (relation->kind == QN_RELATION_FORWARD &&
		    strcmp(relation->constraint, constraint) == 0)
			return relation;
	}
	return NULL;
}

static void add_reference(struct error_list *list, const char *constraint)
{
	const qn_relation *relation = foreign_key_find(list->model, constraint);
	struct problem problem = { "reference", "refers to a row that does not exist" };

	if (relation && relation->own_len == 1) {
		error_list_fail(list, relation->own[0], problem);
		return;
	}
	problem.message =
		relation ? arena_format(list->arena, "%s refers to a row that does not exist",
					relation->name)
				   .at
			 : "a row that it refers to does not exist";
	error_list_add(list, "", problem);
}

static void add_null(struct error_list *list, const char *column)
{
	const qn_model *model = list->model;

	for (size_t i = 0; i < model->field_count; i++)
		if (strcmp(model->fields[i].column, column) == 0)
			error_list_fail(list, i, (struct problem){ "null", "cannot be null" });
}

/* `constraint`: the name in the error, which lives as long as the list. */
static void add_refusal(struct error_list *list, const qn_error *error, const char *constraint)
{
	switch (error->status) {
	case QN_UNIQUE_VIOLATION:
		add_unique(list, constraint);
		break;
	case QN_FOREIGN_KEY_VIOLATION:
		add_reference(list, constraint);
		break;
	case QN_CHECK_VIOLATION:
		add_check(list, constraint);
		break;
	case QN_NOT_NULL_VIOLATION:
		add_null(list, error->column);
		break;
	case QN_EXCLUSION_VIOLATION:
		error_list_add(list, "",
			       (struct problem){ "exclusion",
						 "another row has values that exclude these" });
		break;
	default:
		break;
	}
}

bool qn_errors_from_database(qn_session *session, const qn_model *model, const qn_error *error,
			     qn_errors *errors)
{
	const char *constraint;
	struct error_list list;

	if (!errors)
		return false;
	*errors = (qn_errors){ NULL, 0 };
	if (!session || !model || !error || !is_table_of(model, error))
		return false;
	if (!error_list_init(&list, session_arena(session), model))
		return false;
	constraint = arena_cstring(list.arena, str_from_cstring(error->constraint));
	if (!constraint)
		return false;
	add_refusal(&list, error, constraint);
	if (list.len && *constraint)
		list.at[0].constraint = constraint;
	return error_list_finish(&list, errors) == QN_INVALID_VALUE;
}
