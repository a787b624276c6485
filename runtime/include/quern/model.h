/*
 * Descriptors: what generated code says about each model, and the operations that work on any model
 * by its descriptor.
 *
 * Programs call the generated, typed functions; this header is for generated code and for programs
 * that work on models they do not know. Descriptors are constant data; members are public so that
 * generated code can initialise them, and are read only by the runtime.
 */
#ifndef QUERN_MODEL_H
#define QUERN_MODEL_H

#include "quern/filter.h"
#include "quern/rules.h"
#include "quern/session.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Changes with the meaning of generated code, which refuses to compile against another one. */
#define QN_ABI 3

/* The representation of a column, on the wire and in C. */
typedef enum qn_type {
	QN_TYPE_BOOL,
	QN_TYPE_INT16,
	QN_TYPE_INT32,
	QN_TYPE_INT64,
	QN_TYPE_FLOAT,
	QN_TYPE_DOUBLE,
	QN_TYPE_OID,
	QN_TYPE_CHAR, /* "char", one byte */
	QN_TYPE_TEXT,
	QN_TYPE_VARCHAR,
	QN_TYPE_BPCHAR, /* char(n) */
	QN_TYPE_NAME,
	QN_TYPE_DECIMAL, /* numeric(p, s), p <= 18: qn_decimal */
	QN_TYPE_NUMERIC, /* any other numeric: text in canonical form */
	QN_TYPE_BYTES,
	QN_TYPE_DATE,
	QN_TYPE_TIME,
	QN_TYPE_TIMESTAMP,
	QN_TYPE_TIMESTAMPTZ,
	QN_TYPE_INTERVAL,
	QN_TYPE_UUID,
	QN_TYPE_JSON,
	QN_TYPE_JSONB,
	QN_TYPE_INET,
	QN_TYPE_CIDR,
	QN_TYPE_MACADDR,
	QN_TYPE_ENUM,
	QN_TYPE_OPAQUE,     /* any SQL type, as text, cast by the server */
	QN_TYPE_INT2VECTOR, /* an array of int16 */
	QN_TYPE_OIDVECTOR,  /* an array of oid */
	QN_TYPE_COUNT_,
} qn_type;

enum {
	QN_FIELD_NULLABLE = 1 << 0,
	QN_FIELD_PRIMARY_KEY = 1 << 1,
	QN_FIELD_ARRAY = 1 << 2,           /* an array of `type` */
	QN_FIELD_HAS_DEFAULT = 1 << 3,     /* the database fills it in when it is left out */
	QN_FIELD_IDENTITY_ALWAYS = 1 << 4, /* the database alone fills it in */
	QN_FIELD_ON_UPDATE_NOW = 1 << 5,   /* every update through quern sets it to now() */
	QN_FIELD_UNIQUE = 1 << 6,          /* by itself; the primary key is not marked so */
};

#define QN_NO_OFFSET UINT32_MAX

/* An enum of the database. The C constants are 1..len in the order of the labels; 0 is unset. */
typedef struct qn_enum {
	const char *name;          /* "shop.Status" */
	const char *sql_name;      /* quoted and ready for SQL: "\"shop_status\"" */
	const char *const *labels; /* as the database spells them */
	uint32_t len;
} qn_enum;

typedef struct qn_field {
	const char *name;           /* in the schema and in C, "author_id" */
	const char *column;         /* in the database, not quoted */
	const qn_enum *enumeration; /* of QN_TYPE_ENUM */
	const char *sql_type;       /* of QN_TYPE_OPAQUE: ready for SQL */
	uint32_t row; /* offsets in the structs; QN_NO_OFFSET where it has no member */
	/* Of the has_ twin in the row: nullable types that have no NULL of their own. */
	uint32_t has;
	uint32_t where;
	uint32_t values;  /* in the _new struct */
	uint32_t changes; /* in the _changes struct */
	int32_t limit;    /* varchar(n), char(n): n characters; numeric(p, s): precision; else 0 */
	int16_t scale;    /* numeric(p, s) */
	uint16_t flags;
	uint8_t type;  /* qn_type */
	bool is_plain; /* the _new struct has the value itself (a required field), no qn_set_ */
} qn_field;

