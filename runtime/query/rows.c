#include "query/rows.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

enum {
	FIRST_NORMAL_OID = 16384, /* below: the server's own types, the same everywhere */
	TEXT_OID = 25,
	VARCHAR_OID = 1043,
};

struct shape *op_shape(struct qn_op *op)
{
	return op->detail;
}

/* The word for a type of the server, for messages. */
static const char *type_name(struct arena *arena, Oid oid, const qn_field *field)
{
	const char *name = NULL;

	if (!oid)
		return field->enumeration ? field->enumeration->name : "an enum";
	for (unsigned type = 0; type < QN_TYPE_COUNT_; type++) {
		const struct type_info *info = type_info_of((uint8_t)type);

		if (info->oid == oid)
			return info->sql_name;
		if (info->array_oid == oid)
			name = arena_format(arena, "%s[]", info->sql_name).at;
	}
	if (!name)
		name = arena_format(arena, "a type with oid %u", oid).at;
	return name ? name : "another type";
}

/* varchar and text are the same on the wire and in C. */
static bool oid_fits(Oid found, Oid expected)
{
	if (!expected)
		return found >= FIRST_NORMAL_OID;
	if (expected == TEXT_OID || expected == VARCHAR_OID)
		return found == TEXT_OID || found == VARCHAR_OID;
	return found == expected;
}

static qn_status rows_check(struct qn_op *op, struct shape *shape, const struct outcome *outcome)
{
	const struct row_plan *plan = &shape->plan;
	const PGresult *result = outcome->result;

	if (PQresultStatus(result) != PGRES_TUPLES_OK ||
	    PQnfields(result) != (int)plan->column_count)
		return op_fail(op, QN_PROTOCOL_ERROR, NULL,
			       "the server answered with %d columns where %u were asked for",
			       PQnfields(result), plan->column_count);
	for (int i = 0; i < (int)plan->column_count; i++) {
		const qn_field *field = plan->columns[i].field;
		Oid expected = row_plan_oid(field);
		Oid found = PQftype(result, i);

		if (!oid_fits(found, expected))
			return op_fail(op, QN_SCHEMA_DRIFT, field,
				       "the column is %s where the schema has %s; migrate "
				       "the database, or regenerate the models",
				       type_name(&op->arena, found, field),
				       type_name(&op->arena, expected, field));
		if (PQfformat(result, i) != 1)
			return op_fail(op, QN_PROTOCOL_ERROR, field,
				       "the server answered in text where binary was asked for");
	}
	shape->statement.checked_epoch = outcome->epoch;
	shape->is_checked = true;
	return QN_OK;
}

/*
 * One result on its way into rows: a few rows at a time, and of these a column at a time. What a column's type needs
 * is looked up once for all of them, while they stay in the nearest cache.
 */
struct reading {
	struct qn_op *op;
	const PGresult *result;
	const struct row_plan *plan;
	struct arena *arena;
	char *rows; /* those in hand */
	int first;  /* the number of the first of them */
	int count;
};

enum { ROWS_AT_A_TIME = 16 };

static qn_status cell_fail_null(const struct reading *reading, const struct row_column *column)
{
	return op_fail(reading->op, QN_SCHEMA_DRIFT, column->field,
		       "the database holds NULL where the schema has a required field");
}

