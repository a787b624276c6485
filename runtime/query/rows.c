#include "query/rows.h"

#include <stdlib.h>
#include <string.h>

#include "query/row_read.h"

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

static qn_status column_check(struct qn_op *op, const PGresult *result, int index,
			      const qn_field *field)
{
	Oid expected = row_plan_oid(field);
	Oid found = PQftype(result, index);

	if (!oid_fits(found, expected))
		return op_fail(op, QN_SCHEMA_DRIFT, field,
			       "the column is %s where the schema has %s; migrate "
			       "the database, or regenerate the models",
			       type_name(&op->arena, found, field),
			       type_name(&op->arena, expected, field));
	if (PQfformat(result, index) != 1)
		return op_fail(op, QN_PROTOCOL_ERROR, field,
			       "the server answered in text where binary was asked for");
	return QN_OK;
}

static qn_status columns_check(struct qn_op *op, const PGresult *result,
			       const struct row_plan *plan, int first)
{
	qn_status status = QN_OK;

	for (int i = 0; i < (int)plan->column_count && status == QN_OK; i++)
		status = column_check(op, result, first + i, plan->columns[i].field);
	return status;
}

/* By what the related rows are told apart. */
static qn_status group_check(struct qn_op *op, const PGresult *result, const struct row_plan *plan)
{
	int column = plan->group_column;

	if (plan->group_field)
		return column_check(op, result, column, plan->group_field);
	if (PQftype(result, column) == type_info_of(QN_TYPE_INT64)->oid &&
	    PQfformat(result, column) == 1)
		return QN_OK;
	return op_fail(op, QN_PROTOCOL_ERROR, NULL,
		       "the server did not number the related rows by bigint");
}

/* What is behind the columns of the statement's own model. */
static qn_status levels_check(struct qn_op *op, const PGresult *result, const struct row_plan *plan)
{
	const qn_model *model = op->model;
	qn_status status = QN_OK;

	for (uint32_t i = 0; i < plan->level_count && status == QN_OK; i++) {
		const struct row_level *level = &plan->levels[i];

		/* What fails is named by its own model. */
		op->model = level->model;
		status = columns_check(op, result, &level->plan, level->first_column);
	}
	op->model = model;
	if (status == QN_OK && plan->is_grouped)
		status = group_check(op, result, plan);
	return status;
}

static qn_status shape_check(struct qn_op *op, struct shape *shape, const struct outcome *outcome)
{
	const struct row_plan *plan = &shape->plan;
	const PGresult *result = outcome->result;
	qn_status status;

	if (PQresultStatus(result) != PGRES_TUPLES_OK ||
	    PQnfields(result) != (int)plan->result_columns)
		return op_fail(op, QN_PROTOCOL_ERROR, NULL,
			       "the server answered with %d columns where %u were asked for",
			       PQnfields(result), plan->result_columns);
	status = columns_check(op, result, plan, 0);
	if (status == QN_OK)
		status = levels_check(op, result, plan);
	if (status != QN_OK)
		return status;
	shape->statement.checked_epoch = outcome->epoch;
	shape->is_checked = true;
	return QN_OK;
}

qn_status rows_check(struct qn_op *op, const struct outcome *outcome)
{
	struct shape *shape = op_shape(op);

	if (shape->is_checked && shape->statement.checked_epoch == outcome->epoch)
		return QN_OK;
	return shape_check(op, shape, outcome);
}

static qn_status reading_begin(struct row_reading *reading, struct qn_op *op,
			       const struct outcome *outcome)
{
	*reading = (struct row_reading){
		.op = op,
		.result = outcome->result,
		.plan = &op_shape(op)->plan,
		.arena = op_loaded_arena(op),
		.row_size = op->model->row_size,
	};
	return rows_check(op, outcome);
}

/* Hands the result to the session when rows point into it. */
static qn_status reading_end(const struct row_reading *reading, struct outcome *outcome)
{
	if (!reading->plan->points || !PQntuples(outcome->result))
		return QN_OK;
	if (!op_keep_result(reading->op, outcome->result))
		return op_fail(reading->op, QN_OUT_OF_MEMORY, NULL, "out of memory");
	outcome->result = NULL;
	return QN_OK;
}

qn_status rows_read_in_order(struct qn_op *op, struct outcome *outcome, const int *numbers,
			     struct rows *rows)
{
	struct row_reading reading;
	qn_status status = reading_begin(&reading, op, outcome);
	size_t count;

	if (status != QN_OK)
		return status;
	count = (size_t)PQntuples(outcome->result);
	*rows = (struct rows){ 0 };
	if (!count)
		return QN_OK;
	rows->at = arena_reserve_array(reading.arena, count, op->model->row_size);
	if (!rows->at)
		return op_fail(op, QN_OUT_OF_MEMORY, NULL, "out of memory for %zu rows", count);
	reading.rows = rows->at;
	reading.count = (int)count;
	reading.numbers = numbers;
	status = row_reading_fill(&reading);
	if (status != QN_OK)
		return status;
	rows->len = count;
	if (reading.plan->level_count)
		status = rows_read_levels(&reading, rows);
	return status == QN_OK ? reading_end(&reading, outcome) : status;
}

