#include "wire/conninfo.h"

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *option_value(const PQconninfoOption *options, const char *keyword)
{
	for (const PQconninfoOption *option = options; option->keyword; option++)
		if (strcmp(option->keyword, keyword) == 0)
			return option->val ? option->val : "";
	return "";
}

static bool is_said_in(const PQconninfoOption *options, const char *keyword)
{
	return option_value(options, keyword)[0] != '\0';
}

/*
 * By the string, by the environment, or by a service file, as far as that differs from libpq's own
 * default.
 */
static bool is_said(const PQconninfoOption *said, const PQconninfoOption *effective,
		    const char *keyword)
{
	if (is_said_in(said, keyword))
		return true;
	for (const PQconninfoOption *option = effective; option->keyword; option++) {
		const char *variable = option->envvar;
		if (strcmp(option->keyword, keyword) != 0)
			continue;
		if (variable && getenv(variable))
			return true;
		return option->val &&
		       (!option->compiled || strcmp(option->val, option->compiled) != 0);
	}
	return false;
}

/*
 * libpq quotes what it cannot read, which may be a password or a URL with one: everything between
 * the first and the last quotation mark goes, unless it is the name of an option.
 */
static void message_redact(const char *error, char message[CONNINFO_MESSAGE])
{
	static const char option[] = "invalid connection option ";
	static const char parameter[] = "invalid URI query parameter: ";
	static const char name_letters[] = "abcdefghijklmnopqrstuvwxyz_";
	const char *first = error ? strchr(error, '"') : NULL;
	const char *last = error ? strrchr(error, '"') : NULL;
	bool is_name = error && (strncmp(error, option, strlen(option)) == 0 ||
				 strncmp(error, parameter, strlen(parameter)) == 0);

	if (!error)
		error = "out of memory";
	if (first && !(is_name && last == first + 1 + strspn(first + 1, name_letters)))
		snprintf(message, CONNINFO_MESSAGE,
			 "cannot read the connection string: %.*s\"...\"%.*s", (int)(first - error),
			 error, (int)strcspn(last + 1, "\n"), last + 1);
	else
		snprintf(message, CONNINFO_MESSAGE, "cannot read the connection string: %.*s",
			 (int)strcspn(error, "\n"), error);
}

/*
 * All settings as libpq sees them, service file and environment included. libpq tells them of a
 * connection object only; one that it refuses before it looks any host up is enough.
 */
static PQconninfoOption *effective_settings(const char *text)
{
	const char *keywords[] = { "dbname", "channel_binding", NULL };
	const char *values[] = { text, "?", NULL };
	PGconn *conn = PQconnectStartParams(keywords, values, 1);
	PQconninfoOption *options = conn ? PQconninfo(conn) : NULL;

	PQfinish(conn);
	return options;
}

/*
 * Values that libpq would refuse whenever it connects, of the string or of the environment. It
 * looks at this one last, so a complaint about another one is the user's.
 */
static qn_status values_check(const char *text, char message[CONNINFO_MESSAGE])
{
	static const char last[] = "none of the user's";
	const char *keywords[] = { "dbname", "target_session_attrs", NULL };
	const char *values[] = { text, last, NULL };
	PGconn *conn = PQconnectStartParams(keywords, values, 1);
	const char *error = PQerrorMessage(conn);
	qn_status status = conn ? QN_OK : QN_OUT_OF_MEMORY;

	if (conn && error[0] && !strstr(error, last)) {
		snprintf(message, CONNINFO_MESSAGE, "the connection string is refused: %.*s",
			 (int)strcspn(error, "\n"), error);
		status = QN_USAGE;
	}
	PQfinish(conn);
	return status;
}

static size_t list_length(const char *list)
{
	size_t count = 1;

	for (const char *at = list; *at; at++)
		count += *at == ',';
	return count;
}

/* The item at this index, of a comma-separated list. */
static const char *list_item(struct arena *arena, const char *list, size_t index)
{
	while (index > 0) {
		list = strchr(list, ',') + 1;
		index--;
	}
	return arena_cstring(arena, (struct str){ list, strcspn(list, ",") });
}

