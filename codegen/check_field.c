#include "check_inside.h"

/* What an attribute may stand on. */
enum {
	ON_SCALAR = 1 << 0,
	ON_RELATION = 1 << 1,
	ON_MANY = 1 << 2,
};

static void attribute_refuse(struct checker *checker, const struct field *field, struct span span,
			     const char *name)
{
	static const char *const kinds[] = {
		[FIELD_BROKEN] = "this field",
		[FIELD_SCALAR] = "a field that refers to no model",
		[FIELD_RELATION] = "a foreign key",
		[FIELD_MANY] = "a many-to-many field",
	};

	diagnostics_error(checker->diagnostics, span, "%s takes no \"%s\"", kinds[field->kind],
			  name);
}

static void attributes_suit(struct checker *checker, const struct field *field)
{
	const struct ast_attributes *a = field->member->attributes;
	const struct {
		struct span span;
		const char *name;
		int places;
	} attributes[] = {
		{ a->default_span, "default", ON_SCALAR | ON_RELATION },
		{ a->unique, "unique", ON_SCALAR | ON_RELATION },
		{ a->primary_key, "primary key", ON_SCALAR | ON_RELATION },
		{ a->on_update_now, "on update now()", ON_SCALAR },
		{ a->identity_span, "identity", ON_SCALAR },
		{ a->column_span, "column", ON_SCALAR | ON_RELATION },
		{ a->renamed_from.span, "renamed from", ON_SCALAR | ON_RELATION },
		{ a->reverse.span, "as", ON_RELATION | ON_MANY },
		{ a->on_delete.span, "on delete", ON_RELATION },
		{ a->on_update.span, "on update", ON_RELATION },
		{ a->through.span, "through", ON_MANY },
		{ a->table.name.span, "table", ON_MANY },
		{ a->checks ? a->checks->sql.span : (struct span){ NULL, 0, 0 }, "check",
		  ON_SCALAR },
		{ a->rules ? a->rules->span : (struct span){ NULL, 0, 0 }, "valid",
		  ON_SCALAR | ON_RELATION },
	};
	int place = field->kind == FIELD_SCALAR     ? ON_SCALAR
		    : field->kind == FIELD_RELATION ? ON_RELATION
						    : ON_MANY;

	for (size_t i = 0; i < sizeof(attributes) / sizeof(*attributes); i++)
		if (attributes[i].span.source && !(attributes[i].places & place))
			attribute_refuse(checker, field, attributes[i].span, attributes[i].name);
}

static bool type_is_integer(const struct column_type *type)
{
	qn_type id = type_info_id(type->info);

	return !type->is_array &&
	       (id == QN_TYPE_INT16 || id == QN_TYPE_INT32 || id == QN_TYPE_INT64);
}

static bool type_is_moment(const struct column_type *type)
{
	qn_type id = type_info_id(type->info);

	return !type->is_array && (id == QN_TYPE_TIMESTAMPTZ || id == QN_TYPE_TIMESTAMP ||
				   id == QN_TYPE_DATE || id == QN_TYPE_TIME);
}

static void scalar_check(struct checker *checker, struct field *field)
{
	const struct ast_attributes *a = field->member->attributes;
	struct span nullable = field->member->type.nullable;
	struct str spelt = type_spell(checker->arena, &field->type);

	if (a->identity_span.source && !type_is_integer(&field->type))
		diagnostics_error(
			checker->diagnostics, a->identity_span,
			"\"identity\" is for smallint, integer and bigint, not for \"%.*s\"",
			STR_ARGS(spelt));
	if (a->identity_span.source && a->default_span.source)
		diagnostics_error(checker->diagnostics, a->default_span,
				  "an identity takes no \"default\"");
	if (a->identity_span.source && nullable.source)
		diagnostics_error(checker->diagnostics, nullable, "an identity cannot be null");
	if (a->on_update_now.source && !type_is_moment(&field->type))
		diagnostics_error(checker->diagnostics, a->on_update_now,
				  "\"on update now()\" is for dates and times, not for \"%.*s\"",
				  STR_ARGS(spelt));
	if (a->columns && a->columns->next)
		diagnostics_error(checker->diagnostics, a->columns->next->name.span,
				  "this field is one column");
	field->default_value = default_check(checker, &field->type, &a->default_value);
}

static void target_check(struct checker *checker, struct field *field,
			 const struct declared *declared)
{
	const struct ast_type *type = &field->member->type;

	if (declared->ast->kind == DECLARATION_SERIALIZER) {
		diagnostic_note(diagnostics_error(checker->diagnostics, type->span,
						  "\"%.*s\" is a serializer, no type",
						  STR_ARGS(declared->ast->name.text)),
				declared->ast->name.span, "it is declared here");
		return;
	}
	if (declared->ast->kind == DECLARATION_ABSTRACT) {
		diagnostic_note(
			diagnostics_error(checker->diagnostics, type->span,
					  "\"%.*s\" is an abstract model, which has no rows "
					  "to refer to",
					  STR_ARGS(declared->ast->name.text)),
			declared->ast->name.span, "it is declared here");
		return;
	}
	field->kind = type->array.source ? FIELD_MANY : FIELD_RELATION;
	field->target = declared->draft;
	if (type->argument_count)
		diagnostics_error(checker->diagnostics, type->arguments_span,
				  "a model takes no number");
	if (field->kind == FIELD_MANY && type->nullable.source)
		diagnostic_hint(diagnostics_error(checker->diagnostics, type->nullable,
						  "a many-to-many field cannot be null"),
				"it may have no elements");
}

