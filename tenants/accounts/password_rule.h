/* password_rule.h: what a password must not be, beyond its length. */
#ifndef MISSIOND_TENANTS_ACCOUNTS_PASSWORD_RULE_H
#define MISSIOND_TENANTS_ACCOUNTS_PASSWORD_RULE_H

/* Characters (NIST SP 800-63B asks for 8 at least and allows 64 at least;
 * there are no rules about their kinds). */
#define PASSWORD_LEAST 10
#define PASSWORD_MOST  128

/*
 * An N_() text when the password is one of the member's other details (the
 * letters' case does not count) or the same character all through; NULL when
 * it may be used. Each of the details may be NULL.
 */
const char *password_refusal(const char *password, const char *name,
	const char *email, const char *username);

#endif
