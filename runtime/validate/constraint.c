#include "validate/constraint.h"

#include <string.h>

#include "base/buf.h"

/* A condition in SQL, on its way into a message. */
struct wording {
	const qn_model *model;
	const qn_check *check;
	const char *const *names; /* by field */
	struct buf out;
	const char *at; /* what is not told yet */
	char before;    /* what stands before it, spaces aside */
};

static const char *name_of(const qn_model *model, const char *const *names, size_t field)
{
	return names ? names[field] : model->fields[field].name;
}

static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Whether the SQL means this column by the word, which is in quotes or goes in any case. */
static bool word_is(struct str word, const char *column)
{
	bool is_quoted = word.at[0] == '"';
	size_t i = is_quoted;

	for (; *column && i < word.len; column++, i++) {
		if ((is_quoted ? word.at[i] : lower(word.at[i])) != *column)
			return false;
		i += *column == '"';
	}
	return !*column && i + is_quoted == word.len;
}

/* The end of what begins with a quote at `at`; two of them in a row are none. */
static const char *quotes_end(const char *at, bool has_escapes)
{
	char quote = *at++;

	for (; *at; at++) {
		if ((*at == quote && at[1] == quote) || (has_escapes && *at == '\\' && at[1]))
			at++;
		else if (*at == quote)
			return at + 1;
	}
	return at;
}

static void word_add(struct wording *wording, struct str word)
{
	const qn_check *check = wording->check;
	bool is_something_else = wording->before == '.' || wording->before == ':' ||
				 word.at[word.len] == '(' || word.at[word.len] == '.';

	for (size_t i = 0; !is_something_else && i < check->field_count; i++) {
		size_t field = check->fields[i];

		if (!word_is(word, wording->model->fields[field].column))
			continue;
		buf_add_cstring(&wording->out, name_of(wording->model, wording->names, field));
		return;
	}
	buf_add(&wording->out, word);
}

/* The next word, text or other byte. */
static void piece_add(struct wording *wording)
{
	const char *from = wording->at;
	const char *end = from + 1;
	bool is_text = *from == '\'';

	if (is_text || *from == '"')
		end = quotes_end(from, false);
	else if (is_name_byte(*from))
		while (is_name_byte(*end))
			end++;
	if (end == from + 1 && (*from == 'e' || *from == 'E') && *end == '\'') {
		is_text = true;
		end = quotes_end(end, true);
	}
	if (!is_text && (*from == '"' || is_name_byte(*from)))
		word_add(wording, (struct str){ from, (size_t)(end - from) });
	else
		buf_add(&wording->out, (struct str){ from, (size_t)(end - from) });
	if (*from != ' ')
		wording->before = end[-1];
	wording->at = end;
}

static bool has_other_names(const struct wording *wording)
{
	for (size_t i = 0; i < wording->check->field_count; i++) {
		size_t field = wording->check->fields[i];

		if (strcmp(name_of(wording->model, wording->names, field),
			   wording->model->fields[field].column) != 0)
			return true;
	}
	return false;
}

const char *check_message(struct arena *arena, const qn_model *model, const qn_check *check,
			  const char *const *names)
{
	struct wording wording = {
		.model = model,
		.check = check,
		.names = names,
		.at = check->sql,
	};

	if (!check->sql)
		return arena_format(arena, "does not keep the check \"%s\"", check->constraint).at;
	buf_init(&wording.out, arena);
	buf_add_cstring(&wording.out, "does not keep the condition: ");
	if (!has_other_names(&wording))
		buf_add_cstring(&wording.out, check->sql);
	else
		while (*wording.at)
			piece_add(&wording);
	return wording.out.failed ? NULL : wording.out.at;
}

const char *unique_message(struct arena *arena, const qn_model *model, const qn_unique *unique,
			   const char *const *names)
{
	struct buf text;

	if (unique->field_count == 0)
		return "another row has these values already";
	if (unique->field_count == 1)
		return "is taken already";
	buf_init(&text, arena);
	buf_add_cstring(&text, "another row has the same ");
	for (size_t i = 0; i < unique->field_count; i++) {
		if (i)
			buf_add_cstring(&text, i + 1 == unique->field_count ? " and " : ", ");
		buf_add_cstring(&text, name_of(model, names, unique->fields[i]));
	}
	return text.failed ? NULL : text.at;
}

/* Under the name of the only field. */
static void constraint_add(struct error_list *list, const uint16_t *fields, size_t field_count,
			   struct problem problem, const char *constraint)
{
	size_t len = list->len;

	if (field_count == 1)
		error_list_fail(list, fields[0], problem);
	else
		error_list_add(list, "", problem);
	if (list->len > len)
		list->at[len].constraint = constraint;
}

void error_list_add_check(struct error_list *list, const qn_check *check)
{
	const char *message = check_message(list->arena, list->model, check, list->names);

	constraint_add(list, check->fields, check->field_count,
		       (struct problem){ "check", message }, check->constraint);
}

void error_list_add_unique(struct error_list *list, const qn_unique *unique)
{
	const char *code = unique->field_count == 1 ? "unique" : "unique_together";
	const char *message = unique_message(list->arena, list->model, unique, list->names);

	constraint_add(list, unique->fields, unique->field_count, (struct problem){ code, message },
		       unique->constraint);
}

const qn_check *check_find(const qn_model *model, const char *constraint)
{
	const qn_rules *rules = model->rules;

	for (size_t i = 0; rules && i < rules->check_count; i++)
		if (strcmp(rules->checks[i].constraint, constraint) == 0)
			return &rules->checks[i];
	return NULL;
}

const qn_unique *unique_find(const qn_model *model, const char *constraint)
{
	const qn_rules *rules = model->rules;

	for (size_t i = 0; rules && i < rules->unique_count; i++)
		if (strcmp(rules->uniques[i].constraint, constraint) == 0)
			return &rules->uniques[i];
	return NULL;
}
