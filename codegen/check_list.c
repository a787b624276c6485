#include "check_inside.h"

enum {
	TERM_EXPRESSION = 1 << 0,
	TERM_ORDER = 1 << 1,
	TERM_NULLS = 1 << 2,
	TERM_CLASS = 1 << 3,
	TERM_COMPARES = 1 << 4, /* values have to be comparable */
};

/* A list under construction. */
struct term_list {
	struct order_term *at;
	size_t count;
	size_t capacity;
	struct table seen; /* names of columns */
	int allowed;
	const char *what; /* "an index" */
};

static void field_refuse(struct checker *checker, const struct model_draft *draft,
			 const struct ast_name *name)
{
	struct suggestion suggestion;
	struct diagnostic *error;

	error = diagnostics_error(checker->diagnostics, name->span,
				  "model \"%.*s\" has no field \"%.*s\"",
				  STR_ARGS(draft->ast->name.text), STR_ARGS(name->text));
	if (!suggestion_pays(error))
		return;
	suggestion_init(&suggestion, name->text);
	for (size_t i = 0; i < draft->use_count; i++)
		suggestion_consider(&suggestion, draft->uses[i].field->name);
	suggestion_hint(&suggestion, error);
}

static void term_refuse(struct checker *checker, struct span span, const struct term_list *list,
			const char *why)
{
	diagnostics_error(checker->diagnostics, span, "%s %s", list->what, why);
}

/* A word behind a term is an operator class, unless SQL has another meaning for it. */
static void operator_class_refuse(struct checker *checker, const struct ast_term *term,
				  const struct term_list *list)
{
	struct str word = term->operator_class.text;
	bool is_descending = str_equal(word, STR("desc"));
	struct diagnostic *error =
		diagnostics_error(checker->diagnostics, term->operator_class.span,
				  "%s takes no operator class", list->what);

	if ((is_descending || str_equal(word, STR("asc"))) && (list->allowed & TERM_ORDER))
		diagnostic_hint(error, "write \"%s%.*s\"", is_descending ? "-" : "",
				STR_ARGS(term->name.text));
}

static void term_form_check(struct checker *checker, const struct ast_term *term,
			    const struct term_list *list)
{
	if (term->sql.kind != VALUE_NONE && !(list->allowed & TERM_EXPRESSION))
		term_refuse(checker, term->sql.span, list, "takes fields, not expressions");
	if (term->descending && !(list->allowed & TERM_ORDER))
		term_refuse(checker, term->descending_span, list, "has no order of its own");
	if (term->nulls != NULLS_DEFAULT && !(list->allowed & TERM_NULLS))
		term_refuse(checker, term->nulls_span, list, "has no order of its own");
	if (term->operator_class.span.source && !(list->allowed & TERM_CLASS))
		operator_class_refuse(checker, term, list);
}

static void term_push(struct checker *checker, struct term_list *list, const struct ast_term *term,
		      const struct column *column)
{
	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? 2 * list->capacity : 4;
		struct order_term *at = arena_alloc_array(checker->arena, capacity, sizeof(*at));

		for (size_t i = 0; i < list->count; i++)
			at[i] = list->at[i];
		list->at = at;
		list->capacity = capacity;
	}
	list->at[list->count++] = (struct order_term){
		.span = term->span,
		.column = column,
		.expression = term->sql.text,
		.operator_class = term->operator_class.text,
		.descending = term->descending,
		.nulls = term->nulls,
	};
}

static void column_push(struct checker *checker, struct term_list *list,
			const struct ast_term *term, const struct column *column)
{
	bool is_json = type_info_id(column->type.info) == QN_TYPE_JSON && !column->type.is_array;

	if (table_add(&list->seen, column->name, column)) {
		diagnostics_error(checker->diagnostics, term->name.span,
				  "\"%.*s\" stands here twice", STR_ARGS(term->name.text));
		return;
	}
	if (is_json && (list->allowed & TERM_COMPARES) && !term->operator_class.span.source)
		diagnostic_hint(diagnostics_error(checker->diagnostics, term->name.span,
						  "values of \"json\" cannot be compared"),
				"make \"%.*s\" a \"jsonb\"", STR_ARGS(column->name));
	term_push(checker, list, term, column);
}

