/*
 * Switching stacks: the one thing of tasks that a machine has to help with.
 *
 * Two functions, two implementations: stack_switch_fcontext.c on Boost.Context's assembly,
 * stack_switch_ucontext.c on the C library where that is absent. Both tell AddressSanitizer which
 * stack is in use.
 */
#ifndef QUERN_SESSION_STACK_SWITCH_H
#define QUERN_SESSION_STACK_SWITCH_H

#include <stddef.h>

struct stack_switch;

/*
 * Prepares a stack, so that the first jump calls `entry(argument)` on it. The switch itself lives
 * at the top of the stack and needs no release. The stack grows down from `base + size`. `entry`
 * must not return: it ends with a last jump, of which `is_last` is true, and the memory is free
 * from then on.
 */
struct stack_switch *stack_switch_init(void *base, size_t size, void (*entry)(void *argument),
				       void *argument);
/* From outside to inside, or from inside to outside, where it left off there. */
void stack_switch_jump(struct stack_switch *stack_switch, int is_last);

#endif
