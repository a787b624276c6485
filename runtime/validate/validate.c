#include "validate/validate.h"

#include <stdarg.h>

#include "base/bits.h"
#include "session/op.h"
#include "validate/constraint.h"
#include "validate/expression.h"
#include "validate/member.h"
#include "validate/rules.h"
#include "validate/value.h"

static void hook_call(struct qn_validation *validation, const qn_rule *rule, const void *value)
{
	validation->field = rule->field + 1;
	rule->hook(value, validation);
	validation->field = 0;
}

/* The rules of one field, which stand together; hooks behind the others. */
static void rules_check(struct qn_validation *validation, const qn_rule *rules, size_t count)
{
	size_t field = rules->field;
	const void *value = validation->found[field];

	for (size_t i = 0; i < count; i++)
		if (rules[i].kind != QN_RULE_HOOK && !error_list_has(validation->errors, field))
			rule_check(validation->errors, validation->patterns, &rules[i], value);
	for (size_t i = 0; i < count; i++)
		if (rules[i].kind == QN_RULE_HOOK && !error_list_has(validation->errors, field) &&
		    !validation->errors->arena->exhausted)
			hook_call(validation, &rules[i], value);
}

/* Amounts are not held to the limits of the column. */
static void amount_check(struct qn_validation *validation, const qn_field *field,
			 const void *amount)
{
	size_t i = (size_t)(field - validation->model->fields);
	qn_field unlimited = *field;
	struct problem problem;

	unlimited.limit = 0;
	unlimited.scale = 0;
	problem =
		value_problem(validation->errors->arena, &validation->encoded, &unlimited, amount);
	if (problem.code)
		error_list_fail(validation->errors, i, problem);
}

/* True: the field has a value, of its type. */
static bool field_find(struct qn_validation *validation, size_t i)
{
	const qn_field *field = &validation->model->fields[i];
	struct error_list *errors = validation->errors;
	struct member member = member_read(field, validation->values, validation->is_changes);

	if (member.kind == MEMBER_WRONG)
		error_list_fail(errors, i, member.problem);
	else if (member.kind == MEMBER_COMPUTED)
		amount_check(validation, field, member.value);
	if (member.kind == MEMBER_VALUE && !validation->is_typed)
		value_check(errors, &validation->encoded, field, member.value);
	if (member.kind == MEMBER_NULL || member.kind == MEMBER_VALUE) {
		bit_set(validation->given, i);
		validation->found[i] = member.value;
	}
	return member.kind == MEMBER_VALUE && !error_list_has(errors, i);
}

/* What is of its type already, and named by no rule and no check, has nothing to be asked. */
static bool field_is_needed(const struct qn_validation *validation, size_t i)
{
	if (validation->is_typed && !bit_is_set(validation->needed, i))
		return false;
	return !validation->taken || bit_is_set(validation->taken, i);
}

static void fields_check(struct qn_validation *validation)
{
	const qn_rules *rules = validation->model->rules;
	size_t rule_count = rules ? rules->rule_count : 0;
	size_t next = 0;

	for (size_t i = 0; i < validation->model->field_count; i++) {
		size_t first = next;

		while (next < rule_count && rules->rules[next].field == i)
			next++;
		if (!field_is_needed(validation, i) || error_list_has(validation->errors, i))
			continue;
		if (field_find(validation, i) && next > first)
			rules_check(validation, &rules->rules[first], next - first);
	}
}

/* Whether all that the check names was given, and is sound. */
static bool check_can_tell(const struct qn_validation *validation, const qn_check *check)
{
	if (!check->nodes)
		return false;
	for (size_t i = 0; i < check->field_count; i++)
		if (!bit_is_set(validation->given, check->fields[i]) ||
		    error_list_has(validation->errors, check->fields[i]))
			return false;
	return true;
}

static void checks_check(struct qn_validation *validation)
{
	const qn_model *model = validation->model;

	for (size_t i = 0; i < model->rules->check_count; i++) {
		const qn_check *check = &model->rules->checks[i];

		if (check_can_tell(validation, check) &&
		    expression_evaluate(model, check, validation->found, validation->patterns) ==
			    VERDICT_FALSE)
			error_list_add_check(validation->errors, check);
	}
}

/* What a serializer does not take the program sets later: its values are not there yet. */
static bool new_is_whole(const struct qn_validation *validation)
{
	const qn_model *model = validation->model;

	for (size_t i = 0; validation->taken && i < model->field_count; i++)
		if (model->fields[i].values != QN_NO_OFFSET && model->fields[i].is_plain &&
		    !bit_is_set(validation->taken, i))
			return false;
	return true;
}

static void model_hook_call(struct qn_validation *validation)
{
	const qn_rules *rules = validation->model->rules;

	if (validation->errors->len || validation->errors->arena->exhausted)
		return;
	if (validation->is_changes && rules->changes_hook)
		rules->changes_hook(validation->values, validation);
	else if (!validation->is_changes && rules->new_hook && new_is_whole(validation))
		rules->new_hook(validation->values, validation);
}

/* The pool's patterns. False: out of memory. */
static bool patterns_find(struct qn_validation *validation)
{
	struct patterns **patterns = pool_patterns(session_pool(validation->session));

	if (!*patterns)
		*patterns = patterns_new();
	validation->patterns = *patterns;
	return *patterns;
}

