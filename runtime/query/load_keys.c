/*
 * The keys of the rows that a step is for: each once, and for each row which of them it has.
 *
 * Keys are the same here when their values have the same bytes on the wire; where others may be equal too, the server
 * says by which numbers it finds rows for.
 */
#include <string.h>

#include "query/bytes_hash.h"
#include "query/load.h"
#include "query/values.h"

enum { FIRST_KEYS = 16, FIRST_KEYS_MAX = 256, EMPTY = 0 };

struct key_scan {
	const qn_relation *relation;
	const qn_field *fields; /* of its key, without what limits their values */
	struct row_set rows;
	struct call call;        /* of the part */
	struct buf bytes;        /* the keys, one behind the other */
	const void **first_rows; /* that have each key */
	struct key_table table;
};

static const qn_field *own_field(const struct key_scan *scan, size_t index)
{
	return &scan->rows.model->fields[scan->relation->own[index]];
}

/* False: out of memory. */
static bool fields_prepare(struct key_scan *scan)
{
	size_t count = scan->relation->own_len;
	qn_field *fields = arena_reserve_array(&scan->call.op->arena, count, sizeof(*fields));

	for (size_t i = 0; fields && i < count; i++) {
		fields[i] = *own_field(scan, i);
		fields[i].limit = 0;
		fields[i].scale = 0;
	}
	scan->fields = fields;
	return fields != NULL;
}

/* Adds a part of the key, behind its length unless all of the type have the same. False: it is NULL, or refused. */
static bool key_write_part(struct key_scan *scan, const char *row, size_t index)
{
	const qn_field *field = &scan->fields[index];
	bool has_length = scan->relation->own_len > 1 || !type_info_of(field->type)->wire_size;
	size_t length_at = scan->bytes.len;
	codec_refusal refusal;
	uint64_t len;

	if (row_value_is_null(field, row))
		return false;
	if (has_length)
		buf_add_be64(&scan->bytes, 0);
	refusal = type_info_of(field->type)
			  ->encode(&scan->bytes, (struct codec_value){ row + field->row, field });
	if (refusal)
		op_refuse(scan->call.op, QN_INVALID_VALUE, own_field(scan, index), "%s", refusal);
	if (refusal || scan->bytes.failed)
		return false;
	if (has_length) {
		len = scan->bytes.len - length_at;
		memcpy(scan->bytes.at + length_at, &len, sizeof(len));
	}
	return true;
}

/* A relation goes by one column at least. */
static bool key_write(struct key_scan *scan, const char *row)
{
	size_t i = 0;

	do {
		if (!key_write_part(scan, row, i))
			return false;
	} while (++i < scan->relation->own_len);
	return true;
}

static size_t key_start(const struct key_table *table, size_t index)
{
	return index ? table->ends[index - 1] : 0;
}

/* The slot of this key, or the empty one that it belongs into. */
static uint32_t *slot_of(const struct key_table *table, const char *key, size_t len)
{
	size_t mask = 2 * table->capacity - 1;
	size_t slot = (size_t)bytes_hash(0, key, len) & mask;

	for (; table->slots[slot] != EMPTY; slot = (slot + 1) & mask) {
		size_t number = table->slots[slot] - 1;
		size_t other = key_start(table, number);

		if (table->ends[number] - other == len &&
		    bytes_are_equal(table->bytes + other, key, len))
			break;
	}
	return &table->slots[slot];
}

uint32_t key_table_find(const struct key_table *table, const char *key, size_t len)
{
	/* EMPTY is 0, so that it gives LOAD_NO_GROUP. */
	return *slot_of(table, key, len) - 1;
}

