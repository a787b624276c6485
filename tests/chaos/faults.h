/* The rounds of the faults: cell.h says what a round is. */
#ifndef QUERN_TEST_CHAOS_FAULTS_H
#define QUERN_TEST_CHAOS_FAULTS_H

#include "cell.h"

/* Of the server and its processes. */
bool fault_terminate(struct cell *cell);
bool fault_cancel(struct cell *cell);
bool fault_crash(struct cell *cell);
bool fault_restart_fast(struct cell *cell);
bool fault_restart_immediate(struct cell *cell);
bool fault_down(struct cell *cell);
bool fault_stop_backend(struct cell *cell);
bool fault_no_connections(struct cell *cell);
bool fault_tables_change(struct cell *cell);

/* Of the load's own process. */
bool fault_stop_client(struct cell *cell);
bool fault_no_descriptors(struct cell *cell);
bool fault_clock_jumps(struct cell *cell);
bool fault_fork(struct cell *cell);
bool fault_oddities(struct cell *cell);

/*
 * Of the disk. Before the server is started: what is mounted is seen by this process and its
 * children alone.
 */
void storage_isolate(void);
bool fault_disk_begin(struct cell *cell);
void fault_disk_end(struct cell *cell);
bool fault_disk_full(struct cell *cell);

/* Of a primary and its standby. */
bool fault_swap_begin(struct cell *cell);
void fault_swap_end(struct cell *cell);
bool fault_swap(struct cell *cell);

/* Of the pooler. */
bool fault_pooler_begin_sessions(struct cell *cell);
bool fault_pooler_begin_transactions(struct cell *cell);
void fault_pooler_end(struct cell *cell);
bool fault_pooler(struct cell *cell);

/* Of the network. */
bool fault_slow(struct cell *cell);
bool fault_black_hole(struct cell *cell);
bool fault_break(struct cell *cell);
bool fault_cut_commit(struct cell *cell);
bool fault_slices(struct cell *cell);
bool fault_nonsense(struct cell *cell);
bool fault_corrupt(struct cell *cell);
bool fault_lie(struct cell *cell);

#endif
