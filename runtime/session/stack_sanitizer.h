/*
 * What AddressSanitizer and ThreadSanitizer have to be told about a switch of stacks. Without them:
 * nothing.
 */
#ifndef QUERN_SESSION_STACK_SANITIZER_H
#define QUERN_SESSION_STACK_SANITIZER_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#define QN_STACK_ASAN 1
#elif defined(__SANITIZE_THREAD__)
#define QN_STACK_TSAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define QN_STACK_ASAN 1
#elif __has_feature(thread_sanitizer)
#define QN_STACK_TSAN 1
#endif
#endif

#ifdef QN_STACK_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef QN_STACK_TSAN
#include <sanitizer/tsan_interface.h>
#endif

struct stack_sanitizer {
	const void *base; /* of the stack inside */
	size_t size;
	const void *outside_base;
	size_t outside_size;
	void *outside_fake;
	void *inside_fake;
	void *inside_fiber; /* what ThreadSanitizer knows a stack by */
	void *outside_fiber;
	bool inside;
	bool is_over;
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
#endif
#ifdef QN_STACK_TSAN
	if (stack->inside) {
		__tsan_switch_to_fiber(stack->outside_fiber, 0);
	} else {
		if (!stack->inside_fiber)
			stack->inside_fiber = __tsan_create_fiber(0);
		stack->outside_fiber = __tsan_get_current_fiber();
		__tsan_switch_to_fiber(stack->inside_fiber, 0);
	}
#endif
	stack->is_over = is_last != 0;
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
#endif
#ifdef QN_STACK_TSAN
	if (stack->is_over)
		__tsan_destroy_fiber(stack->inside_fiber);
#endif
	(void)stack;
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
