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
	for (uint8_t type = 0; type < QN_TYPE_COUNT_; type++) {
		const struct type_info *info = type_info_of(type);

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

/* One result on its way into rows. */
struct reading {
	struct qn_op *op;
	const PGresult *result;
	const struct row_plan *plan;
	struct arena *arena;
};

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

/* The forms that most columns have are read here, the others by their codec. */
static inline bool cell_decode(const struct reading *reading, const struct row_column *column,
			       struct str wire, void *member)
{
	uint32_t four;
	uint64_t eight;

	if (column->form == ROW_FORM_TEXT) {
		*(const char **)member = wire.at;
		return true;
	}
	if (column->form == ROW_FORM_8 && wire.len == sizeof(eight)) {
		memcpy(&eight, wire.at, sizeof(eight));
		eight = be64toh(eight);
		memcpy(member, &eight, sizeof(eight));
		return true;
	}
	if (column->form == ROW_FORM_4 && wire.len == sizeof(four)) {
		memcpy(&four, wire.at, sizeof(four));
		four = be32toh(four);
		memcpy(member, &four, sizeof(four));
		return true;
	}
	return column->decode(wire, column->field, reading->arena, member);
}

/* `row` is zeroed memory. */
static qn_status row_read(const struct reading *reading, int number, void *row)
{
	const struct row_column *column = reading->plan->columns;
	int count = (int)reading->plan->column_count;

	for (int i = 0; i < count; i++, column++) {
		const char *value = PQgetvalue(reading->result, number, i);
		struct str wire;
		int len;

		/* Text that is not empty cannot be NULL, and its length does not matter: it ends in NUL. */
		if (column->form == ROW_FORM_TEXT && *value) {
			*(const char **)(void *)((char *)row + column->row) = value;
			continue;
		}
		len = PQgetlength(reading->result, number, i);
		if (len == 0 && PQgetisnull(reading->result, number, i)) {
			if (!(column->field->flags & QN_FIELD_NULLABLE))
				return cell_fail_null(reading, column);
			continue;
		}
		wire = (struct str){ value, (size_t)len };
		if (!cell_decode(reading, column, wire, (char *)row + column->row))
			return cell_fail(reading, column, wire);
		if (column->has != QN_NO_OFFSET)
			*((bool *)row + column->has) = true;
	}
	return QN_OK;
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

qn_status rows_read(struct qn_op *op, struct outcome *outcome, struct rows *rows)
{
	const qn_model *model = op->model;
	struct reading reading;
	qn_status status = reading_begin(&reading, op, outcome);
	size_t count;
	char *row;

	if (status != QN_OK)
		return status;
	count = (size_t)PQntuples(outcome->result);
	*rows = (struct rows){ NULL, 0 };
	if (!count)
		return QN_OK;
	row = arena_alloc_array(reading.arena, count, model->row_size);
	if (!row)
		return op_fail(op, QN_OUT_OF_MEMORY, NULL, "out of memory for %zu rows", count);
	rows->at = row;
	for (size_t i = 0; i < count; i++, row += model->row_size) {
		status = row_read(&reading, (int)i, row);
		if (status != QN_OK)
			return status;
		row_mark_loaded(model, reading.plan, row);
	}
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
	void *read;

	if (status != QN_OK)
		return status;
	read = arena_alloc(&op->arena, op->model->row_size);
	if (!read)
		return op_fail(op, QN_OUT_OF_MEMORY, NULL, "out of memory");
	status = row_read(&reading, 0, read);
	if (status == QN_OK)
		status = reading_end(&reading, outcome);
	if (status != QN_OK)
		return status;
	row_take(reading.plan, row, read);
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
