#include "query/row_plan.h"

#include "base/bits.h"
#include "query/sql.h"

enum { TEXT_OID = 25 };

uint32_t row_plan_oid(const qn_field *field)
{
	const struct type_info *info = type_info_of(field->type);

	if (field->type == QN_TYPE_OPAQUE)
		return TEXT_OID;
	return field->flags & QN_FIELD_ARRAY ? info->array_oid : info->oid;
}

static bool field_points(const qn_field *field, const struct type_info *info)
{
	return (info->flags & TYPE_POINTER) || field->type == QN_TYPE_BYTES;
}

/* Only what the codecs of these types do without looking at the value. */
static enum row_form column_form(const qn_field *field)
{
	bool is_text = type_info_of(field->type)->flags & TYPE_POINTER;

	/* Text says by itself whether there is some: no has_ twin. */
	if ((field->flags & QN_FIELD_ARRAY) || (is_text && field->has != QN_NO_OFFSET))
		return ROW_FORM_ANY;
	switch (field->type) {
	case QN_TYPE_TEXT:
	case QN_TYPE_VARCHAR:
	case QN_TYPE_BPCHAR:
	case QN_TYPE_NAME:
	case QN_TYPE_JSON:
	case QN_TYPE_OPAQUE:
		return ROW_FORM_TEXT;
	case QN_TYPE_INT32:
	case QN_TYPE_FLOAT:
	case QN_TYPE_OID:
	case QN_TYPE_DATE:
		return ROW_FORM_4;
	case QN_TYPE_INT64:
	case QN_TYPE_DOUBLE:
	case QN_TYPE_TIMESTAMP:
	case QN_TYPE_TIMESTAMPTZ:
		return ROW_FORM_8;
	case QN_TYPE_BOOL:
		return ROW_FORM_BOOL;
	case QN_TYPE_DECIMAL:
		return ROW_FORM_DECIMAL;
	default:
		return ROW_FORM_ANY;
	}
}

static void column_fill(struct row_column *column, const qn_field *field)
{
	const struct type_info *info = type_info_of(field->type);

	column->field = field;
	column->row = field->row;
	column->has = field->has;
	column->size = (uint32_t)type_field_size(field);
	column->points = field_points(field, info);
	column->decode = info->decode;
	if (field->flags & QN_FIELD_ARRAY)
		column->decode =
			field->type == QN_TYPE_OPAQUE ? type_array_decode_text : type_array_decode;
	column->form = (uint8_t)column_form(field);
}

bool row_plan_build(struct row_plan *plan, const qn_model *model, const struct field_list *fields,
		    struct arena *arena)
{
	size_t words = ((size_t)model->field_count + 63) / 64;
	struct row_column *columns;
	uint64_t *loaded;

	if (!fields->len)
		return true;
	plan->result_columns = (uint32_t)fields->len;
	columns = arena_alloc_array(arena, fields->len, sizeof(*columns));
	loaded = arena_alloc_array(arena, words, sizeof(*loaded));
	if (!columns || !loaded)
		return false;
	for (size_t i = 0; i < fields->len; i++) {
		column_fill(&columns[i], &model->fields[fields->at[i]]);
		bit_set(loaded, fields->at[i]);
		plan->points |= columns[i].points;
	}
	plan->columns = columns;
	plan->column_count = (uint32_t)fields->len;
	plan->loaded = loaded;
	plan->loaded_words = (uint32_t)words;
	return true;
}

/* Where the fields that make a related row itself stand in the result. */
static const int *level_key(const struct row_level *level, const struct field_list *fields,
			    struct arena *arena)
{
	const qn_relation *relation = level->relation;
	int *key = arena_alloc_array(arena, relation->other_len, sizeof(*key));

	if (!key)
		return NULL;
	for (size_t i = 0; i < relation->other_len; i++)
		for (size_t column = 0; column < fields->len; column++)
			if (fields->at[column] == relation->other[i])
				key[i] = level->first_column + (int)column;
	return key;
}

bool row_plan_add_levels(struct row_plan *plan, const qn_model *model, const struct sql_text *sql,
			 struct arena *arena)
{
	struct row_level *levels = NULL;

	if (sql->level_count)
		levels = arena_alloc_array(arena, sql->level_count, sizeof(*levels));
	if (sql->level_count && !levels)
		return false;
	for (uint32_t i = 0; i < sql->level_count; i++) {
		const struct sql_level *from = &sql->levels[i];
		const qn_model *parent = from->parent ? levels[from->parent - 1].model : model;
		struct row_level *level = &levels[i];

		level->model = from->model;
		level->relation = from->relation;
		level->parent = from->parent;
		level->bit = (uint32_t)(parent->field_count + (from->relation - parent->relations));
		level->first_column = (int)plan->result_columns;
		level->key = level_key(level, &from->columns, arena);
		if (!level->key ||
		    !row_plan_build(&level->plan, level->model, &from->columns, arena))
			return false;
		plan->points |= level->plan.points;
		plan->result_columns += level->plan.column_count;
	}
	plan->levels = levels;
	plan->level_count = (uint32_t)sql->level_count;
	plan->is_grouped = sql->is_grouped;
	plan->group_field = sql->group_field;
	plan->group_column = (int)sql->group_column;
	if (sql->is_grouped && sql->group_column == plan->result_columns)
		plan->result_columns++;
	return true;
}
