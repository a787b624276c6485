/*
 * Forms of texts. A text is UTF-8, and has a NUL or a space behind it, as a character that is none
 * of its own.
 */
#ifndef QUERN_VALIDATE_FORMATS_H
#define QUERN_VALIDATE_FORMATS_H

#include "base/str.h"

/* Empty, or nothing but what Unicode calls white space. */
bool text_is_blank(struct str text);
/*
 * What a browser takes in a field for e-mail addresses, at a host that has a point in its name or
 * is localhost, and may be written in any letters; at most 254 bytes.
 */
bool text_is_email(struct str text);
/*
 * http, https, ftp or ftps, with a host that is a name, an IPv4 address, or an IPv6 address in
 * brackets; user, port, path, query and fragment as there may be, without white space and control
 * characters.
 */
bool text_is_url(struct str text);
/* ASCII letters, digits, - and _, one at least. */
bool text_is_slug(struct str text);

#endif
