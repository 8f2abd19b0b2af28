/*
 * stack.h: the machine under task.c: stacks of 256 KiB with a guard page,
 * pooled, and switching between one of them and the loop's own stack. Nothing
 * else switches contexts.
 */
#ifndef MISSIOND_LOOP_STACK_H
#define MISSIOND_LOOP_STACK_H

#include <stddef.h>

struct stack;

#define STACK_SIZE ((size_t)256 * 1024)

/* A stack on which stack_enter() will call `entry(argument)`. `entry` must not
 * return: its last act is stack_leave_for_good(). Aborts when out of memory. */
struct stack *stack_take(void (*entry)(void *argument), void *argument);

/* Back to the pool, overwritten; not the one that is running. */
void stack_give(struct stack *stack);

/* From the loop: runs on the stack until it leaves. */
void stack_enter(struct stack *stack);

/* From the stack: back to the loop, until entered again. */
void stack_leave(struct stack *stack);
_Noreturn void stack_leave_for_good(struct stack *stack);

/* Unmaps the stacks that wait for reuse. */
void stack_pool_clear(void);

#endif
