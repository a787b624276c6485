/*
 * Names: their forms in the language, what they become in C and in SQL.
 *
 * docs/language.md has the rules. Results are in the arena, or views of the argument.
 */
#ifndef QUERN_NAMES_H
#define QUERN_NAMES_H

#include "base/arena.h"

/* The forms that the language asks for: lower_snake, without __ and without _ at its ends;
 * UpperCamel. */
bool name_is_snake(struct str name);
bool name_is_camel(struct str name);

/* ProductTag -> product_tag, HTTPServer -> http_server; anything else into the form of lower_snake.
 * */
struct str name_to_snake(struct arena *arena, struct str name);
/* product_tag -> ProductTag; anything else into the form of UpperCamel. */
struct str name_to_camel(struct arena *arena, struct str name);
/* product_tag -> PRODUCT_TAG */
struct str name_to_upper(struct arena *arena, struct str name);

struct str names_join(struct arena *arena, struct str first, struct str second);

/*
 * The name that PostgreSQL itself would choose: first_second_label, where first and second are cut
 * at the end, the longer one first, between characters, until the whole has no more than 63 bytes.
 * `second` may be empty.
 */
struct str name_for_object(struct arena *arena, struct str first, struct str second,
			   struct str label);

/* Whether a member of a C struct cannot have this name: keywords of C and C++, macros of standard
 * headers. */
bool name_is_reserved_member(struct str name);
/* Whether an enumeration constant cannot have this name: macros of standard headers. */
bool name_is_reserved_constant(struct str name);
/* Whether <name.h> is a header of C or POSIX, or name_ the prefix of this library or of C++. */
bool name_is_reserved_module(struct str name);

#endif
