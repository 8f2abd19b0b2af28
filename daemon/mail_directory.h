/* mail_directory.h: the folder of mail.directory, for mails as files. */
#ifndef MISSIOND_MAIL_DIRECTORY_H
#define MISSIOND_MAIL_DIRECTORY_H

struct account;
struct error;
struct settings;

#define MAIL_DIRECTORY_SIZE 1100

/* Its path; NULL where mails go to a server. */
const char *mail_directory_path(
	const struct settings *settings, char path[MAIL_DIRECTORY_SIZE]);

/* Makes it and gives it to the courier. 0, also when there is none to make, or
 * -1. */
int mail_directory_make(const struct settings *settings,
	const struct account *courier, struct error *error);

/* What the supervisor confined itself to at its start. */
struct mail_directory_start {
	char data[MAIL_DIRECTORY_SIZE];
	char folder[MAIL_DIRECTORY_SIZE]; /* "": none */
};
void mail_directory_note(
	const struct settings *settings, struct mail_directory_start *start);

/*
 * Before a reload, as mail_directory_make(): a folder that is neither below the
 * data directory nor that of the start is refused, for neither the supervisor
 * nor any child of it may write there any more.
 */
int mail_directory_change(const struct mail_directory_start *start,
	const struct settings *next, const struct account *courier,
	struct error *error);

#endif
