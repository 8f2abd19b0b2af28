#include "loop/stack.h"

#include <sys/mman.h>
#include <sys/queue.h>

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"

#ifdef HAVE_VALGRIND
#include <valgrind/memcheck.h>
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(start, end)    0
#define VALGRIND_STACK_DEREGISTER(id)	       ((void)(id))
#define VALGRIND_MAKE_MEM_DEFINED(start, size) ((void)(start), (void)(size))
#endif

#if defined(__SANITIZE_ADDRESS__)
#define ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ADDRESS_SANITIZER 1
#endif
#endif

#ifdef ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

/* Stacks kept for reuse; more are unmapped when given back. */
#define POOL_LIMIT 128U

struct stack {
	SLIST_ENTRY(stack) next;
	ucontext_t context; /* where it was left */
	char *mapping;	    /* guard page, then STACK_SIZE bytes */
	size_t mapping_size;
	char *bottom; /* lowest usable address */
	unsigned valgrind_id;
	void (*entry)(void *argument);
	void *argument;
	void *fake; /* the sanitizer's, while it is not running */
};

static SLIST_HEAD(stack_list, stack) pool = SLIST_HEAD_INITIALIZER(pool);
static unsigned pool_count;

/* The loop's own stack while another runs; the loop has one thread. */
static struct {
	ucontext_t context;
	void *fake;
	const void *bottom;
	size_t size;
} home;

/*
 * AddressSanitizer must be told of every switch: before it, where to, and
 * after it, on the other side, where from.
 */
static void
announce_switch(void **fake, const void *bottom, size_t size)
{
#ifdef ADDRESS_SANITIZER
	__sanitizer_start_switch_fiber(fake, bottom, size);
#else
	(void)fake;
	(void)bottom;
	(void)size;
#endif
}

static void
finish_switch(void *fake, const void **from_bottom, size_t *from_size)
{
#ifdef ADDRESS_SANITIZER
	__sanitizer_finish_switch_fiber(fake, from_bottom, from_size);
#else
	(void)fake;
	(void)from_bottom;
	(void)from_size;
#endif
}

static struct stack *
stack_map(void)
{
	struct stack *stack = memory_new(1, sizeof(*stack));
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	stack->mapping_size = page + STACK_SIZE;
	stack->mapping = mmap(NULL, stack->mapping_size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (stack->mapping == MAP_FAILED ||
		mprotect(stack->mapping, page, PROT_NONE) != 0)
		log_defect("stack", "mmap: %s", strerror(errno));
	stack->bottom = stack->mapping + page;
	stack->valgrind_id = VALGRIND_STACK_REGISTER(
		stack->bottom, stack->bottom + STACK_SIZE - 1);
	return stack;
}

static void
stack_unmap(struct stack *stack)
{
	VALGRIND_STACK_DEREGISTER(stack->valgrind_id);
	munmap(stack->mapping, stack->mapping_size);
	free(stack);
}

static bool
is_untouched(const char *page, size_t size)
{
	const uint64_t *words = (const uint64_t *)(const void *)page;
	uint64_t found = 0;

	/* Without a way out, so that the compiler takes many at a time: each
	 * task that ends has sixteen such pages looked through. */
	for (size_t i = 0; i < size / sizeof(*words); i++)
		found |= words[i];
	return found == 0;
}

/*
 * Passwords and tokens went over it. It grows downwards, and what was never
 * reached is zero: after so much of that nothing else comes. Larger is no frame
 * of a task.
 */
#define UNTOUCHED_ENOUGH ((size_t)64 * 1024)

static void
stack_wipe(struct stack *stack)
{
	const size_t page = 4096;
	size_t untouched = 0;

#ifdef ADDRESS_SANITIZER
	/* The frames of the task never returned. */
	ASAN_UNPOISON_MEMORY_REGION(stack->bottom, STACK_SIZE);
#endif
	/* Below where the task's frames ended Valgrind sees no memory. */
	VALGRIND_MAKE_MEM_DEFINED(stack->bottom, STACK_SIZE);
	for (char *at = stack->bottom + STACK_SIZE - page;
		at >= stack->bottom && untouched < UNTOUCHED_ENOUGH;
		at -= page) {
		if (is_untouched(at, page)) {
			untouched += page;
			continue;
		}
		explicit_bzero(at, page);
		untouched = 0;
	}
}

/* First function on a stack. makecontext() passes ints only, so the pointer
 * comes in two halves. */
static void
begin(unsigned high, unsigned low)
{
	struct stack *stack =
		(struct stack *)(((uintptr_t)high << 32) | (uintptr_t)low);

	finish_switch(NULL, &home.bottom, &home.size);
	stack->entry(stack->argument);
	log_defect("stack", "its entry returned");
}

static void
prepare(struct stack *stack)
{
	if (getcontext(&stack->context) != 0)
		log_defect("stack", "getcontext: %s", strerror(errno));
	stack->context.uc_stack.ss_sp = stack->bottom;
	stack->context.uc_stack.ss_size = STACK_SIZE;
	stack->context.uc_link = NULL;
	makecontext(&stack->context, (void (*)(void))begin, 2,
		(unsigned)((uintptr_t)stack >> 32),
		(unsigned)((uintptr_t)stack & 0xffffffffU));
	/* AddressSanitizer's swapcontext() clears the shadow of the stack it
	 * finds here, and would then miss overflows across a switch. */
	stack->context.uc_stack.ss_size = 0;
}

struct stack *
stack_take(void (*entry)(void *argument), void *argument)
{
	struct stack *stack = SLIST_FIRST(&pool);

	if (stack != NULL) {
		SLIST_REMOVE_HEAD(&pool, next);
		pool_count--;
	} else {
		stack = stack_map();
	}
	stack->entry = entry;
	stack->argument = argument;
	stack->fake = NULL;
	prepare(stack);
	return stack;
}

void
stack_give(struct stack *stack)
{
	if (pool_count >= POOL_LIMIT) {
		stack_unmap(stack);
		return;
	}
	stack_wipe(stack);
	SLIST_INSERT_HEAD(&pool, stack, next);
	pool_count++;
}

void
stack_enter(struct stack *stack)
{
	announce_switch(&home.fake, stack->bottom, STACK_SIZE);
	if (swapcontext(&home.context, &stack->context) != 0)
		log_defect("stack_enter", "swapcontext: %s", strerror(errno));
	finish_switch(home.fake, NULL, NULL);
}

void
stack_leave(struct stack *stack)
{
	announce_switch(&stack->fake, home.bottom, home.size);
	if (swapcontext(&stack->context, &home.context) != 0)
		log_defect("stack_leave", "swapcontext: %s", strerror(errno));
	finish_switch(stack->fake, &home.bottom, &home.size);
}

void
stack_leave_for_good(struct stack *stack)
{
	(void)stack;
	/* No place to keep the sanitizer's frames: they are freed. */
	announce_switch(NULL, home.bottom, home.size);
	setcontext(&home.context);
	log_defect("stack_leave_for_good", "setcontext: %s", strerror(errno));
}

void
stack_pool_clear(void)
{
	struct stack *stack;

	while ((stack = SLIST_FIRST(&pool)) != NULL) {
		SLIST_REMOVE_HEAD(&pool, next);
		pool_count--;
		stack_unmap(stack);
	}
}
