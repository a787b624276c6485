/*
 * Conditions in SQL that can be told without the database: from their text to the nodes of the
 * runtime (quern/rules.h).
 *
 * What is compiled means exactly what PostgreSQL makes of it, for every row and with any settings
 * of the server. Everything else is left to the database, never guessed: docs/language.md says
 * which conditions are told.
 */
#ifndef QUERN_CODEGEN_EXPRESSION_H
#define QUERN_CODEGEN_EXPRESSION_H

#include "base/buf.h"
#include "model.h"
#include "quern/rules.h"

struct expression_node {
	qn_node_kind kind;
	/* Of QN_NODE_FIELD; of a label the column whose enum has it. */
	const struct column *column;
	struct str text;
	uint16_t count;
	qn_type type; /* of a literal */
};

enum expression_fault_kind {
	FAULT_COLUMN, /* the table has no column of this name */
	FAULT_LABEL,  /* the enum has no such label */
};

/* What PostgreSQL would refuse the condition for. */
struct expression_fault {
	enum expression_fault_kind kind;
	/* As PostgreSQL reads it: without quotes, in lower case where it had none. */
	struct str name;
	size_t from; /* its bytes in the condition, with its quotes */
	size_t to;
	const struct enumeration *enumeration; /* of FAULT_LABEL */
};

struct expression {
	const struct expression_node *nodes;
	size_t count;
	/*
	 * In a condition that is understood but for them, in their order; one may stand here twice.
	 * There are no nodes then.
	 */
	const struct expression_fault *faults;
	size_t fault_count;
	/*
	 * Columns that it names, in the order of the model; of what cannot be compiled, as far as
	 * its words tell.
	 */
	const struct column *const *columns;
	size_t column_count;
};

/*
 * Compiles a condition on the columns of the model. False: only the database can tell, or it is no
 * condition at all, or one with faults; `out` then has no nodes. Everything is in the arena, or in
 * the model.
 */
bool expression_compile(const struct model *model, struct str sql, struct arena *arena,
			struct expression *out);

/*
 * Appends the initialisers of an array of qn_node, a line each, without braces around them. The
 * columns go in by the constants of the model's field enum. `out` grows in an arena.
 */
void expression_emit(struct buf *out, const struct expression *expression);

#endif
