/*
 * Joined rows: a result has them as often as it has rows that refer to them; each becomes one struct, to which all of
 * those point.
 *
 * Rows are the same when the columns that they were joined by are, byte for byte: these are unique in their table.
 */
#include <string.h>

#include "query/bytes_hash.h"
#include "query/row_read.h"
#include "query/rows.h"

enum { FIRST_ROWS = 16, FIRST_ROWS_MAX = 256, ROWS_AT_A_TIME = 8, EMPTY = 0 };

/* The rows of one level, with a table of their keys. */
struct level_reading {
	struct row_reading reading; /* of one row at a time */
	const struct row_level *level;
	struct related_rows rows;
	size_t capacity;
	uint32_t *slots; /* 1 + the number of a row, or EMPTY; twice the capacity */
	char *spare;     /* memory for rows to come */
	size_t spare_count;
};

/* The key in a row of the result. False: there is no row. */
static bool key_read_at(const struct level_reading *this, int number, struct related_row *key)
{
	const PGresult *result = this->reading.result;
	const int *columns = this->level->key;
	uint64_t hash;

	key->number = number;
	key->key = PQgetvalue(result, number, columns[0]);
	key->key_len = PQgetlength(result, number, columns[0]);
	if (key->key_len == 0 && PQgetisnull(result, number, columns[0]))
		return false;
	hash = bytes_hash(0, key->key, (size_t)key->key_len);
	for (size_t i = 1; i < this->level->relation->other_len; i++)
		hash = bytes_hash(hash, PQgetvalue(result, number, columns[i]),
				  (size_t)PQgetlength(result, number, columns[i]));
	key->hash = (uint32_t)hash;
	return true;
}

/* Those behind the first, which is compared already. */
static bool further_columns_are_equal(const struct level_reading *this, int a, int b)
{
	const PGresult *result = this->reading.result;

	for (size_t i = 1; i < this->level->relation->other_len; i++) {
		int column = this->level->key[i];
		int len = PQgetlength(result, a, column);

		if (len != PQgetlength(result, b, column) ||
		    memcmp(PQgetvalue(result, a, column), PQgetvalue(result, b, column),
			   (size_t)len) != 0)
			return false;
	}
	return true;
}

/* Most keys are numbers. */
static inline bool keys_are_equal(const struct level_reading *this, const struct related_row *a,
				  const struct related_row *b)
{
	uint64_t words[2];

	if (a->hash != b->hash || a->key_len != b->key_len)
		return false;
	if (a->key_len == (int)sizeof(words[0])) {
		memcpy(&words[0], a->key, sizeof(words[0]));
		memcpy(&words[1], b->key, sizeof(words[1]));
		if (words[0] != words[1])
			return false;
	} else if (memcmp(a->key, b->key, (size_t)a->key_len) != 0) {
		return false;
	}
	return this->level->relation->other_len == 1 ||
	       further_columns_are_equal(this, a->number, b->number);
}

static void slot_fill(struct level_reading *this, uint32_t index)
{
	size_t mask = 2 * this->capacity - 1;
	size_t slot = this->rows.at[index].hash & mask;

	while (this->slots[slot] != EMPTY)
		slot = (slot + 1) & mask;
	this->slots[slot] = index + 1;
}

/* False: out of memory. */
static bool level_grow(struct level_reading *this)
{
	struct arena *arena = &this->reading.op->arena;
	size_t capacity = this->capacity ? 2 * this->capacity : FIRST_ROWS;
	size_t expected = (size_t)PQntuples(this->reading.result);
	struct related_row *rows;
	uint32_t *slots;

	while (!this->capacity && capacity < expected && capacity < FIRST_ROWS_MAX)
		capacity *= 2;
	rows = arena_reserve_array(arena, capacity, sizeof(*rows));
	slots = arena_alloc_array(arena, 2 * capacity, sizeof(*slots));
	if (!rows || !slots)
		return false;
	if (this->rows.len)
		memcpy(rows, this->rows.at, this->rows.len * sizeof(*rows));
	this->rows.at = rows;
	this->slots = slots;
	this->capacity = capacity;
	for (uint32_t i = 0; i < this->rows.len; i++)
		slot_fill(this, i);
	return true;
}

