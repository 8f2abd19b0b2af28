/*
 * exposition.h: figures as Prometheus reads them (text format 0.0.4): a family
 * with its kind and its sentence, then its samples, each with labels.
 *
 *	# HELP missiond_jobs Jobs by state.
 *	# TYPE missiond_jobs gauge
 *	missiond_jobs{state="waiting"} 3
 */
#ifndef MISSIOND_BASE_EXPOSITION_H
#define MISSIOND_BASE_EXPOSITION_H

#include <stdint.h>

struct buffer;

#define EXPOSITION_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* What may only grow, what goes up and down, and how long things took. */
enum exposition_kind {
	EXPOSITION_COUNTER,
	EXPOSITION_GAUGE,
	EXPOSITION_HISTOGRAM
};

/* Begins a family; all its samples follow. Name and help are ours, constant. */
void exposition_family(struct buffer *buffer, const char *name,
	enum exposition_kind kind, const char *help);

/*
 * A sample of the family: further arguments are label and value, in pairs, and
 * NULL at the end; a value may hold anything. Without labels: NULL alone.
 */
void exposition_count(struct buffer *buffer, const char *name, uint64_t value,
	...) __attribute__((sentinel));

/* The same of a time in microseconds, written in seconds. */
void exposition_seconds(struct buffer *buffer, const char *name,
	uint64_t microseconds, ...) __attribute__((sentinel));

/* Microseconds in seconds, without zeros at the end: "0.0025". */
#define EXPOSITION_SECONDS_SIZE 32
void exposition_print_seconds(
	uint64_t microseconds, char text[EXPOSITION_SECONDS_SIZE]);

#endif
