/*
 * password_rule.h: what a password must not be, beyond its length (NIST SP
 * 800-63B, 5.1.1.2): common ones and words of the context are refused; there
 * are no rules about kinds of characters.
 */
#ifndef MISSIOND_TENANTS_ACCOUNTS_PASSWORD_RULE_H
#define MISSIOND_TENANTS_ACCOUNTS_PASSWORD_RULE_H

struct arena;

/* Code points as typed; any of Unicode that is no control character. NIST asks
 * for 8 at least and allows 64 at least. */
#define PASSWORD_LEAST 10
#define PASSWORD_MOST  128

/* What guessers of this member's password know. Each may be NULL. */
struct password_context {
	const char *community; /* its name */
	const char *name;
	const char *email;
	const char *username;
};

/*
 * An N_() text that says what to do when the password is easily guessed: a
 * common one or a word of the context, also with a few digits or signs around
 * it, in whatever case and width, or twice; or a row or repetition of few
 * characters. NULL when it may be used. Memory is the arena's.
 */
const char *password_refusal(struct arena *arena, const char *password,
	const struct password_context *context);

#endif
