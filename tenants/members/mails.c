#include "tenants/members/mails.h"

#include "base/record.h"
#include "http/template.h"

static const struct field mail_fields[] = {
	FIELD_TEXT(struct member_mail, name),
	FIELD_TEXT(struct member_mail, community),
	FIELD_TEXT(struct member_mail, address),
	FIELD_TEXT(struct member_mail, reason),
	FIELD_TEXT(struct member_mail, contact),
};
static const struct record mail_record =
	RECORD(struct member_mail, mail_fields);

const struct page mail_member_suspended = {
	"members/mail-suspended.txt", &mail_record};
const struct page mail_member_readmitted = {
	"members/mail-readmitted.txt", &mail_record};
const struct page mail_application_waits = {
	"members/mail-application.txt", &mail_record};
const struct page mail_application_approved = {
	"members/mail-approved.txt", &mail_record};
const struct page mail_application_declined = {
	"members/mail-declined.txt", &mail_record};
