/*
 * The keys of the rows that a step is for: each once, and for each row which of them it has.
 *
 * Keys are the same here when their values have the same bytes on the wire; where others may be
 * equal too, the server says by which numbers it finds rows for.
 */
#include <string.h>

#include "codec/codec.h"
#include "query/load.h"
#include "query/values.h"

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

/*
 * Adds a part of the key, behind its length unless all of the type have the same. False: it is
 * NULL, or refused.
 */
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

static size_t key_start(const struct key_table *table, size_t number)
{
	return number ? table->ends[number - 1] : 0;
}

bool key_table_has(const struct key_table *table, uint32_t number, struct str key)
{
	size_t start = key_start(table, number);

	return table->ends[number] - start == key.len &&
	       memcmp(table->bytes + start, key.at, key.len) == 0;
}

static __attribute__((noinline)) bool scan_grow(struct key_scan *scan)
{
	struct arena *arena = &scan->call.op->arena;
	struct key_table *table = &scan->table;
	size_t count = table->slots.count;
	const void **rows;
	size_t *ends;

	if (!key_slots_grow(&table->slots, arena, scan->rows.len))
		return false;
	ends = arena_reserve_array(arena, table->slots.capacity, sizeof(*ends));
	rows = arena_reserve_array(arena, table->slots.capacity, sizeof(*rows));
	if (!ends || !rows)
		return false;
	if (count) {
		memcpy(ends, table->ends, count * sizeof(*ends));
		memcpy(rows, scan->first_rows, count * sizeof(*rows));
	}
	scan->first_rows = rows;
	table->ends = ends;
	return true;
}

/* The number of the key of the row, which is a new one if no other row has it. */
static inline uint32_t number_of(struct key_scan *scan, struct key_hash hash, struct str key,
				 const char *row)
{
	struct key_table *table = &scan->table;
	uint32_t count = table->slots.count;
	uint32_t *slot;

	if (count == table->slots.capacity && !scan_grow(scan)) {
		scan->bytes.failed = true;
		return LOAD_NO_GROUP;
	}
	slot = key_table_slot(table, hash, key);
	if (*slot)
		return *slot - 1;
	table->ends[count] = scan->bytes.len;
	scan->first_rows[count] = row;
	key_slots_add(&table->slots, slot, hash);
	return count;
}

/* Most keys are a bigint, which needs no encoder. */
static void scan_int64s(struct key_scan *scan, uint32_t *groups)
{
	const qn_field *field = own_field(scan, 0);
	const struct str nowhere = { NULL, 0 };
	size_t len = scan->rows.len;
	size_t row_size = scan->rows.model->row_size;
	const char *row = scan->rows.at;

	for (size_t i = 0; i < len && !scan->bytes.failed; i++, row += row_size) {
		struct key_hash hash = { key_hash_word(codec_read_be64(row + field->row)), true };

		groups[i] = LOAD_NO_GROUP;
		if (field->has == QN_NO_OFFSET || *((const bool *)row + field->has))
			groups[i] = number_of(scan, hash, nowhere, row);
	}
}

static uint32_t scan_row(struct key_scan *scan, const char *row)
{
	size_t start = scan->bytes.len;
	uint32_t count = scan->table.slots.count;
	uint32_t number = LOAD_NO_GROUP;
	struct str key;

	if (key_write(scan, row)) {
		scan->table.bytes = scan->bytes.at;
		key = (struct str){ scan->bytes.at + start, scan->bytes.len - start };
		number = number_of(scan, key_hash_of(key.at, key.len), key, row);
	}
	/* Only the bytes of a new key stay. */
	if (scan->table.slots.count == count && !scan->bytes.failed)
		scan->bytes.len = start;
	return number;
}

static void scan_rows(struct key_scan *scan, uint32_t *groups)
{
	const qn_field *field = own_field(scan, 0);

	if (scan->relation->own_len == 1 && field->type == QN_TYPE_INT64 &&
	    !(field->flags & QN_FIELD_ARRAY)) {
		scan_int64s(scan, groups);
		return;
	}
	for (size_t i = 0; i < scan->rows.len && !scan->bytes.failed && !scan->call.op->refused;
	     i++)
		groups[i] = scan_row(scan, row_set_at(&scan->rows, i));
}

/* The arrays go behind what is encoded already, and into the places that were kept for them. */
static void add_arrays(struct key_scan *scan)
{
	struct qn_op *op = scan->call.op;

	for (size_t i = 0; i < scan->relation->own_len && !op->refused; i++) {
		size_t added = op->parameter_count;

		call_add_row_values(&scan->call, own_field(scan, i), scan->first_rows,
				    scan->table.slots.count);
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
	if (scan->bytes.len)
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
	scan.bytes.failed = !step->groups || !fields_prepare(&scan);
	/* A key that is refused is one of the parents' model. */
	op->model = scan.rows.model;
	if (!scan.bytes.failed)
		scan_rows(&scan, step->groups);
	if (scan.bytes.failed)
		op_refuse(op, QN_OUT_OF_MEMORY, NULL, "out of memory for the keys");
	step->group_count = scan.table.slots.count;
	if (!op->refused && scan.table.slots.count && op->request.statement) {
		add_arrays(&scan);
		if (op_shape(op)->plan.group_field)
			table_keep(&scan, step);
	}
	op->model = step->model;
	buf_free(&scan.bytes);
	return !op->refused;
}
