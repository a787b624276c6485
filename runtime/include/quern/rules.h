/*
 * Descriptors of what the values of a row have to keep: rules of the schema, checks and unique keys
 * of the table.
 *
 * For generated code, as model.h is; programs call what validate.h declares.
 */
#ifndef QUERN_RULES_H
#define QUERN_RULES_H

#include "quern/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a hook of the program is called with; validate.h says what it may do with it. */
typedef struct qn_validation qn_validation;

/* What `valid` asks of the value of a field, or of each element of an array. NULL passes. */
typedef enum qn_rule_kind {
	QN_RULE_NOT_BLANK, /* more than white space */
	QN_RULE_EMAIL,
	QN_RULE_URL,
	QN_RULE_SLUG,
	QN_RULE_PATTERN,    /* text: a regular expression that matches somewhere in the value */
	QN_RULE_FROM,       /* text: the least value, as the field's type is written */
	QN_RULE_TO,         /* text: the largest */
	QN_RULE_MIN_LENGTH, /* number: of characters */
	QN_RULE_MAX_LENGTH,
	/* A function of the program, called when the other rules of the field are kept. */
	QN_RULE_HOOK,
} qn_rule_kind;

/* `value`: of the field's type in C; of an array the array. */
typedef void qn_field_hook(const void *value, qn_validation *validation);
/* `values`: the _new or the _changes struct. */
typedef void qn_model_hook(const void *values, qn_validation *validation);

typedef struct qn_rule {
	const char *text;
	qn_field_hook *hook;
	int32_t number;
	uint16_t field; /* index into the model's fields */
	uint8_t kind;   /* qn_rule_kind */
} qn_rule;

/*
 * A condition in postfix order: each node takes what the nodes before it left, and leaves one
 * value, which may be NULL. What is compared has one kind on both sides; the compiler sees to that,
 * and to a depth of at most QN_NODE_DEPTH_MAX.
 */
typedef enum qn_node_kind {
	QN_NODE_FIELD,   /* field: its value */
	QN_NODE_LITERAL, /* text, as a value of `type` is written; a label of the enum of `field` */
	QN_NODE_NULL,
	QN_NODE_EQUAL,
	QN_NODE_NOT_EQUAL,
	QN_NODE_LESS,
	QN_NODE_LESS_OR_EQUAL,
	QN_NODE_GREATER,
	QN_NODE_GREATER_OR_EQUAL,
	QN_NODE_DISTINCT, /* IS DISTINCT FROM */
	QN_NODE_IN, /* count: of the nodes behind it, literals among which it looks for the value */
	QN_NODE_AND,
	QN_NODE_OR,
	QN_NODE_NOT,
	QN_NODE_IS_NULL,
	QN_NODE_IS_TRUE,
	QN_NODE_IS_FALSE,
	QN_NODE_LENGTH,  /* of a text, in characters */
	QN_NODE_TRIM,    /* without spaces at both ends */
	QN_NODE_LIKE,    /* text: the pattern of LIKE, `\` before what means itself */
	QN_NODE_MATCHES, /* text: the regular expression of ~ */
} qn_node_kind;

#define QN_NODE_DEPTH_MAX 32

typedef struct qn_node {
	const char *text;
	uint16_t field; /* index into the model's fields */
	uint16_t count;
	uint8_t kind; /* qn_node_kind */
	uint8_t type; /* qn_type of a literal */
} qn_node;

/* A check of the table. */
typedef struct qn_check {
	const char *constraint;
	const char *sql;        /* the condition */
	const uint16_t *fields; /* those that it is known to name, in the order of the model */
	const qn_node *nodes;   /* NULL: the database alone can tell */
	uint16_t field_count;
	uint16_t node_count;
} qn_check;

/* The primary key, a unique constraint or a unique index. */
typedef struct qn_unique {
	const char *constraint;
	/* Indexes into the model's fields; of an expression those that it names. */
	const uint16_t *fields;
	uint16_t field_count;
	bool is_conditional; /* it has a condition or expressions: the database alone can tell */
	bool nulls_not_distinct;
} qn_unique;

/* All that a model's values have to keep, beside their types. */
typedef struct qn_rules {
	const qn_rule *rules; /* by field */
	const qn_check *checks;
	const qn_unique *uniques;
	qn_model_hook *new_hook;
	qn_model_hook *changes_hook;
	uint16_t rule_count;
	uint16_t check_count;
	uint16_t unique_count;
} qn_rules;

#ifdef __cplusplus
}
#endif
#endif
