#include "session/stack_switch.h"

#include <stdint.h>

#include "session/stack_sanitizer.h"

/* The two functions of Boost.Context's assembly, whose archive needs no C++. */
struct transfer {
	void *context; /* of the side that jumped here */
	void *data;
};

struct transfer jump_fcontext(void *to, void *data);
void *make_fcontext(void *top, size_t size, void (*entry)(struct transfer));

struct stack_switch {
	struct stack_sanitizer sanitizer;
	void *other; /* the side that is not running */
	void (*entry)(void *argument);
	void *argument;
};

static void enter(struct transfer transfer)
{
	struct stack_switch *stack_switch = transfer.data;

	stack_switch->other = transfer.context;
	stack_sanitizer_arrive(&stack_switch->sanitizer);
	stack_switch->entry(stack_switch->argument);
}

struct stack_switch *stack_switch_init(void *base, size_t size, void (*entry)(void *argument),
				       void *argument)
{
	struct stack_switch *stack_switch;
	uintptr_t top;

	stack_sanitizer_clean(base, size);
	top = ((uintptr_t)base + size - sizeof(*stack_switch)) & ~(uintptr_t)63;
	stack_switch = (struct stack_switch *)top;
	*stack_switch = (struct stack_switch){
		.sanitizer = { .base = base, .size = top - (uintptr_t)base },
		.entry = entry,
		.argument = argument,
		.other = make_fcontext(stack_switch, top - (uintptr_t)base, enter),
	};
	return stack_switch;
}

void stack_switch_jump(struct stack_switch *stack_switch, int is_last)
{
	struct transfer transfer;

	stack_sanitizer_leave(&stack_switch->sanitizer, is_last);
	transfer = jump_fcontext(stack_switch->other, stack_switch);
	stack_switch = transfer.data;
	stack_switch->other = transfer.context;
	stack_sanitizer_arrive(&stack_switch->sanitizer);
}
