/*
 * JSON into the values of a new row, or into changes.
 *
 * An object is read by the names of the model's fields; a foreign key of one column also goes by
 * the name of its relation. A key that is no field is an error, or skipped; one that is given twice
 * is an error, as is the key of the row in changes, and whatever else quern cannot write there.
 * NULL for a field that has no NULL is an error. In a _new struct a required field that is missing
 * is an error, other members that are missing are left to their defaults; in a _changes struct what
 * is missing stays as it is, null is QN_SET_NULL.
 *
 *   bool                     true, false
 *   integers, oid            numbers that are whole: 3, and 3.0 and 3e2 too; bigint also as text:
 *                            "3"
 *   real, double             numbers, to the nearest; "NaN", "Infinity", "-Infinity"
 *   numeric                  numbers and text, exact
 *   text, name, "char", opaque types
 *                            text, without U+0000 and halves of surrogate pairs
 *   bytea                    base64
 *   date, time, timestamp, timestamptz, interval, inet, cidr, macaddr, uuid
 *                            text as qn_date_parse and the like read it
 *   enum                     its label
 *   json, jsonb              any value, as it was written; null is NULL
 *   arrays                   arrays, null being NULL
 *
 * What does not fit the column (characters, digits, range) is an error here already. Numbers are
 * read from their digits and never by way of a double. The text must be UTF-8 and JSON to the
 * letter, and nothing may follow the object.
 *
 * Then comes what validate.h asks: rules, checks and hooks, of what was given or is NULL for being
 * left out. With a serializer fields that it does not take are not looked at; if one of them is
 * required, the hook of the model is not called for a new row, as the program sets it later and
 * calls qn_validate_new itself. Errors name fields as they were given.
 */
#ifndef QUERN_JSON_READ_H
#define QUERN_JSON_READ_H

#include "quern/validate.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct qn_json_input {
	const char *text; /* read before the call returns; needs no NUL behind it */
	size_t len;
	/*
	 * Only what it takes, under its keys, is read; any other key of it is an error. What it
	 * does not take of the required fields is for the caller to set. NULL: all fields, under
	 * their names.
	 */
	const qn_serializer *serializer;
	bool ignore_unknown; /* keys that are no field are skipped, whatever they hold */
	unsigned max_depth;  /* of objects and arrays in each other, at most 1024; 0: 64 */
	size_t max_size;     /* bytes; 0: 16 MB */
} qn_json_input;

/*
 * values: the model's _new struct, all of whose members are written. What was read lives as long as
 * what the session loads, and takes at most some thirty bytes for each of the text: that is for an
 * array of small numbers.
 *
 * QN_INVALID_VALUE: the errors say what is wrong, one for each field, up to 16 for unknown keys,
 * and those of the whole; if it is no JSON, or over a limit, that alone. No member is set then, nor
 * with QN_OUT_OF_MEMORY. QN_USAGE: something that is needed is NULL, or the serializer is for
 * another model. Of all but QN_OK qn_session_error tells too.
 */
QN_API QN_MUST_CHECK qn_status qn_json_read_new(qn_session *session, const qn_model *model,
						void *values, qn_json_input input,
						qn_errors *errors);
/* The same for the model's _changes struct. */
QN_API QN_MUST_CHECK qn_status qn_json_read_changes(qn_session *session, const qn_model *model,
						    void *values, qn_json_input input,
						    qn_errors *errors);

typedef struct qn_json_tree_input {
	const struct cJSON *tree;        /* read before the call returns */
	const qn_serializer *serializer; /* as in qn_json_input */
	bool ignore_unknown;
} qn_json_tree_input;

/*
 * The same from a tree of cJSON. A number in a tree is a double: where the field wants it exact and
 * it is 2^53 or more, or has more than 18 decimals to be exact, as 0.1 has, it is an error; text is
 * taken. A document in it may be nested 63 deep, one less than the whole of a text; a number of it
 * that is 2^53 or more, or not finite, is an error outside of cJSON_Raw parts.
 */
QN_API QN_MUST_CHECK qn_status qn_json_read_new_tree(qn_session *session, const qn_model *model,
						     void *values, qn_json_tree_input input,
						     qn_errors *errors);
QN_API QN_MUST_CHECK qn_status qn_json_read_changes_tree(qn_session *session, const qn_model *model,
							 void *values, qn_json_tree_input input,
							 qn_errors *errors);

#ifdef __cplusplus
}
#endif
#endif
