/*
 * Checks as their tests see them: a table with a column of every kind, conditions compiled for it
 * as the compiler does, and descriptors of both as generated code would hold them.
 */
#ifndef QUERN_TEST_CHECK_SUBJECT_H
#define QUERN_TEST_CHECK_SUBJECT_H

#include "expression.h"
#include "quern/model.h"

struct check_subject {
	struct arena arena;
	const struct schema *schema;
	const struct model *table;
	qn_model model; /* the same to the runtime */
};

/* False: the schema does not compile, which stderr says. Nothing is to be freed then. */
bool check_subject_init(struct check_subject *subject);
void check_subject_free(struct check_subject *subject);
/* The check of a condition, in the arena; NULL: only the database can tell. */
const qn_check *check_subject_compile(struct check_subject *subject, struct str sql);

/*
 * Conditions that are told without the database, and others that are not; each list ends with NULL.
 */
extern const char *const checks_told[];
extern const char *const checks_not_told[];

/*
 * Conditions that name what is not there, and how they write that, with spaces between. Ends with
 * NULL.
 */
struct check_fault {
	const char *sql;
	const char *faults;
};

extern const struct check_fault checks_with_faults[];

/* Conditions that PostgreSQL takes, with names that are no columns. Ends with NULL. */
extern const char *const checks_of_other_names[];

#endif
