/*
 * The scanner of JSON: tokens of a text, and whole values without recursion.
 *
 * Texts are UTF-8, or they are no tokens.
 */
#ifndef QUERN_JSON_SCAN_H
#define QUERN_JSON_SCAN_H

#include "base/str.h"

enum json_token {
	JSON_END,
	JSON_BAD, /* `problem` says why */
	JSON_OBJECT,
	JSON_OBJECT_END,
	JSON_ARRAY,
	JSON_ARRAY_END,
	JSON_COLON,
	JSON_COMMA,
	/* From here on scalars. */
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_INTEGER, /* without point and exponent */
	JSON_NUMBER,
	JSON_TEXT,    /* without escapes */
	JSON_ESCAPED, /* a text with escapes */
	JSON_ODD,     /* one of them is \u0000, or half of a surrogate pair */
};

enum { JSON_DEPTH_MAX = 1024 };

struct json_scanner {
	const char *at;    /* behind the token */
	const char *start; /* the token; of one that is bad, where it is so */
	const char *end;   /* there is a NUL here */
	/* NULL, or what is wrong at `start`: "a value is missing". It stays. */
	const char *problem;
	enum json_token token;
	unsigned depth_max; /* of values that are skipped, up to JSON_DEPTH_MAX */
	bool is_too_deep;   /* the problem is that limit */
	bool has_odd;       /* some text that was skipped is odd, or some number no numeric */
};

/* What jsonb says of a document that has_odd. */
#define JSON_ODD_PROBLEM \
	"has U+0000, half of a surrogate pair or a number that the database cannot hold"

/* The next token, which is also left in scanner->token. */
enum json_token json_scan(struct json_scanner *scanner);
/*
 * Goes over the value that begins with the token at hand, up to its last token. False: it is not
 * JSON, or is nested more than depth_max deep.
 */
bool json_scan_value(struct json_scanner *scanner);
/* Says what is missing at the token at hand, unless that is bad itself. Returns false. */
bool json_scan_miss(struct json_scanner *scanner, const char *problem);

static inline bool json_token_is_scalar(enum json_token token)
{
	return token >= JSON_NULL;
}

/* Without its quotes. */
static inline struct str json_scan_text(const struct json_scanner *scanner)
{
	return (struct str){ scanner->start + 1, (size_t)(scanner->at - scanner->start) - 2 };
}

/*
 * The characters of a JSON text that is not odd, without its quotes, written over it; returns how
 * many bytes they are.
 */
size_t json_unescape(char *text, size_t len);

#endif
