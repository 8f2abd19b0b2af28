/* syntax.h: what a parser of YAML could not read, in words for who wrote the
 * file. */
#ifndef MISSIOND_CONF_SYNTAX_H
#define MISSIOND_CONF_SYNTAX_H

#include <stddef.h>

struct conf_errors;
struct yaml_parser_s;

/* After the parser failed on `length` bytes of `text`. */
void conf_syntax_error(struct conf_errors *errors, const char *file,
	const struct yaml_parser_s *parser, const char *text, size_t length);

#endif