static void needed_find(struct qn_validation *validation)
{
	const qn_rules *rules = validation->model->rules;

	for (size_t i = 0; i < rules->rule_count; i++)
		bit_set(validation->needed, rules->rules[i].field);
	for (size_t i = 0; i < rules->check_count; i++)
		for (size_t k = 0; rules->checks[i].nodes && k < rules->checks[i].field_count; k++)
			bit_set(validation->needed, rules->checks[i].fields[k]);
}

/* False: out of memory. */
static bool places_make(struct qn_validation *validation)
{
	const qn_model *model = validation->model;
	struct arena *arena = validation->errors->arena;
	size_t words = (size_t)model->field_count / 64 + 1;

	validation->found = arena_alloc_array(arena, model->field_count, sizeof(void *));
	validation->given = arena_alloc_array(arena, 2 * words, sizeof(*validation->given));
	if (!validation->found || !validation->given)
		return false;
	validation->needed = validation->given + words;
	return true;
}

bool validation_has_rules(const qn_model *model)
{
	const qn_rules *rules = model->rules;

	return rules &&
	       (rules->rule_count || rules->check_count || rules->new_hook || rules->changes_hook);
}

void validation_run(struct qn_validation *validation)
{
	const qn_model *model = validation->model;

	if (!places_make(validation))
		return;
	if (model->rules) {
		needed_find(validation);
		if (!patterns_find(validation)) {
			validation->errors->arena->exhausted = true;
			return;
		}
	}
	fields_check(validation);
	if (model->rules) {
		checks_check(validation);
		model_hook_call(validation);
	}
	buf_free(&validation->encoded);
}

qn_status validation_end(qn_session *session, const struct error_list *list, bool is_exhausted,
			 qn_errors *errors)
{
	const char *name = list->model->name;

	if (is_exhausted)
		return session_fail(session, QN_OUT_OF_MEMORY, "%s: out of memory for the values",
				    name);
	if (error_list_finish(list, errors) == QN_OK)
		return QN_OK;
	return session_fail(session, QN_INVALID_VALUE,
			    "%s: the values have %zu error%s; the qn_errors say which", name,
			    list->len, list->len == 1 ? "" : "s");
}

qn_status validation_refuse(qn_session *session, const char *call, const char *reason)
{
	return session ? session_fail(session, QN_USAGE, "%s: %s", call, reason) : QN_USAGE;
}

static qn_status validate(struct qn_validation validation, const char *call, qn_errors *errors)
{
	struct error_list list = { .model = validation.model };
	struct arena *arena;
	bool was_exhausted;
	bool is_exhausted;

	if (errors)
		*errors = (qn_errors){ NULL, 0 };
	if (!errors)
		return validation_refuse(validation.session, call, "the errors are NULL");
	if (!validation.model)
		return validation_refuse(validation.session, call, "the model is NULL");
	if (!validation.session || !validation.values)
		return validation_refuse(validation.session, call, "the values are NULL");
	arena = session_arena(validation.session);
	was_exhausted = arena->exhausted;
	arena->exhausted = false;
	validation.errors = &list;
	if (error_list_init(&list, arena, validation.model))
		validation_run(&validation);
	is_exhausted = arena->exhausted;
	arena->exhausted = is_exhausted || was_exhausted;
	return validation_end(validation.session, &list, is_exhausted, errors);
}

qn_status qn_validate_new(qn_session *session, const qn_model *model, const void *values,
			  qn_errors *errors)
{
	struct qn_validation validation = {
		.session = session,
		.model = model,
		.values = values,
	};

	return validate(validation, "qn_validate_new", errors);
}

qn_status qn_validate_changes(qn_session *session, const qn_model *model, const void *changes,
			      qn_errors *errors)
{
	struct qn_validation validation = {
		.session = session,
		.model = model,
		.values = changes,
		.is_changes = true,
	};

	return validate(validation, "qn_validate_changes", errors);
}

qn_session *qn_validation_session(const qn_validation *validation)
{
	return validation->session;
}

/*
 * The index of the field that a constant of the field enum stands for; of a forward relation its
 * column. False: of the whole.
 */
static bool constant_field(const qn_model *model, int32_t constant, size_t *field)
{
	size_t number = (size_t)constant - 1;
	const qn_relation *relation;

	if (constant <= 0 || number >= (size_t)model->field_count + model->relation_count)
		return false;
	*field = number;
	if (number < model->field_count)
		return true;
	relation = &model->relations[number - model->field_count];
	if (relation->kind != QN_RELATION_FORWARD || relation->own_len != 1)
		return false;
	*field = relation->own[0];
	return true;
}

void qn_invalid(qn_validation *validation, int32_t field, const char *code, const char *format, ...)
{
	struct error_list *errors = validation->errors;
	struct problem problem = { .code = code ? code : "invalid" };
	va_list arguments;
	size_t i;

	va_start(arguments, format);
	problem.message = arena_format_all(errors->arena, format, arguments).at;
	va_end(arguments);
	if (constant_field(validation->model, field ? field : validation->field, &i))
		error_list_fail(errors, i, problem);
	else
		error_list_add(errors, "", problem);
}
