/*
 * How a condition in SQL becomes nodes: tokens, terms (expression_term.c) with types
 * (expression_type.c), nodes. Internal to the compiler of expressions.
 *
 * Functions that return a term return NULL for what the database alone can tell, and take NULL for
 * it too.
 */
#ifndef QUERN_CODEGEN_EXPRESSION_INSIDE_H
#define QUERN_CODEGEN_EXPRESSION_INSIDE_H

#include "expression.h"
#include "expression_scan.h"

/* More than a condition by hand has: they keep recursion and memory small. */
#define TERM_HEIGHT_MAX ((size_t)100)
#define TERM_SIZE_MAX   ((size_t)5000)

/* Values of one class can be compared; they have one kind in the runtime too. */
enum term_class {
	CLASS_NONE, /* no type yet: a text in quotes, NULL */
	CLASS_BOOL,
	CLASS_EXACT, /* integers, numeric */
	CLASS_FLOAT,
	CLASS_TEXT,
	CLASS_ENUM,
	CLASS_DATE,
	CLASS_TIME,
	CLASS_TIMESTAMP,
	CLASS_TIMESTAMPTZ,
	CLASS_UUID,
	CLASS_OTHER, /* nothing is told but whether it is NULL */
	CLASS_FAULT, /* of a column that is not there: it goes with everything */
};

/* A part of the condition that has a value. */
struct term {
	qn_node_kind kind;
	enum term_class class;
	qn_type type;                  /* but of CLASS_NONE, CLASS_OTHER and CLASS_FAULT */
	const struct column *column;   /* of a field, of a label whose enum is known */
	struct str text;               /* of a literal, as the runtime reads it; a pattern */
	const struct sql_token *token; /* of a text in quotes */
	const struct term *left;       /* what it is made of */
	const struct term *right;
	const struct term *const *items; /* of QN_NODE_IN */
	size_t item_count;
	size_t size; /* nodes */
	size_t height;
};

struct term_list {
	const struct term **at;
	size_t count;
	size_t capacity;
};

struct sql_reader {
	const struct model *model;
	struct arena *arena;
	const struct sql_token *at;
	size_t depth; /* of what is being read */
	struct expression_fault *faults;
	size_t fault_count;
	size_t fault_capacity;
};

/* Tokens. `word` in lower case; true: it was there, and is passed over. */
bool sql_word(struct sql_reader *reader, const char *word);
bool sql_mark(struct sql_reader *reader, enum sql_token_kind kind);
bool sql_word_is_next(const struct sql_reader *reader, const char *word);

/* Notes what is wrong with the name; it counts if the rest of the condition is understood. */
void fault_add(struct sql_reader *reader, enum expression_fault_kind kind,
	       const struct sql_token *name, const struct enumeration *enumeration);
/* Whether it is true, false or NULL. */
bool is_truth(const struct term *term);

/* expression_term.c: a whole condition, down to OR. */
const struct term *condition_read(struct sql_reader *reader);

/* expression_operand.c: what operators stand between, with its casts. */
const struct term *operand_read(struct sql_reader *reader);
/*
 * operand_read {"," operand_read}, each a literal or NULL, and the mark behind them. False:
 * something else.
 */
bool literals_read(struct sql_reader *reader, enum sql_token_kind end, struct term_list *list);
/* ( ARRAY[...] ) behind ANY or ALL, with its parentheses and casts. */
bool array_literal_read(struct sql_reader *reader, struct term_list *list);

/* expression_column.c: the column that a name means where no "(" is behind it, or NULL. */
const struct column *column_find(const struct model *model, struct arena *arena,
				 const struct sql_token *name);

/* Whether no column has that name, and nothing else in a condition may have it. */
bool column_is_missing(const struct model *model, struct arena *arena,
		       const struct sql_token *name);

/* expression_type.c. */
enum term_class class_of(qn_type type);
bool is_literal(const struct term *term);
const struct term *term_new(struct sql_reader *reader, struct term term);
/* With one term or two below; its class is CLASS_BOOL. */
const struct term *truth_new(struct sql_reader *reader, qn_node_kind kind, const struct term *left,
			     const struct term *right);
const struct term *number_literal(struct sql_reader *reader, struct str text, bool is_negative);
/* To QN_TYPE_ENUM: a label of some enum, which terms_match finds. */
const struct term *term_cast(struct sql_reader *reader, const struct term *term, qn_type type);
/*
 * Makes both of one class, as PostgreSQL does to compare them. Within a list it may compare in
 * another type than it would alone, so that only what does not depend on that is taken. False: they
 * cannot be compared here.
 */
bool terms_match(struct sql_reader *reader, const struct term **left, const struct term **right,
		 bool in_list);

/*
 * expression_pattern.c: a regular expression that means the same to PostgreSQL and PCRE2, as PCRE2
 * takes it.
 */
bool pattern_translate(struct arena *arena, struct str pattern, struct str *out);

#endif