static void term_check(struct checker *checker, const struct model_draft *draft,
		       const struct ast_term *term, struct term_list *list)
{
	const struct field_use *use;
	const struct column *column;

	term_form_check(checker, term, list);
	if (term->sql.kind != VALUE_NONE) {
		if (list->allowed & TERM_EXPRESSION)
			term_push(checker, list, term, NULL);
		return;
	}
	use = draft_use(draft, term->name.text);
	column = table_find(&draft->columns_by_name, term->name.text);
	if (use && use->field->kind == FIELD_MANY) {
		diagnostics_error(checker->diagnostics, term->name.span,
				  "\"%.*s\" is many-to-many: it has no column here",
				  STR_ARGS(term->name.text));
	} else if (use) {
		for (size_t i = 0; i < use->column_count; i++)
			column_push(checker, list, term,
				    &draft->model->columns[use->first_column + i]);
	} else if (column) {
		column_push(checker, list, term, column);
	} else {
		field_refuse(checker, draft, &term->name);
	}
}

static struct term_list terms_check(struct checker *checker, const struct model_draft *draft,
				    const struct ast_term *terms, int allowed, const char *what)
{
	struct term_list list = { .allowed = allowed, .what = what };

	table_init(&list.seen, checker->arena);
	for (const struct ast_term *term = terms; term; term = term->next)
		term_check(checker, draft, term, &list);
	return list;
}

static const struct column **columns_of(struct checker *checker, const struct term_list *list)
{
	const struct column **columns =
		arena_alloc_array(checker->arena, list->count, sizeof(const struct column *));

	for (size_t i = 0; i < list->count; i++)
		columns[i] = list->at[i].column;
	return columns;
}

/*
 * Joins the names of columns as PostgreSQL does; every expression is "expr", the next one "expr1".
 */
static struct str list_name(struct checker *checker, const struct term_list *terms,
			    const struct term_list *include)
{
	struct str name = { NULL, 0 };
	size_t expressions = 0;

	for (size_t i = 0; i < terms->count && name.len <= 2 * COLUMNS_MAX; i++) {
		struct str part = STR("expr");

		if (terms->at[i].column)
			part = terms->at[i].column->sql_name;
		else if (expressions++ > 0)
			part = arena_format(checker->arena, "expr%zu", expressions - 1);
		name = names_join(checker->arena, name, part);
	}
	for (size_t i = 0; i < include->count && name.len <= 2 * COLUMNS_MAX; i++)
		name = names_join(checker->arena, name, include->at[i].column->sql_name);
	return name;
}

static void width_check(struct checker *checker, const struct ast_member *member, size_t count)
{
	if (count > INDEX_COLUMNS_MAX)
		diagnostics_error(checker->diagnostics, member->span,
				  "%zu columns in an index, where PostgreSQL has room for %zu",
				  count, INDEX_COLUMNS_MAX);
}

static bool is_unique_index(const struct ast_member *member)
{
	if (member->where.kind != VALUE_NONE)
		return true;
	for (const struct ast_term *term = member->terms; term; term = term->next)
		if (term->sql.kind != VALUE_NONE || term->operator_class.span.source)
			return true;
	return false;
}

static struct unique unique_check(struct checker *checker, const struct model_draft *draft,
				  const struct ast_member *member)
{
	struct term_list terms =
		terms_check(checker, draft, member->terms,
			    TERM_EXPRESSION | TERM_CLASS | TERM_COMPARES, "a unique");
	struct term_list include =
		terms_check(checker, draft, member->include, 0, "a list of \"include\"");
	bool is_index = is_unique_index(member);

	width_check(checker, member, terms.count + include.count);
	return (struct unique){
		.span = member->span,
		.name = constraint_name(checker, draft->model, list_name(checker, &terms, &include),
					is_index ? "idx" : "key"),
		.terms = terms.at,
		.term_count = terms.count,
		.where = member->where.text,
		.include = columns_of(checker, &include),
		.include_count = include.count,
		.nulls_not_distinct = member->nulls_not_distinct.source != NULL,
		.is_index = is_index,
	};
}

