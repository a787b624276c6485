/*
 * JSON on its way into a buffer.
 *
 * The first failure is kept; what comes after it writes harmlessly or not at all, and json_end
 * takes everything back.
 *
 * Two ways to write. json_add and its like end the buffer's text behind what they added. Rows go
 * faster: their functions are handed where to write and return the end of it, and only json_took at
 * the end of all says so to the buffer.
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
	char *limit; /* the end of the buffer's memory */
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

char *json_reserve_more(struct json_out *out, const char *at, size_t len);
/*
 * Room for `len` bytes and a NUL behind `at`: there, or where all that was written has moved to.
 * NULL: failed.
 */
static inline char *json_reserve(struct json_out *out, char *at, size_t len)
{
	if ((size_t)(out->limit - at) <= len)
		return json_reserve_more(out, at, len);
	return at;
}

/* The same behind the buffer's text. */
static inline char *json_room(struct json_out *out, size_t len)
{
	char *text = out->buffer->at;

	return json_reserve(out, text ? text + out->buffer->len : NULL, len);
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

/*
 * Has a value computed into out->computed, whose problem says why when that fails. To what computes
 * it the buffer of the whole text is empty: if that could move, this call would go on in freed
 * memory. QN_USAGE: something was written there.
 */
qn_status json_compute(struct json_out *out, qn_json_compute compute, const void *row);

void json_add(struct json_out *out, const char *bytes, size_t len);
/* With quotes and escapes. False: not UTF-8, and nothing was added. */
bool json_add_text(struct json_out *out, const char *text, size_t len);
/* The same at `at`; returns the end. NULL: failed, or with the status QN_OK not UTF-8. */
char *json_put_text(struct json_out *out, char *at, const char *text, size_t len);
char *json_put_bytes(struct json_out *out, char *at, const char *bytes, size_t len);

struct json_form;

/* Of an enum, in quotes, with room to copy it by JSON_LABEL_STEP bytes. */
struct json_label {
	const char *at;
	size_t len; /* 0: not made yet */
};

enum { JSON_LABEL_STEP = 32 };

/*
 * Writes a value, of its C type, at `at`, where there is room for JSON_SHORT_MAX; returns the end.
 */
typedef char *json_put(char *at, const void *value);
/* The same of any length: the room ends with what was written. NULL: failed. */
typedef char *json_write(struct json_out *out, char *at, const struct json_form *form,
			 const void *value);

/* How the values of a field are written: by `put`, or where that is NULL by `write`. */
struct json_form {
	const qn_model *model;
	const qn_field *field;
	json_put *put;
	json_write *write;
	/* The same for the elements of an array, and where the next one is. */
	json_put *element_put;
	json_write *element_write;
	uint32_t element_size;
	bool element_is_pointer; /* NULL is NULL */
	/* Of an enum: room for all its labels, each made when it is needed. */
	struct json_label *labels;
};

/* False: out of memory. */
bool json_form_init(struct json_form *form, struct json_out *out, const qn_model *model,
		    const qn_field *field);

/* Texts, real and double. */
json_write json_write_text, json_write_float, json_write_double;

/* Whether the text, which has a NUL behind it, is one JSON value, nested at most so deep. */
bool json_is_valid(const char *text, size_t len, unsigned depth_max);

#endif
