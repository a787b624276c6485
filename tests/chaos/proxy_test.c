/*
 * The fault proxy between two ends that the test holds: what goes in is known, so is what must come
 * out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "frames.h"
#include "proxy.h"
#include "proxy_loop.h"

/* A start-up message, and what a server may answer: three messages. */
static const unsigned char startup[] = { 0, 0, 0, 13, 0, 3, 0, 0, 'u', 0, 'q', 0, 0 };
static const unsigned char parse_commit[] = { 'P', 0,   0,   0,   14, 0, 'C', 'O',
					      'M', 'M', 'I', 'T', 0,  0, 0 };
static const unsigned char parse_select[] = { 'P', 0, 0, 0, 12, 0, 'S', 'E', 'L', 'E', 0, 0, 0 };
static const unsigned char ready[] = { 'Z', 0, 0, 0, 5, 'I' };

struct rig {
	char folder[32];
	char path[64];
	int listener;
	struct proxy proxy;
	int client;
	int server;
};

static void obey(struct rig *rig, const char *command)
{
	char answer[256];

	if (!proxy_command(&rig->proxy, command, answer, sizeof(answer)))
		fail_msg("'%s': %s", command, answer);
}

static int rig_start(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct proxy_config config = { .seed = 7 };

	assert_non_null(rig);
	strcpy(rig->folder, "/tmp/quern-proxy-XXXXXX");
	assert_non_null(mkdtemp(rig->folder));
	snprintf(rig->path, sizeof(rig->path), "%s/socket", rig->folder);
	strcpy(address.sun_path, rig->path);
	rig->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(rig->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(rig->listener, 8), 0);
	config.server = rig->path;
	assert_true(proxy_start(&rig->proxy, &config));
	rig->client = -1;
	rig->server = -1;
	*state = rig;
	return 0;
}

static int rig_stop(void **state)
{
	struct rig *rig = *state;
	bool stopped = proxy_stop(&rig->proxy);

	close(rig->client);
	close(rig->server);
	close(rig->listener);
	unlink(rig->path);
	rmdir(rig->folder);
	free(rig);
	return stopped ? 0 : -1;
}

static void rig_connect(struct rig *rig)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons((uint16_t)rig->proxy.port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	rig->client = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(rig->client, (struct sockaddr *)&address, sizeof(address)), 0);
	rig->server = accept(rig->listener, NULL, NULL);
	assert_true(rig->server >= 0);
}

static void give(int to, const void *bytes, size_t length)
{
	assert_int_equal(send(to, bytes, length, MSG_NOSIGNAL), (ssize_t)length);
}

/* Exactly these bytes come. */
static void expect(int from, const void *bytes, size_t length)
{
	unsigned char got[4096];
	size_t have = 0;

	assert_true(length <= sizeof(got));
	while (have < length) {
		ssize_t part = recv(from, got + have, length - have, 0);

		assert_true(part > 0);
		have += (size_t)part;
	}
	assert_memory_equal(got, bytes, length);
}

/* The stream ends: with 0, or with this error. */
static void expect_end(int from, int error)
{
	char byte;
	ssize_t length = recv(from, &byte, 1, 0);

	assert_int_equal(length, error != 0 ? -1 : 0);
	if (error != 0)
		assert_int_equal(errno, error);
}

static bool has_something(int from, int milliseconds)
{
	struct pollfd poll_one = { .fd = from, .events = POLLIN };

	return poll(&poll_one, 1, milliseconds) > 0;
}

static void rig_enter(struct rig *rig)
{
	rig_connect(rig);
	give(rig->client, startup, sizeof(startup));
	expect(rig->server, startup, sizeof(startup));
}

static void passes_both_ways_untouched(void **state)
{
	struct rig *rig = *state;

	rig_enter(rig);
	give(rig->server, ready, sizeof(ready));
	expect(rig->client, ready, sizeof(ready));
	shutdown(rig->client, SHUT_WR);
	expect_end(rig->server, 0);
	give(rig->server, ready, sizeof(ready));
	expect(rig->client, ready, sizeof(ready));
	close(rig->server);
	rig->server = -1;
	expect_end(rig->client, 0);
}

