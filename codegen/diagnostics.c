#include "diagnostics.h"

#include <stdarg.h>
#include <stdio.h>
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

__attribute__((format(printf, 2, 0), nonnull)) static struct str
text_format(struct arena *arena, const char *format, va_list arguments)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, arguments);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (len <= 0)
		return (struct str){ NULL, 0 };
	text = arena_alloc(arena, (size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, format, arguments);
	return (struct str){ text, (size_t)len };
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
	diagnostic->message = text_format(diagnostics->arena, format, arguments);
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
	diagnostic->hint = text_format(diagnostic->owner->arena, format, arguments);
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
	diagnostic->note = text_format(diagnostic->owner->arena, format, arguments);
	va_end(arguments);
	diagnostic->note_span = span;
	return diagnostic;
}
