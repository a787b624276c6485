#include "check_inside.h"

/* What generated names have behind the name of a model or an enum. */
static const char *const suffixes[] = {
	"_list",
	"_where",
	"_new",
	"_changes",
	"_query",
	"_field",
	"_set",
	"_array",
	"_where_array",
	"_set_array",
	"_model",
	"_enum",
	"_label",
	"_is_loaded",
	"_find",
	"_get",
	"_first",
	"_last",
	"_count",
	"_exists",
	"_create",
	"_save",
	"_save_fields",
	"_delete",
	"_refresh",
	"_update",
	"_update_all",
	"_delete_where",
	"_delete_all",
	"_in_bulk",
	"_each",
	"_stream",
	"_stream_next",
	"_stream_close",
	"_get_or_create",
	"_update_or_create",
	"_bulk_create",
	"_bulk_update",
	"_aggregate",
	"_to_json",
	"_new_from_json",
	"_changes_from_json",
	"_new_from_cjson",
	"_changes_from_cjson",
	"_value",
	"_where_many",
	"_related",
	"_load_related",
	"_delete_counted",
	"_list_to_json",
	"_to_cjson",
	"_validate_new",
	"_validate_changes",
	"_validate_unique_new",
	"_validate_unique_changes",
	"_errors_from_database",
};

/* What stands behind the name of a relation to many rows. */
static const char *const relation_suffixes[] = { "_add",   "_remove", "_set",
						 "_clear", "_create", "_link" };

enum {
	SUFFIX_COUNT = sizeof(suffixes) / sizeof(*suffixes),
	RELATION_SUFFIX_COUNT = sizeof(relation_suffixes) / sizeof(*relation_suffixes),
};

/* Which declaration has a name in C. */
struct stem {
	const struct module *module; /* NULL: the name is quern's own */
	struct span span;
	struct str name;
};

/* Whether a name with this behind it is one that is generated for the name alone, or could be told
 * from none. */
static bool tail_is_generated(struct str tail)
{
	for (size_t i = 0; i < SUFFIX_COUNT; i++) {
		struct str suffix = str_from_cstring(suffixes[i]);

		if (!str_starts_with(suffix, tail))
			continue;
		if (suffix.len == tail.len)
			return true;
		for (size_t j = 0; j < SUFFIX_COUNT; j++)
			if (str_equal(str_slice(suffix, tail.len, suffix.len),
				      str_from_cstring(suffixes[j])))
				return true;
	}
	return false;
}

/* What the name is generated for, or NULL. */
static const struct stem *generated_find(const struct checker *checker, struct str name)
{
	for (size_t i = 1; i < name.len; i++) {
		const struct stem *stem = NULL;

		if (name.at[i] == '_')
			stem = table_find(&checker->stems, str_slice(name, 0, i));
		if (stem && tail_is_generated(str_slice(name, i, name.len)))
			return stem;
	}
	return NULL;
}

static bool name_is_generated(const struct checker *checker, struct str name)
{
	return generated_find(checker, name) != NULL;
}

static struct str with_underscore(struct checker *checker, struct str name)
{
	return arena_format(checker->arena, "%.*s_", STR_ARGS(name));
}

/* The name in C of a model or an enum; two of one module that differ in case alone are an error. */
static struct str stem_take(struct checker *checker, const struct module *module, struct str name,
			    struct span span)
{
	struct stem *stem = arena_alloc(checker->arena, sizeof(*stem));
	struct str c_name =
		names_join(checker->arena, module->c_name, name_to_snake(checker->arena, name));
	const struct stem *first;

	*stem = (struct stem){ module, span, name };
	while ((first = table_add(&checker->stems, c_name, stem)) != NULL) {
		if (first->module == module) {
			diagnostic_note(
				diagnostics_error(checker->diagnostics, span,
						  "\"%.*s\" and \"%.*s\" are both \"%.*s\" in C",
						  STR_ARGS(name), STR_ARGS(first->name),
						  STR_ARGS(c_name)),
				first->span, "the first is here");
			return c_name;
		}
		c_name = with_underscore(checker, c_name);
	}
	return c_name;
}

static struct str stem_settle(struct checker *checker, const struct module *module,
			      struct str c_name, struct span span)
{
	struct stem *stem = arena_alloc(checker->arena, sizeof(*stem));

	*stem = (struct stem){ module, span, c_name };
	while (name_is_generated(checker, c_name)) {
		do
			c_name = with_underscore(checker, c_name);
		while (table_add(&checker->stems, c_name, stem));
	}
	return c_name;
}

static struct str constant_take(struct checker *checker, struct str prefix, struct str name,
				const struct span *place)
{
	struct str constant =
		names_join(checker->arena, prefix, name_to_upper(checker->arena, name));

	while (name_is_reserved_constant(constant) ||
	       table_add(&checker->constants, constant, place))
		constant = with_underscore(checker, constant);
	return constant;
}

static struct enumeration *enum_at(const struct module *module, size_t i)
{
	return (struct enumeration *)(uintptr_t)&module->enums[i];
}

static void stems_take(struct checker *checker, const struct module_draft *draft)
{
	const struct module *module = draft->module;

	for (size_t i = 0; i < module->enum_count; i++) {
		struct enumeration *enumeration = enum_at(module, i);

		enumeration->c_name =
			stem_take(checker, module, enumeration->name, enumeration->span);
	}
	for (size_t i = 0; i < draft->draft_count; i++) {
		struct model *model = draft->drafts[i]->model;

		if (!model)
			continue;
		if (model->is_implicit)
			model->c_name = names_join(checker->arena, module->c_name,
						   name_to_snake(checker->arena, model->name));
		else
			model->c_name = stem_take(checker, module, model->name, model->span);
	}
}