static bool scan_grow(struct key_scan *scan)
{
	struct arena *arena = &scan->call.op->arena;
	struct key_table *table = &scan->table;
	size_t capacity = table->capacity ? 2 * table->capacity : FIRST_KEYS;
	size_t *ends;
	const void **rows;
	uint32_t *slots;

	while (!table->capacity && capacity < scan->rows.len && capacity < FIRST_KEYS_MAX)
		capacity *= 2;
	ends = arena_reserve_array(arena, capacity, sizeof(*ends));
	rows = arena_reserve_array(arena, capacity, sizeof(*rows));
	slots = arena_alloc_array(arena, 2 * capacity, sizeof(*slots));
	if (!ends || !rows || !slots)
		return false;
	if (table->count) {
		memcpy(ends, table->ends, table->count * sizeof(*ends));
		memcpy(rows, scan->first_rows, table->count * sizeof(*rows));
	}
	scan->first_rows = rows;
	table->ends = ends;
	table->slots = slots;
	table->capacity = capacity;
	for (size_t i = 0; i < table->count; i++) {
		size_t start = key_start(table, i);

		*slot_of(table, table->bytes + start, table->ends[i] - start) = (uint32_t)i + 1;
	}
	return true;
}

/* The number of the row's key. */
static uint32_t scan_row(struct key_scan *scan, const char *row)
{
	struct key_table *table = &scan->table;
	size_t start = scan->bytes.len;
	uint32_t *slot;

	if (table->count == table->capacity && !scan_grow(scan)) {
		scan->bytes.failed = true;
		return LOAD_NO_GROUP;
	}
	if (!key_write(scan, row)) {
		if (!scan->bytes.failed)
			scan->bytes.len = start;
		return LOAD_NO_GROUP;
	}
	table->bytes = scan->bytes.at;
	slot = slot_of(table, table->bytes + start, scan->bytes.len - start);
	if (*slot != EMPTY) {
		scan->bytes.len = start;
		return *slot - 1;
	}
	table->ends[table->count] = scan->bytes.len;
	scan->first_rows[table->count] = row;
	*slot = (uint32_t)++table->count;
	return *slot - 1;
}

/* The arrays go behind what is encoded already, and into the places that were kept for them. */
static void add_arrays(struct key_scan *scan)
{
	struct qn_op *op = scan->call.op;

	for (size_t i = 0; i < scan->relation->own_len && !op->refused; i++) {
		size_t added = op->parameter_count;

		call_add_row_values(&scan->call, own_field(scan, i), scan->first_rows,
				    scan->table.count);
		if (op->parameter_count == added)
			return;
		op->parameter_count = added;
		op->offsets[i] = op->offsets[added];
		op->lengths[i] = op->lengths[added];
		op->formats[i] = op->formats[added];
	}
}

/* For rows that will say by the key's value which they belong to. */
static void table_keep(struct key_scan *scan, struct load_step *step)
{
	char *bytes = arena_reserve_array(&step->op->arena, scan->bytes.len, 1);

	if (!bytes) {
		op_refuse(step->op, QN_OUT_OF_MEMORY, NULL, "out of memory for the keys");
		return;
	}
	memcpy(bytes, scan->bytes.at, scan->bytes.len);
	step->keys = scan->table;
	step->keys.bytes = bytes;
}

bool load_keys(struct load_step *step)
{
	struct key_scan scan = { .relation = step->relation, .rows = load_parents(step) };
	struct qn_op *op = step->op;

	scan.call.op = op;
	scan.call.model = step->model;
	if (!scan.rows.len)
		return true;
	step->groups = arena_reserve_array(&op->arena, scan.rows.len, sizeof(*step->groups));
	if (!step->groups || !fields_prepare(&scan))
		scan.bytes.failed = true;
	/* A key that is refused is one of the parents' model. */
	op->model = scan.rows.model;
	for (size_t i = 0; i < scan.rows.len && !scan.bytes.failed && !op->refused; i++)
		step->groups[i] = scan_row(&scan, row_set_at(&scan.rows, i));
	if (scan.bytes.failed)
		op_refuse(op, QN_OUT_OF_MEMORY, NULL, "out of memory for the keys");
	step->group_count = scan.table.count;
	if (!op->refused && scan.table.count && op->request.statement) {
		add_arrays(&scan);
		if (op_shape(op)->plan.group_field)
			table_keep(&scan, step);
	}
	op->model = step->model;
	buf_free(&scan.bytes);
	return !op->refused;
}
