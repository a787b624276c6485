/*
 * One filter of a where struct: checked, decided if it can be, and its operand encoded.
 */
#include <string.h>

#include "query/call.h"
#include "query/lookup.h"

/* What all qn_list_ structs look like; read by memcpy, as each is a type of its own. */
struct filter_list {
	const void *at;
	size_t len;
};

/* The layout that all qn_array_ structs share. */
struct filter_array {
	const void *at;
	size_t len;
	const bool *is_null;
};

static void refuse_null(struct call *call, const qn_field *field, unsigned lookup)
{
	bool is_negative = lookup == QN_LOOKUP_NE || lookup == QN_LOOKUP_NOT_IN;

	op_refuse(call->op, QN_USAGE, field, "%s(NULL) finds nothing; use %s",
		  lookup_info_of(lookup)->macro, is_negative ? "QN_IS_NOT_NULL" : "QN_IS_NULL");
}

static bool value_is_null(const qn_field *field, const void *value)
{
	return (type_info_of(field->type)->flags & TYPE_POINTER) && !*(const char *const *)value;
}

static enum truth walk_bool(struct call *call, const qn_field *field, unsigned lookup, bool value)
{
	unsigned token;

	if (lookup == QN_LOOKUP_EQ)
		token = value ? KEY_IS_TRUE : KEY_IS_FALSE;
	else
		token = value ? KEY_IS_NOT_TRUE : KEY_IS_NOT_FALSE;
	key_add(call->key, token);
	key_add(call->key, (unsigned)(field - call->model->fields));
	return TRUTH_OF_ROW;
}

static enum truth walk_value(struct call *call, const qn_field *field, unsigned lookup,
			     const void *value)
{
	if (value_is_null(field, value)) {
		refuse_null(call, field, lookup);
		return TRUTH_NEVER;
	}
	if (field->type == QN_TYPE_OPAQUE)
		call_add_pattern(call, field,
				 (struct pattern){ *(const char *const *)value, "", "", false });
	else
		call_add_operand(call, field, value);
	return TRUTH_OF_ROW;
}

static enum truth walk_range(struct call *call, const qn_field *field, const void *range)
{
	const void *high = (const char *)range + type_info_of(field->type)->size;

	if (value_is_null(field, range) || value_is_null(field, high)) {
		refuse_null(call, field, QN_LOOKUP_RANGE);
		return TRUTH_NEVER;
	}
	call_add_operand(call, field, range);
	call_add_operand(call, field, high);
	return range_is_reversed(field, range, high) ? TRUTH_NEVER : TRUTH_OF_ROW;
}

/* The list as an array. False when it cannot be read: it has no address, or a NULL in it. */
static bool list_read(struct call *call, const qn_field *field, unsigned lookup,
		      const void *operand, struct filter_array *array)
{
	const char *const *pointers;
	struct filter_list list;

	memcpy(&list, operand, sizeof(list));
	*array = (struct filter_array){ .at = list.at, .len = list.len };
	if (!list.at && list.len) {
		op_refuse(call->op, QN_USAGE, field, "a list of %zu values has no address",
			  list.len);
		return false;
	}
	if (!(type_info_of(field->type)->flags & TYPE_POINTER))
		return true;
	pointers = list.at;
	for (size_t i = 0; i < list.len; i++) {
		if (!pointers[i]) {
			refuse_null(call, field, lookup);
			return false;
		}
	}
	return true;
}

static enum truth walk_list(struct call *call, const qn_field *field, unsigned lookup,
			    const void *operand)
{
	struct filter_array array;

	if (!list_read(call, field, lookup, operand, &array))
		return TRUTH_NEVER;
	if (!array.len)
		return lookup == QN_LOOKUP_IN ? TRUTH_NEVER : TRUTH_ALWAYS;
	call_add_list(call, field, &array);
	return TRUTH_OF_ROW;
}

