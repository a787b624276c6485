#include "validate/rules.h"

#include <inttypes.h>

#include "codec/array.h"
#include "validate/formats.h"
#include "validate/scalar.h"

/* A value that one rule is about. */
struct subject {
	const qn_field *field; /* not of the array, but of its element */
	const void *value;
	struct arena *arena;
	struct patterns *patterns;
};

/*
 * What is behind the text is its NUL, or one of the spaces that pad char(n), which are none of its
 * characters.
 */
static struct str subject_text(const struct subject *subject)
{
	struct str text = str_from_cstring(*(const char *const *)subject->value);

	while (subject->field->type == QN_TYPE_BPCHAR && text.len && text.at[text.len - 1] == ' ')
		text.len--;
	return text;
}

static struct problem form_problem(const struct subject *subject, const qn_rule *rule)
{
	struct str text = subject_text(subject);

	switch (rule->kind) {
	case QN_RULE_NOT_BLANK:
		return text_is_blank(text) ? (struct problem){ "blank", "is blank" } : NO_PROBLEM;
	case QN_RULE_EMAIL:
		return text_is_email(text)
			       ? NO_PROBLEM
			       : (struct problem){ "invalid_email", "is not an e-mail address" };
	case QN_RULE_URL:
		return text_is_url(text) ? NO_PROBLEM
					 : (struct problem){ "invalid_url", "is not a URL" };
	default:
		return text_is_slug(text)
			       ? NO_PROBLEM
			       : (struct problem){ "invalid_slug",
						   "is not of letters, digits, - and _ alone" };
	}
}

static struct problem pattern_problem(const struct subject *subject, const qn_rule *rule)
{
	const char *format = "does not match '%s'";

	switch (pattern_match(subject->patterns, rule->text, subject_text(subject))) {
	case PATTERN_MATCHES:
		return NO_PROBLEM;
	case PATTERN_NO_MEMORY:
		subject->arena->exhausted = true;
		return NO_PROBLEM;
	case PATTERN_UNDECIDED:
		format = "takes too long to match with '%s'";
		break;
	case PATTERN_MISSES:
		break;
	}
	return (struct problem){ "pattern", arena_format(subject->arena, format, rule->text).at };
}

static struct problem length_problem(const struct subject *subject, const qn_rule *rule)
{
	size_t len = str_code_points(subject_text(subject));
	bool is_least = rule->kind == QN_RULE_MIN_LENGTH;

	if (is_least ? len >= (size_t)rule->number : len <= (size_t)rule->number)
		return NO_PROBLEM;
	return (struct problem){
		is_least ? "min_length" : "max_length",
		arena_format(subject->arena, "is %s than %" PRId32 " character%s",
			     is_least ? "shorter" : "longer", rule->number,
			     rule->number == 1 ? "" : "s")
			.at,
	};
}

static bool is_of_time(const qn_field *field)
{
	return field->type == QN_TYPE_DATE || field->type == QN_TYPE_TIME ||
	       field->type == QN_TYPE_TIMESTAMP || field->type == QN_TYPE_TIMESTAMPTZ;
}

static struct problem limit_problem(const struct subject *subject, const qn_rule *rule)
{
	bool is_least = rule->kind == QN_RULE_FROM;
	bool is_time = is_of_time(subject->field);
	struct scalar value;
	struct scalar limit;
	int order;

	if (!scalar_of_value(&value, subject->field, subject->value) ||
	    !scalar_of_literal(&limit, subject->field, rule->text))
		return NO_PROBLEM;
	order = scalar_compare(&value, &limit);
	if (is_least ? order >= 0 : order <= 0)
		return NO_PROBLEM;
	return (struct problem){
		is_least ? "min_value" : "max_value",
		arena_format(subject->arena, "is %s %s",
			     is_least ? (is_time ? "before" : "below")
				      : (is_time ? "after" : "over"),
			     rule->text)
			.at,
	};
}

static struct problem rule_problem(const struct subject *subject, const qn_rule *rule)
{
	switch (rule->kind) {
	case QN_RULE_PATTERN:
		return pattern_problem(subject, rule);
	case QN_RULE_FROM:
	case QN_RULE_TO:
		return limit_problem(subject, rule);
	case QN_RULE_MIN_LENGTH:
	case QN_RULE_MAX_LENGTH:
		return length_problem(subject, rule);
	case QN_RULE_HOOK:
		return NO_PROBLEM;
	default:
		return form_problem(subject, rule);
	}
}

static void elements_check(struct error_list *errors, struct subject *subject, const qn_rule *rule)
{
	const struct type_info *info = type_info_of(subject->field->type);
	struct array array;

	memcpy(&array, subject->value, sizeof(array));
	for (size_t i = 0; i < array.len; i++) {
		struct problem problem;

		if (array_element_is_null(&array, info, i))
			continue;
		subject->value = array_element(&array, info, i);
		problem = rule_problem(subject, rule);
		if (!problem.code)
			continue;
		error_list_fail_element(errors, rule->field, i, problem);
		return;
	}
}

void rule_check(struct error_list *errors, struct patterns *patterns, const qn_rule *rule,
		const void *value)
{
	const qn_field *field = &errors->model->fields[rule->field];
	struct subject subject = { field, value, errors->arena, patterns };
	struct problem problem;

	if (field->flags & QN_FIELD_ARRAY) {
		elements_check(errors, &subject, rule);
		return;
	}
	problem = rule_problem(&subject, rule);
	if (problem.code)
		error_list_fail(errors, rule->field, problem);
}
