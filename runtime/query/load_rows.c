/*
 * The rows of a step: read in the order of the keys that they belong to, and tied to the rows that
 * have these.
 */
#include <string.h>

#include "codec/codec.h"
#include "query/load.h"

/* Where each row of the result goes. */
struct grouping {
	struct load_step *step;
	const PGresult *result;
	int column; /* that says it */
	int row_count;
	uint32_t *keys;   /* the number of the key of each row, from 1 on */
	uint32_t *counts; /* how many rows each number has */
};

/*
 * Which key each row belongs to, when the column has the key itself. False: one has a key that was
 * not asked for.
 */
static bool find_keys(const struct grouping *this)
{
	const struct key_table table = this->step->keys;
	const PGresult *result = this->result;
	int column = this->column;

	for (int i = 0; i < this->row_count; i++) {
		struct str key = { NULL, (size_t)PQgetlength(result, i, column) };
		uint32_t number;

		key.at = PQgetvalue(result, i, column);
		number = *key_table_slot(&table, key_hash_of(key.at, key.len), key);
		if (!number)
			return false;
		this->keys[i] = number;
		this->counts[number]++;
	}
	return true;
}

/*
 * What is none of the field's type, or NULL, is no key that was asked for either: reading the rows
 * tells that.
 */
static qn_status fail_key(struct load_step *step, struct outcome *outcome)
{
	qn_status status = rows_read(step->op, outcome, &step->rows);

	if (status != QN_OK)
		return status;
	return op_fail(step->op, QN_PROTOCOL_ERROR, NULL,
		       "the server gave a related row with a key that was not asked for");
}

/* The same when the column has the number of the key. */
static qn_status read_numbers(const struct grouping *this)
{
	const PGresult *result = this->result;
	uint64_t count = this->step->group_count;

	for (int i = 0; i < this->row_count; i++) {
		uint64_t number = 0;

		if (PQgetlength(result, i, this->column) == sizeof(number))
			number = codec_read_be64(PQgetvalue(result, i, this->column));
		if (number == 0 || number > count)
			return op_fail(this->step->op, QN_PROTOCOL_ERROR, NULL,
				       "the server gave a related row to key %llu of %llu",
				       (unsigned long long)number, (unsigned long long)count);
		this->keys[i] = (uint32_t)number;
		this->counts[number]++;
	}
	return QN_OK;
}

/*
 * The numbers of the rows, group by group, those of one group in the order in which they came.
 * `starts` has the counts behind its first place; each becomes the place of the group's next row,
 * and so, in the end, where the next group begins.
 */
static void order_rows(const struct grouping *this, int *numbers)
{
	uint32_t *starts = this->step->starts;
	uint32_t place = 0;

	for (size_t i = 1; i <= this->step->group_count; i++) {
		uint32_t count = starts[i];

		starts[i] = place;
		place += count;
	}
	for (int i = 0; i < this->row_count; i++)
		numbers[starts[this->keys[i]]++] = i;
}

qn_status load_read(struct load_step *step, struct outcome *outcome)
{
	struct arena *arena = &step->op->arena;
	struct grouping this = { .step = step,
				 .result = outcome->result,
				 .column = op_shape(step->op)->plan.group_column,
				 .row_count = PQntuples(outcome->result) };
	qn_status status = rows_check(step->op, outcome);
	int *numbers;

	if (status != QN_OK || !this.row_count)
		return status;
	this.keys = arena_reserve_array(arena, (size_t)this.row_count, sizeof(*this.keys));
	this.counts = arena_alloc_array(arena, step->group_count + 1, sizeof(*this.counts));
	numbers = arena_reserve_array(arena, (size_t)this.row_count, sizeof(*numbers));
	if (!this.keys || !this.counts || !numbers)
		return op_fail(step->op, QN_OUT_OF_MEMORY, NULL, "out of memory");
	step->starts = this.counts;
	if (!step->keys.slots.count)
		status = read_numbers(&this);
	else if (!find_keys(&this))
		status = fail_key(step, outcome);
	if (status != QN_OK)
		return status;
	order_rows(&this, numbers);
	return rows_read_in_order(step->op, outcome, numbers, &step->rows);
}

/* What the rows of a group are tied to: the first of them, or all. */
static inline struct row_list group_rows(const struct load_step *step, uint32_t group)
{
	const uint32_t *starts = step->starts;
	struct row_list list = { NULL, 0 };

	if (!starts || group == LOAD_NO_GROUP || starts[group] == starts[group + 1])
		return list;
	list.at = (char *)step->rows.at + (size_t)starts[group] * step->model->row_size;
	list.len = starts[group + 1] - starts[group];
	return list;
}

void load_tie(const struct load_step *step)
{
	const struct row_set parents = load_parents(step);
	const qn_relation *relation = step->relation;
	bool is_one =
		relation->kind == QN_RELATION_FORWARD || relation->kind == QN_RELATION_REVERSE_ONE;
	size_t number = parents.model->field_count + (size_t)(relation - parents.model->relations);
	uint64_t bit = UINT64_C(1) << (number % 64);
	size_t loaded = parents.model->row_loaded + number / 64 * sizeof(uint64_t);
	size_t member = relation->row;
	char *row = parents.at;

	for (size_t i = 0; i < parents.len; i++, row += parents.model->row_size) {
		struct row_list list = group_rows(step, step->groups[i]);

		if (is_one)
			memcpy(row + member, &list.at, sizeof(list.at));
		else
			memcpy(row + member, &list, sizeof(list));
		*(uint64_t *)(void *)(row + loaded) |= bit;
	}
}
