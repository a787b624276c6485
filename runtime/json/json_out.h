/*
 * JSON on its way into a buffer.
 *
 * The first failure is kept; what comes after it writes harmlessly or not at all, and json_end takes everything back.
 */
#ifndef QUERN_JSON_OUT_H
#define QUERN_JSON_OUT_H

#include "base/arena.h"
#include "quern/json.h"

/* Longer than any value that is written in one go: an interval in quotes. */
enum { JSON_SHORT_MAX = QN_INTERVAL_TEXT + 4 };

struct json_plan;

struct json_out {
	qn_buffer *buffer;
	qn_json_options options;
	size_t start; /* where this call's text begins */
	qn_status status;
	unsigned depth;
	struct arena arena;      /* plans, for the time of the call */
	struct json_plan *plans; /* made so far */
	qn_buffer computed;      /* takes one computed value at a time */
};

void json_begin(struct json_out *out, qn_buffer *buffer, const qn_json_options *options);
/* Takes the text back when something failed. */
qn_status json_end(struct json_out *out);

void json_fail(struct json_out *out, qn_status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* "shop.Product.name is not UTF-8" */
void json_fail_field(struct json_out *out, const qn_model *model, const char *field,
		     const char *problem);

char *json_room_more(struct json_out *out, size_t len);
/* Room for `len` bytes and a NUL behind the text, for json_took. NULL: failed. */
static inline char *json_room(struct json_out *out, size_t len)
{
	qn_buffer *buffer = out->buffer;

	if (buffer->capacity - buffer->len <= len)
		return json_room_more(out, len);
	return buffer->at + buffer->len;
}

static inline void json_took(struct json_out *out, char *end)
{
	out->buffer->len = (size_t)(end - out->buffer->at);
	*end = '\0';
}

static inline void json_add_char(struct json_out *out, char c)
{
	char *at = json_room(out, 1);

	if (!at)
		return;
	*at = c;
	json_took(out, at + 1);
}

void json_add(struct json_out *out, const char *bytes, size_t len);
/* With quotes and escapes. False: not UTF-8, and nothing was added. */
bool json_add_text(struct json_out *out, const char *text, size_t len);

/* The value of a field, as its type is written. `value` is that of the C struct, and not NULL. */
struct json_value {
	const qn_model *model;
	const qn_field *field;
	const void *at;
};

void json_add_value(struct json_out *out, struct json_value value);
/* Types whose value is a text that is written as it is: json_add_field_text does it. */
bool json_is_text(const qn_field *field);
void json_add_field_text(struct json_out *out, const qn_model *model, const qn_field *field,
			 const char *text);
/*
 * The same for types whose values are never longer than JSON_SHORT_MAX: writes into room that is there, returns the end.
 * NULL for any other type, and where an option decides.
 */
typedef char *json_put(char *at, const void *value);
json_put *json_put_of(const struct json_out *out, const qn_field *field);

/* Whether the text, which has a NUL behind it, is one JSON value, nested at most so deep. */
bool json_is_valid(const char *text, size_t len, unsigned depth_max);

#endif