static void cuts_before_each_byte(void **state)
{
	struct rig *rig = *state;
	char command[64];

	for (size_t k = 0; k <= sizeof(startup); k++) {
		snprintf(command, sizeof(command), "next to-server at byte %zu cut", k);
		obey(rig, command);
		rig_connect(rig);
		give(rig->client, startup, sizeof(startup));
		expect(rig->server, startup, k);
		if (k == sizeof(startup))
			assert_false(has_something(rig->server, 20));
		else
			expect_end(rig->server, 0);
		close(rig->client);
		close(rig->server);
	}
	rig->client = -1;
	rig->server = -1;
}

static void next_is_for_one_connection(void **state)
{
	struct rig *rig = *state;

	obey(rig, "next to-server at byte 0 cut");
	rig_connect(rig);
	give(rig->client, startup, sizeof(startup));
	expect_end(rig->server, 0);
	close(rig->client);
	close(rig->server);
	rig_enter(rig);
}

static void cuts_behind_the_message_with_a_text(void **state)
{
	struct rig *rig = *state;

	rig_enter(rig);
	obey(rig, "all to-server after message P:COMMIT 2 cut");
	for (int i = 0; i < 2; i++) {
		give(rig->client, parse_select, sizeof(parse_select));
		give(rig->client, parse_commit, sizeof(parse_commit));
		expect(rig->server, parse_select, sizeof(parse_select));
		expect(rig->server, parse_commit, sizeof(parse_commit));
	}
	expect_end(rig->server, 0);
}

static void cuts_before_a_message_that_comes_in_parts(void **state)
{
	struct rig *rig = *state;

	rig_enter(rig);
	obey(rig, "all to-server before message P:COMMIT cut");
	for (size_t i = 0; i < sizeof(parse_select); i++)
		give(rig->client, parse_select + i, 1);
	for (size_t i = 0; i < sizeof(parse_commit); i++)
		give(rig->client, parse_commit + i, 1);
	expect(rig->server, parse_select, sizeof(parse_select));
	expect_end(rig->server, 0);
}

static void resets_the_client(void **state)
{
	struct rig *rig = *state;

	rig_enter(rig);
	obey(rig, "reset");
	expect_end(rig->client, ECONNRESET);
	expect_end(rig->server, 0);
}

static void half_closes_one_direction(void **state)
{
	struct rig *rig = *state;

	rig_enter(rig);
	obey(rig, "all to-client after message Z half-close");
	give(rig->server, ready, sizeof(ready));
	expect(rig->client, ready, sizeof(ready));
	expect_end(rig->client, 0);
	give(rig->client, parse_select, sizeof(parse_select));
	expect(rig->server, parse_select, sizeof(parse_select));
}

static void stalls_until_it_is_cleared(void **state)
{
	struct rig *rig = *state;

	rig_enter(rig);
	obey(rig, "all to-client stall");
	give(rig->server, ready, sizeof(ready));
	assert_false(has_something(rig->client, 50));
	give(rig->client, parse_select, sizeof(parse_select));
	expect(rig->server, parse_select, sizeof(parse_select));
	obey(rig, "clear");
	expect(rig->client, ready, sizeof(ready));
}

static void stalls_at_a_byte(void **state)
{
	struct rig *rig = *state;

	rig_enter(rig);
	obey(rig, "all to-client at byte 2 stall");
	give(rig->server, ready, sizeof(ready));
	expect(rig->client, ready, 2);
	assert_false(has_something(rig->client, 50));
	obey(rig, "clear");
	expect(rig->client, ready + 2, sizeof(ready) - 2);
}

