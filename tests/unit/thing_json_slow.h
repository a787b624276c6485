/*
 * A row of test.Thing as JSON, written as plainly as can be: what the writer is compared with.
 */
#ifndef TESTS_THING_JSON_SLOW_H
#define TESTS_THING_JSON_SLOW_H

#include "quern/json.h"
#include "thing.h"

/*
 * Adds the row to the text. False: it has a text that is not UTF-8, or a document that is not JSON.
 */
bool thing_json_slow(qn_buffer *out, const test_thing *row, const qn_json_options *options);

#endif
