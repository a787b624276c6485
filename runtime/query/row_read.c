#include "query/row_read.h"

#include <stddef.h>
#include <string.h>

#include "codec/decimal_read.h"

enum { ROWS_AT_A_TIME = 16 };

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

/* A cell that is NULL, or read by the codec of its type. */
static qn_status cell_read(const struct row_reading *reading, int index, int place, struct str wire)
{
	const struct row_column *column = &reading->plan->columns[index];
	char *row = reading->rows + (size_t)place * reading->row_size;

	if (wire.len == 0 &&
	    PQgetisnull(reading->result, reading->numbers[place], reading->first_column + index)) {
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

/* Inlined, it would take the registers that the loops around it need. */
static __attribute__((noinline)) qn_status cell_read_at(const struct row_reading *reading,
							int index, int place)
{
	int number = reading->numbers[place];
	int column = reading->first_column + index;
	struct str wire = { PQgetvalue(reading->result, number, column), 0 };

	wire.len = (size_t)PQgetlength(reading->result, number, column);
	return cell_read(reading, index, place, wire);
}

/* A cell of the result. */
struct cell {
	const PGresult *result;
	const int *number; /* of its row */
	int column;
};

static inline const char *cell_value(struct cell cell)
{
	return PQgetvalue(cell.result, *cell.number, cell.column);
}

static inline size_t cell_len(struct cell cell)
{
	return (size_t)PQgetlength(cell.result, *cell.number, cell.column);
}

static inline bool text_read(const char *value, void *member)
{
	/* What is not empty cannot be NULL, and its length does not matter: it ends in NUL. */
	if (!*value)
		return false;
	memcpy(member, &value, sizeof(value));
	return true;
}

static inline bool bool_read(struct cell cell, bool *member)
{
	char value = *cell_value(cell);

	/* True is not empty either. */
	*member = value == 1;
	return value == 1 || (value == 0 && cell_len(cell) == 1);
}

/* What is read here, without the codec. False: it is for cell_read. */
static inline bool cell_read_quick(enum row_form form, struct cell cell, void *member)
{
	uint32_t four;
	uint64_t eight;
	struct str wire;

	switch (form) {
	case ROW_FORM_TEXT:
		return text_read(cell_value(cell), member);
	case ROW_FORM_8:
		if (cell_len(cell) != sizeof(eight))
			return false;
		eight = codec_read_be64(cell_value(cell));
		memcpy(member, &eight, sizeof(eight));
		return true;
	case ROW_FORM_4:
		if (cell_len(cell) != sizeof(four))
			return false;
		four = codec_read_be32(cell_value(cell));
		memcpy(member, &four, sizeof(four));
		return true;
	case ROW_FORM_BOOL:
		return bool_read(cell, member);
	case ROW_FORM_DECIMAL:
		wire.len = cell_len(cell);
		wire.at = cell_value(cell);
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
	struct cell cell = { reading->result, reading->numbers, reading->first_column + index };
	const int *end = reading->numbers + reading->count;
	size_t row_size = reading->row_size;
	char *member = reading->rows + column->row;
	ptrdiff_t twin = has_twin ? (ptrdiff_t)column->has - (ptrdiff_t)column->row : 0;

	for (; cell.number < end; cell.number++, member += row_size) {
		qn_status status = QN_OK;

		if (!cell_read_quick(form, cell, member))
			status =
				cell_read_at(reading, index, (int)(cell.number - reading->numbers));
		else if (has_twin)
			*(bool *)(member + twin) = true;
		if (status != QN_OK)
			return status;
	}
	return QN_OK;
}

/* The cells were read already: where they are is known. */
static qn_status column_read_known(const struct row_reading *reading)
{
	int index = reading->known_column;
	const struct row_column *column = &reading->plan->columns[index];
	bool is_plain = column->form == ROW_FORM_8 && column->has == QN_NO_OFFSET;
	qn_status status = QN_OK;

	for (int place = 0; place < reading->count && status == QN_OK; place++) {
		struct str wire = reading->known[place];
		char *row = reading->rows + (size_t)place * reading->row_size;
		uint64_t eight;

		if (!is_plain || wire.len != sizeof(eight)) {
			status = cell_read(reading, index, place, wire);
			continue;
		}
		eight = codec_read_be64(wire.at);
		memcpy(row + column->row, &eight, sizeof(eight));
	}
	return status;
}

static inline qn_status column_read(const struct row_reading *reading, int index, bool has_twin)
{
	switch ((enum row_form)reading->plan->columns[index].form) {
	case ROW_FORM_TEXT:
		return column_read_as(reading, index, ROW_FORM_TEXT, false);
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

/* A copy of the cell, NUL-terminated, is what the member points to. */
static qn_status cell_read_copied(const struct row_reading *reading, struct cell cell, int index)
{
	const struct row_column *column = &reading->plan->columns[index];
	size_t len = cell_len(cell);
	char *copy = arena_reserve_array(reading->arena, 1, len + 1);

	if (!copy)
		return op_fail(reading->op, QN_OUT_OF_MEMORY, NULL, "out of memory");
	memcpy(copy, cell_value(cell), len + 1);
	if (column->form == ROW_FORM_TEXT && text_read(copy, reading->rows + column->row))
		return QN_OK;
	return cell_read(reading, index, 0, (struct str){ copy, len });
}

/* One row alone: a loop for each column would cost more than it saves. `copies` is a constant. */
static inline qn_status row_read(const struct row_reading *reading, bool copies)
{
	const struct row_column *column = reading->plan->columns;
	int count = (int)reading->plan->column_count;
	struct cell cell = { reading->result, reading->numbers, reading->first_column };
	char *row = reading->rows;

	for (int i = 0; i < count; i++, cell.column++, column++) {
		qn_status status;

		if (copies && column->points) {
			status = cell_read_copied(reading, cell, i);
		} else if (cell_read_quick((enum row_form)column->form, cell, row + column->row)) {
			if (column->has != QN_NO_OFFSET)
				*((bool *)row + column->has) = true;
			continue;
		} else {
			status = cell_read_at(reading, i, 0);
		}
		if (status != QN_OK)
			return status;
	}
	return QN_OK;
}

/* Nothing but the bits of what the plan reads. */
static void rows_clear(const struct row_reading *reading)
{
	const struct row_plan *plan = reading->plan;
	char *loaded = reading->rows + reading->op->model->row_loaded;

	memset(reading->rows, 0, (size_t)reading->count * reading->row_size);
	for (uint32_t word = 0; word < plan->loaded_words; word++, loaded += sizeof(uint64_t))
		for (int i = 0; i < reading->count; i++)
			memcpy(loaded + (size_t)i * reading->row_size, &plan->loaded[word],
			       sizeof(uint64_t));
}

/*
 * A column at a time: what its type needs is looked up once for all rows, while they stay in the
 * nearest cache.
 */
static qn_status rows_fill(const struct row_reading *reading)
{
	const struct row_column *columns = reading->plan->columns;
	int count = (int)reading->plan->column_count;
	qn_status status = QN_OK;

	rows_clear(reading);
	if (reading->count == 1)
		return row_read(reading, false);
	for (int i = 0; i < count && status == QN_OK; i++)
		if (reading->known && i == reading->known_column)
			status = column_read_known(reading);
		else
			status = columns[i].has == QN_NO_OFFSET ? column_read(reading, i, false)
								: column_read(reading, i, true);
	return status;
}

qn_status row_reading_fill(const struct row_reading *reading)
{
	struct row_reading part = *reading;
	int numbers[ROWS_AT_A_TIME];
	qn_status status = QN_OK;
	int rest;

	for (int first = 0; first < reading->count && status == QN_OK; first += part.count) {
		rest = reading->count - first;
		part.count = rest < ROWS_AT_A_TIME ? rest : ROWS_AT_A_TIME;
		part.rows = reading->rows + (size_t)first * reading->row_size;
		part.known = reading->known ? reading->known + first : NULL;
		part.numbers = reading->numbers ? reading->numbers + first : numbers;
		for (int i = 0; !reading->numbers && i < part.count; i++)
			numbers[i] = first + i;
		status = rows_fill(&part);
	}
	return status;
}

qn_status row_reading_fill_copied(const struct row_reading *reading)
{
	rows_clear(reading);
	return row_read(reading, true);
}