static void flips_one_byte(void **state)
{
	struct rig *rig = *state;
	unsigned char changed[sizeof(ready)];

	rig_enter(rig);
	obey(rig, "all to-client at byte 4 flip 0x40");
	give(rig->server, ready, sizeof(ready));
	memcpy(changed, ready, sizeof(ready));
	changed[4] ^= 0x40;
	expect(rig->client, changed, sizeof(changed));
	give(rig->server, ready, sizeof(ready));
	expect(rig->client, ready, sizeof(ready));
}

static void sends_a_message_twice_each_time(void **state)
{
	struct rig *rig = *state;

	rig_enter(rig);
	obey(rig, "all to-client before message Z twice again");
	for (int i = 0; i < 3; i++) {
		give(rig->server, ready, sizeof(ready));
		expect(rig->client, ready, sizeof(ready));
		expect(rig->client, ready, sizeof(ready));
	}
	assert_false(has_something(rig->client, 20));
}

/* The fifth byte of the payload, of which there is one. */
static void spoils_a_byte_of_a_message(void **state)
{
	struct rig *rig = *state;
	unsigned char changed[sizeof(ready)];

	rig_enter(rig);
	memcpy(changed, ready, sizeof(ready));
	changed[5] ^= 0x10;
	for (unsigned byte = 5; byte < 10; byte += 4) {
		obey(rig, byte == 5 ? "all to-client before message Z spoil 5 0x10"
				    : "all to-client before message Z spoil 9 0x10");
		give(rig->server, ready, sizeof(ready));
		expect(rig->client, changed, sizeof(changed));
	}
}

static void drops_a_message(void **state)
{
	struct rig *rig = *state;

	rig_enter(rig);
	obey(rig, "all to-client before message Z 2 drop");
	for (int i = 0; i < 3; i++)
		give(rig->server, ready, sizeof(ready));
	expect(rig->client, ready, sizeof(ready));
	expect(rig->client, ready, sizeof(ready));
	assert_false(has_something(rig->client, 20));
}

static void injects_before_a_message(void **state)
{
	struct rig *rig = *state;

	rig_enter(rig);
	obey(rig, "all to-client before message Z inject 4e00000004");
	give(rig->server, ready, sizeof(ready));
	expect(rig->client, "\x4e\0\0\0\4", 5);
	expect(rig->client, ready, sizeof(ready));
}

static void slices_keep_every_byte(void **state)
{
	struct rig *rig = *state;
	unsigned char bytes[3000];

	rig_enter(rig);
	obey(rig, "all to-client slice 1");
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 31);
	give(rig->server, bytes, sizeof(bytes));
	expect(rig->client, bytes, sizeof(bytes));
}

static void delays_and_limits_the_rate(void **state)
{
	struct rig *rig = *state;
	unsigned char bytes[1000] = { 'Z' };
	uint64_t before;

	rig_enter(rig);
	obey(rig, "all to-client delay 30 jitter 5");
	before = proxy_now();
	give(rig->server, ready, sizeof(ready));
	expect(rig->client, ready, sizeof(ready));
	assert_true(proxy_now() - before >= UINT64_C(30000000));
	obey(rig, "all to-client rate 20000");
	before = proxy_now();
	give(rig->server, bytes, sizeof(bytes));
	expect(rig->client, bytes, sizeof(bytes));
	assert_true(proxy_now() - before >= UINT64_C(49000000));
}

static void reads_the_answer_to_a_request_to_encrypt(void **state)
{
	static const unsigned char encrypt[] = { 0, 0, 0, 8, 4, 210, 22, 47 };
	struct rig *rig = *state;

	obey(rig, "all to-client before message Z cut");
	rig_connect(rig);
	give(rig->client, encrypt, sizeof(encrypt));
	expect(rig->server, encrypt, sizeof(encrypt));
	give(rig->server, "N", 1);
	expect(rig->client, "N", 1);
	give(rig->client, startup, sizeof(startup));
	expect(rig->server, startup, sizeof(startup));
	give(rig->server, ready, sizeof(ready));
	expect_end(rig->client, 0);
}

