#include "byte_server.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { BODY_MAX = 65535, PORT = 5432 };

/* AuthenticationOk, two parameters, BackendKeyData, ReadyForQuery. */
static const uint8_t greeting[] = "R\0\0\0\10\0\0\0\0"
				  "S\0\0\0\31client_encoding\0UTF8\0"
				  "S\0\0\0\27server_version\00015.1\0"
				  "K\0\0\0\14\0\0\0\1\0\0\0\2"
				  "Z\0\0\0\5I";

bool byte_server_init(struct byte_server *server)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int len;

	*server = (struct byte_server){ .listener = -1 };
	snprintf(server->host, sizeof(server->host), "@quern-fuzz-%ld", (long)getpid());
	len = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "%s/.s.PGSQL.%d",
		       server->host + 1, PORT);
	server->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (server->listener >= 0 &&
	    bind(server->listener, (struct sockaddr *)&address,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len)) == 0 &&
	    listen(server->listener, BYTE_SERVER_CLIENTS) == 0)
		return true;
	if (server->listener >= 0)
		close(server->listener);
	return false;
}

static bool clients_accept(struct byte_server *server)
{
	for (;;) {
		struct byte_client *client = &server->clients[server->client_count];
		int fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			return true;
		if (server->client_count == BYTE_SERVER_CLIENTS) {
			close(fd);
			return false;
		}
		*client = (struct byte_client){ .fd = fd };
		server->client_count++;
		if (server->greets)
			byte_client_say(client, greeting, sizeof(greeting) - 1);
	}
}

/* True: the client has hung up. */
static bool client_drain(const struct byte_client *client)
{
	uint8_t room[4096];
	ssize_t got;

	do
		got = read(client->fd, room, sizeof(room));
	while (got > 0 || (got < 0 && errno == EINTR));
	return got == 0 || errno != EAGAIN;
}

bool byte_server_turn(struct byte_server *server)
{
	bool has_room = clients_accept(server);

	for (size_t i = 0; i < server->client_count; i++)
		if (!server->clients[i].is_closed && client_drain(&server->clients[i]))
			byte_client_close(&server->clients[i]);
	return has_room;
}

struct byte_client *byte_server_client(struct byte_server *server, size_t age)
{
	struct byte_client *found = NULL;

	for (size_t i = server->client_count; i > 0; i--) {
		if (server->clients[i - 1].is_closed)
			continue;
		found = &server->clients[i - 1];
		if (age-- == 0)
			break;
	}
	return found;
}

static void client_write(struct byte_client *client, uint8_t byte)
{
	/* What does not go out is lost, as the rest of it is nonsense as well. */
	(void)!send(client->fd, &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* The header is whole: its length counts itself. */
static void header_end(struct byte_client *client)
{
	uint32_t length;

	client->header[1] = 0;
	client->header[2] = 0;
	length = (uint32_t)client->header[3] << 8 | client->header[4];
	client->body_left = length > 4 ? length - 4 : 0;
	client->header_len = 0;
	(void)!send(client->fd, client->header, sizeof(client->header),
		    MSG_NOSIGNAL | MSG_DONTWAIT);
}

void byte_client_say(struct byte_client *client, const uint8_t *bytes, size_t size)
{
	if (!client)
		return;
	while (size > 0) {
		if (client->body_left > 0) {
			client_write(client, *bytes);
			client->body_left--;
		} else {
			client->header[client->header_len++] = *bytes;
			if (client->header_len == sizeof(client->header))
				header_end(client);
		}
		bytes++;
		size--;
	}
}

void byte_client_tell(struct byte_client *client, uint8_t type, const uint8_t *body, size_t size)
{
	uint8_t header[5] = { type, 0, 0, (uint8_t)((size + 4) >> 8), (uint8_t)(size + 4) };

	byte_client_say(client, header, sizeof(header));
	byte_client_say(client, body, size);
}

void byte_client_close(struct byte_client *client)
{
	if (!client || client->is_closed)
		return;
	(void)!send(client->fd, client->header, client->header_len, MSG_NOSIGNAL | MSG_DONTWAIT);
	close(client->fd);
	client->is_closed = true;
}

bool byte_server_release(struct byte_server *server)
{
	bool all_hung_up = byte_server_turn(server);

	for (size_t i = 0; i < server->client_count; i++) {
		all_hung_up &= server->clients[i].is_closed;
		byte_client_close(&server->clients[i]);
	}
	close(server->listener);
	return all_hung_up;
}
