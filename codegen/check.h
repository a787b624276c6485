/*
 * The compiler's front: from the text of schemas to the checked model.
 *
 *   source -> lexer -> parser -> ast -> resolve -> check -> const struct schema *
 *
 * All errors of all sources are found in one run. The order of the sources changes nothing.
 */
#ifndef QUERN_CHECK_H
#define QUERN_CHECK_H

#include "base/arena.h"
#include "diagnostics.h"
#include "model.h"

/*
 * Compiles a project. True and the model in *out when no error was found; false otherwise, with the
 * errors added to `diagnostics` and *out NULL. The model lives in `arena`, whose out-of-memory
 * policy must not return, and points into the sources, which must outlive it.
 */
bool schema_compile(const struct source *sources, size_t count, struct arena *arena,
		    struct diagnostics *diagnostics, const struct schema **out);

#endif
