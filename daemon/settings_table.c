/* The keys of missiond.yaml. */
#include "settings.h"

#include "base/clock.h"
#include "conf/check.h"
#include "conf/table.h"
#include "installed.h"
#include "settings_check.h"

#define KIB INT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

static const struct field paths_fields[] = {
	FIELD_TEXT(struct settings_paths, data),
	FIELD_TEXT(struct settings_paths, share),
	FIELD_TEXT(struct settings_paths, run),
	FIELD_TEXT(struct settings_paths, tenants),
	FIELD_TEXT(struct settings_paths, acme),
};
static const struct record paths_record =
	RECORD(struct settings_paths, paths_fields);
static const struct conf_key paths_keys[] = {
	{.name = "data",
		.otherwise = "/var/lib/missiond",
		.check = conf_check_path,
		.at_start_only = true,
		.help = "Where the host's secret, the private database and "
			"mail files live."},
	{.name = "share",
		.otherwise = installed_share,
		.check = conf_check_path,
		.at_start_only = true,
		.help = "Where templates, texts, assets and SQL are installed."},
	{.name = "run",
		.otherwise = "/run/missiond",
		.check = conf_check_path,
		.at_start_only = true,
		.help = "Where the control socket and the private database's "
			"socket are made."},
	{.name = "tenants",
		.otherwise = "/etc/missiond/tenants.d",
		.check = conf_check_path,
		.help = "The folder of the communities' YAML files, for "
			"missionctl without file names."},
	{.name = "acme",
		.otherwise = "/var/lib/missiond/acme",
		.check = conf_check_path,
		.at_start_only = true,
		.help = "Files served below /.well-known/acme-challenge/, each "
			"of at most 4096 bytes."},
};
static const struct conf_table paths_table = {
	&paths_record, paths_keys, COUNT_OF(paths_keys)};

static const struct field listen_fields[] = {
	FIELD_TEXTS(struct settings_listen, http),
	FIELD_TEXTS(struct settings_listen, https),
	FIELD_TEXTS(struct settings_listen, metrics),
	FIELD_BOOLEAN(struct settings_listen, redirect),
	FIELD_BOOLEAN(struct settings_listen, proxy_protocol),
	FIELD_TEXTS(struct settings_listen, trusted),
	FIELD_TEXT(struct settings_listen, public_scheme),
	FIELD_INTEGER(struct settings_listen, public_port),
};
static const struct record listen_record =
	RECORD(struct settings_listen, listen_fields);
static const char *const schemes[] = {"http", "https", NULL};
static const struct conf_key listen_keys[] = {
	{.name = "http",
		.otherwise = "127.0.0.1:8080",
		.entries = 16,
		.check = conf_check_endpoint,
		.at_start_only = true,
		.help = "Addresses and ports for plain HTTP."},
	{.name = "https",
		.entries = 16,
		.check = conf_check_endpoint,
		.at_start_only = true,
		.help = "Addresses and ports for HTTPS; needs certificates."},
	{.name = "metrics",
		.entries = 4,
		.check = settings_check_named_endpoint,
		.at_start_only = true,
		.help = "Addresses and ports where Prometheus reads figures "
			"from /metrics, without asking who it is; none by "
			"default."},
	{.name = "redirect",
		.otherwise = "true",
		.help = "Whether plain HTTP is answered with the HTTPS address "
			"where https is set."},
	{.name = "proxy_protocol",
		.otherwise = "false",
		.help = "Whether trusted proxies begin each connection with a "
			"PROXY line, version 1 or 2."},
	{.name = "trusted",
		.entries = 64,
		.check = conf_check_network,
		.help = "Proxies whose X-Forwarded-For, X-Forwarded-Proto and "
			"PROXY lines are believed: addresses or networks."},
	{.name = "public_scheme",
		.choices = schemes,
		.at_start_only = true,
		.help = "How visitors reach the communities, for links; set it "
			"behind a proxy."},
	{.name = "public_port",
		.otherwise = "0",
		.least = 0,
		.most = 65535,
		.at_start_only = true,
		.help = "The port visitors use, for links; 0 for the one that "
			"is listened on."},
};
static const struct conf_table listen_table = {
	&listen_record, listen_keys, COUNT_OF(listen_keys)};

