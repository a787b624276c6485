/*
 * What is written of the rows of a model, with or without a serializer: made once a call, for each
 * of the two.
 */
#ifndef QUERN_JSON_PLAN_H
#define QUERN_JSON_PLAN_H

#include "json/json_out.h"

/*
 * Keys are copied by this many bytes at a time, so that there is as much behind them and behind
 * what they are copied to.
 */
enum { KEY_STEP = 32 };

/* How a row says that a field is NULL. */
enum null_form {
	NULL_NEVER,
	NULL_POINTER,
	NULL_TWIN, /* has_name is false */
};

/*
 * What is written for a field, a relation or what a serializer computes: one of the three is there.
 */
struct json_entry {
	const char *key; /* `,"name":` */
	uint32_t key_len;
	uint32_t row; /* offset of the member, and of its twin */
	uint32_t has;
	/* Offset of the word, and the bit there, that say whether the row has it. */
	uint32_t loaded;
	uint64_t bit;
	struct json_form form; /* of the field */
	const qn_relation *relation;
	struct json_entry *own;      /* the fields that hold the key of its row, for a serializer */
	const qn_serializer *nested; /* of the relation's rows, or NULL */
	struct json_plan *plan;      /* of them, once it was needed */
	qn_json_compute compute;
	const char *name;
	uint8_t null_form;
};

struct json_plan {
	struct json_plan *next;
	const qn_model *model;
	const qn_serializer *serializer; /* NULL: what was not loaded is left out */
	struct json_entry *entries;
	size_t entry_count;
	size_t room; /* for all keys and all short values of a row */
};

/*
 * Of what has been needed so far in this call, else made. NULL: out of memory, and the call failed.
 */
struct json_plan *json_plan_of(struct json_out *out, const qn_model *model,
			       const qn_serializer *serializer);
/* Of the rows that the call is about. NULL: the call failed. */
struct json_plan *json_plan_of_call(struct json_out *out, const qn_model *model);

#endif
