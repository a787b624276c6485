/*
 * The SQL text of a shape, from its key and its model alone.
 *
 * Columns are always listed and qualified; the table of the model has the alias `t`, those of
 * related rows `t1`, `t2`, ...; identifiers come from descriptors, and no value that a program gave
 * is ever in the text.
 */
#ifndef QUERN_QUERY_SQL_H
#define QUERN_QUERY_SQL_H

#include <libpq-fe.h>

#include "base/arena.h"
#include "base/buf.h"
#include "query/key.h"
#include "query/row_plan.h"

struct sql_text {
	const char *text;
	const Oid *parameter_types;
	size_t parameter_count;
	struct field_list columns;      /* of the result, when it is rows of the model */
	const struct sql_level *levels; /* rows of other models in the columns behind them */
	size_t level_count;
	bool is_grouped; /* a column says which key the row belongs to, ... */
	/* ... by its value, of this field; NULL: by the key's number, a bigint. */
	const qn_field *group_field;
	size_t group_column;
};

/*
 * Related rows in the result of a join, in the order of the result's columns. Level 0 are the rows
 * of the statement's model, level n is levels[n - 1].
 */
struct sql_level {
	const qn_model *model;
	const qn_relation *relation; /* of the model of `parent` */
	unsigned parent;             /* a level */
	struct field_list columns;
};

/* Everything in `out` is memory of the arena. False when that, or the heap, is exhausted. */
bool sql_build(const struct key *key, const qn_model *model, struct arena *arena,
	       struct sql_text *out);

/* The text under construction; for the parts of the builder. */
struct sql {
	struct buf text;
	struct buf parameter_types; /* of Oid */
	struct buf columns;         /* of uint16_t */
	size_t parameter_count;
	const qn_model *model;       /* whose fields are meant, ... */
	unsigned alias;              /* ... of the table with this alias; 0 is `t` */
	unsigned alias_count;        /* the last that was given */
	struct buf joins;            /* of struct sql_join; the n-th has the alias tn */
	size_t own_columns;          /* of `columns`: those of the statement's own model */
	const qn_field *group_field; /* as in struct sql_text */
	size_t group_column;
	struct key_reader key;
};

struct sql_join {
	const qn_model *model;
	const qn_relation *relation;
	unsigned parent; /* its alias; 0 is `t` */
	bool is_outer;
	bool is_loaded;
	size_t first_column; /* in sql->columns */
	size_t column_count;
};

void sql_add(struct sql *sql, const char *text);
/* "$3", the next parameter, of this type. */
void sql_add_parameter(struct sql *sql, Oid type);
/* "t" or "t1" */
void sql_add_alias(struct sql *sql, unsigned alias);
/* "t.name", of the model in hand */
void sql_add_column(struct sql *sql, const qn_field *field);
/* "t1.name", of any */
void sql_add_column_of(struct sql *sql, unsigned alias, const qn_field *field);
/* A column's name, quoted if need be, behind a dot. */
void sql_add_name(struct sql *sql, const char *column);
/* The column as the target of INSERT and SET, where no keyword may stand. */
void sql_add_target(struct sql *sql, const qn_field *field);
/* Adds the field to the result: "t.name", with a separator before all but the first. */
void sql_add_result(struct sql *sql, unsigned field);
/* The fields that the key lists next: how many, and which; 0 stands for all. */
void sql_add_results(struct sql *sql);
/*
 * The type of a parameter that is written into the field: 0 lets the server choose the column's
 * own.
 */
Oid sql_value_type(const qn_field *field);
/*
 * The type of a parameter that is an array of the field's values, as call_add_list writes it; it
 * has to be cast where a value has.
 */
Oid sql_list_type(const qn_field *field);
/* "::\"shop_status\"[]", of a type that only the database knows: an enum or an opaque one. */
void sql_add_cast(struct sql *sql, const qn_field *field, bool is_array);
/* " WHERE ..." of the key's where, or nothing. */
void sql_add_where(struct sql *sql);
/* What is joined by AND, up to KEY_END. `before` goes before the first. */
void sql_add_conjunction(struct sql *sql, const char *before);
/* What the key asks of related rows, behind its token. */
void sql_add_related(struct sql *sql, unsigned token);
/* " WHERE t.id = $1 AND ..." */
void sql_add_key_condition(struct sql *sql);

/*
 * From the key: the fields of the statement's own model and the joins, both into the select list.
 * The reader is left at the key's end.
 */
void sql_add_loaded(struct sql *sql);
/* " JOIN related AS t1 ON t1.id = t.author_id LEFT JOIN ...", of what sql_add_loaded has read. */
void sql_add_joins(struct sql *sql);
size_t sql_join_count(const struct sql *sql);
/* Whose table has this alias. */
const qn_model *sql_model_of(const struct sql *sql, unsigned alias);
/*
 * Divides the columns of a finished text among its levels, which are memory of the arena. False:
 * out of memory.
 */
bool sql_take_levels(const struct sql *sql, struct arena *arena, struct sql_text *out);

void sql_add_select(struct sql *sql, unsigned operation);
/* The parts of a query: each from where the key's reader is. */
/* The list of fields and the joins into the select list; leaves the reader where it is. */
void sql_add_query_results(struct sql *sql);
struct key_reader sql_options_reader(struct key_reader where);
void sql_add_from(struct sql *sql);
/* `before` is " ORDER BY " or what else precedes the first term. */
void sql_add_order(struct sql *sql, const char *before, bool is_distinct);
void sql_add_slice(struct sql *sql);
/*
 * Rows that are related to those whose keys are the first parameters, an array a column, and the
 * key that each belongs to.
 */
void sql_add_prefetch(struct sql *sql);
void sql_add_write(struct sql *sql, unsigned operation);
/* "INSERT INTO ... VALUES (...)" of the key's list of fields, without what comes back. */
void sql_add_insert(struct sql *sql);
void sql_add_relation_write(struct sql *sql, unsigned operation);
void sql_add_delete_counted(struct sql *sql);
/* Whether there is a row for each of the key's unique keys: a boolean each. */
void sql_add_unique(struct sql *sql);

#endif