static const struct field certificate_fields[] = {
	FIELD_TEXTS(struct settings_certificate, domains),
	FIELD_TEXT(struct settings_certificate, certificate),
	FIELD_TEXT(struct settings_certificate, key),
	FIELD_BOOLEAN(struct settings_certificate, fallback),
};
static const struct record certificate_record =
	RECORD(struct settings_certificate, certificate_fields);
static const struct conf_key certificate_keys[] = {
	{.name = "domains",
		.required = true,
		.check = conf_check_domain,
		.help = "The names it is for; *.example.org for all below."},
	{.name = "certificate",
		.required = true,
		.check = conf_check_path,
		.help = "PEM file with the certificate and its chain."},
	{.name = "key",
		.required = true,
		.check = conf_check_path,
		.help = "PEM file with the private key."},
	{.name = "fallback",
		.otherwise = "false",
		.help = "Whether it is shown to visitors who name no domain, "
			"or one that no certificate is for, instead of ending "
			"their handshake."},
};
static const struct conf_table certificate_table = {
	&certificate_record, certificate_keys, COUNT_OF(certificate_keys)};

static const struct field users_fields[] = {
	FIELD_TEXT(struct settings_users, worker),
	FIELD_TEXT(struct settings_users, steward),
	FIELD_TEXT(struct settings_users, courier),
	FIELD_TEXT(struct settings_users, database),
};
static const struct record users_record =
	RECORD(struct settings_users, users_fields);
static const struct conf_key users_keys[] = {
	{.name = "worker",
		.otherwise = "missiond",
		.at_start_only = true,
		.help = "Account of the workers when started by root."},
	{.name = "steward",
		.otherwise = "missiond-steward",
		.at_start_only = true,
		.help = "Account of the steward when started by root."},
	{.name = "courier",
		.otherwise = "missiond-courier",
		.at_start_only = true,
		.help = "Account of the courier when started by root."},
	{.name = "database",
		.otherwise = "missiond-database",
		.at_start_only = true,
		.help = "Account of the private database when started by root."},
};
static const struct conf_table users_table = {
	&users_record, users_keys, COUNT_OF(users_keys)};

static const struct field database_fields[] = {
	FIELD_BOOLEAN(struct settings_database, private_server),
	FIELD_TEXT(struct settings_database, name),
	FIELD_TEXT(struct settings_database, region),
	FIELD_TEXT(struct settings_database, socket),
	FIELD_TEXT(struct settings_database, address),
	FIELD_INTEGER(struct settings_database, port),
	FIELD_TEXT(struct settings_database, ca_file),
	FIELD_INTEGER(struct settings_database, connections),
	FIELD_TEXT(struct settings_database, idle_connections),
	FIELD_INTEGER(struct settings_database, wait),
	FIELD_INTEGER(struct settings_database, memory),
	FIELD_INTEGER(struct settings_database, schemas_ahead),
};
static const struct record database_record =
	RECORD(struct settings_database, database_fields);
