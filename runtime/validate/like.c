#include "validate/like.h"

/* Where the character that begins at `at` ends. */
static size_t character_end(struct str text, size_t at)
{
	for (at++; at < text.len && ((unsigned char)text.at[at] & 0xC0) == 0x80; at++)
		;
	return at;
}

/* Where both stand in their texts. */
struct like {
	size_t text;
	size_t pattern;
};

/* Passes over one character of the text, if it is what the pattern asks for. Not for %. */
static bool character_pass(struct str text, struct str pattern, struct like *like)
{
	size_t at = like->pattern;

	if (pattern.at[at] == '_') {
		like->pattern++;
		like->text = character_end(text, like->text);
		return true;
	}
	if (pattern.at[at] == '\\' && at + 1 < pattern.len)
		at++;
	if (pattern.at[at] != text.at[like->text])
		return false;
	like->pattern = at + 1;
	like->text++;
	return true;
}

bool like_matches(struct str text, struct str pattern)
{
	struct like like = { 0, 0 };
	struct like again = { 0, 0 }; /* behind the last %, and what is tried for it next */
	bool any = false;

	while (like.text < text.len) {
		if (like.pattern < pattern.len && pattern.at[like.pattern] == '%') {
			like.pattern++;
			again = like;
			any = true;
			continue;
		}
		if (like.pattern < pattern.len && character_pass(text, pattern, &like))
			continue;
		if (!any)
			return false;
		again.text = character_end(text, again.text);
		like = again;
	}
	while (like.pattern < pattern.len && pattern.at[like.pattern] == '%')
		like.pattern++;
	return like.pattern == pattern.len;
}