static void through_check(struct checker *checker, struct field *field)
{
	const struct ast_attributes *a = field->member->attributes;
	const struct declared *declared;

	if (!a->through.span.source)
		return;
	if (a->table.name.span.source)
		diagnostics_error(checker->diagnostics, a->table.name.span,
				  "the model behind \"through\" has a table already");
	declared = path_resolve(checker, field->module, &a->through, "model");
	if (declared && declared->ast->kind != DECLARATION_MODEL) {
		diagnostic_note(diagnostics_error(checker->diagnostics, a->through.span,
						  "\"%.*s\" is not a model with a table",
						  STR_ARGS(a->through.name.text)),
				declared->ast->name.span, "it is declared here");
		declared = NULL;
	}
	if (declared)
		field->through = declared->draft;
	else
		field->kind = FIELD_BROKEN;
}

static struct diagnostic *type_refuse(struct checker *checker, const struct ast_member *member)
{
	return diagnostics_error(checker->diagnostics, member->type.span, "unknown type \"%.*s\"",
				 STR_ARGS(member->type.path.name.text));
}

/*
 * "text title;" as in C, where nothing says that "title" was to be a type. "name" is the exception:
 * it is a type, and the most frequent name of a field.
 */
static bool is_swapped(const struct ast_member *member)
{
	struct str name = member->name.text;
	struct suggestion suggestion;

	suggestion_init(&suggestion, member->type.path.name.text);
	types_consider(&suggestion);
	return (suggestion.nearest.len == 0 || suggestion.distance > 1) && type_info_find(name) &&
	       !str_equal(name, STR("name")) && !type_is_meant(member->type.path.name.text);
}

/*
 * "unique title;" reads as a field too, and is a list without its parentheses; so does "valid
 * email;". True: it was refused.
 */
static bool member_form_refuse(struct checker *checker, const struct ast_member *member)
{
	static const char *const lists[] = { "unique", "index" };
	struct str name = member->name.text;
	struct str type = member->type.path.name.text;

	if (member->type.opaque.span.source || type_info_find(type))
		return false;
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		if (!str_equal(name, str_from_cstring(lists[i])))
			continue;
		diagnostic_hint(type_refuse(checker, member), "a list is written \"%s (%.*s);\"",
				lists[i], STR_ARGS(type));
		return true;
	}
	if (str_equal(name, STR("valid"))) {
		diagnostic_hint(type_refuse(checker, member),
				"a rule stands behind the type of a field; a whole model has "
				"\"valid hook;\"");
		return true;
	}
	if (!is_swapped(member))
		return false;
	diagnostic_hint(type_refuse(checker, member), "the name stands first: \"%.*s %.*s;\"",
			STR_ARGS(type), STR_ARGS(name));
	return true;
}

static void kind_find(struct checker *checker, struct field *field)
{
	const struct ast_type *type = &field->member->type;
	struct str name = type->path.name.text;
	bool is_word = (name.len && name.at[0] >= 'a' && name.at[0] <= 'z') || type_is_meant(name);
	const struct declared *declared = path_find(checker, field->module, &type->path);

	if (!declared && !type->path.module.span.source && (is_word || type->is_quoted)) {
		if (!type->is_quoted && member_form_refuse(checker, field->member))
			return;
		if (type_check(checker, field->module, type, &field->type))
			field->kind = FIELD_SCALAR;
		return;
	}
	if (!declared)
		declared = path_resolve(checker, field->module, &type->path, "type");
	if (!declared)
		return;
	if (declared->ast->kind != DECLARATION_ENUM) {
		target_check(checker, field, declared);
		return;
	}
	field->type = (struct column_type){ .info = type_info_of(QN_TYPE_ENUM),
					    .enumeration = declared->enumeration,
					    .is_array = type->array.source != NULL };
	field->kind = FIELD_SCALAR;
	if (type->argument_count)
		diagnostics_error(checker->diagnostics, type->arguments_span,
				  "an enum takes no number");
}

void field_check(struct checker *checker, struct field *field)
{
	snake_check(checker, &field->member->name, "field");
	if (field->member->attributes->reverse.span.source)
		snake_check(checker, &field->member->attributes->reverse, "reverse name");
	if (field->member->is_broken)
		return;
	kind_find(checker, field);
	if (field->kind == FIELD_BROKEN)
		return;
	attributes_suit(checker, field);
	if (field->kind == FIELD_SCALAR)
		scalar_check(checker, field);
	if (field->kind == FIELD_MANY)
		through_check(checker, field);
	else
		field_rules_check(checker, field);
}
