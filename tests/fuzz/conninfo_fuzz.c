/*
 * Connection strings, compared with what libpq makes of them: what libpq refuses is refused, what
 * is accepted has libpq's host, address and port, and what is refused beyond libpq's parser has one
 * of the reasons that quern gives. No message quotes the secret, the text that the seeds have as
 * their passwords.
 */
#include <libpq-fe.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/conninfo.h"

#define SECRET "Zq9x"

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

/* What the environment says would stand in for what the string leaves out. */
int LLVMFuzzerInitialize(int *count, char ***arguments)
{
	PQconninfoOption *options = PQconndefaults();

	(void)count;
	(void)arguments;
	for (const PQconninfoOption *option = options; option && option->keyword; option++)
		if (option->envvar)
			(void)unsetenv(option->envvar);
	PQconninfoFree(options);
	(void)setenv("PGSERVICEFILE", "/dev/null", 1);
	(void)setenv("PGSYSCONFDIR", "/dev/null", 1);
	(void)setenv("HOME", "/dev/null", 1);
	return 0;
}

static const char *said(const PQconninfoOption *options, const char *keyword)
{
	for (const PQconninfoOption *option = options; option->keyword; option++)
		if (strcmp(option->keyword, keyword) == 0)
			return option->val ? option->val : "";
	return "";
}

/* Also one with an empty name, which libpq looks up as well. */
static bool has_service(const PQconninfoOption *options)
{
	for (const PQconninfoOption *option = options; option->keyword; option++)
		if (strcmp(option->keyword, "service") == 0)
			return option->val != NULL;
	return false;
}

static bool is_list(const PQconninfoOption *options)
{
	return strchr(said(options, "host"), ',') || strchr(said(options, "hostaddr"), ',') ||
	       strchr(said(options, "port"), ',');
}

static bool port_is_good(const char *port)
{
	char *end;
	long number = strtol(port, &end, 10);

	return !port[0] || (end > port && end[strspn(end, " \t\n\v\f\r")] == '\0' && number > 0 &&
			    number < 65536);
}

static bool attributes_are_good(const char *attributes)
{
	static const char *const known[] = { "",        "any",     "read-write",    "read-only",
					     "primary", "standby", "prefer-standby" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(attributes, known[i]) == 0)
			return true;
	return false;
}

static void check_single(const struct conninfo *conninfo, const PQconninfoOption *options)
{
	const char *port = said(options, "port");

	must(conninfo->host_count == 1, "one host is one host");
	must(strcmp(conninfo->hosts[0].name, said(options, "host")) == 0, "the host is libpq's");
	must(strcmp(conninfo->hosts[0].address, said(options, "hostaddr")) == 0,
	     "the address is libpq's");
	must(!port[0] || strcmp(conninfo->hosts[0].port, port) == 0, "the port is libpq's");
}

static void check_settings(const struct conninfo *conninfo)
{
	for (size_t i = 0; i < conninfo->host_count; i++) {
		struct conninfo_settings settings;

		conninfo_settings(conninfo, &conninfo->hosts[i], "192.0.2.1", "any", 10000,
				  &settings);
		must(settings.count < CONNINFO_SETTINGS, "there is room for all settings");
		must(!settings.keywords[settings.count] && !settings.values[settings.count],
		     "settings end with NULL");
		for (size_t at = 0; at < settings.count; at++)
			must(settings.keywords[at] && settings.values[at], "no setting is NULL");
	}
}

/* libpq reads a service's file only when it connects: hosts are its, and not the string's, then. */
static void check_accepted(const struct conninfo *conninfo, const PQconninfoOption *options)
{
	must(options != NULL, "what libpq refuses is refused");
	must(conninfo->host_count > 0, "there is a host");
	if (!is_list(options) && !has_service(options))
		check_single(conninfo, options);
	check_settings(conninfo);
}

/*
 * Settings with a fixed set of values may be quoted, and names of services; what may be a part of a
 * password may not.
 */
static bool secret_is_elsewhere(const PQconninfoOption *options)
{
	static const char *const near[] = {
		"password", "host", "hostaddr", "port", "dbname", "user"
	};
	bool is_elsewhere = false;

	for (const PQconninfoOption *option = options; option->keyword; option++) {
		bool is_near = false;

		for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++)
			is_near |= strcmp(option->keyword, near[i]) == 0;
		is_elsewhere |= !is_near && option->val && strstr(option->val, SECRET);
	}
	return is_elsewhere;
}

/* libpq itself refuses more when it connects: the message then is its own. */
static bool is_refused_by_libpq(const char *message)
{
	static const char prefix[] = "the connection string is refused: ";

	return strncmp(message, prefix, strlen(prefix)) == 0;
}

static void check_refused(const char *message, const PQconninfoOption *options)
{
	must(message[0] != '\0', "a refusal has a reason");
	must(!strchr(message, '\n'), "a reason is one line");
	if (!options)
		return;
	must(is_list(options) || has_service(options) || is_refused_by_libpq(message) ||
		     !port_is_good(said(options, "port")) ||
		     !attributes_are_good(said(options, "target_session_attrs")),
	     "what libpq accepts is accepted");
	if (!secret_is_elsewhere(options))
		must(!strstr(message, SECRET), "no message quotes a password");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char message[CONNINFO_MESSAGE];
	PQconninfoOption *options;
	struct conninfo conninfo;
	char *text = strndup((const char *)data, size);
	qn_status status;

	if (!text)
		return 0;
	options = PQconninfoParse(text, NULL);
	status = conninfo_init(&conninfo, text, message);
	if (status == QN_OK)
		check_accepted(&conninfo, options);
	else
		check_refused(message, options);
	if (status != QN_OK && !options)
		must(!strstr(message, SECRET), "no message quotes a password");
	if (status == QN_OK)
		conninfo_free(&conninfo);
	PQconninfoFree(options);
	free(text);
	return 0;
}
