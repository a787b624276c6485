#include <strings.h>

#include "codec/array.h"

/* Of all types of the server, box alone separates its elements by something else. */
static char delimiter_of(const qn_field *field)
{
	return field->sql_type && strcmp(field->sql_type, "box") == 0 ? ';' : ',';
}

static bool needs_escape(char c)
{
	return c == '"' || c == '\\';
}

/* Puts a backslash before each " and \ from `start` on. */
static void escape_from(struct buf *out, size_t start)
{
	size_t count = 0;
	char *from;
	char *to;

	for (size_t i = start; i < out->len; i++)
		count += needs_escape(out->at[i]);
	if (!buf_reserve(out, count))
		return;
	from = out->at + out->len;
	to = from + count;
	*to = '\0';
	out->len += count;
	while (from != to) {
		*--to = *--from;
		if (needs_escape(*from))
			*--to = '\\';
	}
}

codec_refusal type_array_encode_text(struct buf *out, struct codec_value value)
{
	const struct type_info *element = array_element_type(value.field);
	size_t start = out->len;
	struct array array;
	codec_refusal refusal = array_read(value, &array);

	if (refusal)
		return refusal;
	buf_add_char(out, '{');
	for (size_t i = 0; i < array.len && !out->failed; i++) {
		struct codec_value of = { array_element(&array, element, i), value.field };
		size_t text;
		if (i > 0)
			buf_add_char(out, delimiter_of(value.field));
		if (array_element_is_null(&array, element, i)) {
			buf_add(out, STR("NULL"));
			continue;
		}
		buf_add_char(out, '"');
		text = out->len;
		refusal = element->encode(out, of);
		if (refusal)
			return array_refuse(out, start, refusal);
		escape_from(out, text);
		buf_add_char(out, '"');
		refusal = codec_check_size(out->len - start);
		if (refusal) {
			out->len = start;
			return refusal;
		}
	}
	buf_add_char(out, '}');
	return NULL;
}

/* Behind "[2:4]=", which says the lower bound; text without it is left as it is. */
static char *bounds_skip(char *at)
{
	char *end;

	if (*at != '[')
		return at;
	end = at + 1 + strspn(at + 1, "0123456789:-+");
	return end[0] == ']' && end[1] == '=' ? end + 2 : at;
}

/* One element, out of its quotes in place, with a NUL in the place of what ended it. */
struct element {
	struct str text;
	bool is_null;
	char end; /* the delimiter or brace behind it */
};

static bool quoted_take(char **at, struct element *element)
{
	char *from = *at + 1;
	char *to = from;

	element->text.at = to;
	for (; *from != '"'; from++) {
		if (*from == '\\')
			from++;
		if (*from == '\0')
			return false;
		*to++ = *from;
	}
	element->end = from[1];
	element->text.len = (size_t)(to - element->text.at);
	*to = '\0';
	*at = from + 1 + (element->end != '\0');
	return true;
}

static bool bare_take(char **at, char delimiter, struct element *element)
{
	const char ends[] = { delimiter, '{', '}', '"', '\\', '\0' };

	element->text = (struct str){ *at, strcspn(*at, ends) };
	element->end = (*at)[element->text.len];
	element->is_null = element->text.len == 4 && strncasecmp(element->text.at, "null", 4) == 0;
	if (element->text.len == 0 || element->end == '\0')
		return false;
	(*at)[element->text.len] = '\0';
	*at += element->text.len + 1;
	return true;
}

static bool elements_take(struct array_builder *builder, char *at, char delimiter)
{
	struct element element;

	do {
		element = (struct element){ .is_null = false };
		if (*at == '"' ? !quoted_take(&at, &element) : !bare_take(&at, delimiter, &element))
			return false;
		if (element.is_null ? !array_builder_add_null(builder)
				    : !array_builder_add(builder, element.text))
			return false;
	} while (element.end == delimiter);
	return element.end == '}' && *at == '\0';
}

bool type_array_decode_text(struct str wire, const qn_field *field, struct arena *arena, void *out)
{
	char delimiter = delimiter_of(field);
	char *copy = arena_alloc(arena, wire.len + 1);
	struct array_builder builder;
	size_t capacity = 1;
	char *at;

	if (!copy)
		return false;
	if (wire.len > 0)
		memcpy(copy, wire.at, wire.len);
	/* A NUL inside would end the text early. */
	if (strlen(copy) != wire.len)
		return false;
	at = bounds_skip(copy);
	if (*at++ != '{')
		return false;
	if (strcmp(at, "}") == 0) {
		memset(out, 0, sizeof(struct array));
		return true;
	}
	for (const char *c = at; *c; c++)
		capacity += *c == delimiter;
	if (!array_builder_init(&builder, arena, field, capacity) ||
	    !elements_take(&builder, at, delimiter))
		return false;
	array_builder_finish(&builder, out);
	return true;
}
