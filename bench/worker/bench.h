/*
 * What every benchmark of the worker is given, and what it hands back.
 *
 * The worker runs one case in the form of one contender, once, and says how long it took. A case
 * connects, does `warm_up` operations, and then `operations` between bench_begin and bench_end. It
 * adds all that it read to the checksum: contenders that did the same have the same.
 */
#ifndef BENCH_WORKER_BENCH_H
#define BENCH_WORKER_BENCH_H

#include "stream.h"

#include <stdbool.h>
#include <stdint.h>

struct bench {
	const char *conninfo;
	uint64_t operations;
	uint64_t warm_up;
	uint64_t checksum;
	uint64_t warmed; /* the checksum when the warm-up was done; set by bench_begin */
	uint64_t wall;   /* nanoseconds, from begin to end */
	uint64_t cpu;
	struct stream stream; /* seeded anew by the worker for each run */
};

/* A case: false when anything went wrong, which it said by bench_fail. */
typedef bool bench_case(struct bench *bench);

void bench_begin(struct bench *bench);
void bench_end(struct bench *bench);

/* Prints what failed and why on stderr. Always false. */
bool bench_fail(const char *what, const char *why);

/* Prints a figure that is no time, under its name: bytes. */
void bench_figure(const char *name, double value);

/* The contenders' cases, each in the file of its contender. */
bench_case hand_get, hand_get_sync_1, hand_get_sync_4, hand_get_flush_1, hand_get_flush_4;
bench_case hand_list_50, hand_list_all, hand_create, hand_update, hand_transaction;
bench_case plain_get, plain_list_50, plain_list_all, plain_create, plain_update, plain_transaction;
bench_case callback_get, callback_get_64_1, callback_get_64_4, callback_list_50, callback_list_all;
bench_case callback_create, callback_update, callback_transaction, callback_get_in_session;
bench_case callback_get_coalesced, task_get_coalesced;
bench_case task_get, task_get_64_1, task_get_64_4, task_list_50, task_list_all;
bench_case task_create, task_update, task_transaction, task_get_in_session;
bench_case hand_each_all, plain_each_all, task_each_all;
bench_case hand_acquire, callback_acquire, task_acquire;
bench_case hand_join_50, hand_join_all, hand_apart_50, hand_apart_all, hand_tags_100;
bench_case loop_50, loop_all, loop_tags_100;
bench_case callback_join_50, callback_join_all, callback_apart_50, callback_apart_all;
bench_case task_join_50, task_join_all, task_apart_50, task_apart_all;
bench_case callback_tags_100, task_tags_100;
bench_case session_open_close, task_spawn_finish, memory_of_parts;
bench_case cjson_read, quern_json_read;
bench_case hand_json_write, cjson_write, quern_json_write;
bench_case hand_json_write_flat, cjson_write_flat, quern_json_write_flat;
bench_case hand_json_write_card, cjson_write_card, quern_json_write_card;
bench_case json_write_memory;

#endif