static const struct conf_key database_keys[] = {
	{.name = "private_server",
		.otherwise = "true",
		.at_start_only = true,
		.help = "Whether missiond runs a MariaDB of its own below "
			"paths.data."},
	{.name = "name",
		.otherwise = "default",
		.check = conf_check_word,
		.at_start_only = true,
		.help = "Name of the cluster, for the communities' placement."},
	{.name = "region",
		.otherwise = "eu",
		.check = conf_check_word,
		.at_start_only = true,
		.help = "Where the cluster stands, for residency rules."},
	{.name = "socket",
		.check = conf_check_path,
		.at_start_only = true,
		.help = "Unix socket of an outside server."},
	{.name = "address",
		.check = conf_check_address,
		.at_start_only = true,
		.help = "Numeric address of an outside server (names are not "
			"resolved)."},
	{.name = "port",
		.otherwise = "3306",
		.least = 1,
		.most = 65535,
		.at_start_only = true,
		.help = "Port of an outside server."},
	{.name = "ca_file",
		.check = conf_check_path,
		.at_start_only = true,
		.help = "Certificate that vouches for an outside server; "
			"without it the connection is not encrypted. Another "
			"in the same file counts after a reload."},
	{.name = "connections",
		.otherwise = "16",
		.least = 2,
		.most = 1000,
		.at_start_only = true,
		.help = "Most connections of one worker that are at work at a "
			"time."},
	{.name = "idle_connections",
		.check = settings_check_idle,
		.unquoted = true,
		.at_start_only = true,
		.help = "Connections of one worker that may stay open besides, "
			"each logged in as the community that used it last; "
			"by default 240 with the private server, else 0."},
	{.name = "wait",
		.otherwise = "5s",
		.unit = CONF_UNIT_DURATION,
		.least = CLOCK_SECOND / 10,
		.most = CLOCK_MINUTE,
		.at_start_only = true,
		.help = "Longest wait for a connection before a request is "
			"answered with 503."},
	{.name = "memory",
		.otherwise = "128MiB",
		.unit = CONF_UNIT_SIZE,
		.least = 16 * MIB,
		.most = 1024 * GIB,
		.at_start_only = true,
		.help = "Private server: memory for cached pages."},
	{.name = "schemas_ahead",
		.otherwise = "2",
		.most = 1000,
		.help = "Schemas that are made ahead when there is nothing "
			"else to do, so that a new community is there at once; "
			"0 for none. Each takes about 1 MB."},
};
static const struct conf_table database_table = {
	&database_record, database_keys, COUNT_OF(database_keys)};

static const char *const mail_securities[] = {
	"starttls", "tls", "optional", "none", NULL};
static const struct field mail_fields[] = {
	FIELD_TEXT(struct settings_mail, directory),
	FIELD_TEXT(struct settings_mail, host),
	FIELD_INTEGER(struct settings_mail, port),
	FIELD_TEXT(struct settings_mail, security),
	FIELD_TEXT(struct settings_mail, ca_file),
	FIELD_TEXT(struct settings_mail, user),
	FIELD_TEXT(struct settings_mail, password_file),
	FIELD_TEXT(struct settings_mail, from),
	FIELD_INTEGER(struct settings_mail, attempts),
};
static const struct record mail_record =
	RECORD(struct settings_mail, mail_fields);
static const struct conf_key mail_keys[] = {
	{.name = "directory",
		.help = "Writes mails as .eml files into this folder instead "
			"of sending them; relative to paths.data. One outside "
			"of paths.data is taken over at a start only: a reload "
			"that brings one is refused."},
	{.name = "host", .help = "The SMTP server that takes our mail."},
	{.name = "port",
		.otherwise = "587",
		.least = 1,
		.most = 65535,
		.help = "Its port."},
	{.name = "security",
		.otherwise = "starttls",
		.choices = mail_securities,
		.help = "How the connection is protected; a password is never "
			"sent over none or optional."},
	{.name = "ca_file",
		.check = conf_check_path,
		.help = "Certificate that vouches for it instead of the "
			"system's."},
	{.name = "user", .help = "Name to log in with."},
	{.name = "password_file",
		.check = conf_check_path,
		.help = "File whose first line is the password."},
	{.name = "from",
		.otherwise = "missiond@localhost",
		.check = conf_check_email,
		.help = "Sender address of all mails; the community's name "
			"stands beside it. Other servers refuse the default: "
			"give one of a domain of yours."},
	{.name = "attempts",
		.otherwise = "12",
		.least = 1,
		.most = 100,
		.help = "How often a mail is tried before it is given up."},
};
static const struct conf_table mail_table = {
	&mail_record, mail_keys, COUNT_OF(mail_keys)};

