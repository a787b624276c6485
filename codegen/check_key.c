#include "check_inside.h"

#include <string.h>

/* The key of models that declare none. Its source is nowhere: errors about it point at the model.
 * */
static const struct ast_member *key_member_make(struct checker *checker,
						const struct model_draft *draft)
{
	struct ast_member *member = arena_alloc(checker->arena, sizeof(*member));
	struct ast_attributes *attributes = arena_alloc(checker->arena, sizeof(*attributes));

	member->kind = MEMBER_FIELD;
	member->name = (struct ast_name){ STR("id"), draft->ast->name.span };
	member->span = draft->ast->name.span;
	attributes->identity = IDENTITY_BY_DEFAULT;
	attributes->primary_key = draft->ast->name.span;
	member->attributes = attributes;
	return member;
}

static void key_field_add(struct checker *checker, struct model_draft *draft)
{
	struct field *field = arena_alloc(checker->arena, sizeof(*field));
	const struct field *taken = table_add(&draft->uses_by_name, STR("id"), field);

	if (taken) {
		diagnostic_hint(
			diagnostics_error(checker->diagnostics, taken->member->name.span,
					  "field \"id\" of \"%.*s\" takes the name of the key "
					  "that models get",
					  STR_ARGS(draft->ast->name.text)),
			"make it the \"primary key\", or say \"no primary key;\"");
		return;
	}
	field->member = key_member_make(checker, draft);
	field->module = draft->module;
	field->kind = FIELD_SCALAR;
	field->type.info = type_info_of(QN_TYPE_INT64);
	field->name = STR("id");
	draft_use_add(checker, draft, field);
	memmove(draft->uses + 1, draft->uses, (draft->use_count - 1) * sizeof(*draft->uses));
	draft->uses[0] = (struct field_use){ .field = field, .owner = draft, .is_in_key = true };
}

static void key_twice(struct checker *checker, const struct model_draft *draft, struct span first,
		      struct span second)
{
	diagnostic_hint(diagnostic_note(diagnostics_error(checker->diagnostics, second,
							  "model \"%.*s\" has two primary keys",
							  STR_ARGS(draft->ast->name.text)),
					first, "the first is here"),
			"a key of several fields is written \"primary key (a, b);\"");
}

/* Fields that say "primary key" themselves. */
static size_t key_attributes_check(struct checker *checker, struct model_draft *draft)
{
	struct span first = { NULL, 0, 0 };
	size_t count = 0;

	for (size_t i = 0; i < draft->use_count; i++) {
		struct field_use *use = &draft->uses[i];
		struct span span = use->field->member->attributes->primary_key;

		if (!span.source || use->field->kind == FIELD_MANY)
			continue;
		if (first.source)
			key_twice(checker, draft, first, span);
		else
			first = span;
		use->is_in_key = count++ == 0;
	}
	if (first.source && draft->key)
		key_twice(checker, draft, first, draft->key->span);
	return count;
}

static void key_term_refuse(struct checker *checker, const struct ast_term *term)
{
	if (term->sql.kind != VALUE_NONE)
		diagnostics_error(checker->diagnostics, term->span,
				  "a primary key is made of fields, not of expressions");
	if (term->descending || term->nulls != NULLS_DEFAULT || term->operator_class.span.source)
		diagnostics_error(checker->diagnostics, term->span,
				  "fields of a primary key have no order of their own");
}

static void key_list_check(struct checker *checker, const struct model_draft *draft)
{
	struct table seen;

	table_init(&seen, checker->arena);
	for (const struct ast_term *term = draft->key->terms; term; term = term->next) {
		struct field_use *use = draft_use(draft, term->name.text);

		key_term_refuse(checker, term);
		if (use && table_add(&seen, term->name.text, term))
			diagnostics_error(checker->diagnostics, term->span,
					  "\"%.*s\" stands here twice", STR_ARGS(term->name.text));
		if (use && use->field->kind != FIELD_MANY)
			use->is_in_key = true;
	}
}

static void key_fields_check(struct checker *checker, const struct model_draft *draft)
{
	for (size_t i = 0; i < draft->use_count; i++) {
		const struct field *field = draft->uses[i].field;

		if (!draft->uses[i].is_in_key)
			continue;
		if (field->member->type.nullable.source)
			diagnostics_error(checker->diagnostics, field->member->type.nullable,
					  "the primary key cannot be null");
		if (field->kind == FIELD_SCALAR && type_info_id(field->type.info) == QN_TYPE_JSON)
			diagnostics_error(checker->diagnostics, field->member->type.span,
					  "values of \"json\" cannot be compared: use \"jsonb\"");
		if (field->member->attributes->unique.source)
			diagnostics_error(checker->diagnostics, field->member->attributes->unique,
					  "a primary key is unique already");
	}
}

