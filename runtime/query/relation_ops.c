/*
 * Writing relations: add, set, remove, clear, create. sql_relation.c has the statements.
 */
#include "query/rows.h"
#include "query/values.h"

struct relation_call {
	struct call call;
	const qn_relation_write *write;
	const qn_relation *relation;
};

/* What the row has of the relation is not what the database holds any more. */
static void forget_loaded(struct qn_op *op)
{
	const struct shape *shape = op_shape(op);
	struct key_reader key = key_read(shape->tokens, shape->token_count);
	const qn_relation *relation;
	const qn_model *owner;
	uint64_t *loaded;
	size_t bit;

	(void)key_next(&key);
	owner = key_next_model(&key);
	relation = &owner->relations[key_next(&key)];
	bit = owner->field_count + (size_t)(relation - owner->relations);
	loaded = (uint64_t *)(void *)((char *)op->row + owner->row_loaded);
	loaded[bit / 64] &= ~(UINT64_C(1) << (bit % 64));
	if (relation->row != QN_NO_OFFSET)
		rows_store_list((char *)op->row + relation->row, (struct row_list){ 0 });
}

static qn_status write_finish(struct qn_op *op, struct outcome *outcome)
{
	op->row_count = (uint64_t)rows_affected(outcome);
	forget_loaded(op);
	return QN_OK;
}

/* The statement counts the rows it missed, and writes nothing when it missed some. */
static qn_status moved_finish(struct qn_op *op, struct outcome *outcome)
{
	int64_t missed;
	qn_status status = rows_read_int64(op, outcome, &missed);

	if (status != QN_OK)
		return status;
	if (missed)
		return op_fail(
			op, QN_NOT_FOUND, NULL,
			"%lld of the rows are not there, or not related; nothing was written",
			(long long)missed);
	forget_loaded(op);
	return QN_OK;
}

static qn_status made_finish(struct qn_op *op, struct outcome *outcome)
{
	struct rows rows;
	qn_status status = rows_read(op, outcome, &rows);

	if (status != QN_OK)
		return status;
	if (!rows.len)
		return op_fail(op, QN_NOT_FOUND, NULL,
			       "no row was inserted: a trigger or rule of the table swallowed it");
	if (op->out)
		rows_store_pointer(op->out, rows.at);
	forget_loaded(op);
	return QN_OK;
}

/* Columns that the relation itself fills. */
static bool link_holds_key(const qn_relation *relation, size_t field)
{
	for (size_t i = 0; i < relation->own_len; i++)
		if (relation->link->own[i] == field)
			return true;
	for (size_t i = 0; i < relation->other_len; i++)
		if (relation->link->other[i] == field)
			return true;
	return false;
}

static bool is_writable(const qn_relation *relation, enum key_operation operation)
{
	if (relation->kind == QN_RELATION_MANY)
		return true;
	if (relation->kind != QN_RELATION_REVERSE || operation == KEY_RELATION_CREATE)
		return false;
	if (!relation->model->primary_key_len && operation != KEY_RELATION_CLEAR)
		return false;
	if (operation == KEY_RELATION_ADD)
		return true;
	for (size_t i = 0; i < relation->other_len; i++)
		if (!(relation->model->fields[relation->other[i]].flags & QN_FIELD_NULLABLE))
			return false;
	return true;
}

static void write_check(struct relation_call *this, enum key_operation operation)
{
	const qn_relation_write *write = this->write;

	if (!write->row)
		call_refuse(&this->call, "the row is NULL");
	else if (!write->related && write->count)
		call_refuse(&this->call, "%zu related rows have no address", write->count);
	else if (!is_writable(this->relation, operation))
		call_refuse(&this->call, "%s cannot be written this way", this->relation->name);
}

/* NULL when the number is no relation. */
static const qn_relation *relation_of(const qn_relation_write *write)
{
	const qn_model *model = write->model;
	int64_t index = (int64_t)write->relation - model->field_count - 1;

	return index >= 0 && index < model->relation_count ? &model->relations[index] : NULL;
}

/* False: there is no operation. With `relation` NULL, or refused, it is to be completed. */
static bool relation_begin(struct relation_call *this, qn_session *session,
			   const qn_relation_write *write, enum key_operation operation)
{
	const qn_relation *relation = relation_of(write);

	*this = (struct relation_call){ .write = write, .relation = relation };
	if (!call_begin(&this->call, session, relation ? relation->model : write->model, operation))
		return false;
	this->call.op->model = write->model;
	this->call.op->row = write->row;
	if (!relation)
		call_refuse(&this->call,
			    "%d is not a relation; use the constants of the model's field enum",
			    (int)write->relation);
	else
		write_check(this, operation);
	if (this->call.op->refused)
		return true;
	key_add_model(this->call.key, write->model);
	key_add(this->call.key, (unsigned)(relation - write->model->relations));
	return true;
}

