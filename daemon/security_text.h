/* security_text.h: /.well-known/security.txt (RFC 9116). */
#ifndef MISSIOND_SECURITY_TEXT_H
#define MISSIOND_SECURITY_TEXT_H

struct arena;
struct settings_security;

/* In the arena; NULL where no contact is configured. Expires in a year from
 * when it was made. */
const char *security_text(
	struct arena *arena, const struct settings_security *security);

#endif
