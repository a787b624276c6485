#include "validating.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

const test_thing_new sound_thing = { .name = "abc", .price = { 1, 0 } };

qn_model model_with(const qn_rules *rules)
{
	qn_model model = test_thing_model;

	model.rules = rules;
	return model;
}

void assert_new(qn_session *session, const qn_model *model, const test_thing_new *values,
		const char *expected)
{
	qn_errors errors;

	assert_int_equal(qn_validate_new(session, model, values, &errors),
			 *expected ? QN_INVALID_VALUE : QN_OK);
	assert_errors(&errors, expected);
}

void assert_changes(qn_session *session, const qn_model *model, const test_thing_changes *changes,
		    const char *expected)
{
	qn_errors errors;

	assert_int_equal(qn_validate_changes(session, model, changes, &errors),
			 *expected ? QN_INVALID_VALUE : QN_OK);
	assert_errors(&errors, expected);
}