static enum truth walk_array(struct call *call, const qn_field *field, unsigned lookup,
			     const void *operand)
{
	struct filter_array array;

	if (!list_read(call, field, lookup, operand, &array))
		return TRUTH_NEVER;
	if (!array.len && lookup == QN_LOOKUP_ARRAY_OVERLAPS)
		return TRUTH_NEVER;
	call_add_operand(call, field, &array);
	return TRUTH_OF_ROW;
}

static enum truth walk_pattern(struct call *call, const qn_field *field, unsigned lookup,
			       const char *text)
{
	const struct lookup_info *info = lookup_info_of(lookup);

	if (!text) {
		refuse_null(call, field, lookup);
		return TRUTH_NEVER;
	}
	call_add_pattern(call, field,
			 (struct pattern){ text, info->before, info->after, info->escapes });
	return TRUTH_OF_ROW;
}

static enum truth walk_document(struct call *call, const qn_field *field, unsigned lookup,
				const char *const *document)
{
	if (!*document) {
		refuse_null(call, field, lookup);
		return TRUTH_NEVER;
	}
	if (lookup == QN_LOOKUP_JSON_HAS_KEY)
		call_add_pattern(call, field, (struct pattern){ *document, "", "", false });
	else
		call_add_operand(call, field, document);
	return TRUTH_OF_ROW;
}

static enum truth walk_operand(struct call *call, const qn_field *field, unsigned lookup,
			       enum lookup_operand kind, const void *operand)
{
	switch (kind) {
	case OPERAND_VALUE:
		return walk_value(call, field, lookup, operand);
	case OPERAND_RANGE:
		return walk_range(call, field, operand);
	case OPERAND_LIST:
		return walk_list(call, field, lookup, operand);
	case OPERAND_ARRAY:
		return walk_array(call, field, lookup, operand);
	case OPERAND_PATTERN:
		return walk_pattern(call, field, lookup, *(const char *const *)operand);
	case OPERAND_DOCUMENT:
	case OPERAND_DOCUMENT_KEY:
		return walk_document(call, field, lookup, operand);
	case OPERAND_NONE:
		break;
	}
	return TRUTH_OF_ROW;
}

/* What most filters are. Neither the field nor the value can be at odds with the lookup. */
static bool is_plain_equal(const qn_field *field, unsigned lookup)
{
	const unsigned special = TYPE_POINTER | TYPE_CAST | TYPE_VECTOR;
	const struct type_info *info = type_info_of(field->type);

	return lookup == QN_LOOKUP_EQ && !(field->flags & QN_FIELD_ARRAY) && info->wire_size &&
	       (info->flags & (special | TYPE_EQUALITY)) == TYPE_EQUALITY &&
	       field->type != QN_TYPE_BOOL;
}

enum truth call_walk_filter(struct call *call, const qn_field *field, const void *filter)
{
	unsigned lookup = *(const qn_lookup *)filter;
	const void *operand = (const char *)filter + type_where_as(field);
	const struct lookup_info *info;
	enum lookup_operand kind;
	enum truth truth;

	if (is_plain_equal(field, lookup)) {
		key_add(call->key, lookup);
		key_add(call->key, (unsigned)(field - call->model->fields));
		call_add_value(call, field, operand);
		return TRUTH_OF_ROW;
	}
	info = lookup_info_of(lookup);
	if (!info || !lookup_operand_of(info, field, &kind)) {
		op_refuse(call->op, QN_USAGE, field,
			  "%s is not a lookup of its type; use the QN_ macros",
			  info ? info->macro : "this number");
		return TRUTH_NEVER;
	}
	if (field->type == QN_TYPE_BOOL && kind == OPERAND_VALUE)
		return walk_bool(call, field, lookup, *(const bool *)operand);
	key_add(call->key, lookup);
	key_add(call->key, (unsigned)(field - call->model->fields));
	truth = walk_operand(call, field, lookup, kind, operand);
	if (truth == TRUTH_ALWAYS && !call->key->failed)
		call->key->len -= 2;
	return truth;
}
