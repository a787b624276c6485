/*
 * What the statements that write relations share: sql_relation.c has those of links,
 * sql_relation_key.c those of foreign keys.
 *
 * `k` stands for the keys that the program gave, with the columns k1, k2, ...; `t` is the table
 * that is written. Names of WITH queries begin with quern__, which the name of no model's table
 * does unless somebody writes it so.
 */
#ifndef QUERN_QUERY_SQL_RELATION_H
#define QUERN_QUERY_SQL_RELATION_H

#include "query/sql.h"

/* Parameters are named several times: their numbers. */
struct relation_sql {
	struct sql *sql;
	const qn_model *owner;
	const qn_relation *relation;
	const qn_link *link;
	const uint16_t *keys; /* the fields of the related model that identify its rows */
	size_t key_count;
	size_t own;     /* number of the first parameter of the owner's key */
	size_t related; /* of the first array of related keys */
	size_t values;  /* of the first further value of the link */
	struct key_reader link_fields;
	unsigned link_field_count;
};

/* The i-th field of what identifies the related rows. */
const qn_field *relation_key_field(const struct relation_sql *this, size_t i);
/* "k.k1": `prefix` and a number. */
void sql_add_numbered(struct sql *sql, const char *prefix, size_t number);
/* The i-th value of the owner's key: "$1". */
void relation_add_own_value(struct relation_sql *this, size_t i);
/* "unnest($2, $3)" */
void relation_add_unnest(struct relation_sql *this);
/* "(k1, k2)" */
void relation_add_key_names(struct relation_sql *this);
/* The rows of a model whose foreign key refers to the owner are made to refer to it, or to none. */
void relation_add_move(struct relation_sql *this, unsigned operation);
/* None refers to the owner any more. */
void relation_add_let_go(struct relation_sql *this);

#endif
