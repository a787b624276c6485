/*
 * Joined rows: a result has them as often as it has rows that refer to them; each becomes one
 * struct, to which all of those point.
 *
 * Rows are the same when the columns that they were joined by are, byte for byte: these are unique
 * in their table.
 */
#include <string.h>

#include "query/key_slots.h"
#include "query/row_read.h"
#include "query/rows.h"

/* The parents of a level: the rows of another, one behind the other. */
struct level_parents {
	const qn_model *model;
	char *rows;
	size_t count;
	const int *numbers; /* of a row of the result that has each; NULL: they are in its order */
};

/* The rows of one level. */
struct level_reading {
	struct row_reading reading;
	const struct row_level *level;
	struct key_slots keys; /* of its rows */
	int *numbers;          /* of a row of the result that has each of them */
	struct str *cells;     /* the first part of the key of each of them */
	uint32_t *places;      /* 1 + the number of each parent's row, or 0: it has none */
};

/* The parts of the key behind the first. */
static __attribute__((noinline)) struct key_hash key_read_further(const struct level_reading *this,
								  int number, struct key_hash key)
{
	const PGresult *result = this->reading.result;
	const int *columns = this->level->key;

	for (size_t i = 1; i < this->level->relation->other_len; i++)
		key.hash = key_hash_bytes(key.hash, PQgetvalue(result, number, columns[i]),
					  (size_t)PQgetlength(result, number, columns[i]));
	key.is_exact = false;
	return key;
}

/* The first part of the key in a row of the result; its address is NULL when there is no row. */
static inline struct str key_read_first(const struct level_reading *this, int number)
{
	const PGresult *result = this->reading.result;
	int column = this->level->key[0];
	struct str cell = { NULL, (size_t)PQgetlength(result, number, column) };

	if (cell.len != 0 || !PQgetisnull(result, number, column))
		cell.at = PQgetvalue(result, number, column);
	return cell;
}

/* Of two rows of the result. */
static __attribute__((noinline)) bool keys_are_equal(const struct level_reading *this, int a, int b)
{
	const PGresult *result = this->reading.result;

	for (size_t i = 0; i < this->level->relation->other_len; i++) {
		int column = this->level->key[i];
		int len = PQgetlength(result, a, column);

		if (len != PQgetlength(result, b, column) ||
		    memcmp(PQgetvalue(result, a, column), PQgetvalue(result, b, column),
			   (size_t)len) != 0)
			return false;
	}
	return true;
}

/* 1 + the number of the row with this key, which is a new one if there is none. There is room. */
static inline uint32_t level_place(struct level_reading *this, struct str cell, int number)
{
	struct key_slots *keys = &this->keys;
	struct key_hash key = key_hash_of(cell.at, cell.len);
	uint32_t *slot;

	if (this->level->relation->other_len > 1)
		key = key_read_further(this, number, key);
	for (slot = key_slots_first(keys, key); *slot; slot = key_slots_next(keys, slot))
		if (key_slots_match(keys, slot, key) &&
		    (key.is_exact || keys_are_equal(this, this->numbers[*slot - 1], number)))
			return *slot;
	this->numbers[keys->count] = number;
	this->cells[keys->count] = cell;
	key_slots_add(keys, slot, key);
	return keys->count;
}

/* Which row each parent has, and which rows there are. False: out of memory. */
static __attribute__((noinline)) bool level_place_all(struct level_reading *this,
						      const struct level_parents *parents)
{
	struct arena *arena = &this->reading.op->arena;
	size_t count = parents->count;
	uint32_t *places = arena_reserve_array(arena, count, sizeof(*places));

	this->places = places;
	this->numbers = arena_reserve_array(arena, count, sizeof(*this->numbers));
	this->cells = arena_reserve_array(arena, count, sizeof(*this->cells));
	if (!places || !this->numbers || !this->cells)
		return false;
	for (size_t i = 0; i < count; i++) {
		int number = parents->numbers ? parents->numbers[i] : (int)i;
		struct str cell = key_read_first(this, number);

		places[i] = 0;
		if (!cell.at)
			continue;
		if (this->keys.count == this->keys.capacity &&
		    !key_slots_grow(&this->keys, arena, count))
			return false;
		places[i] = level_place(this, cell, number);
	}
	return true;
}

static qn_status level_read_rows(struct level_reading *this)
{
	struct row_reading *reading = &this->reading;
	size_t len = this->keys.count;

	if (!len)
		return QN_OK;
	reading->rows = arena_reserve_array(reading->arena, len, reading->row_size);
	if (!reading->rows)
		return op_fail(reading->op, QN_OUT_OF_MEMORY, NULL, "out of memory for %zu rows",
			       len);
	reading->count = (int)len;
	reading->numbers = this->numbers;
	reading->known = this->cells;
	reading->known_column = this->level->key[0] - reading->first_column;
	return row_reading_fill(reading);
}

/* Gives each parent its related row. */
static void level_tie(const struct level_reading *this, const struct level_parents *parents)
{
	char *row = parents->rows;
	size_t row_size = parents->model->row_size;
	size_t loaded_at = parents->model->row_loaded + this->level->bit / 64 * sizeof(uint64_t);
	size_t member = this->level->relation->row;
	uint64_t bit = UINT64_C(1) << (this->level->bit % 64);
	char *related = this->reading.rows;
	size_t related_size = this->reading.row_size;

	for (size_t i = 0; i < parents->count; i++, row += row_size) {
		uint32_t place = this->places[i];
		void *found = place ? related + (place - 1) * related_size : NULL;

		memcpy(row + member, &found, sizeof(found));
		*(uint64_t *)(void *)(row + loaded_at) |= bit;
	}
}

static qn_status level_read(struct level_reading *this, const struct level_parents *parents)
{
	qn_status status;

	if (!parents->count)
		return QN_OK;
	if (!level_place_all(this, parents))
		return op_fail(this->reading.op, QN_OUT_OF_MEMORY, NULL, "out of memory");
	status = level_read_rows(this);
	if (status == QN_OK)
		level_tie(this, parents);
	return status;
}

/* Level 0 are the rows that `reading` has read. */
static struct level_parents level_parents(const struct row_reading *reading,
					  const struct related_rows *levels, uint32_t level)
{
	const struct row_level *of;
	const struct related_rows *rows;

	if (!level)
		return (struct level_parents){ reading->op->model, reading->rows,
					       (size_t)reading->count, reading->numbers };
	of = &reading->plan->levels[level - 1];
	rows = &levels[level - 1];
	return (struct level_parents){ of->model, rows->at, rows->len, rows->numbers };
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
		struct level_parents parents = level_parents(reading, levels, level->parent);

		this.reading.plan = &level->plan;
		this.reading.rows = NULL;
		this.reading.row_size = level->model->row_size;
		this.reading.first_column = level->first_column;
		/* What fails is named by its own model. */
		op->model = level->model;
		status = level_read(&this, &parents);
		op->model = model;
		levels[i] =
			(struct related_rows){ this.reading.rows, this.keys.count, this.numbers };
	}
	return status;
}