/* What the methods that PostgreSQL has by itself can do; others can do what they say. */
static const struct method {
	const char *name;
	bool orders;
	bool includes;
	bool takes_several;
	bool is_foreign; /* compares in its own way, by operator classes */
} methods[] = {
	{ "btree", true, true, true, false },  { "hash", false, false, false, false },
	{ "gin", false, false, true, true },   { "gist", false, true, true, true },
	{ "spgist", false, true, true, true }, { "brin", false, false, true, true },
};

static const struct method *method_find(struct str name)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++)
		if (str_equal(name, str_from_cstring(methods[i].name)))
			return &methods[i];
	return NULL;
}

static void method_check(struct checker *checker, const struct ast_member *member,
			 const struct method *method)
{
	const struct ast_term *second = member->terms ? member->terms->next : NULL;

	for (const struct ast_term *term = member->terms; term && !method->orders;
	     term = term->next)
		if (term->descending || term->nulls != NULLS_DEFAULT)
			diagnostics_error(checker->diagnostics, term->span,
					  "an index of method \"%s\" has no order", method->name);
	if (member->include && !method->includes)
		diagnostics_error(checker->diagnostics, member->include->span,
				  "an index of method \"%s\" takes no \"include\"", method->name);
	if (second && !method->takes_several)
		diagnostics_error(checker->diagnostics, second->span,
				  "an index of method \"%s\" has one column", method->name);
}

static struct index index_check(struct checker *checker, const struct model_draft *draft,
				const struct ast_member *member)
{
	struct str method_name = member->method.span.source ? member->method.text : STR("btree");
	const struct method *method = method_find(method_name);
	int allowed = TERM_EXPRESSION | TERM_ORDER | TERM_NULLS | TERM_CLASS;
	struct term_list terms;
	struct term_list include;

	if (method && !method->is_foreign)
		allowed |= TERM_COMPARES;
	terms = terms_check(checker, draft, member->terms, allowed, "an index");
	include = terms_check(checker, draft, member->include, 0, "a list of \"include\"");
	if (method)
		method_check(checker, member, method);
	width_check(checker, member, terms.count + include.count);
	return (struct index){
		.span = member->span,
		.name = constraint_name(checker, draft->model, list_name(checker, &terms, &include),
					"idx"),
		.method = method_name,
		.terms = terms.at,
		.term_count = terms.count,
		.include = columns_of(checker, &include),
		.include_count = include.count,
		.where = member->where.text,
	};
}

/* The unique constraint of a field that says "unique". */
static struct unique field_unique(struct checker *checker, const struct model_draft *draft,
				  const struct field_use *use)
{
	struct term_list terms = { .allowed = TERM_COMPARES, .what = "a unique" };
	struct term_list none = { .count = 0 };
	struct ast_term term = { .span = use->field->member->attributes->unique,
				 .name = use->field->member->name };

	table_init(&terms.seen, checker->arena);
	for (size_t i = 0; i < use->column_count; i++)
		column_push(checker, &terms, &term, &draft->model->columns[use->first_column + i]);
	return (struct unique){
		.span = term.span,
		.name = constraint_name(checker, draft->model, list_name(checker, &terms, &none),
					"key"),
		.terms = terms.at,
		.term_count = terms.count,
	};
}

static bool has_unique(const struct field_use *use)
{
	return use->field->member->attributes->unique.source && use->column_count &&
	       !use->is_in_key;
}

static size_t members_count(const struct model_draft *draft, enum ast_member_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < draft->members.count; i++)
		count += draft->members.at[i]->kind == kind;
	return count;
}

