/*
 * Values that were sent, on their way into a _new or _changes struct: from a text or from a tree.
 *
 * A reader gathers what is wrong and goes on, as long as what it reads is JSON. Memory is the
 * session's.
 */
#ifndef QUERN_JSON_READER_H
#define QUERN_JSON_READER_H

#include "base/buf.h"
#include "quern/json_read.h"
#include "validate/errors.h"
#include "json/scan.h"

struct cJSON;
struct json_name;

/* 2^53, which 2^53 + 1 became too: whole doubles below are what was meant. */
#define JSON_EXACT_END 9007199254740992.0

struct json_reader {
	const char *call; /* the public function, for messages */
	qn_session *session;
	struct arena *arena;
	const qn_model *model;
	const qn_serializer *serializer; /* NULL: all fields under their names */
	char *values;                    /* the _new or _changes struct */
	bool is_changes;
	bool ignores_unknown;
	unsigned next;           /* the field that comes next if they come in order */
	struct json_name *names; /* a hash table; made when one comes out of order */
	size_t name_mask;
	size_t name_longest;
	uint64_t *seen; /* a bit for each field */
	/*
	 * By field: the name that it was given under. NULL: the model has no rules that would want
	 * to know.
	 */
	const char **given_names;
	struct error_list errors;
	size_t unknown_count;
	struct buf encoded; /* of the value at hand, for the checks of its codec */
	bool is_stopped;    /* by what makes the whole no JSON, or is over a limit */
	bool was_exhausted; /* the arena, before */
};

/*
 * A value without parts; of a json or jsonb field any value, as a JSON_TEXT that is its own text.
 */
struct json_scalar {
	enum json_token token; /* JSON_ODD is refused, JSON_ESCAPED is none */
	/*
	 * A number as written. A text without quotes and escapes, with a NUL behind it; the
	 * arena's.
	 */
	struct str text;
	const double *number; /* of a float or double field in a tree; NULL: the text says it */
};

/* A field, as it was named, and the place of its value in C. */
struct json_target {
	const qn_field *field;
	const char *name;
	void *at;
};

/*
 * For a reader that has a call, a model, values and is_changes. Unsets all members. QN_USAGE:
 * something is NULL. Unless it is QN_OK, there is nothing to finish, and the session's error says
 * why.
 */
qn_status json_reader_begin(struct json_reader *reader, qn_session *session, qn_errors *errors);
/*
 * The field or forward relation of that name, for a value that may now be read; its member is set
 * when the value is accepted. False: the value is to be skipped.
 */
bool json_reader_find(struct json_reader *reader, struct str name, struct json_target *target);
/* NULL was sent. */
void json_reader_set_null(struct json_reader *reader, const struct json_target *target);
/* The value is in its place. */
void json_reader_set(struct json_reader *reader, const struct json_target *target);
/* What is missing, what the rules of the model say; then what there is to tell. */
qn_status json_reader_finish(struct json_reader *reader, qn_errors *errors);

/*
 * Each field and the whole have one error, the first. The texts of the problem are static, or of
 * the arena.
 */
void json_reader_fail(struct json_reader *reader, const struct json_target *target,
		      struct problem problem);
/* An error of the whole that takes the place of all others, and ends the reading. */
void json_reader_stop(struct json_reader *reader, const char *code, const char *message);

/* An array whose elements come one by one. */
struct json_elements {
	qn_field field; /* of the elements */
	struct json_target target;
	struct buf values;
	struct buf nulls;
	size_t len;
	bool has_null;
	bool is_bad;
};

/* Whether the C value is an array, which JSON's arrays are for. */
bool json_field_is_array(const qn_field *field);
bool json_field_is_document(const qn_field *field);
/* A value that is not NULL, of the field's type, which is no array. */
struct problem json_value_take(struct json_reader *reader, const qn_field *field,
			       const struct json_scalar *scalar, void *out);
/*
 * A value in a tree as the text of the field, json or jsonb, which is the arena's. Out of memory:
 * the arena is exhausted.
 */
struct problem json_document_print(struct json_reader *reader, const qn_field *field,
				   const struct cJSON *item, struct json_scalar *scalar);
/* Into target->at, or fails the target. */
void json_reader_take(struct json_reader *reader, const struct json_target *target,
		      const struct json_scalar *scalar);
void json_elements_init(struct json_elements *elements, struct json_reader *reader,
			const struct json_target *target);
void json_elements_add(struct json_elements *elements, struct json_reader *reader,
		       const struct json_scalar *scalar);
/* The next element is no value that can be read. */
void json_elements_fail(struct json_elements *elements, struct json_reader *reader,
			struct problem problem);
void json_elements_finish(struct json_elements *elements, struct json_reader *reader);

#endif
