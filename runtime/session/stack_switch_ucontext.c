#include "session/stack_switch.h"

#include <stdint.h>
#include <ucontext.h>

#include "session/stack_sanitizer.h"

struct stack_switch {
	struct stack_sanitizer sanitizer;
	ucontext_t inside;
	ucontext_t outside;
	void (*entry)(void *argument);
	void *argument;
};

/* makecontext passes ints only, so the pointer comes in two. */
static void enter(unsigned high, unsigned low)
{
	uintptr_t at = (uintptr_t)(((uint64_t)high << 32) | low);
	struct stack_switch *stack_switch = (struct stack_switch *)at;

	stack_sanitizer_arrive(&stack_switch->sanitizer);
	stack_switch->entry(stack_switch->argument);
}

/* Apart, because the compiler fears for the variables of a function that calls getcontext. */
static bool context_init(ucontext_t *context)
{
	return getcontext(context) == 0;
}

struct stack_switch *stack_switch_init(void *base, size_t size, void (*entry)(void *argument),
				       void *argument)
{
	struct stack_switch *stack_switch;
	uint64_t at;
	uintptr_t top;

	stack_sanitizer_clean(base, size);
	top = ((uintptr_t)base + size - sizeof(*stack_switch)) & ~(uintptr_t)63;
	at = top;
	stack_switch = (struct stack_switch *)top;
	*stack_switch = (struct stack_switch){
		.sanitizer = { .base = base, .size = top - (uintptr_t)base },
		.entry = entry,
		.argument = argument,
	};
	if (!context_init(&stack_switch->inside))
		return NULL;
	stack_switch->inside.uc_stack.ss_sp = base;
	stack_switch->inside.uc_stack.ss_size = top - (uintptr_t)base;
	makecontext(&stack_switch->inside, (void (*)(void))enter, 2, (unsigned)(at >> 32),
		    (unsigned)at);
	return stack_switch;
}

void stack_switch_jump(struct stack_switch *stack_switch, int is_last)
{
	stack_sanitizer_leave(&stack_switch->sanitizer, is_last);
	if (stack_switch->sanitizer.inside)
		swapcontext(&stack_switch->outside, &stack_switch->inside);
	else
		swapcontext(&stack_switch->inside, &stack_switch->outside);
	stack_sanitizer_arrive(&stack_switch->sanitizer);
}
