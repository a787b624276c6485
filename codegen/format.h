/*
 * The formatter: one layout for every schema.
 *
 * Four spaces a level, one field a line, names, types and attributes of neighbouring fields in
 * columns, comments at the end of lines aligned, at most one blank line. Comments, the order of
 * everything and the spelling of SQL stay as they are. Formatting formatted text changes nothing.
 */
#ifndef QUERN_FORMAT_H
#define QUERN_FORMAT_H

#include "base/arena.h"
#include "diagnostics.h"
#include "source.h"

/* True with the whole text in *out, in the arena. False when the source has syntax errors, which
 * are added to `diagnostics`. */
bool format_source(const struct source *source, struct arena *arena,
		   struct diagnostics *diagnostics, struct str *out);

#endif
