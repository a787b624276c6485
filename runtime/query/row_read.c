#include "query/row_read.h"

#include <stddef.h>
#include <string.h>

#include "codec/decimal_read.h"

static qn_status cell_fail_null(const struct row_reading *reading, const struct row_column *column)
{
	return op_fail(reading->op, QN_SCHEMA_DRIFT, column->field,
		       "the database holds NULL where the schema has a required field");
}

static qn_status cell_fail(const struct row_reading *reading, const struct row_column *column,
			   struct str wire)
{
	const qn_field *field = column->field;

	if (field->type == QN_TYPE_ENUM && !(field->flags & QN_FIELD_ARRAY))
		return op_fail(
			reading->op, QN_SCHEMA_DRIFT, field,
			"the database holds '%.*s', a label that %s does not have; add it to "
			"the schema and regenerate",
			STR_ARGS(wire), field->enumeration->name);
	return op_fail(reading->op, QN_SCHEMA_DRIFT, field,
		       "the database holds a value that the schema's type cannot: %zu bytes",
		       wire.len);
}

/* The row of the result that is this one of those in hand. */
static inline int number_at(const int *numbers, int first, int place)
{
	return numbers ? numbers[place] : first + place;
}

/* A cell that is NULL, or read by the codec of its type. */
static qn_status cell_read(const struct row_reading *reading, int index, int place, struct str wire)
{
	const struct row_column *column = &reading->plan->columns[index];
	int number = number_at(reading->numbers, reading->first, place);
	char *row = reading->rows + (size_t)place * reading->row_size;

	if (wire.len == 0 && PQgetisnull(reading->result, number, reading->first_column + index)) {
		if (column->field->flags & QN_FIELD_NULLABLE)
			return QN_OK;
		return cell_fail_null(reading, column);
	}
	if (!column->decode(wire, column->field, reading->arena, row + column->row))
		return cell_fail(reading, column, wire);
	if (column->has != QN_NO_OFFSET)
		*((bool *)row + column->has) = true;
	return QN_OK;
}

/* What is read here, without a call. False: it is for cell_read. */
static inline bool cell_read_quick(enum row_form form, struct str wire, void *member)
{
	uint32_t four;
	uint64_t eight;

	switch (form) {
	case ROW_FORM_8:
		if (wire.len != sizeof(eight))
			return false;
		eight = codec_read_be64(wire.at);
		memcpy(member, &eight, sizeof(eight));
		return true;
	case ROW_FORM_4:
		if (wire.len != sizeof(four))
			return false;
		four = codec_read_be32(wire.at);
		memcpy(member, &four, sizeof(four));
		return true;
	case ROW_FORM_BOOL:
		if (wire.len != 1 || (unsigned char)wire.at[0] > 1)
			return false;
		*(bool *)member = wire.at[0] == 1;
		return true;
	case ROW_FORM_DECIMAL:
		return decimal_read(wire, member);
	default:
		return false;
	}
}

/* `form` and `has_twin` are constants wherever this is called: the loop is made for them. */
static inline qn_status column_read_as(const struct row_reading *reading, int index,
				       enum row_form form, bool has_twin)
{
	const struct row_column *column = &reading->plan->columns[index];
	const PGresult *result = reading->result;
	size_t row_size = reading->row_size;
	const int *numbers = reading->numbers;
	int first = reading->first;
	int count = reading->count;
	int in_result = reading->first_column + index;
	char *member = reading->rows + column->row;
	ptrdiff_t twin = has_twin ? (ptrdiff_t)column->has - (ptrdiff_t)column->row : 0;

	for (int place = 0; place < count; place++, member += row_size) {
		int number = number_at(numbers, first, place);
		struct str wire = { PQgetvalue(result, number, in_result), 0 };
		qn_status status;

		wire.len = (size_t)PQgetlength(result, number, in_result);
		if (cell_read_quick(form, wire, member)) {
			if (has_twin)
				*(bool *)(member + twin) = true;
			continue;
		}
		status = cell_read(reading, index, place, wire);
		if (status != QN_OK)
			return status;
	}
	return QN_OK;
}