/* The row with this key, if it was read before. */
static struct related_row *level_look_up(const struct level_reading *this,
					 const struct related_row *key)
{
	size_t mask = 2 * this->capacity - 1;

	for (size_t slot = key->hash & mask; this->capacity && this->slots[slot] != EMPTY;
	     slot = (slot + 1) & mask) {
		struct related_row *row = &this->rows.at[this->slots[slot] - 1];

		if (keys_are_equal(this, row, key))
			return row;
	}
	return NULL;
}

/* For one row; several are allocated together, but for the first. NULL: out of memory. */
static char *level_take_memory(struct level_reading *this)
{
	struct row_reading *reading = &this->reading;

	if (!this->spare_count) {
		size_t count = this->rows.len ? ROWS_AT_A_TIME : 1;

		this->spare = arena_reserve_array(reading->arena, count, reading->row_size);
		if (!this->spare)
			return NULL;
		this->spare_count = count;
	}
	this->spare_count--;
	return this->spare + this->spare_count * reading->row_size;
}

/* Reads the row with this key, and sets it there. */
static qn_status level_read_row(struct level_reading *this, struct related_row *key)
{
	struct row_reading *reading = &this->reading;
	qn_status status;

	if (this->rows.len == this->capacity && !level_grow(this))
		return op_fail(reading->op, QN_OUT_OF_MEMORY, NULL, "out of memory");
	reading->rows = level_take_memory(this);
	if (!reading->rows)
		return op_fail(reading->op, QN_OUT_OF_MEMORY, NULL, "out of memory");
	reading->first = key->number;
	status = row_reading_fill(reading);
	if (status != QN_OK)
		return status;
	row_mark_loaded(this->level->model, reading->plan, reading->rows);
	key->row = reading->rows;
	this->rows.at[this->rows.len++] = *key;
	slot_fill(this, (uint32_t)this->rows.len - 1);
	return QN_OK;
}

/* Gives the row of the parent level, which is in this row of the result, its related one. */
static qn_status level_tie(struct level_reading *this, const qn_model *parent, char *row,
			   int number)
{
	uint64_t *loaded = (uint64_t *)(void *)(row + parent->row_loaded);
	struct related_row key = { 0 };
	void *related = NULL;

	if (key_read_at(this, number, &key)) {
		const struct related_row *found = level_look_up(this, &key);

		if (!found) {
			qn_status status = level_read_row(this, &key);

			if (status != QN_OK)
				return status;
			found = &key;
		}
		related = found->row;
	}
	rows_store_pointer(row + this->level->relation->row, related);
	loaded[this->level->bit / 64] |= UINT64_C(1) << (this->level->bit % 64);
	return QN_OK;
}

static qn_status level_read(struct level_reading *this, const qn_model *model,
			    const struct rows *rows)
{
	uint32_t parent = this->level->parent;
	qn_status status = QN_OK;

	if (!parent) {
		char *row = rows->at;

		for (size_t i = 0; i < rows->len && status == QN_OK; i++, row += model->row_size)
			status = level_tie(this, model, row, (int)i);
		return status;
	}
	for (size_t i = 0; i < rows->levels[parent - 1].len && status == QN_OK; i++) {
		const struct related_row *row = &rows->levels[parent - 1].at[i];

		status = level_tie(this, model, row->row, row->number);
	}
	return status;
}

qn_status rows_read_levels(const struct row_reading *reading, struct rows *rows)
{
	const struct row_plan *plan = reading->plan;
	struct qn_op *op = reading->op;
	const qn_model *model = op->model;
	struct related_rows *levels =
		arena_alloc_array(&op->arena, plan->level_count, sizeof(*levels));
	qn_status status = QN_OK;

	if (!levels)
		return op_fail(op, QN_OUT_OF_MEMORY, NULL, "out of memory");
	rows->levels = levels;
	for (uint32_t i = 0; i < plan->level_count && status == QN_OK; i++) {
		const struct row_level *level = &plan->levels[i];
		struct level_reading this = { .reading = *reading, .level = level };
		uint32_t parent = level->parent;

		this.reading.plan = &level->plan;
		this.reading.row_size = level->model->row_size;
		this.reading.count = 1;
		this.reading.first_column = level->first_column;
		/* What fails is named by its own model. */
		op->model = level->model;
		status = level_read(&this, parent ? plan->levels[parent - 1].model : model, rows);
		op->model = model;
		levels[i] = this.rows;
	}
	return status;
}
