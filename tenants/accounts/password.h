/* password.h: forgotten and changed passwords. */
#ifndef MISSIOND_TENANTS_ACCOUNTS_PASSWORD_H
#define MISSIOND_TENANTS_ACCOUNTS_PASSWORD_H

struct page;
struct request;
struct session_draft;

extern const struct page forgot_page;
extern const struct page forgot_sent_page;
extern const struct page reset_page;
extern const struct page password_page;

/*
 * Mails a link to whoever has this user name or e-mail address; nobody can tell
 * from the answer whether somebody has. 0 or -1.
 */
int password_forgot(struct request *request, const char *login);

/* What is wrong with a link (password_reset()). */
#define PASSWORD_LINK_DEAD     2
#define PASSWORD_ADDRESS_TAKEN 3

/*
 * Sets a new password with a link: it is used up, all the member's sessions
 * and tokens end, and an address that was not confirmed yet is, for the link
 * came by mail. 0; 1 after form_fail() (field "password"); PASSWORD_LINK_DEAD;
 * PASSWORD_ADDRESS_TAKEN when somebody else confirmed the address before; −1.
 */
int password_reset(
	struct request *request, const char *token, const char *password);

/*
 * Changes the actor's password; the other sessions and tokens end. `session` is
 * the token that the present session has from now on (session_send()), or NULL
 * when an API token asks: that one goes on. 0, 1 after form_fail(),
 * THROTTLED or −1.
 */
int password_change(struct request *request, const char *current,
	const char *password, const struct session_draft *session);

/* GET and POST /forgot, GET /forgot/sent */
int forgot_page_show(struct request *request);
int forgot_page_send(struct request *request);
int forgot_sent_page_show(struct request *request);

/* GET and POST /reset/{token} */
int reset_page_show(struct request *request);
int reset_page_send(struct request *request);

/* GET and POST /account/password */
int password_page_show(struct request *request);
int password_page_send(struct request *request);

/* POST /api/v1/password-resets, /api/v1/password-resets/{token},
 * PUT /api/v1/account/password */
int forgot_api(struct request *request);
int reset_api(struct request *request);
int password_api(struct request *request);

#endif
