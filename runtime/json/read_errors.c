#include "json/json_out.h"

#include <string.h>

#include "quern/validate.h"

static const char *key_of(const qn_field_error *error)
{
	return *error->field ? error->field : "__all__";
}

static void add_text(struct json_out *out, const char *text)
{
	if (!json_add_text(out, text, strlen(text)))
		json_fail(out, QN_INVALID_VALUE, "an error has a text that is not UTF-8");
}

static void add_error(struct json_out *out, const qn_field_error *error)
{
	json_add(out, "{\"code\":", 8);
	add_text(out, error->code);
	json_add(out, ",\"message\":", 11);
	add_text(out, error->message);
	json_add_char(out, '}');
}

static bool is_first_of_field(const qn_errors *errors, size_t i)
{
	for (size_t before = 0; before < i; before++)
		if (strcmp(errors->at[before].field, errors->at[i].field) == 0)
			return false;
	return true;
}

static void add_field(struct json_out *out, const qn_errors *errors, size_t first)
{
	const char *field = errors->at[first].field;

	add_text(out, key_of(&errors->at[first]));
	json_add(out, ":[", 2);
	for (size_t i = first; i < errors->len; i++) {
		if (strcmp(errors->at[i].field, field) != 0)
			continue;
		if (i > first)
			json_add_char(out, ',');
		add_error(out, &errors->at[i]);
	}
	json_add_char(out, ']');
}

qn_status qn_errors_to_json(qn_buffer *buffer, const qn_errors *errors)
{
	struct json_out out;

	json_begin(&out, buffer, NULL);
	if (!errors) {
		json_fail(&out, QN_USAGE, "the errors are NULL");
		return json_end(&out);
	}
	json_add_char(&out, '{');
	for (size_t i = 0; i < errors->len && out.status == QN_OK; i++) {
		if (!is_first_of_field(errors, i))
			continue;
		if (i)
			json_add_char(&out, ',');
		add_field(&out, errors, i);
	}
	json_add_char(&out, '}');
	return json_end(&out);
}