struct qn_model;

/* How the rows of a model find those of another, or of their own. */
typedef enum qn_relation_kind {
	QN_RELATION_FORWARD,     /* a foreign key of this model: one row, or none */
	QN_RELATION_REVERSE_ONE, /* a unique foreign key of the other: one row, or none */
	QN_RELATION_REVERSE,     /* a foreign key of the other: any number of rows */
	QN_RELATION_MANY,        /* the rows of a link table: any number of rows */
} qn_relation_kind;

/* What the database does with the rows that refer to one that is deleted. */
typedef enum qn_foreign_action {
	QN_ON_DELETE_NO_ACTION,
	QN_ON_DELETE_RESTRICT,
	QN_ON_DELETE_CASCADE,
	QN_ON_DELETE_SET_NULL,
	QN_ON_DELETE_SET_DEFAULT,
} qn_foreign_action;

/* The table between the two sides of a many to many, seen from one of them. */
typedef struct qn_link {
	const struct qn_model *model; /* of an implicit link: a descriptor without structs */
	const uint16_t *own;   /* its fields that hold the relation's own fields, in their order */
	const uint16_t *other; /* its fields that hold the relation's other fields */
	bool is_symmetrical;   /* each pair is there both ways round */
	bool is_declared;      /* a model of the schema, which may have further columns */
} qn_link;

/*
 * A relation by its name. Its number, in the model's field enum and among the bits of qn_loaded, is
 * behind those of the fields: relation i is field_count + 1 + i there.
 */
typedef struct qn_relation {
	const char *name;             /* in the schema and in C, "author" */
	const struct qn_model *model; /* of the related rows */
	const qn_link *link;          /* of QN_RELATION_MANY, else NULL */
	const char *constraint;       /* of QN_RELATION_FORWARD: the foreign key in the database */
	const uint16_t *own;          /* fields of this model that hold the same as ... */
	const uint16_t *other;        /* ... these of the related one, or of its side of the link */
	uint16_t own_len;
	uint16_t other_len;
	uint32_t row; /* the pointer or list in the row; QN_NO_OFFSET where C has no such struct */
	uint32_t where;    /* to one: a pointer to a where; to many: a _where_many */
	uint32_t select;   /* in the query, a pointer to a query; QN_NO_OFFSET: to many */
	uint32_t prefetch; /* in the query, a pointer to a query */
	uint32_t related;  /* the same in the _related struct */
	uint8_t kind;      /* qn_relation_kind */
	uint8_t on_delete; /* qn_foreign_action; of QN_RELATION_FORWARD */
	bool is_nullable;  /* QN_RELATION_FORWARD: the foreign key can be NULL */
} qn_relation;

/* A foreign key of some model that refers to this one: relations[relation] of that model. */
typedef struct qn_dependent {
	const struct qn_model *model;
	uint16_t relation;
} qn_dependent;

struct qn_model {
	const char *name;            /* "shop.Product" */
	const char *sql_name;        /* the table, quoted and ready for SQL: "\"shop_product\"" */
	const qn_field *fields;      /* field n of the field enum is fields[n - 1] */
	const uint16_t *primary_key; /* indexes into fields */
	const int32_t *order_by;     /* default order: terms as in qn_query_options.order_by */
	const qn_relation *relations;
	const qn_dependent *dependents; /* all foreign keys that refer to it, named here or not */
	const qn_rules *rules;          /* NULL: none */
	uint16_t field_count;
	uint16_t primary_key_len; /* 0: no key: no get-by-key operations are generated */
	uint16_t order_by_len;
	uint16_t relation_count;
	uint16_t dependent_count;
	uint16_t only_capacity; /* elements of the query's .only */
	uint32_t row_size;
	/* Of the structs for queries and values; zeroed they say nothing. */
	uint32_t query_size;
	uint32_t new_size;
	uint32_t changes_size;
	uint32_t row_loaded; /* offset of the row's qn_loaded bits */
	uint32_t where_size;
	/* The three lists of the where struct: { const where *at; size_t len; } each. */
	uint32_t where_any_of;
	uint32_t where_all_of;
	uint32_t where_none_of;
	uint32_t query_where;
	uint32_t query_only;
};

