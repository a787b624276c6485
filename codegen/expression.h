/*
 * Conditions in SQL that can be told without the database: from their text to the nodes of the runtime (quern/rules.h).
 *
 * What is compiled means exactly what PostgreSQL makes of it, for every row and with any settings of the server. Everything else is
 * left to the database, never guessed: docs/language.md says which conditions are told.
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

struct expression {
	const struct expression_node *nodes;
	size_t count;
	/* Columns that it names, in the order of the model; of what cannot be compiled, as far as its words tell. */
	const struct column *const *columns;
	size_t column_count;
};

/*
 * Compiles a condition on the columns of the model. False: only the database can tell, or it is no condition at all; `out` then has
 * no nodes. Everything is in the arena, or in the model.
 */
bool expression_compile(const struct model *model, struct str sql, struct arena *arena,
			struct expression *out);

/*
 * Appends the initialisers of an array of qn_node, a line each, without braces around them. The columns go in by the constants of
 * the model's field enum. `out` grows in an arena.
 */
void expression_emit(struct buf *out, const struct expression *expression);

#endif
