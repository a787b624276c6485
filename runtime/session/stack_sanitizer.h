/*
 * What AddressSanitizer has to be told about a switch of stacks. Without it: nothing.
 */
#ifndef QUERN_SESSION_STACK_SANITIZER_H
#define QUERN_SESSION_STACK_SANITIZER_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#define QN_STACK_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define QN_STACK_ASAN 1
#endif
#endif

#ifdef QN_STACK_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

struct stack_sanitizer {
	const void *base; /* of the stack inside */
	size_t size;
	const void *outside_base;
	size_t outside_size;
	void *outside_fake;
	void *inside_fake;
	bool inside;
};

/* Right before a jump. The fake stack of a side that is left for good is freed. */
static inline void stack_sanitizer_leave(struct stack_sanitizer *stack, int is_last)
{
#ifdef QN_STACK_ASAN
	if (stack->inside)
		__sanitizer_start_switch_fiber(is_last ? NULL : &stack->inside_fake,
					       stack->outside_base, stack->outside_size);
	else
		__sanitizer_start_switch_fiber(&stack->outside_fake, stack->base, stack->size);
#else
	(void)is_last;
#endif
	stack->inside = !stack->inside;
}

/* Right after one, on the other side. */
static inline void stack_sanitizer_arrive(struct stack_sanitizer *stack)
{
#ifdef QN_STACK_ASAN
	if (stack->inside)
		__sanitizer_finish_switch_fiber(stack->inside_fake, &stack->outside_base,
						&stack->outside_size);
	else
		__sanitizer_finish_switch_fiber(stack->outside_fake, NULL, NULL);
#else
	(void)stack;
#endif
}

/* A stack that is used again may hold poison of frames that never returned. */
static inline void stack_sanitizer_clean(void *base, size_t size)
{
#ifdef QN_STACK_ASAN
	ASAN_UNPOISON_MEMORY_REGION(base, size);
#else
	(void)base;
	(void)size;
#endif
}

#endif
