/*
 * normal.h: one spelling for text that can be typed in several ways (Unicode
 * Standard Annex 15, by libutf8proc). Both take valid UTF-8; text that the
 * library cannot take comes back as it is.
 */
#ifndef MISSIOND_TEXT_NORMAL_H
#define MISSIOND_TEXT_NORMAL_H

struct arena;

/* NFKC: what keyboards compose in different ways, and wide or ligated forms,
 * become the same. */
const char *normal_nfkc(struct arena *arena, const char *text);

/* The same, and without difference of upper and lower case. */
const char *normal_fold(struct arena *arena, const char *text);

#endif
