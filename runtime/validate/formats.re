#include "validate/formats.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

typedef unsigned char byte;

enum { EMAIL_BYTES_MAX = 254, LABEL_MAX = 63, PORT_MAX = 65535 };

/*!re2c
re2c:define:YYCTYPE = byte;
re2c:yyfill:enable = 0;
re2c:encoding:utf8 = 1;

white = [\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000];
visible = [\x21-\x7e\xa1-\U0010ffff] \ white;
digit = [0-9];
/*
 * Of names of hosts: without what is white space, a mark that nobody sees, or one that is read as a
 * point.
 */
letter = [a-zA-Z\xb7\xc0-\U0010ffff]
	\ [\u1680\u2000-\u206f\u3000-\u3002\ufeff\uff0e\uff61\ufff0-\uffff];
label_end = letter | digit;
label = label_end ((label_end | "-")* label_end)?;
user = ([a-zA-Z0-9._~!$&'()*+,;=:%-] | letter)* "@";
*/

static const byte *text_start(struct str text)
{
	return (const byte *)text.at;
}

static const byte *text_end(struct str text)
{
	return (const byte *)text.at + text.len;
}

bool text_is_blank(struct str text)
{
	const byte *YYCURSOR = text_start(text);
	const byte *YYMARKER;

	/*!re2c
	white+ { return YYCURSOR >= text_end(text); }
	* { return text.len == 0; }
	*/
}

bool text_is_slug(struct str text)
{
	const byte *YYCURSOR = text_start(text);

	/*!re2c
	[a-zA-Z0-9_-]+ { return YYCURSOR == text_end(text); }
	* { return false; }
	*/
}

/* The name of a host. */
struct host {
	struct str name;
	unsigned labels;
	bool ends_in_number;
};

/* Behind the label at `at`; NULL: there is none. */
static const byte *label_scan(const byte *at, bool *is_number)
{
	const byte *YYCURSOR = at;
	const byte *YYMARKER;

	/*!re2c
	digit+ {
		*is_number = true;
		return YYCURSOR;
	}
	label {
		*is_number = false;
		return YYCURSOR;
	}
	* { return NULL; }
	*/
}

/*
 * Behind the name at `at`, where there may be a point that no label follows. NULL: there is none.
 */
static const byte *host_scan(const byte *at, struct host *host)
{
	const byte *start = at;
	const byte *end = NULL;
	const byte *next;
	bool is_number;

	*host = (struct host){ .labels = 0 };
	while ((next = label_scan(at, &is_number))) {
		struct str label = { (const char *)at, (size_t)(next - at) };

		if (str_code_points(label) > LABEL_MAX)
			return NULL;
		end = next;
		host->labels++;
		host->ends_in_number = is_number;
		if (*end != '.')
			break;
		at = end + 1;
	}
	if (end)
		host->name = (struct str){ (const char *)start, (size_t)(end - start) };
	return end;
}

static bool name_is_localhost(struct str name)
{
	return name.len == 9 && strncasecmp(name.at, "localhost", name.len) == 0;
}

bool text_is_email(struct str text)
{
	const byte *YYCURSOR = text_start(text);
	const byte *YYMARKER;
	struct host host;

	if (text.len > EMAIL_BYTES_MAX)
		return false;
	/*!re2c
	[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+ "@" {
		return host_scan(YYCURSOR, &host) == text_end(text) &&
		       (host.labels > 1 || name_is_localhost(host.name));
	}
	* { return false; }
	*/
}

static bool is_address(int family, struct str name)
{
	unsigned char address[sizeof(struct in6_addr)];
	char text[INET6_ADDRSTRLEN];

	if (name.len >= sizeof(text))
		return false;
	memcpy(text, name.at, name.len);
	text[name.len] = '\0';
	return inet_pton(family, text, address) == 1;
}

/* What ends in a number is an address, or nothing. */
static const byte *url_name_scan(const byte *at)
{
	struct host host;
	const byte *end = host_scan(at, &host);

	if (!end || (host.ends_in_number && !is_address(AF_INET, host.name)))
		return NULL;
	return *end == '.' ? end + 1 : end;
}

/* Behind the host; NULL: there is none. */
static const byte *url_host_scan(const byte *at)
{
	const byte *YYCURSOR = at;
	const byte *YYMARKER;

	/*!re2c
	"[" [0-9a-fA-F:.]+ "]" {
		struct str name = { (const char *)at + 1, (size_t)(YYCURSOR - at) - 2 };

		return is_address(AF_INET6, name) ? YYCURSOR : NULL;
	}
	* { return url_name_scan(at); }
	*/
}

static bool port_fits(const byte *digits)
{
	unsigned port = 0;

	for (; *digits >= '0' && *digits <= '9' && port <= PORT_MAX; digits++)
		port = 10 * port + (unsigned)(*digits - '0');
	return port <= PORT_MAX;
}

/* Port, path, query and fragment, to the end. `at` is NULL where there is no host. */
static bool url_tail_is_sound(const byte *at, const byte *end)
{
	const byte *YYCURSOR = at;
	const byte *YYMARKER;

	if (!at)
		return false;
	/*!re2c
	":" digit+ ([/?#] visible*)? { return YYCURSOR == end && port_fits(at + 1); }
	[/?#] visible* { return YYCURSOR == end; }
	* { return at == end; }
	*/
}

bool text_is_url(struct str text)
{
	const byte *YYCURSOR = text_start(text);
	const byte *YYMARKER;

	/*!re2c
	('http' | 'https' | 'ftp' | 'ftps') "://" user? {
		return url_tail_is_sound(url_host_scan(YYCURSOR), text_end(text));
	}
	* { return false; }
	*/
}
