#include "proxy_loop.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 16384, COMMAND = 1024, ALWAYS = 2 /* entries of the poll set before the links' */ };

uint64_t proxy_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

void link_close(struct proxy_loop *loop, size_t index, bool with_reset)
{
	struct link *link = loop->links[index];
	struct linger at_once = { .l_onoff = 1 };

	if (with_reset)
		setsockopt(link->sockets[CLIENT], SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	for (int side = 0; side < 2; side++) {
		close(link->sockets[side]);
		loop->fires += link->pipes[side].fires;
		if (loop->last == link)
			loop->offsets[side] = link->pipes[side].offset;
		pipe_release(&link->pipes[side]);
	}
	if (loop->last == link)
		loop->last = NULL;
	free(link);
	loop->links[index] = loop->links[--loop->link_count];
}

/* Of a Unix socket: blocks for a moment at most, while the server's queue is full. */
static int server_connect(const struct proxy_loop *loop)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strncpy(address.sun_path, loop->config.server, sizeof(address.sun_path) - 1);
	if (server >= 0 && connect(server, (struct sockaddr *)&address, sizeof(address)) < 0) {
		close(server);
		server = -1;
	}
	return server;
}

static void link_program(struct proxy_loop *loop, struct link *link)
{
	for (int direction = 0; direction < 2; direction++) {
		struct pipe *pipe = &link->pipes[direction];

		snprintf(link->names[direction], sizeof(link->names[direction]), "%s %llu",
			 direction == TO_SERVER ? "to-server" : "to-client",
			 (unsigned long long)loop->accepted);
		pipe->name = link->names[direction];
		pipe->log = loop->log;
		pipe->random = &loop->random;
		pipe->program = loop->has_next[direction] ? loop->next[direction]
							  : loop->programs[direction];
		loop->has_next[direction] = false;
	}
	frames_init_client(&link->pipes[TO_SERVER].frames);
	frames_init_server(&link->pipes[TO_CLIENT].frames);
}

