/*
 * What is wrong with values that somebody sent: by field, with a code for programs and a message for people.
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
 *   max_length      too many characters
 *   max_digits, max_decimal_places
 *                   too many digits, before or behind the point
 *   min_value, max_value
 *                   out of the range of the type
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
} qn_field_error;

/* The memory is the session's that was read for. */
typedef struct qn_errors {
	const qn_field_error *at;
	size_t len;
} qn_errors;

/*
 * Adds {"price":[{"code":"max_digits","message":"..."}],"__all__":[...]} to the text: the fields in the order of their
 * first errors, what is wrong with the whole under "__all__". QN_OUT_OF_MEMORY; QN_INVALID_VALUE: a text that is not
 * UTF-8. The text is as it was then.
 */
QN_API QN_MUST_CHECK qn_status qn_errors_to_json(qn_buffer *out, const qn_errors *errors);

#ifdef __cplusplus
}
#endif
#endif
