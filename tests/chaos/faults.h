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
void fault_down_expect(struct cell *cell);
bool fault_stop_backend(struct cell *cell);
bool fault_stop_client(struct cell *cell);
bool fault_no_connections(struct cell *cell);
bool fault_no_descriptors(struct cell *cell);
bool fault_tables_change(struct cell *cell);

/* Of the network. */
bool fault_slow(struct cell *cell);
bool fault_black_hole(struct cell *cell);
bool fault_break(struct cell *cell);
bool fault_cut_commit(struct cell *cell);
bool fault_slices(struct cell *cell);
bool fault_nonsense(struct cell *cell);

#endif