static qn_status cell_fail(const struct reading *reading, const struct row_column *column,
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

/* What is NULL, or read by the codec of its type. */
static qn_status cell_read(const struct reading *reading, int index, int number, struct str wire)
{
	const struct row_column *column = &reading->plan->columns[index];
	size_t at = (size_t)(number - reading->first) * reading->op->model->row_size;
	char *row = reading->rows + at;

	if (wire.len == 0 && PQgetisnull(reading->result, number, index)) {
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

/* False: it is for cell_read. */
static inline bool number_read(enum row_form form, struct str wire, void *member)
{
	uint32_t four;
	uint64_t eight;

	switch (form) {
	case ROW_FORM_8:
		if (wire.len != sizeof(eight))
			return false;
		memcpy(&eight, wire.at, sizeof(eight));
		eight = be64toh(eight);
		memcpy(member, &eight, sizeof(eight));
		return true;
	case ROW_FORM_4:
		if (wire.len != sizeof(four))
			return false;
		memcpy(&four, wire.at, sizeof(four));
		four = be32toh(four);
		memcpy(member, &four, sizeof(four));
		return true;
	case ROW_FORM_BOOL:
		if (wire.len != 1 || (unsigned char)wire.at[0] > 1)
			return false;
		*(bool *)member = wire.at[0] == 1;
		return true;
	default:
		return false;
	}
}

/* `form` is a constant wherever this is called: the loop is made for it. */
static inline qn_status column_read_as(const struct reading *reading, int index, enum row_form form)
{
	const struct row_column *column = &reading->plan->columns[index];
	size_t row_size = reading->op->model->row_size;
	const PGresult *result = reading->result;
	int end = reading->first + reading->count;
	char *row = reading->rows;
	uint32_t member = column->row;
	uint32_t has = column->has;

	for (int number = reading->first; number < end; number++, row += row_size) {
		struct str wire = { PQgetvalue(result, number, index), 0 };
		qn_status status;

		wire.len = (size_t)PQgetlength(result, number, index);
		if (number_read(form, wire, row + member)) {
			if (has != QN_NO_OFFSET)
				*((bool *)row + has) = true;
			continue;
		}
		status = cell_read(reading, index, number, wire);
		if (status != QN_OK)
			return status;
	}
	return QN_OK;
}

/* Text that is not empty cannot be NULL, and its length does not matter: it ends in NUL. */
static qn_status column_read_text(const struct reading *reading, int index)
{
	size_t row_size = reading->op->model->row_size;
	const PGresult *result = reading->result;
	int end = reading->first + reading->count;
	char *member = reading->rows + reading->plan->columns[index].row;

	for (int number = reading->first; number < end; number++, member += row_size) {
		const char *value = PQgetvalue(result, number, index);
		qn_status status;

		if (*value) {
			*(const char **)(void *)member = value;
			continue;
		}
		status = cell_read(reading, index, number, (struct str){ value, 0 });
		if (status != QN_OK)
			return status;
	}
	return QN_OK;
}

static qn_status column_read(const struct reading *reading, int index)
{
	switch ((enum row_form)reading->plan->columns[index].form) {
	case ROW_FORM_TEXT:
		return column_read_text(reading, index);
	case ROW_FORM_8:
		return column_read_as(reading, index, ROW_FORM_8);
	case ROW_FORM_4:
		return column_read_as(reading, index, ROW_FORM_4);
	case ROW_FORM_BOOL:
		return column_read_as(reading, index, ROW_FORM_BOOL);
	case ROW_FORM_ANY:
		break;
	}
	return column_read_as(reading, index, ROW_FORM_ANY);
}

/* One row alone: a loop for each column would cost more than it does. */
static qn_status row_read(const struct reading *reading)
{
	const struct row_column *column = reading->plan->columns;
	const PGresult *result = reading->result;
	int count = (int)reading->plan->column_count;
	int number = reading->first;
	char *row = reading->rows;

	for (int i = 0; i < count; i++, column++) {
		struct str wire = { PQgetvalue(result, number, i), 0 };
		qn_status status;

		if (column->form == ROW_FORM_TEXT && *wire.at) {
			*(const char **)(void *)(row + column->row) = wire.at;
			continue;
		}
		wire.len = (size_t)PQgetlength(result, number, i);
		if (number_read((enum row_form)column->form, wire, row + column->row)) {
			if (column->has != QN_NO_OFFSET)
				*((bool *)row + column->has) = true;
			continue;
		}
		status = cell_read(reading, i, number, wire);
		if (status != QN_OK)
			return status;
	}
	return QN_OK;
}

/* Fills the rows in hand, whatever is in their memory. */
static qn_status rows_fill(const struct reading *reading)
{
	int columns = (int)reading->plan->column_count;
	qn_status status = QN_OK;

	memset(reading->rows, 0, (size_t)reading->count * reading->op->model->row_size);
	if (reading->count == 1)
		return row_read(reading);
	for (int i = 0; i < columns && status == QN_OK; i++)
		status = column_read(reading, i);
	return status;
}

static qn_status reading_begin(struct reading *reading, struct qn_op *op, struct outcome *outcome)
{
	struct shape *shape = op_shape(op);

	*reading = (struct reading){
		.op = op,
		.result = outcome->result,
		.plan = &shape->plan,
		.arena = session_arena(op->session),
	};
	if (shape->is_checked && shape->statement.checked_epoch == outcome->epoch)
		return QN_OK;
	return rows_check(op, shape, outcome);
}

/* Hands the result to the session when rows point into it. */
static qn_status reading_end(const struct reading *reading, struct outcome *outcome)
{
	if (!reading->plan->points || !PQntuples(outcome->result))
		return QN_OK;
	if (!session_keep_result(reading->op->session, outcome->result))
		return op_fail(reading->op, QN_OUT_OF_MEMORY, NULL, "out of memory");
	outcome->result = NULL;
	return QN_OK;
}

static void row_mark_loaded(const qn_model *model, const struct row_plan *plan, void *row)
{
	uint64_t *loaded = (uint64_t *)(void *)((char *)row + model->row_loaded);

	for (uint32_t i = 0; i < plan->loaded_words; i++)
		loaded[i] |= plan->loaded[i];
}

static qn_status rows_fill_all(struct reading *reading, char *rows, size_t count)
{
	const qn_model *model = reading->op->model;
	qn_status status = QN_OK;

	for (size_t first = 0; first < count && status == QN_OK; first += (size_t)reading->count) {
		reading->rows = rows + first * model->row_size;
		reading->first = (int)first;
		reading->count =
			count - first < ROWS_AT_A_TIME ? (int)(count - first) : ROWS_AT_A_TIME;
		status = rows_fill(reading);
		for (int i = 0; i < reading->count; i++)
			row_mark_loaded(model, reading->plan,
					reading->rows + (size_t)i * model->row_size);
	}
	return status;
}

qn_status rows_read(struct qn_op *op, struct outcome *outcome, struct rows *rows)
{
	struct reading reading;
	qn_status status = reading_begin(&reading, op, outcome);
	size_t count;

	if (status != QN_OK)
		return status;
	count = (size_t)PQntuples(outcome->result);
	*rows = (struct rows){ NULL, 0 };
	if (!count)
		return QN_OK;
	rows->at = arena_reserve_array(reading.arena, count, op->model->row_size);
	if (!rows->at)
		return op_fail(op, QN_OUT_OF_MEMORY, NULL, "out of memory for %zu rows", count);
	status = rows_fill_all(&reading, rows->at, count);
	if (status != QN_OK)
		return status;
	rows->len = count;
	return reading_end(&reading, outcome);
}

static void row_take(const struct row_plan *plan, void *row, const void *read)
{
	for (uint32_t i = 0; i < plan->column_count; i++) {
		const struct row_column *column = &plan->columns[i];

		memcpy((char *)row + column->row, (const char *)read + column->row, column->size);
		if (column->has != QN_NO_OFFSET)
			memcpy((char *)row + column->has, (const char *)read + column->has,
			       sizeof(bool));
	}
}

qn_status rows_read_into(struct qn_op *op, struct outcome *outcome, void *row)
{
	struct reading reading;
	qn_status status = reading_begin(&reading, op, outcome);

	if (status != QN_OK)
		return status;
	reading.rows = arena_reserve_array(&op->arena, 1, op->model->row_size);
	if (!reading.rows)
		return op_fail(op, QN_OUT_OF_MEMORY, NULL, "out of memory");
	reading.count = 1;
	status = rows_fill(&reading);
	if (status == QN_OK)
		status = reading_end(&reading, outcome);
	if (status != QN_OK)
		return status;
	row_take(reading.plan, row, reading.rows);
	row_mark_loaded(op->model, reading.plan, row);
	return QN_OK;
}

void rows_store_pointer(void *place, void *row)
{
	memcpy(place, &row, sizeof(row));
}

qn_status rows_read_int64(struct qn_op *op, const struct outcome *outcome, int64_t *value)
{
	const struct type_info *info = type_info_of(QN_TYPE_INT64);
	const PGresult *result = outcome->result;
	struct str wire;

	if (PQntuples(result) != 1 || PQnfields(result) != 1 || PQftype(result, 0) != info->oid ||
	    PQfformat(result, 0) != 1)
		return op_fail(op, QN_PROTOCOL_ERROR, NULL,
			       "the server did not answer with one bigint");
	wire = (struct str){ PQgetvalue(result, 0, 0), (size_t)PQgetlength(result, 0, 0) };
	if (!info->decode(wire, NULL, NULL, value))
		return op_fail(op, QN_PROTOCOL_ERROR, NULL, "the server's bigint is malformed");
	return QN_OK;
}

int64_t rows_affected(const struct outcome *outcome)
{
	return strtoll(PQcmdTuples(outcome->result), NULL, 10);
}
