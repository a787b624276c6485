/*
 * The rows of a step: brought into the order of the keys that they belong to, and tied to the rows that have these.
 */
#include <string.h>

#include "codec/codec.h"
#include "query/bytes_hash.h"
#include "query/load.h"

/* Where each row of the result goes. */
struct grouping {
	struct load_step *step;
	const PGresult *result;
	uint32_t *group; /* of each row */
	size_t row_count;
	int column; /* that says it */
	bool is_sorted;
};

/* Which key a row belongs to, when the column has the key itself; often it is that of the row before. */
static inline qn_status find_group(const struct grouping *this, struct str *last, struct str key,
				   uint32_t *group)
{
	if (key.len == last->len && bytes_are_equal(key.at, last->at, key.len))
		return QN_OK;
	*last = key;
	*group = key_table_find(&this->step->keys, key.at, key.len);
	if (*group != LOAD_NO_GROUP)
		return QN_OK;
	return op_fail(this->step->op, QN_PROTOCOL_ERROR, NULL,
		       "the server gave a related row with a key that was not asked for");
}

/* The same when the column has the number of the key, from 1 on. */
static inline qn_status read_group(const struct grouping *this, struct str wire, uint32_t *group)
{
	uint64_t number = 0;

	if (wire.len == sizeof(number))
		number = codec_read_be64(wire.at);
	if (number == 0 || number > this->step->group_count)
		return op_fail(this->step->op, QN_PROTOCOL_ERROR, NULL,
			       "the server gave a related row to key %llu of %zu",
			       (unsigned long long)number, this->step->group_count);
	*group = (uint32_t)number - 1;
	return QN_OK;
}

/* The group of each row, and where each group begins. */
static qn_status read_groups(struct grouping *this)
{
	struct load_step *step = this->step;
	uint32_t *starts = step->starts;
	uint32_t *groups = this->group;
	bool has_keys = step->keys.count > 0;
	struct str last = { NULL, 0 };
	bool is_sorted = true;
	uint32_t group = 0;

	for (size_t i = 0; i < this->row_count; i++) {
		struct str wire = { PQgetvalue(this->result, (int)i, this->column), 0 };
		uint32_t before = group;
		qn_status status;

		wire.len = (size_t)PQgetlength(this->result, (int)i, this->column);
		status = has_keys ? find_group(this, &last, wire, &group)
				  : read_group(this, wire, &group);
		if (status != QN_OK)
			return status;
		groups[i] = group;
		is_sorted &= group >= before;
		starts[group + 1]++;
	}
	this->is_sorted = is_sorted;
	for (size_t i = 0; i < step->group_count; i++)
		starts[i + 1] += starts[i];
	return QN_OK;
}

/* Fills the place `first` and those that this frees, one after the other; `from` says whose row comes where. */
static void rows_rotate(const struct load_step *step, uint32_t *from, uint32_t first, char *spare)
{
	size_t size = step->model->row_size;
	char *rows = step->rows.at;
	uint32_t place = first;

	memcpy(spare, rows + first * size, size);
	while (from[place] != first) {
		uint32_t next = from[place];

		memcpy(rows + place * size, rows + next * size, size);
		from[place] = place;
		place = next;
	}
	memcpy(rows + place * size, spare, size);
	from[place] = place;
}

/* Moves each row to its group, those of one group in the order in which they came. */
static qn_status sort_rows(const struct grouping *this)
{
	struct load_step *step = this->step;
	struct arena *arena = &step->op->arena;
	uint32_t *next = arena_reserve_array(arena, step->group_count, sizeof(*next));
	uint32_t *from = arena_reserve_array(arena, this->row_count, sizeof(*from));
	char *spare = arena_reserve_array(arena, 1, step->model->row_size);

	if (!next || !from || !spare)
		return op_fail(step->op, QN_OUT_OF_MEMORY, NULL, "out of memory");
	memcpy(next, step->starts, step->group_count * sizeof(*next));
	for (uint32_t i = 0; i < this->row_count; i++)
		from[next[this->group[i]]++] = i;
	for (uint32_t i = 0; i < this->row_count; i++)
		if (from[i] != i)
			rows_rotate(step, from, i, spare);
	return QN_OK;
}

qn_status load_read(struct load_step *step, struct outcome *outcome)
{
	struct arena *arena = &step->op->arena;
	struct grouping this = { .step = step,
				 .result = outcome->result,
				 .column = op_shape(step->op)->plan.group_column };
	qn_status status = rows_read(step->op, outcome, &step->rows);

	if (status != QN_OK || !step->rows.len)
		return status;
	this.row_count = step->rows.len;
	this.group = arena_reserve_array(arena, this.row_count, sizeof(*this.group));
	step->starts = arena_alloc_array(arena, step->group_count + 1, sizeof(*step->starts));
	if (!this.group || !step->starts)
		return op_fail(step->op, QN_OUT_OF_MEMORY, NULL, "out of memory");
	status = read_groups(&this);
	if (status == QN_OK && !this.is_sorted)
		status = sort_rows(&this);
	return status;
}

static struct row_list group_rows(const struct load_step *step, uint32_t group)
{
	struct row_list list = { NULL, 0 };

	if (!step->starts || group == LOAD_NO_GROUP)
		return list;
	list.len = step->starts[group + 1] - step->starts[group];
	if (list.len)
		list.at =
			(char *)step->rows.at + (size_t)step->starts[group] * step->model->row_size;
	return list;
}

void load_tie(const struct load_step *step)
{
	struct row_set parents = load_parents(step);
	const qn_relation *relation = step->relation;
	bool is_one =
		relation->kind == QN_RELATION_FORWARD || relation->kind == QN_RELATION_REVERSE_ONE;
	size_t bit = parents.model->field_count + (size_t)(relation - parents.model->relations);

	for (size_t i = 0; i < parents.len; i++) {
		char *row = row_set_at(&parents, i);
		uint64_t *loaded = (uint64_t *)(void *)(row + parents.model->row_loaded);
		struct row_list list = group_rows(step, step->groups[i]);

		if (is_one)
			rows_store_pointer(row + relation->row, list.at);
		else
			rows_store_list(row + relation->row, list);
		loaded[bit / 64] |= UINT64_C(1) << (bit % 64);
	}
}