static void refuses_until_it_is_cleared(void **state)
{
	struct rig *rig = *state;
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons((uint16_t)rig->proxy.port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	obey(rig, "refuse");
	rig->client = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(rig->client, (struct sockaddr *)&address, sizeof(address)), 0);
	expect_end(rig->client, 0);
	close(rig->client);
	obey(rig, "clear");
	rig_enter(rig);
}

static void bad_commands_are_refused_by_name(void **state)
{
	static const char *const commands[][2] = {
		{ "jump", "unknown command 'jump'" },
		{ "all sideways cut", "no direction 'sideways'" },
		{ "all to-server at byte x cut", "cannot read the program at 'x'" },
		{ "all to-server at byte 3", "cannot read the program at 'the end'" },
		{ "all to-server before message PP cut", "cannot read the program at 'PP'" },
		{ "all to-server at byte 3 explode", "cannot read the program at 'explode'" },
		{ "all to-server at byte 3 inject 4", "cannot read the program at '4'" },
		{ "all to-server at byte 3 twice", "cannot read the program at 'twice'" },
		{ "next to-client dlay 3", "cannot read the program at 'dlay'" },
	};
	struct rig *rig = *state;
	char answer[256];

	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		assert_false(proxy_command(&rig->proxy, commands[i][0], answer, sizeof(answer)));
		assert_string_equal(answer, commands[i][1]);
	}
	rig_enter(rig);
	assert_true(proxy_command(&rig->proxy, "stats", answer, sizeof(answer)));
	assert_string_equal(answer, "1 1 0");
	assert_true(proxy_command(&rig->proxy, "bytes", answer, sizeof(answer)));
	assert_string_equal(answer, "13 0");
}

/* However the stream is cut up, messages begin and end in the same places. */
static void messages_are_found_at_every_split(void **state)
{
	unsigned char stream[64];
	size_t length = 0;

	(void)state;
	memcpy(stream, startup, sizeof(startup));
	length += sizeof(startup);
	memcpy(stream + length, parse_commit, sizeof(parse_commit));
	length += sizeof(parse_commit);
	memcpy(stream + length, parse_select, sizeof(parse_select));
	length += sizeof(parse_select);
	for (size_t part = 1; part <= length; part++) {
		struct frames frames;
		char types[8] = "";
		size_t count = 0;
		unsigned completed = 0;

		frames_init_client(&frames);
		for (size_t at = 0; at < length;) {
			struct frame_step step;
			size_t most = part - at % part;

			at += frames_step(&frames, stream + at,
					  most < length - at ? most : length - at, &step);
			if (step.begins)
				types[count++] = step.type;
			completed += step.complete;
		}
		assert_string_equal(types, "^PP");
		assert_int_equal(completed, 3);
	}
}

#define proxied(name) cmocka_unit_test_setup_teardown(name, rig_start, rig_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_found_at_every_split),
		proxied(passes_both_ways_untouched),
		proxied(cuts_before_each_byte),
		proxied(next_is_for_one_connection),
		proxied(cuts_behind_the_message_with_a_text),
		proxied(cuts_before_a_message_that_comes_in_parts),
		proxied(resets_the_client),
		proxied(half_closes_one_direction),
		proxied(stalls_until_it_is_cleared),
		proxied(stalls_at_a_byte),
		proxied(flips_one_byte),
		proxied(sends_a_message_twice_each_time),
		proxied(spoils_a_byte_of_a_message),
		proxied(drops_a_message),
		proxied(injects_before_a_message),
		proxied(slices_keep_every_byte),
		proxied(delays_and_limits_the_rate),
		proxied(reads_the_answer_to_a_request_to_encrypt),
		proxied(refuses_until_it_is_cleared),
		proxied(bad_commands_are_refused_by_name),
	};

	return cmocka_run_group_tests_name("proxy", tests, NULL, NULL);
}
