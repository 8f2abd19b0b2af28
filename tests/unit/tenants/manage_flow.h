/*
 * manage_flow.h: the tests of manage_*_flow.c, and what they share.
 * manage_flow_test.c runs them in its order: some meet what others left.
 */
#ifndef MISSIOND_TESTS_MANAGE_FLOW_H
#define MISSIOND_TESTS_MANAGE_FLOW_H

struct browser;

/* How many rows of the audit list say this, by this actor. */
void assert_audited(const char *host, const char *actor, const char *action,
	const char *subject, const char *count);

/* Of a member of SITE_OPEN, by comma; "" for none. */
const char *scopes_of(const char *username);

/* Sends the form of a page's button. */
int press(struct browser *browser, const char *page, const char *path);

/* manage_members_flow.c */
void the_founder_appoints_and_withdraws(void **state);
void nobody_gives_or_takes_what_they_do_not_hold(void **state);
void suspending_ends_sessions_and_tokens(void **state);
void members_are_found_by_how_they_begin(void **state);

/* manage_invitations_flow.c */
void invitations_are_used_up_expire_and_end(void **state);
void invitations_give_what_their_maker_still_holds(void **state);

/* manage_applications_flow.c */
void who_decides_is_told_of_an_application(void **state);
void applications_are_answered(void **state);

/* manage_settings_flow.c */
void settings_are_seen_at_once(void **state);
void settings_stay_within_the_bounds(void **state);
void the_checklist_is_ticked_off(void **state);

/* manage_audit_flow.c */
void the_audit_list_speaks_the_readers_language(void **state);
void the_audit_list_only_grows(void **state);
void pseudonyms_are_found_again(void **state);
void who_is_erased_is_nobody_in_the_audit_list(void **state);

#endif