static void uniques_check(struct checker *checker, struct model_draft *draft)
{
	size_t count = members_count(draft, MEMBER_UNIQUE);
	struct unique *uniques;

	for (size_t i = 0; i < draft->use_count; i++)
		count += has_unique(&draft->uses[i]);
	uniques = arena_alloc_array(checker->arena, count, sizeof(*uniques));
	draft->model->uniques = uniques;
	draft->model->unique_count = count;
	for (size_t i = 0; i < draft->use_count; i++)
		if (has_unique(&draft->uses[i]))
			*uniques++ = field_unique(checker, draft, &draft->uses[i]);
	for (size_t i = 0; i < draft->members.count; i++)
		if (draft->members.at[i]->kind == MEMBER_UNIQUE)
			*uniques++ = unique_check(checker, draft, draft->members.at[i]);
}

static void indexes_check(struct checker *checker, struct model_draft *draft)
{
	size_t count = members_count(draft, MEMBER_INDEX);
	struct index *indexes = arena_alloc_array(checker->arena, count, sizeof(*indexes));

	draft->model->indexes = indexes;
	draft->model->index_count = count;
	for (size_t i = 0; i < draft->members.count; i++)
		if (draft->members.at[i]->kind == MEMBER_INDEX)
			*indexes++ = index_check(checker, draft, draft->members.at[i]);
}

static void table_checks(struct checker *checker, struct model_draft *draft)
{
	size_t count = members_count(draft, MEMBER_CHECK);
	struct check *checks = arena_alloc_array(checker->arena, count, sizeof(*checks));
	struct str none = { NULL, 0 };

	draft->model->checks = checks;
	draft->model->check_count = count;
	for (size_t i = 0; i < draft->members.count; i++) {
		const struct ast_member *member = draft->members.at[i];

		if (member->kind == MEMBER_CHECK)
			*checks++ = (struct check){
				.span = member->sql.span,
				.name = constraint_name(checker, draft->model, none, "check"),
				.sql = member->sql.text,
			};
	}
}

/* Columns that all carry an index of terms, in any order. */
static bool unique_covers(const struct unique *unique, const struct relation *relation)
{
	size_t found = 0;

	if (unique->is_index || unique->term_count != relation->column_count)
		return false;
	for (size_t i = 0; i < unique->term_count; i++)
		found += unique->terms[i].column->relation == relation;
	return found == relation->column_count;
}

static void one_to_one_find(const struct model_draft *draft)
{
	for (size_t i = 0; i < draft->use_count; i++) {
		struct relation *relation = draft->uses[i].relation;

		for (size_t j = 0; relation && j < draft->model->unique_count; j++)
			if (unique_covers(&draft->model->uniques[j], relation))
				relation->is_one_to_one = true;
	}
}

/* The terms of the key were looked at where the key was made, but for names that are no fields. */
static void key_names_check(struct checker *checker, const struct model_draft *draft)
{
	for (const struct ast_term *term = draft->key ? draft->key->terms : NULL; term;
	     term = term->next) {
		const struct field_use *use = draft_use(draft, term->name.text);

		if (term->sql.kind != VALUE_NONE)
			continue;
		if (!use)
			field_refuse(checker, draft, &term->name);
		else if (use->field->kind == FIELD_MANY)
			diagnostics_error(checker->diagnostics, term->name.span,
					  "\"%.*s\" is many-to-many: it has no column here",
					  STR_ARGS(term->name.text));
	}
}

void lists_check(struct checker *checker, struct model_draft *draft)
{
	struct term_list order = { .count = 0 };

	key_names_check(checker, draft);
	if (draft->order)
		order = terms_check(checker, draft, draft->order->terms,
				    TERM_ORDER | TERM_NULLS | TERM_COMPARES, "\"order by\"");
	draft->model->order_by = order.at;
	draft->model->order_by_len = order.count;
	uniques_check(checker, draft);
	indexes_check(checker, draft);
	table_checks(checker, draft);
	one_to_one_find(draft);
}