static const struct field limits_fields[] = {
	FIELD_INTEGER(struct settings_limits, connections),
	FIELD_INTEGER(struct settings_limits, per_address),
	FIELD_INTEGER(struct settings_limits, header_time),
	FIELD_INTEGER(struct settings_limits, request_time),
	FIELD_INTEGER(struct settings_limits, idle_time),
	FIELD_INTEGER(struct settings_limits, stop_time),
	FIELD_INTEGER(struct settings_limits, free_space),
	FIELD_INTEGER(struct settings_limits, page_cache),
	FIELD_INTEGER(struct settings_limits, streams),
	FIELD_INTEGER(struct settings_limits, streams_per_address),
	FIELD_INTEGER(struct settings_limits, metrics_communities),
};
static const struct record limits_record =
	RECORD(struct settings_limits, limits_fields);
static const struct conf_key limits_keys[] = {
	{.name = "connections",
		.otherwise = "10000",
		.least = 10,
		.most = 1000000,
		.help = "Most connections of visitors to one worker."},
	{.name = "per_address",
		.otherwise = "100",
		.least = 1,
		.most = 1000000,
		.help = "Most connections of one address to one worker."},
	{.name = "header_time",
		.otherwise = "10s",
		.unit = CONF_UNIT_DURATION,
		.least = CLOCK_SECOND / 10,
		.most = 10 * CLOCK_MINUTE,
		.help = "Longest time for a request's head to arrive."},
	{.name = "request_time",
		.otherwise = "60s",
		.unit = CONF_UNIT_DURATION,
		.least = CLOCK_SECOND / 10,
		.most = CLOCK_HOUR,
		.help = "Longest time for a whole request and its answer."},
	{.name = "idle_time",
		.otherwise = "75s",
		.unit = CONF_UNIT_DURATION,
		.least = CLOCK_SECOND / 10,
		.most = CLOCK_HOUR,
		.help = "How long an idle connection is kept open."},
	{.name = "stop_time",
		.otherwise = "20s",
		.unit = CONF_UNIT_DURATION,
		.least = CLOCK_SECOND,
		.most = 10 * CLOCK_MINUTE,
		.help = "How long requests in flight may take when stopping."},
	{.name = "free_space",
		.otherwise = "256MiB",
		.unit = CONF_UNIT_SIZE,
		.least = 1,
		.most = 1024 * GIB,
		.help = "Below this much free space on the data directory's "
			"file system writes are refused and reads go on."},
	{.name = "page_cache",
		.otherwise = "32MiB",
		.unit = CONF_UNIT_SIZE,
		.least = 0,
		.most = 64 * GIB,
		.help = "Memory of one worker for pages as visitors who are "
			"not logged in get them; 0 keeps none. What changes is "
			"seen at once on this machine, on others within two "
			"seconds, within a minute where they cannot be told."},
	{.name = "streams",
		.otherwise = "5000",
		.least = 0,
		.most = 1000000,
		.help = "Most event streams of one worker: open pages that are "
			"told when there is something new. They are among its "
			"connections; others get 503."},
	{.name = "streams_per_address",
		.otherwise = "50",
		.least = 0,
		.most = 1000000,
		.help = "Most event streams of one visitor's address to one "
			"worker; others get 429."},
	{.name = "metrics_communities",
		.otherwise = "20",
		.least = 0,
		.most = 1000,
		.help = "How many communities the metrics name, those with "
			"the most requests; the others are told together."},
};
static const struct conf_table limits_table = {
	&limits_record, limits_keys, COUNT_OF(limits_keys)};

