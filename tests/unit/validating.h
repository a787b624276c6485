/*
 * What the tests of validation share: values of test.Thing, validated in the session of
 * json_reading.h.
 */
#ifndef TESTS_VALIDATING_H
#define TESTS_VALIDATING_H

#include "fake_op.h"
#include "json_reading.h"
#include "thing.h"

/* The index of a field. */
#define FIELD(constant) ((uint16_t)(TEST_THING_##constant - 1))

/* It has what is required, and keeps all limits. */
extern const test_thing_new sound_thing;

/* test.Thing with these rules. */
qn_model model_with(const qn_rules *rules);
/* That these are the errors, as assert_errors has them. */
void assert_new(qn_session *session, const qn_model *model, const test_thing_new *values,
		const char *expected);
void assert_changes(qn_session *session, const qn_model *model, const test_thing_changes *changes,
		    const char *expected);

#endif
