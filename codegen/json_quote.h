/*
 * The one owner of how text is spelled in JSON.
 */
#ifndef QUERN_CODEGEN_JSON_QUOTE_H
#define QUERN_CODEGEN_JSON_QUOTE_H

#include "base/buf.h"

/* Appends a string with its quotes. Text over 0x7f goes in as it is. */
void json_quote_add(struct buf *out, struct str text);

#endif