/* Text that is not empty cannot be NULL, and its length does not matter: it ends in NUL. */
static qn_status column_read_text(const struct row_reading *reading, int index)
{
	const PGresult *result = reading->result;
	size_t row_size = reading->row_size;
	const int *numbers = reading->numbers;
	int first = reading->first;
	int count = reading->count;
	int in_result = reading->first_column + index;
	char *member = reading->rows + reading->plan->columns[index].row;

	for (int place = 0; place < count; place++, member += row_size) {
		const char *value = PQgetvalue(result, number_at(numbers, first, place), in_result);
		qn_status status;

		if (*value) {
			*(const char **)(void *)member = value;
			continue;
		}
		status = cell_read(reading, index, place, (struct str){ value, 0 });
		if (status != QN_OK)
			return status;
	}
	return QN_OK;
}

static inline qn_status column_read(const struct row_reading *reading, int index, bool has_twin)
{
	switch ((enum row_form)reading->plan->columns[index].form) {
	case ROW_FORM_TEXT:
		return column_read_text(reading, index);
	case ROW_FORM_8:
		return column_read_as(reading, index, ROW_FORM_8, has_twin);
	case ROW_FORM_4:
		return column_read_as(reading, index, ROW_FORM_4, has_twin);
	case ROW_FORM_BOOL:
		return column_read_as(reading, index, ROW_FORM_BOOL, has_twin);
	case ROW_FORM_DECIMAL:
		return column_read_as(reading, index, ROW_FORM_DECIMAL, has_twin);
	case ROW_FORM_ANY:
		break;
	}
	return column_read_as(reading, index, ROW_FORM_ANY, has_twin);
}

/* A copy of the cell; its length is that of the text that it ends with a NUL. */
static inline struct str cell_copy(const struct row_reading *reading, int number, int index,
				   const char *value)
{
	size_t len = (size_t)PQgetlength(reading->result, number, index);
	char *copy = arena_reserve_array(reading->arena, 1, len + 1);

	if (copy)
		memcpy(copy, value, len + 1);
	return (struct str){ copy, len };
}

/* One row alone: a loop for each column would cost more than it saves. `copies` is a constant. */
static inline qn_status row_read(const struct row_reading *reading, bool copies)
{
	const struct row_column *column = reading->plan->columns;
	const PGresult *result = reading->result;
	int count = (int)reading->plan->column_count;
	int number = number_at(reading->numbers, reading->first, 0);
	int index = reading->first_column;
	char *row = reading->rows;

	for (int i = 0; i < count; i++, index++, column++) {
		struct str wire = { PQgetvalue(result, number, index), 0 };
		qn_status status;

		if (copies && column->points) {
			wire = cell_copy(reading, number, index, wire.at);
			if (!wire.at)
				return op_fail(reading->op, QN_OUT_OF_MEMORY, NULL,
					       "out of memory");
		}
		if (column->form == ROW_FORM_TEXT && *wire.at) {
			*(const char **)(void *)(row + column->row) = wire.at;
			continue;
		}
		wire.len = (size_t)PQgetlength(result, number, index);
		if (cell_read_quick((enum row_form)column->form, wire, row + column->row)) {
			if (column->has != QN_NO_OFFSET)
				*((bool *)row + column->has) = true;
			continue;
		}
		status = cell_read(reading, i, 0, wire);
		if (status != QN_OK)
			return status;
	}
	return QN_OK;
}

/* A column at a time: what its type needs is looked up once for all rows, while they stay in the nearest cache. */
qn_status row_reading_fill(const struct row_reading *reading)
{
	const struct row_column *columns = reading->plan->columns;
	int count = (int)reading->plan->column_count;
	qn_status status = QN_OK;

	memset(reading->rows, 0, (size_t)reading->count * reading->row_size);
	if (reading->count == 1)
		return row_read(reading, false);
	for (int i = 0; i < count && status == QN_OK; i++)
		status = columns[i].has == QN_NO_OFFSET ? column_read(reading, i, false)
							: column_read(reading, i, true);
	return status;
}

qn_status row_reading_fill_copied(const struct row_reading *reading)
{
	memset(reading->rows, 0, reading->row_size);
	return row_read(reading, true);
}