qn_status rows_read(struct qn_op *op, struct outcome *outcome, struct rows *rows)
{
	return rows_read_in_order(op, outcome, NULL, rows);
}

qn_status rows_read_shared(struct qn_op *op, const struct outcome *outcome, struct rows *rows)
{
	struct row_reading reading;
	qn_status status = reading_begin(&reading, op, outcome);
	char *row;

	*rows = (struct rows){ .at = NULL };
	if (status != QN_OK || outcome->row < 0)
		return status;
	reading.numbers = &outcome->row;
	reading.count = 1;
	row = arena_reserve_array(reading.arena, 1, op->model->row_size);
	if (!row)
		return op_fail(op, QN_OUT_OF_MEMORY, NULL, "out of memory");
	reading.rows = row;
	status = row_reading_fill_copied(&reading);
	if (status != QN_OK)
		return status;
	*rows = (struct rows){ .at = row, .len = 1 };
	return QN_OK;
}

/* Beside what was loaded before. */
static void row_mark_loaded(const qn_model *model, const struct row_plan *plan, void *row)
{
	uint64_t *loaded = (uint64_t *)(void *)((char *)row + model->row_loaded);

	for (uint32_t i = 0; i < plan->loaded_words; i++)
		loaded[i] |= plan->loaded[i];
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
	struct row_reading reading;
	qn_status status = reading_begin(&reading, op, outcome);

	if (status != QN_OK)
		return status;
	reading.rows = arena_reserve_array(&op->arena, 1, op->model->row_size);
	if (!reading.rows)
		return op_fail(op, QN_OUT_OF_MEMORY, NULL, "out of memory");
	reading.count = 1;
	status = row_reading_fill(&reading);
	if (status == QN_OK)
		status = reading_end(&reading, outcome);
	if (status != QN_OK)
		return status;
	row_take(reading.plan, row, reading.rows);
	row_mark_loaded(op->model, reading.plan, row);
	return QN_OK;
}

void row_forget_related(const qn_model *model, void *row)
{
	uint64_t *loaded = (uint64_t *)(void *)((char *)row + model->row_loaded);

	for (size_t i = 0; i < model->relation_count; i++) {
		const qn_relation *relation = &model->relations[i];
		size_t bit = model->field_count + i;

		loaded[bit / 64] &= ~(UINT64_C(1) << (bit % 64));
		if (relation->row == QN_NO_OFFSET)
			continue;
		if (relation->kind == QN_RELATION_FORWARD ||
		    relation->kind == QN_RELATION_REVERSE_ONE)
			rows_store_pointer((char *)row + relation->row, NULL);
		else
			rows_store_list((char *)row + relation->row, (struct row_list){ 0 });
	}
}

void rows_store_list(void *place, struct row_list list)
{
	memcpy(place, &list, sizeof(list));
}

void rows_store_pointer(void *place, void *row)
{
	memcpy(place, &row, sizeof(row));
}

qn_status rows_read_int64(struct qn_op *op, const struct outcome *outcome, int64_t *value)
{
	const PGresult *result = outcome->result;

	if (PQntuples(result) != 1 || PQnfields(result) != 1)
		return op_fail(op, QN_PROTOCOL_ERROR, NULL,
			       "the server did not answer with one bigint");
	return rows_read_int64_at(op, outcome, 0, 0, value);
}

qn_status rows_read_int64_at(struct qn_op *op, const struct outcome *outcome, int row, int column,
			     int64_t *value)
{
	const struct type_info *info = type_info_of(QN_TYPE_INT64);
	const PGresult *result = outcome->result;
	struct str wire;

	if (PQftype(result, column) != info->oid || PQfformat(result, column) != 1)
		return op_fail(op, QN_PROTOCOL_ERROR, NULL,
			       "the server did not answer with one bigint");
	wire = (struct str){ PQgetvalue(result, row, column),
			     (size_t)PQgetlength(result, row, column) };
	if (!info->decode(wire, NULL, NULL, value))
		return op_fail(op, QN_PROTOCOL_ERROR, NULL, "the server's bigint is malformed");
	return QN_OK;
}

int64_t rows_affected(const struct outcome *outcome)
{
	const char *digit = strrchr(PQcmdStatus(outcome->result), ' ');
	uint64_t count = 0;

	while (digit && *++digit >= '0' && *digit <= '9')
		count = count * 10 + (uint64_t)(*digit - '0');
	return (int64_t)(count & INT64_MAX);
}
