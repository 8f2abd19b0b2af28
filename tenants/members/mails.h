/* mails.h: what members are told by mail about acts of the admins. */
#ifndef MISSIOND_TENANTS_MEMBERS_MAILS_H
#define MISSIOND_TENANTS_MEMBERS_MAILS_H

struct page;

struct member_mail {
	const char *name;
	const char *community;
	const char *address; /* https://… of the community */
	const char *reason;  /* or NULL */
	const char *contact; /* of those who run the community, or NULL */
};

extern const struct page mail_member_suspended;
extern const struct page mail_member_readmitted;
extern const struct page mail_application_waits;
extern const struct page mail_application_approved;
extern const struct page mail_application_declined;

#endif
