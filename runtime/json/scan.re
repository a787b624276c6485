#include "json/scan.h"

#include <stddef.h>

typedef unsigned char byte;

/*!re2c
re2c:define:YYCTYPE = byte;
re2c:yyfill:enable = 0;

tail = [\x80-\xbf];
sequence = [\xc2-\xdf] tail
	| [\xe0] [\xa0-\xbf] tail
	| [\xe1-\xec\xee\xef] tail{2}
	| [\xed] [\x80-\x9f] tail
	| [\xf0] [\x90-\xbf] tail{2}
	| [\xf1-\xf3] tail{3}
	| [\xf4] [\x80-\x8f] tail{2};
plain = [\x20-\x7f] \ ["\\] | sequence;

hex = [0-9a-fA-F];
digit = hex \ [0];
unit = "\\u" ([1-9a-ce-fA-CE-F] hex{3} | "0" digit hex{2} | "00" digit hex | "000" digit
	| [dD] [0-7] hex{2});
surrogates = "\\u" [dD] [89abAB] hex{2} "\\u" [dD] [c-fC-F] hex{2};
escape = "\\" ["\\/bfnrt] | unit | surrogates;
/* U+0000, and half of a pair. */
odd_escape = "\\u" ("0000" | [dD] [89a-fA-F] hex{2});

integer = "-"? ("0" | [1-9] [0-9]*);
*/

/* Where a text that begins at the quote stops being one, and why. */
static enum json_token text_is_bad(struct json_scanner *scanner, const byte *quote)
{
	const byte *YYCURSOR = quote + 1;
	const byte *YYMARKER;

	for (;;) {
		scanner->start = (const char *)YYCURSOR;
		/*!re2c
		(plain | escape | odd_escape)+ { continue; }
		[\x00] {
			scanner->problem = scanner->start == scanner->end
				? "a text has no end"
				: "a control character is not written as an escape";
			break;
		}
		[\x01-\x1f] {
			scanner->problem = "a control character is not written as an escape";
			break;
		}
		"\\" {
			scanner->problem = "there is no such escape";
			break;
		}
		* {
			scanner->problem = "this is not UTF-8";
			break;
		}
		*/
	}
	return JSON_BAD;
}

static enum json_token other_is_bad(struct json_scanner *scanner)
{
	if (scanner->start == scanner->end)
		return JSON_END;
	scanner->problem = "nothing in JSON begins with this";
	return JSON_BAD;
}

static enum json_token token_scan(struct json_scanner *scanner)
{
	const byte *YYCURSOR = (const byte *)scanner->at;
	const byte *YYMARKER;
	enum json_token token;

	for (;;) {
		scanner->start = (const char *)YYCURSOR;
		/*!re2c
		[ \t\n\r]+ { continue; }
		"{" { token = JSON_OBJECT; break; }
		"}" { token = JSON_OBJECT_END; break; }
		"[" { token = JSON_ARRAY; break; }
		"]" { token = JSON_ARRAY_END; break; }
		":" { token = JSON_COLON; break; }
		"," { token = JSON_COMMA; break; }
		"null" { token = JSON_NULL; break; }
		"false" { token = JSON_FALSE; break; }
		"true" { token = JSON_TRUE; break; }
		integer { token = JSON_INTEGER; break; }
		integer ("." [0-9]+)? ([eE] [+-]? [0-9]+)? { token = JSON_NUMBER; break; }
		["] plain* ["] { token = JSON_TEXT; break; }
		["] (plain | escape)* ["] { token = JSON_ESCAPED; break; }
		["] (plain | escape | odd_escape)* ["] { token = JSON_ODD; break; }
		["] { return text_is_bad(scanner, (const byte *)scanner->start); }
		* { return other_is_bad(scanner); }
		*/
	}
	scanner->at = (const char *)YYCURSOR;
	return token;
}

enum json_token json_scan(struct json_scanner *scanner)
{
	scanner->token = token_scan(scanner);
	return scanner->token;
}
