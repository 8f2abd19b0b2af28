#include "conf/syntax.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <yaml.h>

#include "conf/errors.h"

/* The parser's reader counts no lines: it is ahead of who does. */
static struct conf_place
place_of_byte(const char *file, const char *text, size_t length, size_t offset)
{
	struct conf_place place = {file, 1, 1};

	for (size_t i = 0; i < offset && i < length; i++) {
		if (text[i] == '\n') {
			place.line++;
			place.column = 1;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80) {
			place.column++;
		}
	}
	return place;
}

/* Where a quote or bracket was opened whose end was not found, else "". */
static void
tell_opening(const yaml_parser_t *parser, char *text, size_t size)
{
	const char *context = parser->context;
	bool opened = context != NULL &&
		      (strstr(context, "quoted scalar") != NULL ||
			      strstr(context, "flow mapping") != NULL ||
			      strstr(context, "flow sequence") != NULL);

	text[0] = '\0';
	if (opened)
		snprintf(text, size, " (opened in line %zu, column %zu)",
			parser->context_mark.line + 1,
			parser->context_mark.column + 1);
}

/* libyaml's own words are for programmers of parsers; the usual mistakes get
 * plainer ones. */
void
conf_syntax_error(struct conf_errors *errors, const char *file,
	const yaml_parser_t *parser, const char *text, size_t length)
{
	const char *problem =
		parser->problem != NULL ? parser->problem : "cannot be read";
	struct conf_place place = {file, parser->problem_mark.line + 1,
		parser->problem_mark.column + 1};
	char opening[80];

	if (parser->error == YAML_READER_ERROR) {
		place = place_of_byte(
			file, text, length, parser->problem_offset);
		conf_error(errors, &place, "not a text file: %s", problem);
		return;
	}
	tell_opening(parser, opening, sizeof(opening));
	if (strstr(problem, "cannot start any token") != NULL ||
		strstr(problem, "found a tab character") != NULL)
		conf_error(errors, &place,
			"a character that cannot stand here, expected spaces "
			"for indentation (no tab) or a quoted text");
	else if (strstr(problem, "mapping values are not allowed") != NULL)
		conf_error(errors, &place,
			"a second ':' on the line, expected quotes around a "
			"text that contains ': '");
	else
		conf_error(errors, &place, "not valid YAML: %s%s", problem,
			opening);
}