static const struct conf_key community_limits_keys[] = {
	{.name = "requests_per_second",
		.otherwise = "500",
		.check = limit_check,
		.unquoted = true,
		.help = "Requests a second that all workers of this machine "
			"answer together, over time; others get 429."},
	{.name = "burst",
		.check = limit_check_burst,
		.unquoted = true,
		.help = "How many may come at once beyond that; by default "
			"twice requests_per_second."},
	{.name = "connections",
		.check = limit_check,
		.unquoted = true,
		.help = "Most database connections of one worker; who waits "
			"longer than database.wait for one gets 429. By "
			"default half of database.connections."},
	{.name = "concurrent_requests",
		.otherwise = "16",
		.check = limit_check,
		.unquoted = true,
		.help = "Requests that one worker works on at a time; others "
			"wait."},
	{.name = "shared_requests",
		.otherwise = "3",
		.check = limit_check,
		.unquoted = true,
		.help = "The same while visitors ask for other communities of "
			"the worker, too: did so within five seconds."},
	{.name = "waiting_passwords",
		.otherwise = "256",
		.check = limit_check,
		.unquoted = true,
		.help = "Log-ins and new passwords that wait in one worker to "
			"be worked out; others get 429."},
	{.name = "streams",
		.otherwise = "1000",
		.check = limit_check,
		.unquoted = true,
		.help = "Event streams of one worker; others get 429."},
};
static const struct conf_table community_limits_table = {&limit_words_record,
	community_limits_keys, COUNT_OF(community_limits_keys)};

static const struct field sessions_fields[] = {
	FIELD_INTEGER(struct settings_sessions, idle),
	FIELD_INTEGER(struct settings_sessions, longest),
};
static const struct record sessions_record =
	RECORD(struct settings_sessions, sessions_fields);
static const struct conf_key sessions_keys[] = {
	{.name = "idle",
		.otherwise = "30d",
		.unit = CONF_UNIT_DURATION,
		.least = CLOCK_MINUTE,
		.most = 365 * CLOCK_DAY,
		.help = "A log-in ends when it is not used for this long."},
	{.name = "longest",
		.otherwise = "180d",
		.unit = CONF_UNIT_DURATION,
		.least = CLOCK_MINUTE,
		.most = 3650 * CLOCK_DAY,
		.help = "A log-in ends after this long in any case."},
};
static const struct conf_table sessions_table = {
	&sessions_record, sessions_keys, COUNT_OF(sessions_keys)};

static const struct field passwords_fields[] = {
	FIELD_INTEGER(struct settings_passwords, memory),
	FIELD_INTEGER(struct settings_passwords, passes),
	FIELD_INTEGER(struct settings_passwords, lanes),
};
static const struct record passwords_record =
	RECORD(struct settings_passwords, passwords_fields);
static const struct conf_key passwords_keys[] = {
	{.name = "memory",
		.otherwise = "19MiB",
		.unit = CONF_UNIT_SIZE,
		.least = 8 * MIB,
		.most = GIB,
		.help = "Argon2id: memory for one password."},
	{.name = "passes",
		.otherwise = "2",
		.least = 1,
		.most = 20,
		.help = "Argon2id: passes over the memory."},
	{.name = "lanes",
		.otherwise = "1",
		.least = 1,
		.most = 16,
		.help = "Argon2id: lanes."},
};
static const struct conf_table passwords_table = {
	&passwords_record, passwords_keys, COUNT_OF(passwords_keys)};

static const char *const log_levels[] = {
	"debug", "info", "notice", "warning", NULL};
static const char *const log_facilities[] = {"daemon", "user", "local0",
	"local1", "local2", "local3", "local4", "local5", "local6", "local7",
	NULL};
static const struct field log_fields[] = {
	FIELD_TEXT(struct settings_log, level),
	FIELD_TEXT(struct settings_log, facility),
	FIELD_TEXT(struct settings_log, access),
};
static const struct record log_record = RECORD(struct settings_log, log_fields);
static const struct conf_key log_keys[] = {
	{.name = "level",
		.otherwise = "info",
		.choices = log_levels,
		.at_start_only = true,
		.help = "The least important lines that are written."},
	{.name = "facility",
		.otherwise = "daemon",
		.choices = log_facilities,
		.at_start_only = true,
		.help = "The syslog facility."},
	{.name = "access",
		.otherwise = "1",
		.check = settings_check_sample,
		.unquoted = true,
		.help = "One request in so many gets a line; off for none."},
};
static const struct conf_table log_table = {
	&log_record, log_keys, COUNT_OF(log_keys)};

