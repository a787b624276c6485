/*
 * The SQL text of a shape, from its key and its model alone.
 *
 * Columns are always listed and qualified, tables have the alias `t`, identifiers come from descriptors; no value that a
 * program gave is ever in the text.
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
	struct field_list columns; /* of the result, when it is rows of the model */
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
	const qn_model *model;
	struct key_reader key;
};

void sql_add(struct sql *sql, const char *text);
/* "$3", the next parameter, of this type. */
void sql_add_parameter(struct sql *sql, Oid type);
/* "t.name" */
void sql_add_column(struct sql *sql, const qn_field *field);
/* The column as the target of INSERT and SET, where no keyword may stand. */
void sql_add_target(struct sql *sql, const qn_field *field);
/* Adds the field to the result: "t.name", with a separator before all but the first. */
void sql_add_result(struct sql *sql, unsigned field);
/* The fields that the key lists next: how many, and which; 0 stands for all. */
void sql_add_results(struct sql *sql);
/* The type of a parameter that is written into the field: 0 lets the server choose the column's own. */
Oid sql_value_type(const qn_field *field);
/* " WHERE ..." of the key's where, or nothing. */
void sql_add_where(struct sql *sql);
/* " WHERE t.id = $1 AND ..." */
void sql_add_key_condition(struct sql *sql);

void sql_add_select(struct sql *sql, unsigned operation);
void sql_add_write(struct sql *sql, unsigned operation);

#endif
