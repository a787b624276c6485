/*
 * The syntax tree of one source: what was written, with the place of everything, and nothing
 * decided.
 *
 * Lists are in the order of the source. Something optional that was not written has a span without
 * a source. Texts point into the source or the arena.
 */
#ifndef QUERN_AST_H
#define QUERN_AST_H

#include "model.h"
#include "source.h"

struct ast_name {
	struct str text;
	struct span span;
};

/* Name, or module.Name. */
struct ast_path {
	struct ast_path *next;
	struct ast_name module;
	struct ast_name name;
	struct span span;
};

enum ast_value_kind {
	VALUE_NONE,
	VALUE_NUMBER, /* with its sign */
	VALUE_TEXT,   /* quotes inside still doubled */
	VALUE_WORD,   /* true, or a label */
	VALUE_CALL,   /* now() */
	VALUE_SQL,
};

struct ast_value {
	enum ast_value_kind kind;
	struct str text;
	struct span span;
};

struct ast_check {
	struct ast_check *next;
	struct ast_value sql;
};

enum ast_rule_kind {
	RULE_NOT_BLANK,
	RULE_EMAIL,
	RULE_URL,
	RULE_SLUG,
	RULE_PATTERN,
	RULE_RANGE,
	RULE_LENGTH,
	RULE_HOOK,
};

/* What a field says behind one "valid". */
struct ast_rule {
	struct ast_rule *next;
	enum ast_rule_kind kind;
	struct span span;         /* from "valid" to its end */
	struct ast_value pattern; /* RULE_PATTERN */
	struct ast_value from;    /* RULE_RANGE, RULE_LENGTH; VALUE_NONE: it has none */
	struct ast_value to;
};

#define AST_TYPE_ARGUMENTS 2

struct ast_type {
	struct span span;
	struct ast_path path; /* of a quoted type: its name alone */
	bool is_quoted;       /* "char" */
	struct ast_name opaque;
	struct ast_value *arguments; /* room for AST_TYPE_ARGUMENTS, once there is one */
	size_t argument_count;
	struct span arguments_span;
	struct span array;
	struct span nullable;
};

struct ast_table_name {
	struct ast_name schema;
	struct ast_name name;
};

struct ast_action {
	enum foreign_action action;
	struct span span;
};

struct ast_names {
	struct ast_names *next;
	struct ast_name name;
};

struct ast_attributes {
	struct ast_value default_value;
	struct span default_span; /* the word and the value */
	struct span unique;
	struct span primary_key;
	struct span on_update_now;
	struct span identity_span;
	enum identity identity;
	struct span column_span;
	struct ast_names *columns;
	struct ast_name renamed_from;
	struct ast_name reverse;
	struct ast_action on_delete;
	struct ast_action on_update;
	struct ast_path through;
	struct ast_table_name table;
	struct ast_check *checks;
	struct ast_rule *rules;
};

struct ast_term {
	struct ast_term *next;
	struct span span;
	struct ast_name name;
	struct ast_value sql;
	struct ast_name operator_class;
	bool descending;
	struct span descending_span;
	enum order_nulls nulls;
	struct span nulls_span;
};

enum ast_member_kind {
	MEMBER_FIELD,
	MEMBER_PRIMARY_KEY,
	MEMBER_NO_PRIMARY_KEY,
	MEMBER_ORDER_BY,
	MEMBER_UNIQUE,
	MEMBER_INDEX,
	MEMBER_CHECK,
	MEMBER_TABLE,
	MEMBER_UNMANAGED,
	MEMBER_RENAMED,
	MEMBER_VALID_HOOK,
};

struct ast_member {
	struct ast_member *next;
	enum ast_member_kind kind;
	bool is_broken; /* it has a syntax error; of a field only the name may be there */
	/* Of what a message points at: the name of a field, the words of others. */
	struct span span;
	struct ast_name name;
	union {
		/* MEMBER_FIELD */
		struct {
			struct str doc;
			struct ast_type type;
			const struct ast_attributes *attributes; /* never NULL */
		};
		/* Of the others those with terms. */
		struct {
			struct ast_term *terms;
			struct ast_term *include;
			struct ast_value where;
			struct ast_name method;
			struct span nulls_not_distinct;
		};
		struct ast_value sql;         /* MEMBER_CHECK */
		struct ast_table_name table;  /* MEMBER_TABLE */
		struct ast_name renamed_from; /* MEMBER_RENAMED */
	};
};

struct ast_label {
	struct ast_label *next;
	struct ast_name name;
	struct ast_name label; /* in the database */
	struct str doc;
};

enum ast_part_kind {
	PART_NONE, /* it could not be read */
	PART_FIELDS,
	PART_EXCLUDE,
	PART_NESTED,
	PART_READ_ONLY,
	PART_WRITE_ONLY,
	PART_COMPUTED,
};

/* A name in a part of a serializer. */
struct ast_entry {
	struct ast_entry *next;
	struct ast_name name;
	struct ast_name key;        /* behind "as" */
	struct ast_path serializer; /* of PART_NESTED; its name has no source: it was not said */
};

/* What a serializer says in one statement. */
struct ast_part {
	struct ast_part *next;
	enum ast_part_kind kind;
	bool is_broken;   /* it has a syntax error: not all that it says is known */
	struct span span; /* its words */
	struct ast_entry *entries;
};

enum ast_declaration_kind {
	DECLARATION_ENUM,
	DECLARATION_MODEL,
	DECLARATION_ABSTRACT,
	DECLARATION_SERIALIZER,
};

struct ast_declaration {
	struct ast_declaration *next;
	enum ast_declaration_kind kind;
	bool is_broken; /* an error ended it early: what it has may not be all */
	struct ast_name name;
	struct str doc;
	struct ast_name sql_name; /* of an enum */
	struct ast_label *labels;
	struct ast_path *bases;
	struct ast_member *members;
	struct ast_path model; /* of a serializer; its name has no source: it could not be read */
	struct ast_part *parts;
};

struct ast_file {
	const struct source *source;
	struct ast_name module; /* without a source: there was none, which is an error already */
	struct ast_name sql_schema;
	struct str doc;
	struct ast_declaration *declarations;
};

#endif