static void link_accept(struct proxy_loop *loop)
{
	int client = accept4(loop->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	int server = -1;
	struct link *link = NULL;
	int on = 1;

	if (client < 0)
		return;
	if (!loop->refuses && loop->link_count < LINKS_MAX)
		server = server_connect(loop);
	if (server >= 0)
		link = calloc(1, sizeof(*link));
	if (link == NULL) {
		close(client);
		if (server >= 0)
			close(server);
		return;
	}
	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (loop->buffers > 0) {
		setsockopt(client, SOL_SOCKET, SO_SNDBUF, &loop->buffers, sizeof(int));
		setsockopt(client, SOL_SOCKET, SO_RCVBUF, &loop->buffers, sizeof(int));
	}
	link->sockets[CLIENT] = client;
	link->sockets[SERVER] = server;
	loop->accepted++;
	link_program(loop, link);
	loop->last = link;
	loop->links[loop->link_count++] = link;
}

/* False: the link is of no more use. */
static bool link_read(struct link *link, int direction)
{
	unsigned char bytes[CHUNK];
	struct pipe *pipe = &link->pipes[direction];
	struct frames *frames = &pipe->frames;
	ssize_t length = recv(link->sockets[direction], bytes, sizeof(bytes), MSG_DONTWAIT);

	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (length < 0)
		return false;
	if (length == 0) {
		link->has_ended[direction] = true;
		return true;
	}
	if (!pipe_take(pipe, bytes, (size_t)length, proxy_now()))
		return false;
	if (direction == TO_SERVER && frames->untyped && frames->type == FRAME_ENCRYPT &&
	    frames->head_length == 0) {
		link->pipes[TO_CLIENT].frames.answers_encrypt = true;
		frames->type = FRAME_STARTUP;
	}
	return true;
}

/* False: the link is over; `with_reset` says how. */
static bool link_write(struct link *link, int direction, bool *with_reset)
{
	struct pipe *pipe = &link->pipes[direction];
	int target = link->sockets[!direction];

	if (!pipe_write(pipe, target, proxy_now(), &link->is_blocked[direction]))
		return false;
	if (pipe->queued > 0)
		return true;
	*with_reset = pipe->fate == PIPE_RESETS;
	if (pipe->fate == PIPE_CUTS || pipe->fate == PIPE_RESETS)
		return false;
	if ((link->has_ended[direction] || pipe->fate == PIPE_HALF_CLOSES) &&
	    !link->was_closed[direction]) {
		link->was_closed[direction] = true;
		shutdown(target, SHUT_WR);
	}
	return !(link->was_closed[TO_SERVER] && link->was_closed[TO_CLIENT]);
}

/* One that wants nothing is left out: its end would be told again and again. */
static void link_poll(const struct link *link, struct pollfd *polls)
{
	for (int side = 0; side < 2; side++) {
		short events = 0;

		if (!link->has_ended[side] && pipe_has_room(&link->pipes[side]))
			events |= POLLIN;
		if (link->is_blocked[!side])
			events |= POLLOUT;
		polls[side] = (struct pollfd){ .fd = events != 0 ? link->sockets[side] : -1,
					       .events = events };
	}
}

static bool link_turn(struct link *link, const struct pollfd *polls, bool *with_reset)
{
	*with_reset = false;
	for (int side = 0; side < 2; side++)
		if ((polls[side].events & POLLIN) && polls[side].revents != 0 &&
		    !link_read(link, side))
			return false;
	return link_write(link, TO_SERVER, with_reset) && link_write(link, TO_CLIENT, with_reset);
}

/* False: the other end is gone. */
static bool command_take(struct proxy_loop *loop)
{
	char command[COMMAND];
	char answer[COMMAND];
	ssize_t length = recv(loop->control, command, sizeof(command) - 1, 0);

	if (length < 0 && errno == EINTR)
		return true;
	if (length <= 0)
		return false;
	command[length] = '\0';
	proxy_obey(loop, command, answer, sizeof(answer));
	return send(loop->control, answer, strlen(answer), MSG_NOSIGNAL) >= 0;
}

static int wait_until_due(const struct proxy_loop *loop, struct pollfd *polls, size_t count)
{
	uint64_t first = 0;
	uint64_t now = proxy_now();
	struct timespec pause = { .tv_sec = 0 };

	for (size_t i = 0; i < loop->link_count; i++) {
		for (int direction = 0; direction < 2; direction++) {
			uint64_t due = pipe_due(&loop->links[i]->pipes[direction]);

			if (due != 0 && !loop->links[i]->is_blocked[direction] &&
			    (first == 0 || due < first))
				first = due;
		}
	}
	if (first > now) {
		pause.tv_sec = (time_t)((first - now) / UINT64_C(1000000000));
		pause.tv_nsec = (long)((first - now) % UINT64_C(1000000000));
	}
	return ppoll(polls, count, first != 0 ? &pause : NULL, NULL);
}

static void links_turn(struct proxy_loop *loop, const struct pollfd *polls, size_t polled)
{
	/* From the end: closing one moves the last one into its place. */
	for (size_t i = polled; i-- > 0;) {
		bool with_reset;

		if (!link_turn(loop->links[i], polls + 2 * i, &with_reset))
			link_close(loop, i, with_reset);
	}
}

int proxy_loop_run(struct proxy_loop *loop)
{
	struct pollfd polls[ALWAYS + 2 * LINKS_MAX];
	bool goes_on = true;

	while (goes_on) {
		size_t count = loop->link_count;

		polls[0] = (struct pollfd){ .fd = loop->control, .events = POLLIN };
		polls[1] = (struct pollfd){ .fd = loop->listener, .events = POLLIN };
		for (size_t i = 0; i < count; i++)
			link_poll(loop->links[i], polls + ALWAYS + 2 * i);
		if (wait_until_due(loop, polls, ALWAYS + 2 * count) < 0 && errno != EINTR)
			return 1;
		links_turn(loop, polls + ALWAYS, count);
		if (polls[1].revents != 0)
			link_accept(loop);
		if (polls[0].revents != 0)
			goes_on = command_take(loop);
	}
	while (loop->link_count > 0)
		link_close(loop, 0, false);
	return 0;
}
