/*
 * What is wrong with values that somebody sent: by field, with a code for programs and a message
 * for people.
 *
 * Codes are stable. A message completes the name of its field: "price" "has more than 2 decimals".
 *
 *   syntax          it is not JSON; the message says at which byte
 *   too_large, too_deep
 *                   it is over the limits of the reading
 *   unknown         there is no such field
 *   duplicate_key   the field is given twice
 *   read_only       the field is there, but cannot be given here
 *   required        a field that must be given is missing
 *   null            NULL for a field that cannot be NULL
 *   invalid         it is not a value of the field's type
 *   invalid_choice  it is none of the labels of the enum
 *   blank           nothing but white space
 *   min_length, max_length
 *                   too few or too many characters
 *   max_digits, max_decimal_places
 *                   too many digits, before or behind the point
 *   min_value, max_value
 *                   out of the range of the type, or of the rule `from ... to ...`
 *   invalid_email, invalid_url, invalid_slug
 *                   not of this form
 *   pattern         the regular expression of the rule does not match, or would take too long to
 *   check           a check of the table is not kept; of one field, or of the whole
 *   unique          another row has this value
 *   unique_together another row has these values; of the whole
 *   reference       no row has the key that it refers to
 *   exclusion       another row excludes these values; of the whole
 *
 * Hooks of the program add codes of their own.
 */
#ifndef QUERN_VALIDATE_H
#define QUERN_VALIDATE_H

#include "quern/json.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct qn_field_error {
	const char *field; /* "price"; "tags[3]" for an element of an array; "" for the whole */
	const char *code;
	const char *message;
	const char *constraint; /* of the table, where it is one that is not kept; else NULL */
} qn_field_error;

/* The memory is the session's that was read for. */
typedef struct qn_errors {
	const qn_field_error *at;
	size_t len;
} qn_errors;

/*
 * Adds {"price":[{"code":"max_digits","message":"..."}],"__all__":[...]} to the text: the fields in
 * the order of their first errors, what is wrong with the whole under "__all__". QN_OUT_OF_MEMORY;
 * QN_INVALID_VALUE: a text that is not UTF-8; QN_USAGE: the errors are NULL. The text is as it was
 * then, and out->problem says why.
 */
QN_API QN_MUST_CHECK qn_status qn_errors_to_json(qn_buffer *out, const qn_errors *errors);

/*
 * Checks the values of a new row, or of changes, as reading them from JSON does too: types and
 * their limits, rules, the checks of the table that can be told without the database, and the
 * program's hooks. Nothing is sent.
 *
 * Each field has one error, its first. A check is left to the database when it names a field that
 * is not given, or one that has an error; so is one of changes that compute (QN_ADD). The hook of
 * the model is called when there is no error before.
 *
 * QN_OK; QN_INVALID_VALUE: the errors say what is wrong; QN_OUT_OF_MEMORY; QN_USAGE: something is
 * NULL. Of all but QN_OK qn_session_error tells too, as it does for all functions here that have a
 * session and return a status.
 */
QN_API QN_MUST_CHECK qn_status qn_validate_new(qn_session *session, const qn_model *model,
					       const void *values, qn_errors *errors);
QN_API QN_MUST_CHECK qn_status qn_validate_changes(qn_session *session, const qn_model *model,
						   const void *changes, qn_errors *errors);
/*
 * Asks the database, in one statement, which of the values another row has already: by the primary
 * key and the unique keys without a condition or an expression. A key is asked for when all of its
 * fields are given, or NULL for want of a default; with a NULL in it only if it takes them for
 * equal. Of changes, what is not given is as the row has it, and the row itself is left out; keys
 * that they do not touch, or compute a part of, are not asked for. Nothing to ask: nothing is sent.
 *
 * `errors` is empty until the operation completes. QN_INVALID_VALUE: it says what is taken; if it
 * is empty, a value does not fit its column, as qn_session_error says. QN_USAGE: something is NULL;
 * the model has no key; the row was read without a field that is needed (its key may have been set
 * by hand). Another transaction can still be faster: the constraint has the last word, and
 * qn_errors_from_database tells then.
 */
QN_API qn_op *qn_validate_unique_new(qn_session *session, const qn_model *model, qn_errors *errors,
				     const void *values);
QN_API qn_op *qn_validate_unique_changes(qn_session *session, const qn_model *model,
					 qn_errors *errors, const void *row, const void *changes);
/*
 * The database's refusal of a row of this model as the error of a field, or of the whole: a unique
 * key, a foreign key, a check, an exclusion, NULL. False, and no errors: it was refused for another
 * reason (rows that refer to it, QN_PROTECTED, too), or for a row of another model, or there is no
 * memory.
 */
QN_API bool qn_errors_from_database(qn_session *session, const qn_model *model,
				    const qn_error *error, qn_errors *errors);

/*
 * Gives the fields in errors the keys under which the serializer takes them, as reading by it does:
 * for errors of unique keys and of the database, which know the names of the model. Messages of
 * checks and unique keys call them so too. What the serializer does not take keeps its name.
 * QN_OUT_OF_MEMORY leaves the errors as they were; QN_USAGE: something is NULL.
 */
QN_API QN_MUST_CHECK qn_status qn_errors_rename(qn_session *session,
						const qn_serializer *serializer, qn_errors *errors);

/*
 * For hooks, which close neither the session nor its pool: says what is wrong. `field` is a
 * constant of the model's field enum; 0 is the field that the hook is for, or the whole in a hook
 * of the model. A relation is its foreign key's column; all else is of the whole. The code must
 * live as long as the session, and is "invalid" where it is NULL; the message is copied. Later
 * errors of a field that has one are dropped.
 */
QN_API void qn_invalid(qn_validation *validation, int32_t field, const char *code,
		       const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The session that the values are checked for. */
QN_API qn_session *qn_validation_session(const qn_validation *validation);

#ifdef __cplusplus
}
#endif
#endif