static void add_own_key(struct relation_call *this)
{
	const qn_model *model = this->write->model;

	for (size_t i = 0; i < this->relation->own_len; i++)
		call_add_row_value(&this->call, &model->fields[this->relation->own[i]],
				   this->write->row);
}

/* What identifies the related rows: what the link refers to, or their primary key. */
static void add_related_keys(struct relation_call *this)
{
	const qn_relation *relation = this->relation;
	const qn_model *model = relation->model;
	bool is_many = relation->kind == QN_RELATION_MANY;
	const uint16_t *fields = is_many ? relation->other : model->primary_key;
	size_t field_count = is_many ? relation->other_len : model->primary_key_len;
	size_t count = this->write->count;
	struct qn_op *op = this->call.op;
	const void **rows = arena_reserve_array(&op->arena, count, sizeof(*rows));

	if (!rows) {
		op_refuse(op, QN_OUT_OF_MEMORY, NULL, "out of memory for %zu rows", count);
		return;
	}
	for (size_t i = 0; i < count; i++)
		rows[i] = (const char *)this->write->related + i * model->row_size;
	op->model = model;
	for (size_t i = 0; i < field_count; i++)
		call_add_row_values(&this->call, &model->fields[fields[i]], rows, count);
	op->model = this->write->model;
}

/* The link's columns beside its keys: the list of those that are given, and their values. */
static void add_link_values(struct relation_call *this)
{
	const qn_link *link = this->relation->link;
	struct call *call = &this->call;
	size_t count_at = call->key->len;
	const qn_model *outer = call->op->model;
	unsigned count = 0;

	key_add(call->key, 0);
	if (!link->is_declared)
		return;
	call->op->model = link->model;
	for (unsigned i = 0; i < link->model->field_count; i++) {
		const qn_field *field = &link->model->fields[i];

		if (field->values == QN_NO_OFFSET || link_holds_key(this->relation, i))
			continue;
		if (this->write->link && call_add_new_value(call, field, this->write->link)) {
			key_add(call->key, i);
			count++;
		} else if (!this->write->link && field->is_plain) {
			op_refuse(call->op, QN_USAGE, field,
				  "is required: the link needs its values");
		}
	}
	call->op->model = outer;
	if (!call->key->failed)
		call->key->tokens[count_at] = (uint16_t)count;
}

static struct qn_op *write_submit(struct relation_call *this, bool writes_link)
{
	bool is_many = this->relation->kind == QN_RELATION_MANY;

	add_own_key(this);
	add_related_keys(this);
	if (is_many && writes_link)
		add_link_values(this);
	return call_submit(&this->call, 0, is_many ? write_finish : moved_finish);
}

static struct qn_op *relation_write(qn_session *session, const qn_relation_write *write,
				    enum key_operation operation)
{
	struct relation_call this;

	if (!relation_begin(&this, session, write, operation))
		return NULL;
	if (this.call.op->refused || !write->count)
		return call_complete(&this.call);
	return write_submit(&this, operation != KEY_RELATION_REMOVE);
}

qn_op *qn_relation_add(qn_session *session, const qn_relation_write *write)
{
	return relation_write(session, write, KEY_RELATION_ADD);
}

qn_op *qn_relation_set(qn_session *session, const qn_relation_write *write)
{
	if (!write->count)
		return qn_relation_clear(session, write);
	return relation_write(session, write, KEY_RELATION_SET);
}

qn_op *qn_relation_remove(qn_session *session, const qn_relation_write *write)
{
	return relation_write(session, write, KEY_RELATION_REMOVE);
}

qn_op *qn_relation_clear(qn_session *session, const qn_relation_write *write)
{
	struct relation_call this;

	if (!relation_begin(&this, session, write, KEY_RELATION_CLEAR))
		return NULL;
	if (this.call.op->refused)
		return call_complete(&this.call);
	add_own_key(&this);
	return call_submit(&this.call, 0, write_finish);
}

qn_op *qn_relation_create(qn_session *session, const qn_relation_write *write, void *made,
			  const void *values)
{
	struct relation_call this;

	if (made)
		rows_store_pointer(made, NULL);
	if (!relation_begin(&this, session, write, KEY_RELATION_CREATE))
		return NULL;
	this.call.op->out = made;
	if (!values)
		call_refuse(&this.call, "the values are NULL; an empty struct takes all defaults");
	if (this.call.op->refused)
		return call_complete(&this.call);
	/* The rows that come back are the related model's. */
	this.call.op->model = this.relation->model;
	call_walk_new(&this.call, values);
	add_own_key(&this);
	add_link_values(&this);
	return call_submit(&this.call, 0, made_finish);
}
