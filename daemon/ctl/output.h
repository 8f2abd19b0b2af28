/* output.h: what missionctl prints. Arguments, files and answers may hold what
 * moves a terminal's cursor, clears it or turns a line round. On both streams
 * such characters stand as \u001b, bytes that are no UTF-8 as \x9b, whoever
 * prints them. In JSON the first is the same text. */
#ifndef MISSIOND_CTL_OUTPUT_H
#define MISSIOND_CTL_OUTPUT_H

/* From here on stdout and stderr do so; before anything is printed. */
void output_open(void);

/* The text on one line, as it would be printed; freed with free(). */
char *output_line(const char *text);

/* Empties the terminal's line on standard error: the one escape sequence that
 * is meant. */
void output_clear_line(void);

#endif