typedef struct qn_model qn_model;

/* Row locks, only inside a transaction. */
typedef enum qn_lock {
	QN_LOCK_NONE,
	QN_FOR_UPDATE,
	QN_FOR_NO_KEY_UPDATE,
	QN_FOR_SHARE,
	QN_FOR_KEY_SHARE,
} qn_lock;

#define QN_ORDER_BY_MAX 8

/* Asks for no rows at all: a limit of 0 is an unset member and means "all". */
#define QN_LIMIT_NONE INT64_C(-1)

/*
 * What every generated query struct begins with, member for member, before .only and .where.
 * order_by holds constants of the model's field enum, negative for descending, in QN_NULLS_FIRST or
 * QN_NULLS_LAST where the server's default (NULL is the largest value) is not wanted; the first 0
 * ends it.
 */
typedef struct qn_query_options {
	int64_t limit;
	int64_t offset;
	int32_t order_by[QN_ORDER_BY_MAX];
	qn_lock lock;
	bool skip_locked;
	bool nowait;
	bool distinct;
	bool unordered; /* drop the model's default order */
} qn_query_options;

#define QN_NULLS_FIRST(term) ((term) < 0 ? (term)-0x10000 : (term) + 0x10000)
#define QN_NULLS_LAST(term)  ((term) < 0 ? (term)-0x20000 : (term) + 0x20000)

/* For generated code: the offset of a member of this very type; no other one compiles. */
#define QN_OFFSET(structure, member, type)        \
	((uint32_t)(offsetof(structure, member) + \
		    0 * sizeof(&((structure *)0)->member == (type *)0)))

/*
 * The operations. `model` describes the structs that the untyped pointers point to. Each returns an
 * operation that was queued, never NULL but when the session cannot even allocate it; a call that
 * is refused returns an operation that completes with the refusal. All arguments are read before
 * the call returns, but for the places for results, which must live until the operation completes:
 * they say "nothing" (NULL, 0, false, an empty list) until then, and still do when it fails.
 * Results live as long as the session (session.h says more).
 *
 * query: NULL asks for all rows. where: NULL is refused. What provably matches nothing (an empty
 * QN_IN list, a reversed range, any_of with a list of no wheres, QN_LIMIT_NONE) is answered without
 * asking the server. A where without filters matches every row, also as one of an any_of; an any_of
 * whose address is NULL is left out. any_of, all_of and none_of may be nested 32 deep. none_of
 * matches the rows for which none of its wheres is true, NULL being not true.
 *
 * Neither order_by nor distinct takes json, which the server cannot compare (QN_USAGE).
 *
 * find, first and last load what the query names in .select_related (by joins, in the same
 * statement) and in .prefetch_related (by one statement for each relation and level, which complete
 * together). QN_USAGE: nested more than 16 deep; both for one relation; where, limit, offset,
 * distinct, lock or unordered in a query of .select_related, or an order_by there that no order
 * term stands for; distinct or lock in one of .prefetch_related. An order term that is a relation
 * to one row stands for the order_by of its query in .select_related, or its model's default order,
 * or its key. count and exists ignore what would be loaded.
 */

/* list: { row *at; size_t len; }. No row is QN_OK with len 0. */
QN_API qn_op *qn_model_find(qn_session *session, const qn_model *model, void *list,
			    const void *query);
