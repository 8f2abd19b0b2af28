/* actions.h: the words of the audit list: one row for every action that is
 * ever appended (tests/lint/actions.py compares). */
#ifndef MISSIOND_TENANTS_AUDIT_ACTIONS_H
#define MISSIOND_TENANTS_AUDIT_ACTIONS_H

#include <stdbool.h>

/* The N_() text of an action; the action itself when it has none. */
const char *audit_action_text(const char *action);

/* Whether it is an act of office, founder's or admins'; else it is what a
 * member did with what is theirs. */
bool audit_action_is_office(const char *action);

#endif