static const char *const confinements[] = {"enforce", "log", "off", NULL};
static const struct field security_fields[] = {
	FIELD_TEXTS(struct settings_security, contact),
	FIELD_TEXT(struct settings_security, policy),
	FIELD_TEXT(struct settings_security, confinement),
};
static const struct record security_record =
	RECORD(struct settings_security, security_fields);
static const struct conf_key security_keys[] = {
	{.name = "contact",
		.entries = 8,
		.check = conf_check_contact,
		.help = "Where to report weaknesses, for "
			"/.well-known/security.txt (RFC 9116)."},
	{.name = "policy",
		.check = conf_check_contact,
		.help = "Address of the disclosure policy."},
	{.name = "confinement",
		.otherwise = "enforce",
		.choices = confinements,
		.at_start_only = true,
		.help = "Whether each process gives up the files, ports and "
			"system calls that its role does not use; log lets "
			"such calls through and the kernel logs them, off is "
			"for debuggers."},
};
static const struct conf_table security_table = {
	&security_record, security_keys, COUNT_OF(security_keys)};

static const struct field settings_fields[] = {
	FIELD_RECORD(
		struct settings, paths, struct settings_paths, paths_record),
	FIELD_INTEGER(struct settings, workers),
	FIELD_RECORD(
		struct settings, listen, struct settings_listen, listen_record),
	FIELD_LIST(struct settings, certificates, certificate_record),
	FIELD_RECORD(
		struct settings, users, struct settings_users, users_record),
	FIELD_RECORD(struct settings, database, struct settings_database,
		database_record),
	FIELD_RECORD(struct settings, mail, struct settings_mail, mail_record),
	FIELD_RECORD(
		struct settings, limits, struct settings_limits, limits_record),
	FIELD_RECORD(struct settings, community_limits, struct limit_words,
		limit_words_record),
	FIELD_RECORD(struct settings, sessions, struct settings_sessions,
		sessions_record),
	FIELD_RECORD(struct settings, passwords, struct settings_passwords,
		passwords_record),
	FIELD_RECORD(struct settings, log, struct settings_log, log_record),
	FIELD_RECORD(struct settings, security, struct settings_security,
		security_record),
};
static const struct record settings_record =
	RECORD(struct settings, settings_fields);
static const struct conf_key settings_keys[] = {
	{.name = "paths", .table = &paths_table, .help = "Folders."},
	{.name = "workers",
		.otherwise = "0",
		.least = 0,
		.most = 256,
		.at_start_only = true,
		.help = "How many workers; 0 for one a core."},
	{.name = "listen",
		.table = &listen_table,
		.help = "Where visitors connect."},
	{.name = "certificates",
		.table = &certificate_table,
		.help = "Certificates by domain."},
	{.name = "users", .table = &users_table, .help = "Accounts."},
	{.name = "database", .table = &database_table, .help = "The cluster."},
	{.name = "mail", .table = &mail_table, .help = "Outgoing mail."},
	{.name = "limits", .table = &limits_table, .help = "Limits."},
	{.name = "community_limits",
		.table = &community_limits_table,
		.help = "What each community may take, unless its own file "
			"says otherwise."},
	{.name = "sessions", .table = &sessions_table, .help = "Log-ins."},
	{.name = "passwords",
		.table = &passwords_table,
		.help = "Cost of password hashes."},
	{.name = "log", .table = &log_table, .help = "Logging."},
	{.name = "security",
		.table = &security_table,
		.help = "Contact for security.txt, and how far processes are "
			"confined."},
};
const struct conf_table settings_table = {
	&settings_record, settings_keys, COUNT_OF(settings_keys)};