/* row: a pointer to the row, or NULL with QN_NOT_FOUND (none) or QN_NOT_UNIQUE (several). */
QN_API qn_op *qn_model_get(qn_session *session, const qn_model *model, void *row,
			   const void *where);
/*
 * row: NULL with QN_OK when there is none. Order: the query's, else the model's, else the primary
 * key. A slice (limit, offset) has no last row, and a first one only in an order: QN_USAGE.
 */
QN_API qn_op *qn_model_first(qn_session *session, const qn_model *model, void *row,
			     const void *query);
QN_API qn_op *qn_model_last(qn_session *session, const qn_model *model, void *row,
			    const void *query);
/* Of the rows of the query, its limit, offset and distinct counted in. A lock is QN_USAGE. */
QN_API qn_op *qn_model_count(qn_session *session, const qn_model *model, int64_t *count,
			     const void *query);
QN_API qn_op *qn_model_exists(qn_session *session, const qn_model *model, bool *exists,
			      const void *query);
/*
 * row: NULL when the caller does not want it; else the whole row as the database has it, or
 * QN_NOT_FOUND when a trigger or rule of the table put none in. QN_OUT_OF_MEMORY: the message says
 * if the row was inserted and only could not be loaded.
 */
QN_API qn_op *qn_model_create(qn_session *session, const qn_model *model, void *row,
			      const void *values);
/*
 * Writes all loaded columns of the row but its key, and reads `on update now()` back. QN_NOT_FOUND:
 * the row is gone. A row whose key was not loaded is QN_USAGE; one of which only the key was loaded
 * sends nothing.
 */
QN_API qn_op *qn_model_save(qn_session *session, const qn_model *model, void *row);
/*
 * Writes only these fields, loaded or not, and `on update now()`; they count as loaded afterwards.
 * fields: constants of the field enum, not of the key (QN_USAGE). count 0 sends nothing. The key
 * may have been set by hand.
 */
QN_API qn_op *qn_model_save_fields(qn_session *session, const qn_model *model, void *row,
				   const int32_t *fields, size_t count);
/* QN_NOT_FOUND: it was gone already. The row here stays as it was. */
QN_API qn_op *qn_model_delete(qn_session *session, const qn_model *model, void *row);
/* How many rows of a model were deleted. */
typedef struct qn_deleted {
	const char *model; /* "shop.Product" */
	int64_t count;
} qn_deleted;

typedef struct qn_deleted_list {
	const qn_deleted *at;
	size_t len;
} qn_deleted_list;

/*
 * Deletes the row, and counts by model what goes with it by ON DELETE CASCADE, the model of the row
 * first; models without rows are left out. The counting finds the rows that refer to those that go,
 * so that an index on a foreign key pays here. Rows that another transaction adds or takes away
 * meanwhile may not be counted.
 *
 * Any delete of rows to which others refer by ON DELETE RESTRICT or NO ACTION is QN_PROTECTED; the
 * message names the relation, and nothing is deleted.
 */
QN_API qn_op *qn_model_delete_counted(qn_session *session, const qn_model *model,
				      qn_deleted_list *deleted, void *row);
/* Reads all columns again, in place, and forgets relations. QN_NOT_FOUND: the row is as before. */
QN_API qn_op *qn_model_refresh(qn_session *session, const qn_model *model, void *row);
/*
 * count: rows matched, or NULL. A where that provably matches every row, for want of filters or
 * because they filter nothing (an empty QN_NOT_IN list, an any_of with an empty where), is refused
 * (QN_USAGE): that is what _all is for. Fields with `on update now()` are set unless the changes
 * set them. No changes: 0, and nothing is sent.
 */
QN_API qn_op *qn_model_update(qn_session *session, const qn_model *model, int64_t *count,
			      const void *where, const void *changes);
QN_API qn_op *qn_model_update_all(qn_session *session, const qn_model *model, int64_t *count,
				  const void *changes);
QN_API qn_op *qn_model_delete_where(qn_session *session, const qn_model *model, int64_t *count,
				    const void *where);
