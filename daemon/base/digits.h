/*
 * digits.h: whole numbers in decimal, without printf(), which takes a few
 * hundred instructions to find out what it is to do: dates, amounts and lengths
 * stand many times on a page.
 */
#ifndef MISSIOND_BASE_DIGITS_H
#define MISSIOND_BASE_DIGITS_H

#include <stdint.h>

/* The longest, "-9223372036854775808", with its NUL. */
#define DIGITS_SIZE 21

/* Writes the number at the end of `text`; returns where it begins. */
const char *digits_text(int64_t number, char text[DIGITS_SIZE]);

/* Writes the last `count` digits of the number, zeros in front, no NUL; returns
 * the place after them. */
char *digits_padded(char *at, unsigned number, unsigned count);

#endif