static bool is_loopback(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (strcmp(host, "localhost") == 0)
		return true;
	if (inet_pton(AF_INET, host, &v4) == 1)
		return (ntohl(v4.s_addr) >> 24) == 127;
	return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

static bool host_read(struct arena *arena, struct conninfo_host *host, const char *lists[3],
		      size_t index)
{
	bool one_port = !strchr(lists[2], ',');

	host->name = lists[0][0] ? list_item(arena, lists[0], index) : "";
	host->address = lists[1][0] ? list_item(arena, lists[1], index) : "";
	host->port = lists[2][0] ? list_item(arena, lists[2], one_port ? 0 : index) : "";
	if (!host->name || !host->address || !host->port)
		return false;
	host->is_socket = !host->address[0] &&
			  (host->name[0] == '\0' || host->name[0] == '/' || host->name[0] == '@');
	host->is_local =
		host->is_socket || is_loopback(host->address[0] ? host->address : host->name);
	return true;
}

static bool port_is_valid(const char *port)
{
	char *end;
	long number;

	if (!port[0])
		return true;
	number = strtol(port, &end, 10);
	/* As libpq does. */
	end += strspn(end, " \t\n\v\f\r");
	return *end == '\0' && number > 0 && number < 65536;
}

static qn_status hosts_read(struct conninfo *conninfo, const PQconninfoOption *options,
			    char message[CONNINFO_MESSAGE])
{
	const char *lists[3] = { option_value(options, "host"), option_value(options, "hostaddr"),
				 option_value(options, "port") };
	size_t count = list_length(lists[1][0] ? lists[1] : lists[0]);
	size_t ports = list_length(lists[2]);

	if (lists[0][0] && lists[1][0] && list_length(lists[0]) != count) {
		snprintf(
			message, CONNINFO_MESSAGE,
			"the connection string has %zu hosts and %zu addresses, give as many of each",
			list_length(lists[0]), count);
		return QN_USAGE;
	}
	if (ports != 1 && ports != count) {
		snprintf(
			message, CONNINFO_MESSAGE,
			"the connection string has %zu hosts and %zu ports, give one port or as many",
			count, ports);
		return QN_USAGE;
	}
	conninfo->hosts = arena_alloc_array(&conninfo->arena, count, sizeof(*conninfo->hosts));
	if (!conninfo->hosts)
		return QN_OUT_OF_MEMORY;
	conninfo->host_count = count;
	for (size_t i = 0; i < count; i++) {
		struct conninfo_host *host = &conninfo->hosts[i];
		if (!host_read(&conninfo->arena, host, lists, i))
			return QN_OUT_OF_MEMORY;
		if (!port_is_valid(host->port)) {
			/* It may be part of a password: in a URL "/" ends the host and its port. */
			snprintf(message, CONNINFO_MESSAGE,
				 "a port of the connection string is not a number from 1 to 65535; "
				 "\"/\" in a URL's password is written \"%%2F\"");
			return QN_USAGE;
		}
	}
	return QN_OK;
}

static qn_status attributes_read(struct conninfo *conninfo, const PQconninfoOption *options,
				 char message[CONNINFO_MESSAGE])
{
	static const char *const known[] = { "any",     "read-write", "read-only",
					     "primary", "standby",    "prefer-standby" };
	const char *attributes = option_value(options, "target_session_attrs");

	if (!attributes[0])
		attributes = "any";
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(attributes, known[i]) == 0) {
			conninfo->session_attributes = known[i];
			return QN_OK;
		}
	snprintf(
		message, CONNINFO_MESSAGE,
		"target_session_attrs \"%.32s\" is not known: any, read-write, read-only, primary, "
		"standby or prefer-standby",
		attributes);
	return QN_USAGE;
}