QN_API qn_op *qn_model_delete_all(qn_session *session, const qn_model *model, int64_t *count);

/*
 * Loads relations of rows in hand, again if they were loaded. related: the model's _related struct;
 * what it points to is read before the call returns. The rows are the caller's, must live until the
 * operation completes, and are written to only when all is loaded. A row that was read without the
 * fields that the relation goes by is QN_USAGE; one of which nothing was read counts as made by
 * hand. No rows, or no relation named: nothing is sent.
 */
QN_API qn_op *qn_model_load_related(qn_session *session, const qn_model *model, void *rows,
				    size_t count, const void *related);

/*
 * Streams: the rows of a query, chunk by chunk, in the memory of two chunks however many there are.
 *
 *   shop_product_stream *stream = shop_product_each(session, &query, 0);
 *   shop_product_list products;
 *
 *   while ((status = qn_await(shop_product_stream_next(stream, &products))) == QN_OK &&
 *          products.len)
 *           for (size_t i = 0; i < products.len; i++)
 *                   ...
 *   shop_product_stream_close(stream);
 *
 * The rows are those of find, with what the query loads beside them, as one moment has them: other
 * transactions change nothing in a stream that has begun. A failure ends it, and every further call
 * says the same; only QN_OK with no rows is the end, and is told when the stream's transaction has
 * ended: it has no lock and no connection any more. After a failure, or when a stream is closed
 * before its end, the loop ends the transaction while the program goes on.
 *
 * A stream keeps a connection, with a transaction of its own that only reads, from its first chunk
 * until its last one has come, it has failed, or it is closed. A chunk is asked for in advance
 * while the program handles the one before, no more: who reads slowly keeps the server waiting.
 * Other operations of the session run on other connections meanwhile, so that a program in which
 * everybody has a stream open and waits for another connection needs more connections than streams;
 * whoever waits in vain is told which session has a stream of which model. Opened in qn_atomic, or
 * qn_atomic_start, a stream belongs to that transaction: it sees what that has written before the
 * first chunk, runs on its connection, among its other statements, asks for nothing in advance, and
 * has to be read in it.
 */
typedef struct qn_stream qn_stream;

/*
 * Sends nothing yet. query: as for find, read before the call returns. chunk_size: rows a chunk; 0:
 * as many as take about 256 KB, 64 in the first one. What is wrong with the query is what the first
 * chunk fails with. NULL: out of memory, or no open session; the functions below take it.
 *
 * The stream is the program's until it closes it, or the session closes.
 */
QN_API qn_stream *qn_model_each(qn_session *session, const qn_model *model, const void *query,
				size_t chunk_size);
/*
 * The next chunk. list: { row *at; size_t len; }; len 0 with QN_OK is the end. The rows, and all
 * that is loaded beside them, live until the next chunk is asked for, or the stream is closed. A
 * chunk that came in advance may be in the list when the call returns. The operation is like any
 * other: to be awaited or called back, with a deadline of its own that counts from when its chunk
 * was asked for; a cancelled one ends the stream.
 *
 * QN_USAGE: the chunk before has not come yet, or the transaction that the stream belongs to has
 * ended.
 */
QN_API qn_op *qn_stream_next(qn_stream *stream, void *list);
/*
 * Gives back what the stream has: its rows, and its connection if it was not read to its end, which
 * is rolled back without anybody waiting for it. A chunk that is under way completes with
 * QN_CANCELLED, from here. Operations of the stream that were not taken are dead. Allowed in
 * call-backs. NULL is allowed.
 */
QN_API void qn_stream_close(qn_stream *stream);

