#include "base/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/utf8.h"

#define LINE_SIZE   4096
#define VALUE_LIMIT 400
#define INTEGERS    16

/* Until log_open(), lines go to stderr: unit tests, broken starts. */
static struct {
	const char *role;
	int facility;
	int level;
	bool foreground;
	bool open;
} state = {"missiond", LOG_DAEMON, LOG_INFO, true, false};

struct line {
	char text[LINE_SIZE];
	size_t length;
};

void
log_open(const char *role, int facility, int level, bool foreground)
{
	if (state.open)
		closelog();
	state.role = role;
	state.facility = facility;
	state.level = level;
	state.foreground = foreground;
	state.open = true;
	openlog("missiond", LOG_PID | LOG_NDELAY, facility);
}

/* What does not fit is dropped; VALUE_LIMIT makes that rare. */
static void
add(struct line *line, const char *text, size_t length)
{
	size_t room = sizeof(line->text) - 1 - line->length;

	if (length > room)
		length = room;
	memcpy(line->text + line->length, text, length);
	line->length += length;
	line->text[line->length] = '\0';
}

static void
add_text(struct line *line, const char *text)
{
	add(line, text, strlen(text));
}

/* What a reader of the log takes for text; "\n" is looked for elsewhere. */
static bool
is_visible(const char *value)
{
	return utf8_valid(value, strlen(value)) && !utf8_has_control(value) &&
	       !utf8_has_invisible(value);
}

static bool
is_plain(const char *value)
{
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == '"' || *p == '\\' ||
			*p == '=' || *p == 0x7f)
			return false;
	return *value != '\0';
}

static void
add_escaped(struct line *line, unsigned char byte, bool visible)
{
	char code[8];

	if (byte == '"' || byte == '\\')
		snprintf(code, sizeof(code), "\\%c", byte);
	else if (byte == '\n')
		snprintf(code, sizeof(code), "\\n");
	else if (byte < ' ' || byte == 0x7f || (byte > 0x7f && !visible))
		snprintf(code, sizeof(code), "\\x%02x", byte);
	else
		snprintf(code, sizeof(code), "%c", byte);
	add_text(line, code);
}

static void
add_pair(struct line *line, const char *key, const char *value)
{
	size_t length;
	bool visible;

	if (!value)
		value = "";
	visible = is_visible(value);
	length = utf8_cut(value, VALUE_LIMIT);
	add_text(line, " ");
	add_text(line, key);
	add_text(line, "=");
	if (value[length] == '\0' && visible && is_plain(value)) {
		add(line, value, length);
		return;
	}
	add_text(line, "\"");
	for (size_t i = 0; i < length; i++)
		add_escaped(line, (unsigned char)value[i], visible);
	add_text(line, value[length] ? "…\"" : "\"");
}

static void
write_stderr(int severity, const struct line *line)
{
	static const char *const names[] = {"emerg", "alert", "crit", "err",
		"warning", "notice", "info", "debug"};
	char time[CLOCK_TEXT_SIZE];
	char text[LINE_SIZE + 80];
	int length;

	clock_format(clock_now(), time);
	length = snprintf(text, sizeof(text), "%s %s[%ld] %s %s\n", time,
		state.role, (long)getpid(), names[severity & LOG_PRIMASK],
		line->text);
	/* One write, so that lines of several processes do not mix. */
	if (length > 0 && write(STDERR_FILENO, text, (size_t)length) < 0)
		return;
}

static void
emit(int severity, const struct line *line)
{
	if (state.open)
		syslog(state.facility | severity, "%s", line->text);
	if (state.foreground)
		write_stderr(severity, line);
}

void
log_event(
	int severity, const struct log_context *context, const char *event, ...)
{
	struct line line;
	const char *key;
	va_list pairs;

	if (severity > state.level)
		return;
	line.length = 0;
	add_text(&line, "event=");
	add_text(&line, event);
	add_pair(&line, "role", state.role);
	if (context && context->community)
		add_pair(&line, "community", context->community);
	if (context && context->request)
		add_pair(&line, "request", context->request);
	va_start(pairs, event);
	while ((key = va_arg(pairs, const char *)))
		add_pair(&line, key, va_arg(pairs, const char *));
	va_end(pairs);
	emit(severity, &line);
}

const char *
log_integer(int64_t value)
{
	static _Thread_local char texts[INTEGERS][24];
	static _Thread_local unsigned next;
	char *text = texts[next++ % INTEGERS];

	snprintf(text, sizeof(texts[0]), "%" PRId64, value);
	return text;
}

void
log_defect(const char *where, const char *format, ...)
{
	char text[VALUE_LIMIT];
	va_list values;

	va_start(values, format);
	vsnprintf(text, sizeof(text), format, values);
	va_end(values);
	log_event(LOG_CRIT, NULL, "defect", "where", where, "what", text, NULL);
	abort();
}
