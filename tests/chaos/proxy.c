#include "proxy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proxy_loop.h"

static int listener_open(int *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (listener < 0)
		return -1;
	if (bind(listener, (struct sockaddr *)&address, length) < 0 ||
	    listen(listener, LINKS_MAX) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &length) < 0) {
		close(listener);
		return -1;
	}
	*port = ntohs(address.sin_port);
	return listener;
}

static int live(const struct proxy_config *config, int listener, int control)
{
	static struct proxy_loop loop;
	int status;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	loop = (struct proxy_loop){
		.config = *config, .listener = listener, .control = control, .random = config->seed
	};
	if (config->log != NULL) {
		loop.log = fopen(config->log, "we");
		if (loop.log == NULL)
			return 1;
	}
	status = proxy_loop_run(&loop);
	if (loop.log != NULL && fclose(loop.log) != 0)
		status = 1;
	return status;
}

bool proxy_start(struct proxy *proxy, const struct proxy_config *config)
{
	int ends[2];
	int listener = listener_open(&proxy->port);

	if (listener < 0)
		return false;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
		close(listener);
		return false;
	}
	fflush(NULL);
	proxy->control = ends[0];
	proxy->process = fork();
	if (proxy->process == 0) {
		close(ends[0]);
		_exit(live(config, listener, ends[1]));
	}
	close(listener);
	close(ends[1]);
	if (proxy->process > 0)
		return true;
	close(ends[0]);
	return false;
}

bool proxy_stop(struct proxy *proxy)
{
	int status = 0;

	close(proxy->control);
	while (waitpid(proxy->process, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return status == 0;
}

bool proxy_command(struct proxy *proxy, const char *command, char *answer, size_t size)
{
	char text[512];
	ssize_t length = -1;

	if (send(proxy->control, command, strlen(command), MSG_NOSIGNAL) >= 0)
		do
			length = recv(proxy->control, text, sizeof(text) - 1, 0);
		while (length < 0 && errno == EINTR);
	if (length <= 0) {
		snprintf(answer, size, "the proxy does not answer");
		return false;
	}
	text[length] = '\0';
	snprintf(answer, size, "%s", text + strcspn(text, " ") + (strchr(text, ' ') != NULL));
	return strncmp(text, "ok", 2) == 0;
}
