#include "courier_setup.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "courier.h"
#include "loop/task.h"
#include "mail/smtp.h"
#include "mail_directory.h"
#include "settings.h"

/* Both well below OUTBOX_LEASE. */
#define CONNECT_LIMIT (30 * CLOCK_SECOND)
#define TOTAL_LIMIT   (120 * CLOCK_SECOND)

#define SIDE_BY_SIDE   4
#define POLL_INTERVAL  (CLOCK_SECOND / 2)
#define SWEEP_INTERVAL (10 * CLOCK_MINUTE)
/* After a start ten thousand communities whose mail waits within four minutes;
 * of a sweep six thousand within the interval, and later all the others. */
#define START_PACE    (CLOCK_SECOND / 50)
#define CLEANING_PACE (CLOCK_SECOND / 10)

#define PASSWORD_SIZE 256

static enum smtp_security
security_of(const char *name)
{
	if (strcmp(name, "tls") == 0)
		return SMTP_TLS;
	if (strcmp(name, "optional") == 0)
		return SMTP_TRY;
	return strcmp(name, "none") == 0 ? SMTP_PLAIN : SMTP_STARTTLS;
}

/* The first line of the file. */
static int
read_password(struct arena *arena, const char *path, const char **ret_password,
	struct error *error)
{
	char line[PASSWORD_SIZE];
	FILE *file = fopen(path, "re");
	char *got;

	if (!file)
		return error_set(error, "%s: %s", path, strerror(errno));
	/* No copy in a buffer of the library's. */
	setvbuf(file, NULL, _IONBF, 0);
	got = fgets(line, sizeof(line), file);
	fclose(file);
	if (!got)
		return error_set(error, "%s: no password in it", path);
	line[strcspn(line, "\r\n")] = '\0';
	*ret_password = arena_text(arena, line);
	explicit_bzero(line, sizeof(line));
	return 0;
}

static int
set_up_server(struct arena *arena, const struct settings_mail *mail,
	struct courier_settings *courier, struct error *error)
{
	struct smtp_server *server = ARENA_NEW(arena, struct smtp_server);

	server->host = arena_text(arena, mail->host);
	server->port = (unsigned)mail->port;
	server->security = security_of(mail->security);
	server->ca_file = arena_text(arena, mail->ca_file);
	server->user = arena_text(arena, mail->user);
	server->connect_limit = CONNECT_LIMIT;
	server->total_limit = TOTAL_LIMIT;
	courier->smtp = server;
	if (!mail->password_file)
		return 0;
	return read_password(
		arena, mail->password_file, &server->password, error);
}

static int
set_up_folder(struct arena *arena, const struct settings *settings,
	struct courier_settings *courier, struct error *error)
{
	char path[MAIL_DIRECTORY_SIZE];

	courier->folder =
		arena_text(arena, mail_directory_path(settings, path));
	if (mkdir(courier->folder, 0750) && errno != EEXIST)
		return error_set(error, "mail.directory %s: %s",
			courier->folder, strerror(errno));
	return 0;
}

int
courier_setup(struct arena *arena, const struct settings *settings,
	struct courier_settings *courier, struct error *error)
{
	courier->from = arena_text(arena, settings->mail.from);
	courier->attempts = settings->mail.attempts;
	courier->side_by_side = SIDE_BY_SIDE;
	courier->poll = POLL_INTERVAL;
	courier->sweep = SWEEP_INTERVAL;
	courier->pace = START_PACE;
	courier->cleaning_pace = CLEANING_PACE;
	if (settings->mail.directory)
		return set_up_folder(arena, settings, courier, error);
	return set_up_server(arena, &settings->mail, courier, error);
}

/* Servers elsewhere refuse a sender that only this machine knows. */
static void
warn_of_sender(const struct settings_mail *mail)
{
	const char *at = strrchr(mail->from, '@');

	if (mail->directory == NULL && at != NULL &&
		strcmp(at, "@localhost") == 0)
		log_event(LOG_WARNING, NULL, "mail.sender_is_local", "expected",
			"mail.from of a domain of yours", NULL);
}

struct courier *
courier_start(struct arena *arena, struct loop *loop,
	const struct settings *settings, const struct courier_rights *rights,
	struct error *error)
{
	struct courier_settings courier = {
		.pool = rights->pool,
		.registry = rights->registry,
		.holder = rights->holder,
		.counts = rights->counts,
	};
	struct courier *started;

	memcpy(courier.tenant_key, rights->tenant_key, DIGEST_SIZE);
	/* A mail server that hangs up must not end the process. */
	signal(SIGPIPE, SIG_IGN);
	if (courier_setup(arena, settings, &courier, error) ||
		smtp_start(error))
		return NULL;
	warn_of_sender(&settings->mail);
	if (task_work_start(loop, courier.side_by_side)) {
		error_set(error, "threads: %s", strerror(errno));
		return NULL;
	}
	started = courier_new(loop, &courier);
	digest_wipe(&courier, sizeof(courier));
	return started;
}
