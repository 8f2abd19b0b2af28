/* actions.h: the words of the audit list: one row for every action that is
 * ever appended (tests/lint/actions.py compares). */
#ifndef MISSIOND_TENANTS_AUDIT_ACTIONS_H
#define MISSIOND_TENANTS_AUDIT_ACTIONS_H

/* The N_() text of an action; the action itself when it has none. */
const char *audit_action_text(const char *action);

#endif
