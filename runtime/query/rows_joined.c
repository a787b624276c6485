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

enum { FIRST_ROWS = 16, FIRST_ROWS_MAX = 256, ROWS_AT_A_TIME = 16, EMPTY = 0 };

/* The rows of one level, with a table of their keys. */
struct level_reading {
	struct row_reading reading; /* of some rows at a time */
	const struct row_level *level;
	struct related_rows rows;
	size_t capacity;
	uint32_t *slots;  /* 1 + the number of a row, or EMPTY; twice the capacity */
	uint32_t *places; /* 1 + the number of each parent's row, or 0: it has none */
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

static inline bool keys_are_equal(const struct level_reading *this, const struct related_row *a,
				  const struct related_row *b)
{
	if (a->hash != b->hash || a->key_len != b->key_len ||
	    !bytes_are_equal(a->key, b->key, (size_t)a->key_len))
		return false;
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

/* The parents of a level: the rows of another. */
struct level_parents {
	const struct rows *rows;
	const qn_model *model;
	uint32_t level;
};

static size_t parent_count(const struct level_parents *parents)
{
	return parents->level ? parents->rows->levels[parents->level - 1].len : parents->rows->len;
}

/* A row of the result that has this parent. */
static inline int parent_number(const struct level_parents *parents, size_t index)
{
	return parents->level ? parents->rows->levels[parents->level - 1].at[index].number
			      : (int)index;
}

static inline char *parent_row(const struct level_parents *parents, size_t index)
{
	if (parents->level)
		return parents->rows->levels[parents->level - 1].at[index].row;
	return (char *)parents->rows->at + index * parents->model->row_size;
}

/* The place of the row with this key, which is a new one if there is none: 1 + its index. 0: out of memory. */
static uint32_t level_place(struct level_reading *this, const struct related_row *key)
{
	uint32_t *slots;
	size_t mask;
	size_t slot;

	if (this->rows.len == this->capacity && !level_grow(this))
		return 0;
	slots = this->slots;
	mask = 2 * this->capacity - 1;
	for (slot = key->hash & mask; slots[slot] != EMPTY; slot = (slot + 1) & mask)
		if (keys_are_equal(this, &this->rows.at[slots[slot] - 1], key))
			return slots[slot];
	this->rows.at[this->rows.len++] = *key;
	slots[slot] = (uint32_t)this->rows.len;
	return slots[slot];
}

/* Which row each parent has, and which rows there are. False: out of memory. */
static bool level_place_all(struct level_reading *this, const struct level_parents *parents)
{
	size_t count = parent_count(parents);
	uint32_t *places = arena_alloc_array(&this->reading.op->arena, count, sizeof(*places));
	struct related_row key = { 0 };

	this->places = places;
	for (size_t i = 0; places && i < count; i++) {
		if (!key_read_at(this, parent_number(parents, i), &key))
			continue;
		places[i] = level_place(this, &key);
		if (!places[i])
			return false;
	}
	return places != NULL;
}

/* Reads the next rows, as many as one turn reads. */
static qn_status level_read_some(struct level_reading *this, size_t first, size_t count)
{
	struct row_reading *reading = &this->reading;
	int numbers[ROWS_AT_A_TIME];
	char *row = reading->rows;
	qn_status status;

	for (size_t i = 0; i < count; i++)
		numbers[i] = this->rows.at[first + i].number;
	reading->numbers = numbers;
	reading->count = (int)count;
	status = row_reading_fill(reading);
	reading->numbers = NULL;
	for (size_t i = 0; i < count; i++, row += reading->row_size) {
		row_mark_loaded(this->level->model, reading->plan, row);
		this->rows.at[first + i].row = row;
	}
	reading->rows = row;
	return status;
}

static qn_status level_read_rows(struct level_reading *this)
{
	struct row_reading *reading = &this->reading;
	size_t len = this->rows.len;
	qn_status status = QN_OK;

	if (!len)
		return QN_OK;
	reading->rows = arena_reserve_array(reading->arena, len, reading->row_size);
	if (!reading->rows)
		return op_fail(reading->op, QN_OUT_OF_MEMORY, NULL, "out of memory for %zu rows",
			       len);
	for (size_t first = 0; first < len && status == QN_OK; first += ROWS_AT_A_TIME)
		status = level_read_some(
			this, first, len - first < ROWS_AT_A_TIME ? len - first : ROWS_AT_A_TIME);
	return status;
}

/* Gives each parent its related row. */
static void level_tie(const struct level_reading *this, const struct level_parents *parents)
{
	size_t count = parent_count(parents);
	size_t loaded_at = parents->model->row_loaded + this->level->bit / 64 * sizeof(uint64_t);
	size_t member = this->level->relation->row;
	const struct related_row *related = this->rows.at; /* NULL: no parent has one */
	const uint32_t *places = this->places;
	uint64_t bit = UINT64_C(1) << (this->level->bit % 64);

	for (size_t i = 0; i < count; i++) {
		char *row = parent_row(parents, i);
		void *found = related && places[i] ? related[places[i] - 1].row : NULL;

		memcpy(row + member, &found, sizeof(found));
		*(uint64_t *)(void *)(row + loaded_at) |= bit;
	}
}

static qn_status level_read(struct level_reading *this, const struct level_parents *parents)
{
	qn_status status;

	if (!parent_count(parents))
		return QN_OK;
	if (!level_place_all(this, parents))
		return op_fail(this->reading.op, QN_OUT_OF_MEMORY, NULL, "out of memory");
	status = level_read_rows(this);
	if (status == QN_OK)
		level_tie(this, parents);
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
		const struct level_parents parents = {
			.rows = rows,
			.model = parent ? plan->levels[parent - 1].model : model,
			.level = parent,
		};

		this.reading.plan = &level->plan;
		this.reading.row_size = level->model->row_size;
		this.reading.first_column = level->first_column;
		/* What fails is named by its own model. */
		op->model = level->model;
		status = level_read(&this, &parents);
		op->model = model;
		levels[i] = this.rows;
	}
	return status;
}