static qn_status conninfo_read(struct conninfo *conninfo, const PQconninfoOption *said,
			       const PQconninfoOption *effective, char message[CONNINFO_MESSAGE])
{
	static const char *const keepalives[] = { "keepalives_idle", "keepalives_interval",
						  "keepalives_count" };
	qn_status status;

	conninfo->keeps_tls = is_said(said, effective, "sslmode");
	conninfo->keeps_gss = is_said(said, effective, "gssencmode");
	conninfo->keeps_user_timeout = is_said(said, effective, "tcp_user_timeout");
	for (size_t i = 0; i < 3; i++)
		conninfo->keeps_keepalives[i] = is_said(said, effective, keepalives[i]);
	status = attributes_read(conninfo, effective, message);
	if (status == QN_OK)
		status = hosts_read(conninfo, effective, message);
	return status == QN_OK ? values_check(conninfo->text ? conninfo->text : "", message)
			       : status;
}

qn_status conninfo_init(struct conninfo *conninfo, const char *text, char message[CONNINFO_MESSAGE])
{
	char *error = NULL;
	PQconninfoOption *said = PQconninfoParse(text ? text : "", &error);
	PQconninfoOption *effective;
	qn_status status = QN_OUT_OF_MEMORY;

	*conninfo = (struct conninfo){ .text = NULL };
	snprintf(message, CONNINFO_MESSAGE, "out of memory");
	if (!said) {
		message_redact(error, message);
		status = error ? QN_USAGE : QN_OUT_OF_MEMORY;
		PQfreemem(error);
		return status;
	}
	arena_init(&conninfo->arena, 1024, NULL);
	effective = effective_settings(text ? text : "");
	if (text)
		conninfo->text = arena_cstring(&conninfo->arena, str_from_cstring(text));
	if (effective && (!text || conninfo->text))
		status = conninfo_read(conninfo, said, effective, message);
	PQconninfoFree(effective);
	PQconninfoFree(said);
	if (status != QN_OK)
		conninfo_free(conninfo);
	return status;
}

void conninfo_free(struct conninfo *conninfo)
{
	if (conninfo->text)
		explicit_bzero((char *)(uintptr_t)conninfo->text, strlen(conninfo->text));
	arena_free(&conninfo->arena);
	*conninfo = (struct conninfo){ .text = NULL };
}

static void setting_add(struct conninfo_settings *settings, const char *keyword, const char *value)
{
	settings->keywords[settings->count] = keyword;
	settings->values[settings->count] = value;
	settings->count++;
	settings->keywords[settings->count] = NULL;
	settings->values[settings->count] = NULL;
}

void conninfo_settings(const struct conninfo *conninfo, const struct conninfo_host *host,
		       const char *address, const char *attributes, uint32_t user_timeout,
		       struct conninfo_settings *settings)
{
	static const char *const keepalives[3][2] = { { "keepalives_idle", "30" },
						      { "keepalives_interval", "10" },
						      { "keepalives_count", "3" } };

	settings->count = 0;
	setting_add(settings, "fallback_application_name", "quern");
	if (!conninfo->keeps_gss)
		setting_add(settings, "gssencmode", "disable");
	if (!conninfo->keeps_tls && !host->is_local)
		setting_add(settings, "sslmode", "verify-full");
	for (size_t i = 0; i < 3; i++)
		if (!conninfo->keeps_keepalives[i])
			setting_add(settings, keepalives[i][0], keepalives[i][1]);
	if (!conninfo->keeps_user_timeout) {
		snprintf(settings->user_timeout, sizeof(settings->user_timeout), "%u",
			 user_timeout);
		setting_add(settings, "tcp_user_timeout", settings->user_timeout);
	}
	if (conninfo->text)
		setting_add(settings, "dbname", conninfo->text);
	/* What stands behind the string overrides it. */
	if (host->name[0])
		setting_add(settings, "host", host->name);
	if (address || host->address[0])
		setting_add(settings, "hostaddr", address ? address : host->address);
	if (host->port[0])
		setting_add(settings, "port", host->port);
	setting_add(settings, "target_session_attrs", attributes);
	setting_add(settings, "client_encoding", "UTF8");
}
