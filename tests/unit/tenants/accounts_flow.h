/*
 * accounts_flow.h: the tests of accounts_*_flow.c, and what they share.
 * accounts_flow_test.c runs them in its order: some meet what others left.
 */
#ifndef MISSIOND_TESTS_ACCOUNTS_FLOW_H
#define MISSIOND_TESTS_ACCOUNTS_FLOW_H

#include <stddef.h>

struct browser;

#define PASSWORD "correct horse battery" /* everybody's */

/* Fills in the form at `path` and sends it. */
int send_join(struct browser *browser, const char *path, const char *username,
	const char *email);

/* The text between `before` and the next quote, in a buffer of the caller's. */
void cut(const char *text, const char *before, char *value, size_t size);

/* accounts_join_flow.c */
void joins_confirms_and_logs_in(void **state);
void says_what_is_wrong_with_a_join(void **state);
void a_taken_address_answers_like_a_new_one(void **state);
void expired_links_do_not_work(void **state);
void programs_join_too(void **state);
void some_communities_approve_each_member(void **state);

/* accounts_sessions_flow.c */
void answers_all_wrong_log_ins_alike(void **state);
void leads_back_to_where_one_was(void **state);
void refuses_forged_forms(void **state);
void lists_and_ends_sessions(void **state);
void sessions_go_idle(void **state);

/* accounts_password_flow.c */
void stores_no_secret(void **state);
void sends_links_for_forgotten_passwords(void **state);
void changes_the_password_and_ends_other_sessions(void **state);

/* accounts_tokens_flow.c */
void programs_log_in_with_tokens(void **state);
void pages_make_and_end_tokens(void **state);

/* accounts_invited_flow.c */
void others_are_joined_by_invitation(void **state);
void an_invited_admin_gets_scopes_that_the_inviter_holds(void **state);
void the_founder_claims_once(void **state);
void a_member_claims_with_the_own_account(void **state);

/* accounts_throttle_flow.c */
void guessing_is_slowed_down(void **state);
void a_new_password_forgets_the_places(void **state);
void the_present_password_is_not_guessed_either(void **state);

#endif
