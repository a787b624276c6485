#include "diagnostics.h"

#include <stdarg.h>
#include <string.h>

enum { FIRST_CAPACITY = 16 };

void diagnostics_init(struct diagnostics *diagnostics, struct arena *arena)
{
	*diagnostics = (struct diagnostics){ .arena = arena };
	diagnostics->overflow.owner = diagnostics;
}

bool diagnostics_has_errors(const struct diagnostics *diagnostics)
{
	return diagnostics->total > 0;
}

static void diagnostics_grow(struct diagnostics *diagnostics)
{
	size_t capacity = diagnostics->capacity ? diagnostics->capacity * 2 : FIRST_CAPACITY;
	struct diagnostic **at = arena_alloc_array(diagnostics->arena, capacity, sizeof(*at));

	if (diagnostics->count)
		memcpy(at, diagnostics->at, diagnostics->count * sizeof(*at));
	diagnostics->at = at;
	diagnostics->capacity = capacity;
}

struct diagnostic *diagnostics_error(struct diagnostics *diagnostics, struct span span,
				     const char *format, ...)
{
	struct diagnostic *diagnostic;
	va_list arguments;

	diagnostics->total++;
	if (diagnostics->count == DIAGNOSTICS_KEPT)
		return &diagnostics->overflow;
	if (diagnostics->count == diagnostics->capacity)
		diagnostics_grow(diagnostics);
	diagnostic = arena_alloc(diagnostics->arena, sizeof(*diagnostic));
	diagnostic->owner = diagnostics;
	diagnostic->span = span;
	va_start(arguments, format);
	diagnostic->message = arena_format_all(diagnostics->arena, format, arguments);
	va_end(arguments);
	diagnostics->at[diagnostics->count++] = diagnostic;
	return diagnostic;
}

struct diagnostic *diagnostic_hint(struct diagnostic *diagnostic, const char *format, ...)
{
	va_list arguments;

	if (diagnostic == &diagnostic->owner->overflow)
		return diagnostic;
	va_start(arguments, format);
	diagnostic->hint = arena_format_all(diagnostic->owner->arena, format, arguments);
	va_end(arguments);
	return diagnostic;
}

struct diagnostic *diagnostic_note(struct diagnostic *diagnostic, struct span span,
				   const char *format, ...)
{
	va_list arguments;

	if (diagnostic == &diagnostic->owner->overflow)
		return diagnostic;
	va_start(arguments, format);
	diagnostic->note = arena_format_all(diagnostic->owner->arena, format, arguments);
	va_end(arguments);
	diagnostic->note_span = span;
	return diagnostic;
}