void key_declare(struct checker *checker, struct model_draft *draft)
{
	size_t count = key_attributes_check(checker, draft);

	if (draft->key)
		key_list_check(checker, draft);
	if (draft->has_no_key && (count || draft->key))
		diagnostics_error(checker->diagnostics, draft->ast->name.span,
				  "model \"%.*s\" says \"no primary key\" and has one",
				  STR_ARGS(draft->ast->name.text));
	if (!count && !draft->key && !draft->has_no_key && !draft->is_unmanaged)
		key_field_add(checker, draft);
	key_fields_check(checker, draft);
}

static void key_depth_refuse(struct checker *checker, const struct field *field)
{
	diagnostics_error(checker->diagnostics, field->member->type.span,
			  "primary keys refer through more than %zu models", KEY_DEPTH_MAX);
}

/* Whether the columns of a relation in the key are known. */
static bool key_target_check(struct checker *checker, const struct field_use *use, size_t depth)
{
	const struct field *field = use->field;

	if (field->target->key_progress == BEGUN) {
		diagnostics_error(checker->diagnostics, field->member->type.span,
				  "the primary key of \"%.*s\" refers to itself",
				  STR_ARGS(use->owner->ast->name.text));
		return false;
	}
	if (depth == KEY_DEPTH_MAX) {
		key_depth_refuse(checker, field);
		return false;
	}
	if (!key_check(checker, field->target, depth + 1))
		return false;
	if (use->owner->key_depth <= field->target->key_depth)
		use->owner->key_depth = field->target->key_depth + 1;
	if (use->owner->key_depth > KEY_DEPTH_MAX)
		key_depth_refuse(checker, field);
	return use->owner->key_depth <= KEY_DEPTH_MAX;
}

static bool key_part_add(struct checker *checker, struct model_draft *draft, struct field_use *use,
			 const struct key_part *part)
{
	if (draft->key_len == INDEX_COLUMNS_MAX) {
		diagnostics_error(checker->diagnostics, draft->ast->name.span,
				  "the primary key of \"%.*s\" has more than %zu columns",
				  STR_ARGS(draft->ast->name.text), INDEX_COLUMNS_MAX);
		return false;
	}
	if (draft->key_len == draft->key_capacity) {
		size_t capacity = draft->key_capacity ? 2 * draft->key_capacity : 1;
		struct key_part *parts =
			arena_alloc_array(checker->arena, capacity, sizeof(*parts));

		if (draft->key_len)
			memcpy(parts, draft->key_parts, draft->key_len * sizeof(*parts));
		draft->key_parts = parts;
		draft->key_capacity = capacity;
	}
	draft->key_parts[draft->key_len++] = (struct key_part){ part->name, part->type, use };
	return true;
}

static bool key_use_add(struct checker *checker, struct model_draft *draft, struct field_use *use,
			size_t depth)
{
	struct field *field = use->field;
	bool ok = true;

	if (field->kind == FIELD_BROKEN)
		return false;
	if (field->kind == FIELD_SCALAR)
		return key_part_add(checker, draft, use,
				    &(struct key_part){ field->name, field->type, use });
	if (!key_target_check(checker, use, depth))
		return false;
	for (size_t i = 0; i < field->target->key_len; i++) {
		const struct key_part *part = &field->target->key_parts[i];
		struct key_part own = { names_join(checker->arena, field->name, part->name),
					part->type, use };

		ok = ok && key_part_add(checker, draft, use, &own);
	}
	return ok;
}

static bool key_has(const struct model_draft *draft, const struct field_use *use)
{
	for (size_t i = 0; i < draft->key_len; i++)
		if (draft->key_parts[i].use == use)
			return true;
	return false;
}

/* In the order of the list, or else of the fields. */
static bool key_parts_add(struct checker *checker, struct model_draft *draft, size_t depth)
{
	bool ok = true;

	if (!draft->key) {
		for (size_t i = 0; i < draft->use_count; i++)
			if (draft->uses[i].is_in_key)
				ok &= key_use_add(checker, draft, &draft->uses[i], depth);
		return ok;
	}
	for (const struct ast_term *term = draft->key->terms; term; term = term->next) {
		struct field_use *use = draft_use(draft, term->name.text);

		if (use && key_has(draft, use))
			continue;
		if (use && use->is_in_key)
			ok &= key_use_add(checker, draft, use, depth);
		else
			ok = false;
	}
	return ok;
}

bool key_check(struct checker *checker, struct model_draft *draft, size_t depth)
{
	if (draft->key_progress == DONE)
		return draft->key_is_good;
	draft->key_progress = BEGUN;
	draft->key_is_good = key_parts_add(checker, draft, depth);
	draft->key_progress = DONE;
	return draft->key_is_good;
}
