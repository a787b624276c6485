/*
 * Rows as JSON, written straight from their structs by the descriptors of their models.
 *
 * Writing never asks the database: what was not loaded is left out, or is an error, and nothing is
 * fetched. Keys come in the order of declaration.
 *
 *   bool                     true, false
 *   integers, oid            numbers
 *   real, double             the shortest number that reads back as the same; NaN and infinities
 *                            are null
 *   numeric                  text, exact: "12.50"
 *   text, name, "char", opaque types, inet, cidr, macaddr, uuid
 *                            text
 *   bytea                    base64
 *   date, time, timestamp, timestamptz, interval
 *                            ISO 8601; timestamptz in UTC with +00:00
 *   enum                     its label
 *   json, jsonb              as it is, once it was checked to be JSON
 *   arrays                   arrays; NULL is null, in them too
 */
#ifndef QUERN_JSON_H
#define QUERN_JSON_H

#include "quern/model.h"

#ifdef __cplusplus
extern "C" {
#endif

struct cJSON;

/* A growing text. Zeroed memory is an empty one; `at` ends in NUL once something was added. */
typedef struct qn_buffer {
	char *at;
	size_t len;
	size_t capacity;
	char problem[160]; /* why the last call that wrote into it failed; "" when it did not */
} qn_buffer;

/* Forgets the text, keeps the memory. */
QN_API void qn_buffer_clear(qn_buffer *buffer);
/* Gives the memory back; the buffer is empty, and may be used again. */
QN_API void qn_buffer_free(qn_buffer *buffer);
/* QN_OUT_OF_MEMORY leaves the text as it was. */
QN_API QN_MUST_CHECK qn_status qn_buffer_add(qn_buffer *buffer, const char *bytes, size_t len);

/*
 * Adds the value of a computed key, one value in JSON, to a buffer that is empty; what it calls may
 * write into it too. `row` is the row, `context` that of the options. A failure ends the call that
 * writes, which returns it; out->problem may say why. The buffer of the whole text is empty
 * meanwhile; to write there is QN_USAGE.
 */
typedef qn_status (*qn_json_compute)(qn_buffer *out, const void *row, void *context);

/* What a serializer writes under one key. */
typedef struct qn_serializer_entry {
	const char *key;
	qn_json_compute compute; /* NULL: a member of the row */
	/* Of the rows of a relation; NULL: as their model is written without a serializer. */
	const struct qn_serializer *nested;
	int32_t member; /* a constant of the model's field enum, of a field or a relation */
	bool is_read_only;
	bool is_write_only;
} qn_serializer_entry;

/* What rows of a model are written as. Made from `serializer` declarations by quern. */
typedef struct qn_serializer {
	const char *name; /* "shop.ProductCard" */
	const qn_model *model;
	const qn_serializer_entry *entries; /* in the order of the keys */
	size_t entry_count;
} qn_serializer;

typedef struct qn_json_options {
	const qn_serializer *serializer; /* of the rows; NULL: all that was loaded is written */
	void *context;                   /* for what the serializer computes */
	bool integers_as_text;     /* those that a double cannot hold exactly, of 2^53 and more */
	bool not_a_number_as_text; /* "NaN", "Infinity", "-Infinity" instead of null */
} qn_json_options;

/*
 * Adds a row as an object to the text: its loaded fields, then the relations that were loaded,
 * nested in the same way. A row that is NULL is null. `options` NULL: none.
 *
 * With a serializer its keys and no others: a field or relation that was not loaded is QN_USAGE
 * then, but the key of a foreign key stands for the row that it refers to (of several columns, an
 * array of them).
 *
 * QN_OUT_OF_MEMORY; QN_INVALID_VALUE: a text that is not UTF-8, or a json field or what was
 * computed that is not JSON; QN_USAGE: rows that contain each other, or are nested more than 32
 * deep, or a serializer for another model; what a computed key failed with. The text is as it was
 * then, and out->problem says why.
 */
QN_API QN_MUST_CHECK qn_status qn_json_write(qn_buffer *out, const qn_model *model, const void *row,
					     const qn_json_options *options);
/* The same for rows one behind the other: an array of objects. */
QN_API QN_MUST_CHECK qn_status qn_json_write_list(qn_buffer *out, const qn_model *model,
						  const void *rows, size_t count,
						  const qn_json_options *options);
/* The same as JSON Lines: each object on a line of its own. */
QN_API QN_MUST_CHECK qn_status qn_json_write_lines(qn_buffer *out, const qn_model *model,
						   const void *rows, size_t count,
						   const qn_json_options *options);
/*
 * Adds a text with quotes and escapes, for what is computed; NULL is null. QN_OUT_OF_MEMORY,
 * QN_INVALID_VALUE: not UTF-8.
 */
QN_API QN_MUST_CHECK qn_status qn_json_write_text(qn_buffer *out, const char *text);
/*
 * A row as a tree of cJSON, for cJSON_Delete by the caller. Numbers in it are doubles, so that
 * integers of 2^53 and more are text; those within json and jsonb are rounded. Texts end at U+0000.
 *
 * Fails as qn_json_write does, which says why in words; QN_INVALID_VALUE also for a document that
 * cJSON does not take: half of a surrogate pair, to some versions a number of over 63 bytes. *tree
 * is NULL then. QN_USAGE also: the place for the tree is NULL.
 */
QN_API QN_MUST_CHECK qn_status qn_json_tree(struct cJSON **tree, const qn_model *model,
					    const void *row, const qn_json_options *options);

#ifdef __cplusplus
}
#endif
#endif
