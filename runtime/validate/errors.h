/*
 * What is wrong with the values of one row, gathered: shared by the reader of JSON, validation, the
 * asking for unique keys and the database's refusals.
 *
 * A field has one error, its first; the whole may have several. Memory is the arena's, and its
 * `exhausted` says that an error could not be added.
 */
#ifndef QUERN_VALIDATE_ERRORS_H
#define QUERN_VALIDATE_ERRORS_H

#include "base/arena.h"
#include "quern/validate.h"

/* What is wrong with a value; no code: nothing. */
struct problem {
	const char *code;
	const char *message; /* NULL: there was no memory for it */
};

#define NO_PROBLEM ((struct problem){ NULL, NULL })

struct error_list {
	struct arena *arena;
	const qn_model *model;
	const char *const *names; /* of the fields in errors; NULL: those of the model */
	uint64_t *failed;         /* a bit for each field that has an error */
	qn_field_error *at;
	size_t len;
	size_t capacity;
};

/* Neither list nor bits hold anything. False: out of memory. */
bool error_list_init(struct error_list *list, struct arena *arena, const qn_model *model);
/*
 * field: index into the model's fields. Nothing happens when it has an error. The texts live as
 * long as the arena.
 */
void error_list_fail(struct error_list *list, size_t field, struct problem problem);
/* The same of element `index` of an array: "tags[3]". */
void error_list_fail_element(struct error_list *list, size_t field, size_t index,
			     struct problem problem);
/* The same under another name, which is not copied. */
void error_list_fail_as(struct error_list *list, size_t field, const char *name,
			struct problem problem);
bool error_list_has(const struct error_list *list, size_t field);
/* Of the whole (""), or of a name that is no field. */
void error_list_add(struct error_list *list, const char *name, struct problem problem);
/* As qn_errors. QN_OK: there are none; QN_INVALID_VALUE. */
qn_status error_list_finish(const struct error_list *list, qn_errors *errors);

#endif
