#include "html.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DEPTH_LIMIT 8192
#define VALUE_LIMIT 65536

struct reading {
	const char *html, *next;
	const struct html_element *elements;
	size_t count;
	const struct html_element *open[DEPTH_LIMIT];
	size_t depth;
	char value[VALUE_LIMIT];
};

static _Noreturn void
fail(const struct reading *reading, const char *why)
{
	fprintf(stderr, "html: %s at %zu of:\n%s\n", why,
		(size_t)(reading->next - reading->html), reading->html);
	abort();
}

static void
expect(struct reading *reading, const char *text)
{
	if (strncmp(reading->next, text, strlen(text)) != 0)
		fail(reading, text);
	reading->next += strlen(text);
}

/* One character or reference of text or of a value. */
static char
take_character(struct reading *reading)
{
	static const struct {
		const char *reference;
		char character;
	} references[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'},
		{"&quot;", '"'}, {"&#39;", '\''}};

	if (*reading->next != '&')
		return *reading->next++;
	for (size_t i = 0; i < sizeof(references) / sizeof(references[0]); i++)
		if (strncmp(reading->next, references[i].reference,
			    strlen(references[i].reference)) == 0) {
			reading->next += strlen(references[i].reference);
			return references[i].character;
		}
	fail(reading, "an ampersand that begins no reference");
}

static size_t
take_name(struct reading *reading)
{
	size_t length = 0;

	while (islower((unsigned char)reading->next[length]) ||
		isdigit((unsigned char)reading->next[length]) ||
		reading->next[length] == '-')
		length++;
	reading->next += length;
	return length;
}

static const struct html_element *
find_element(struct reading *reading, const char *name, size_t length)
{
	for (size_t i = 0; i < reading->count; i++)
		if (strlen(reading->elements[i].name) == length &&
			memcmp(reading->elements[i].name, name, length) == 0)
			return &reading->elements[i];
	fail(reading, "an element that is not allowed");
}

/* Schemes that run nothing, or none at all; a browser drops tabs and line
 * ends, and skips control characters and spaces in front. */
static bool
is_harmless_address(const char *url)
{
	for (const char *byte = url; *byte != '\0'; byte++)
		if (*byte <= ' ' || *byte >= 0x7f)
			return false;
	if (url[strcspn(url, ":/?#")] != ':')
		return true;
	return strncasecmp(url, "http:", 5) == 0 ||
	       strncasecmp(url, "https:", 6) == 0 ||
	       strncasecmp(url, "mailto:", 7) == 0;
}

static void
check_value(struct reading *reading, const char *name, size_t length)
{
	const char *value = reading->value;

	if ((length == 4 && memcmp(name, "href", 4) == 0) ||
		(length == 6 && memcmp(name, "action", 6) == 0) ||
		(length == 10 && memcmp(name, "formaction", 10) == 0)) {
		if (!is_harmless_address(value))
			fail(reading, "an address that may run something");
	}
	if (length == 3 && memcmp(name, "rel", 3) == 0 &&
		strcmp(value, "nofollow ugc noopener") != 0)
		fail(reading, "another rel");
	if (length == 5 && memcmp(name, "start", 5) == 0 &&
		strspn(value, "0123456789") != strlen(value))
		fail(reading, "a start that is no number");
}

static void
take_attribute(struct reading *reading, const struct html_element *element)
{
	const char *name = reading->next;
	size_t length = take_name(reading), filled = 0;
	char wanted[64];

	snprintf(wanted, sizeof(wanted), "%.*s ", (int)length, name);
	if (length == 0 || strstr(element->attributes, wanted) == NULL)
		fail(reading, "an attribute that is not allowed");
	if (*reading->next != '=') /* such as "required" */
		return;
	expect(reading, "=\"");
	while (*reading->next != '"') {
		if (*reading->next == '\0' || *reading->next == '<' ||
			filled + 1 == sizeof(reading->value))
			fail(reading, "a value that does not end");
		reading->value[filled++] = take_character(reading);
	}
	reading->value[filled] = '\0';
	reading->next++;
	check_value(reading, name, length);
}

static void
take_tag(struct reading *reading)
{
	const struct html_element *element;
	bool closing = reading->next[1] == '/';
	const char *name;

	reading->next += closing ? 2 : 1;
	name = reading->next;
	element = find_element(reading, name, take_name(reading));
	if (closing) {
		if (reading->depth == 0 ||
			reading->open[--reading->depth] != element)
			fail(reading, "an end tag of another element");
		expect(reading, ">");
		return;
	}
	while (*reading->next == ' ' && reading->next[1] != '/') {
		reading->next++;
		take_attribute(reading, element);
	}
	if (element->empty) {
		reading->next += *reading->next == ' ';
		reading->next += *reading->next == '/';
	} else {
		if (reading->depth == DEPTH_LIMIT)
			fail(reading, "too deep");
		reading->open[reading->depth++] = element;
	}
	expect(reading, ">");
}

void
html_check(const char *html, const struct html_element *elements, size_t count)
{
	static struct reading reading;

	reading.html = reading.next = html;
	reading.elements = elements;
	reading.count = count;
	reading.depth = 0;
	while (*reading.next != '\0') {
		if (*reading.next == '<')
			take_tag(&reading);
		else if (*reading.next == '>')
			fail(&reading, "a > outside a tag");
		else
			take_character(&reading);
	}
	if (reading.depth != 0)
		fail(&reading, "an element that does not end");
}

void
html_check_markdown(const char *html)
{
	static const struct html_element elements[] = {{"p", "", false},
		{"h2", "", false}, {"h3", "", false}, {"h4", "", false},
		{"h5", "", false}, {"h6", "", false}, {"blockquote", "", false},
		{"ul", "", false}, {"ol", "start ", false}, {"li", "", false},
		{"pre", "", false}, {"code", "class ", false},
		{"em", "", false}, {"strong", "", false},
		{"a", "href title rel ", false}, {"br", "", true},
		{"hr", "", true}};

	html_check(html, elements, sizeof(elements) / sizeof(elements[0]));
}
