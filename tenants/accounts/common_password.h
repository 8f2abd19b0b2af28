/* common_password.h: passwords and words that are guessed first, as hashes in
 * a table made at build time (list-common-passwords.py). */
#ifndef MISSIOND_TENANTS_ACCOUNTS_COMMON_PASSWORD_H
#define MISSIOND_TENANTS_ACCOUNTS_COMMON_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

/* Whether `text` (folded, normal.h) is one of them. Two texts may share a
 * hash: one in 10^14 others is taken for common. */
bool common_password(const char *text, size_t length);

/* How many there are. */
size_t common_password_count(void);

#endif
