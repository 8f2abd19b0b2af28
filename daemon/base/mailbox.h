/*
 * mailbox.h: what counts as a mail address, wherever one comes from: a form, a
 * configuration file, a mail to be sent.
 */
#ifndef MISSIOND_BASE_MAILBOX_H
#define MISSIOND_BASE_MAILBOX_H

#include <stdbool.h>

/*
 * Whether mail servers take a text as an address without SMTPUTF8, as it stands
 * in an SMTP command and in a header: RFC 5321's Dot-string (4.1.2) of at most
 * 64 bytes, "@", a domain of letters, digits, hyphens and dots; at most 254
 * bytes (4.5.3.1.3, less the brackets). No quotes, comments or address
 * literals: stricter than RFC 5322 on purpose.
 */
bool mailbox_valid(const char *address);

#endif
