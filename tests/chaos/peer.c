#include "peer.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHUNK = 8192 };

void script_add(struct peer_script *script, char type, const void *payload, size_t length)
{
	unsigned char *at = script->bytes + script->length;
	size_t whole = length + 4;

	if (script->length + whole + 1 > sizeof(script->bytes))
		abort();
	at[0] = (unsigned char)type;
	at[1] = at[2] = 0;
	at[3] = (unsigned char)(whole >> 8);
	at[4] = (unsigned char)whole;
	memcpy(at + 5, payload, length);
	script->length += whole + 1;
}

void script_add_error(struct peer_script *script, char type, const char *severity,
		      const char *sqlstate)
{
	char payload[128];
	int length = snprintf(payload, sizeof(payload), "S%s%cV%s%cC%s%cMsaid so%c", severity, 0,
			      severity, 0, sqlstate, 0, 0);

	script_add(script, type, payload, (size_t)length + 1);
}

void script_add_row(struct peer_script *script)
{
	static const char row_type[] = "\0\1x\0\0\0\0\0\0\0\0\0\0\31\377\377\377\377\377\377\0";
	static const char row[] = "\0\1\0\0\0\0011";

	script_add(script, '1', "", 0);
	script_add(script, '2', "", 0);
	script_add(script, 'T', row_type, sizeof(row_type));
	script_add(script, 'D', row, sizeof(row) - 1);
	script_add(script, 'C', "SELECT 1", 9);
}

static void client_serve(int client, const struct peer_script *greeting,
			 const struct peer_script *answer, bool closes)
{
	static const char parameters[][40] = {
		"client_encoding\0UTF8",
		"standard_conforming_strings\0on",
		"integer_datetimes\0on",
		"server_version\00015.0",
	};
	unsigned char bytes[CHUNK];
	struct peer_script in = { .length = 0 };

	if (recv(client, bytes, sizeof(bytes), 0) <= 0)
		return;
	script_add(&in, 'R', "\0\0\0\0", 4);
	memcpy(in.bytes + in.length, greeting->bytes, greeting->length);
	in.length += greeting->length;
	for (size_t i = 0; i < sizeof(parameters) / sizeof(*parameters); i++) {
		size_t name = strlen(parameters[i]) + 1;

		script_add(&in, 'S', parameters[i], name + strlen(parameters[i] + name) + 1);
	}
	script_add(&in, 'K', "\0\0\0\1\0\0\0\1", 8);
	script_add(&in, 'Z', "I", 1);
	if (send(client, in.bytes, in.length, MSG_NOSIGNAL) < 0 ||
	    recv(client, bytes, sizeof(bytes), 0) <= 0 ||
	    send(client, answer->bytes, answer->length, MSG_NOSIGNAL) < 0 || closes)
		return;
	while (recv(client, bytes, sizeof(bytes), 0) > 0)
		continue;
}

static int listener_open(const char *folder)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%.60s/.s.PGSQL.5432", folder);
	if (listener >= 0 && (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
			      listen(listener, 8) < 0)) {
		close(listener);
		return -1;
	}
	return listener;
}

bool peer_start(struct peer *peer, const struct peer_script *greeting,
		const struct peer_script *answer, bool closes)
{
	int listener;

	*peer = (struct peer){ .folder = "/tmp/quern-peer-XXXXXX" };
	if (mkdtemp(peer->folder) == NULL)
		return false;
	snprintf(peer->conninfo, sizeof(peer->conninfo), "host=%s port=5432 user=u dbname=d",
		 peer->folder);
	listener = listener_open(peer->folder);
	if (listener < 0)
		return false;
	fflush(NULL);
	peer->process = fork();
	while (peer->process == 0) {
		int client = accept(listener, NULL, NULL);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (client < 0)
			_exit(1);
		client_serve(client, greeting, answer, closes);
		close(client);
	}
	close(listener);
	return peer->process > 0;
}

void peer_stop(struct peer *peer)
{
	char path[64];

	kill(peer->process, SIGKILL);
	waitpid(peer->process, NULL, 0);
	snprintf(path, sizeof(path), "%.31s/.s.PGSQL.5432", peer->folder);
	unlink(path);
	rmdir(peer->folder);
}