static void enum_constants_take(struct checker *checker, struct enumeration *enumeration)
{
	struct str prefix = name_to_upper(checker->arena, enumeration->c_name);

	for (size_t i = 0; i < enumeration->label_count; i++) {
		struct enum_label *label = (struct enum_label *)(uintptr_t)&enumeration->labels[i];

		label->c_constant = constant_take(checker, prefix, label->name, &label->span);
	}
}

static void stems_settle(struct checker *checker, const struct module_draft *draft)
{
	const struct module *module = draft->module;

	for (size_t i = 0; i < module->enum_count; i++) {
		struct enumeration *enumeration = enum_at(module, i);

		enumeration->c_name =
			stem_settle(checker, module, enumeration->c_name, enumeration->span);
		enum_constants_take(checker, enumeration);
	}
	for (size_t i = 0; i < draft->draft_count; i++) {
		struct model *model = draft->drafts[i]->model;

		if (!model)
			continue;
		if (!model->is_implicit)
			model->c_name = stem_settle(checker, module, model->c_name, model->span);
		model->c_prefix = name_to_upper(checker->arena, model->c_name);
		model->c_descriptor = names_join(checker->arena, model->c_name, STR("model"));
		model->file_stem = name_to_snake(checker->arena, model->name);
		if (str_equal(model->file_stem, STR("enums")) ||
		    str_equal(model->file_stem, STR("registry")) ||
		    str_equal(model->file_stem, STR("serializers")) ||
		    str_equal(model->file_stem, STR("types")))
			model->file_stem = with_underscore(checker, model->file_stem);
	}
}

void names_check(struct checker *checker)
{
	static const struct stem own = { NULL, { NULL, 0, 0 }, STR_INIT("") };

	for (size_t i = 0; i < checker->module_count; i++) {
		const struct module *module = checker->modules[i]->module;

		table_add(&checker->stems,
			  names_join(checker->arena, module->c_name, STR("module")), &own);
	}
	for (size_t i = 0; i < checker->module_count; i++) {
		sql_names_take(checker, checker->modules[i]);
		stems_take(checker, checker->modules[i]);
	}
	for (size_t i = 0; i < checker->module_count; i++)
		stems_settle(checker, checker->modules[i]);
}

struct str member_name(struct checker *checker, struct model_draft *draft, struct str name)
{
	while (name_is_reserved_member(name) || table_find(&checker->stems, name) ||
	       name_is_generated(checker, name) || table_add(&draft->members_c, name, draft))
		name = with_underscore(checker, name);
	return name;
}

struct str constant_name(struct checker *checker, const struct model *model, struct str name,
			 const struct span *place)
{
	return constant_take(checker, model->c_prefix, name, place);
}

static bool function_is_taken(const struct checker *checker, struct str name)
{
	return table_find(&checker->stems, name) || table_find(&checker->functions, name) ||
	       name_is_generated(checker, name);
}

static struct str relation_function(const struct checker *checker, struct str name, size_t suffix)
{
	return arena_format(checker->arena, "%.*s%s", STR_ARGS(name), relation_suffixes[suffix]);
}

struct str function_name(struct checker *checker, const struct model *model, struct str name,
			 bool is_to_many)
{
	size_t suffix_count = is_to_many ? RELATION_SUFFIX_COUNT : 0;
	struct str function = names_join(checker->arena, model->c_name, name);
	bool is_taken = true;

	while (is_taken) {
		is_taken = function_is_taken(checker, function);
		for (size_t i = 0; i < suffix_count && !is_taken; i++)
			is_taken =
				function_is_taken(checker, relation_function(checker, function, i));
		if (is_taken)
			function = with_underscore(checker, function);
	}
	table_add(&checker->functions, function, &model->span);
	for (size_t i = 0; i < suffix_count; i++)
		table_add(&checker->functions, relation_function(checker, function, i),
			  &model->span);
	return function;
}

const struct span *symbol_take(struct checker *checker, struct str symbol, const struct span *place)
{
	const struct stem *stem = table_find(&checker->stems, symbol);

	if (!stem)
		stem = generated_find(checker, symbol);
	return stem ? &stem->span : table_add(&checker->functions, symbol, place);
}

/* Whether a nullable column has no NULL of its own in C, and so a has_ twin beside it. */
static bool has_twin(const struct column *column)
{
	return column->is_nullable &&
	       (column->type.is_array || !(column->type.info->flags & TYPE_POINTER));
}

void column_names_check(struct checker *checker, struct model_draft *draft)
{
	struct model *model = draft->model;

	table_reserve(&draft->members_c, model->column_count);
	for (size_t i = 0; i < model->column_count; i++)
		if (has_twin(&model->columns[i]))
			table_add(&draft->members_c,
				  names_join(checker->arena, STR("has"), model->columns[i].name),
				  draft);
	for (size_t i = 0; i < model->column_count; i++) {
		struct column *column = (struct column *)(uintptr_t)&model->columns[i];

		column->c_name = member_name(checker, draft, column->name);
		column->c_constant =
			model->is_implicit ? names_join(checker->arena, model->c_prefix,
							name_to_upper(checker->arena, column->name))
					   : constant_take(checker, model->c_prefix, column->name,
							   &column->span);
	}
}