/*
 * Writes which rows are related. Of `row` and of the `count` rows at `related`, structs of the
 * related model one behind the other, only keys are read, which may have been set by hand; `row`
 * must live until the operation completes, and the relation counts as not loaded in it then.
 * `related` NULL and count 0 are no rows.
 *
 * Many to many: add links what is not linked yet; remove unlinks, and what is not linked is no
 * error; set does both, so that exactly these are linked; clear unlinks all; create adds a row and
 * links it (`made`: the row, or NULL when the caller does not want it). A key that no row has is
 * QN_FOREIGN_KEY_VIOLATION, and nothing is written. `link` holds the further columns of a declared
 * link model, a _new struct of it whose keys are not read; NULL is all defaults. A further key of
 * that model that keeps a link out is QN_UNIQUE_VIOLATION; so is, unless the pair is its primary
 * key, the same link made by another transaction meanwhile.
 *
 * Foreign keys of the related model: add makes the rows refer to this one, remove and clear to
 * none, set does both; rows of add and set that are not there, and rows of remove that refer to
 * another, are QN_NOT_FOUND, and nothing is written.
 *
 * Each is one statement.
 */
typedef struct qn_relation_write {
	const qn_model *model;
	void *row;
	const void *related;
	size_t count;
	const void *link;
	int32_t relation; /* its constant in the model's field enum */
} qn_relation_write;

QN_API qn_op *qn_relation_add(qn_session *session, const qn_relation_write *write);
QN_API qn_op *qn_relation_set(qn_session *session, const qn_relation_write *write);
QN_API qn_op *qn_relation_remove(qn_session *session, const qn_relation_write *write);
QN_API qn_op *qn_relation_clear(qn_session *session, const qn_relation_write *write);
QN_API qn_op *qn_relation_create(qn_session *session, const qn_relation_write *write, void *made,
				 const void *values);

/*
 * Whether the row holds this field or relation: false when .only left the field out, when no query
 * loaded the relation. field: a constant of the field enum.
 */
QN_API bool qn_model_is_loaded(const qn_model *model, const void *row, int32_t field);
/* For generated code: says on stderr what was not loaded and how to load it, and aborts. */
QN_API void qn_model_assert_loaded(const qn_model *model, const void *row, int32_t relation);
#ifdef NDEBUG
#define QN_ASSERT_LOADED(model, row, relation) ((void)0)
#else
#define QN_ASSERT_LOADED(model, row, relation) qn_model_assert_loaded(model, row, relation)
#endif
/* The label of an enum constant, or NULL; and back, or 0. */
QN_API const char *qn_enum_label(const qn_enum *enumeration, int value);
QN_API int qn_enum_value(const qn_enum *enumeration, const char *label);

/*
 * Writes the type of the field's column as SQL has it, "numeric(10,2)", "text[]",
 * "\"shop_status\"", cut to `size` bytes with the NUL, and returns how many it takes without the
 * NUL: as snprintf does.
 */
QN_API size_t qn_field_sql_type(const qn_field *field, char *text, size_t size);

/* All models, enums and serializers of a module, as its registry has them. */
typedef struct qn_module {
	const char *name;
	const qn_model *const *models;
	const qn_enum *const *enums;
	const struct qn_serializer *const *serializers; /* json.h */
	size_t model_count;
	size_t enum_count;
	size_t serializer_count;
} qn_module;

/* "Product" in its module; NULL when there is none. */
QN_API const qn_model *qn_module_find(const qn_module *module, const char *name);

/*
 * By name among the modules of a list, which NULL ends: that of the generated quern_modules.h, or
 * one of the program's own. "shop.Product", "shop.Status", "shop.ProductCard"; NULL when there is
 * none, or the name is NULL.
 *
 * There is nothing to register and nothing to set up: it is all constant data, there before main
 * and in every thread.
 */
QN_API const qn_model *qn_modules_find(const qn_module *const *modules, const char *name);
QN_API const qn_enum *qn_modules_find_enum(const qn_module *const *modules, const char *name);
QN_API const struct qn_serializer *qn_modules_find_serializer(const qn_module *const *modules,
							      const char *name);

#ifdef __cplusplus
}
#endif
#endif
