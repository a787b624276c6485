/*
 * How the rows of a statement become row structs: one entry for each column of the result, in its
 * order.
 */
#ifndef QUERN_QUERY_ROW_PLAN_H
#define QUERN_QUERY_ROW_PLAN_H

#include "base/arena.h"
#include "codec/type.h"

/* Fields by index, in the order of a statement's result columns. */
struct field_list {
	uint16_t *at;
	size_t len;
};

enum row_form {
	ROW_FORM_ANY,  /* by the codec */
	ROW_FORM_TEXT, /* a pointer to the wire */
	ROW_FORM_4,    /* a big-endian number of 4 bytes */
	ROW_FORM_8,
	ROW_FORM_BOOL,
	ROW_FORM_DECIMAL,
};

struct row_column {
	bool (*decode)(struct str wire, const qn_field *field, struct arena *arena, void *out);
	const qn_field *field;
	uint32_t row;  /* offset of the member */
	uint32_t has;  /* offset of the has_ twin, or QN_NO_OFFSET */
	uint32_t size; /* of the member */
	uint8_t form;  /* enum row_form */
	bool points;   /* the decoded member points into the result's memory */
};

struct row_plan {
	const struct row_column *columns; /* NULL: the statement returns no model rows */
	uint32_t column_count;
	uint32_t loaded_words;
	const uint64_t *loaded; /* the qn_loaded bits of a row read by this plan */
	bool points;            /* some column does */

	/* Beside the rows of the statement's model, in the columns behind theirs. */
	const struct row_level *levels;
	uint32_t level_count;
	uint32_t result_columns; /* with those of the levels, and of the group */
	bool is_grouped;         /* a column says which key each row belongs to, ... */
	int group_column;
	/* ... by its value, of this field; NULL: by the key's number, a bigint. */
	const qn_field *group_field;
};

/*
 * Related rows in the same result. Level 0 are the rows of the statement's model, level n is
 * levels[n - 1].
 */
struct row_level {
	const qn_model *model;
	const qn_relation *relation; /* of the model of `parent` */
	uint32_t parent;             /* a level */
	uint32_t bit;                /* of the relation in the parent's qn_loaded */
	int first_column;
	const int *key; /* the columns of relation->other: NULL in the first when there is no row */
	struct row_plan plan;
};

/*
 * The oid that a column of this field has in a result; 0 for one that only its database knows, an
 * enum.
 */
uint32_t row_plan_oid(const qn_field *field);
/* Fills the plan from memory of the arena. False when that is exhausted. */
bool row_plan_build(struct row_plan *plan, const qn_model *model, const struct field_list *fields,
		    struct arena *arena);
struct sql_text;
/* Adds what the statement's result has beside the rows of its own model. */
bool row_plan_add_levels(struct row_plan *plan, const qn_model *model, const struct sql_text *sql,
			 struct arena *arena);

#endif
