/*
 * Diagnostics: what is wrong in the sources, where, and what to do about it.
 *
 * Stages add errors and go on; a front end renders them at the end, in the order of their places,
 * equal ones once, and at most DIAGNOSTICS_SHOWN of them. Messages are lower case without a final
 * period, with names in double quotes.
 *
 *   diagnostic_hint(diagnostics_error(d, span, "unknown type \"%.*s\"", STR_ARGS(name)),
 *                   "did you mean \"%.*s\"?", STR_ARGS(near));
 *
 * Everything is in the arena given to init, whose out-of-memory policy must not return.
 */
#ifndef QUERN_DIAGNOSTICS_H
#define QUERN_DIAGNOSTICS_H

#include "base/arena.h"
#include "base/buf.h"
#include "source.h"

/* How many are rendered, and how many are kept at all; the rest is counted. */
#define DIAGNOSTICS_SHOWN 100
#define DIAGNOSTICS_KEPT  1000

struct diagnostics;

struct diagnostic {
	struct diagnostics *owner;
	struct span span; /* without a source: the message names what it is about */
	struct str message;
	struct str hint;       /* shown behind the carets, or empty */
	struct span note_span; /* of the other place involved */
	struct str note;       /* or empty */
};

struct diagnostics {
	struct arena *arena;
	struct diagnostic **at;
	size_t count; /* of those that are kept */
	size_t capacity;
	size_t total;               /* of all that were added */
	struct diagnostic overflow; /* takes what is not kept */
};

void diagnostics_init(struct diagnostics *diagnostics, struct arena *arena);

/* Whether an error was added. */
bool diagnostics_has_errors(const struct diagnostics *diagnostics);

/* Adds an error. The result is never NULL, and takes a hint and a note. */
struct diagnostic *diagnostics_error(struct diagnostics *diagnostics, struct span span,
				     const char *format, ...) __attribute__((format(printf, 3, 4)));
/* What to do about it. Empty text removes it. Returns `diagnostic`. */
struct diagnostic *diagnostic_hint(struct diagnostic *diagnostic, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The other place involved. Returns `diagnostic`. */
struct diagnostic *diagnostic_note(struct diagnostic *diagnostic, struct span span,
				   const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * Text for people: place, message, the line with carets beneath the span, and the note's place; at
 * the end of several errors, how many they are and in how many files.
 * Columns count code points from 1. Tabs are shown as spaces, long lines as a window around the
 * span, control characters and invalid bytes escaped.
 */
void diagnostics_render_text(const struct diagnostics *diagnostics, bool colour, struct buf *out);

/*
 * One JSON array for programs, a line an element:
 *   {"severity":"error","file":"a.quern","line":1,"column":2,"end_line":1,"end_column":5,"message":"...",
 *    "hint":"...","note":{"file":"a.quern","line":3,"column":1,"end_line":3,"end_column":4,"message":"..."}}
 * `hint` and `note` are left out when there is none, file and positions when the error has no
 * place. The end is behind the last character. All errors that are kept are in it.
 */
void diagnostics_render_json(const struct diagnostics *diagnostics, struct buf *out);

/* The line and column, from 1, of a byte of the source. */
struct place {
	size_t line;
	size_t column;
};

struct place source_place(const struct source *source, uint32_t offset);

#endif
