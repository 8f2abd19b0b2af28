/*
 * settings.h: missiond.yaml as a struct (missiond.yaml(5)). The supervisor
 * reads and checks the file once and hands its bytes to its children, which
 * read the same bytes with the same function.
 */
#ifndef MISSIOND_SETTINGS_H
#define MISSIOND_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/record.h"
#include "tenants/limits.h"

struct arena;
struct conf_errors;
struct conf_table;

struct settings_paths {
	const char *data;    /* secret, private database, mail directory */
	const char *share;   /* templates, texts, assets, SQL */
	const char *run;     /* control.sock and the database's socket */
	const char *tenants; /* the communities' YAML files */
	const char *acme;    /* served below /.well-known/acme-challenge/ */
};

struct settings_listen {
	struct record_list http; /* "address:port", "[v6]:port" */
	struct record_list https;
	struct record_list metrics; /* for Prometheus */
	bool redirect;	     /* plain HTTP to HTTPS, where there is HTTPS */
	bool proxy_protocol; /* from trusted proxies, on all listeners */
	struct record_list trusted; /* proxies: addresses or networks */
	const char *public_scheme;  /* "http", "https", NULL: as listened */
	int64_t public_port;	    /* 0: as listened */
};

struct settings_certificate {
	struct record_list domains;
	const char *certificate; /* PEM, with the chain */
	const char *key;
	bool fallback;
};

struct settings_users { /* used when started by root */
	const char *worker;
	const char *steward;
	const char *courier;
	const char *database;
};

struct settings_database {
	bool private_server; /* a server of our own below paths.data */
	const char *name;    /* of the cluster, in placement */
	const char *region;  /* "eu", "eea" or another word of the host's */
	const char *socket;  /* outside server: socket, or address and port */
	const char *address;
	int64_t port;
	const char *ca_file;
	int64_t connections;	      /* at work, of one worker */
	const char *idle_connections; /* of one worker besides; NULL: default */
	int64_t wait;		      /* longest for a free connection, µs */
	int64_t memory;		      /* private server: buffer pool, bytes */
	int64_t schemas_ahead; /* made before there is a community for them */
};

struct settings_mail {
	const char
		*directory; /* .eml files instead of SMTP; relative: to data */
	const char *host;
	int64_t port;
	const char *security; /* "starttls", "tls", "optional", "none" */
	const char *ca_file;
	const char *user;
	const char *password_file;
	const char *from; /* address of all mails */
	int64_t attempts; /* before giving up */
};

struct settings_limits {
	int64_t connections; /* of one worker */
	int64_t per_address;
	int64_t header_time; /* µs */
	int64_t request_time;
	int64_t idle_time;
	int64_t stop_time;	     /* for requests in flight at SIGTERM */
	int64_t free_space;	     /* below: read-only; bytes */
	int64_t page_cache;	     /* of one worker; bytes, 0: none */
	int64_t streams;	     /* of one worker */
	int64_t streams_per_address; /* the same */
	int64_t metrics_communities; /* told by name */
};

struct settings_sessions {
	int64_t idle;
	int64_t longest;
};

struct settings_passwords {
	int64_t memory; /* bytes */
	int64_t passes;
	int64_t lanes;
};

struct settings_log {
	const char *level;    /* "debug", "info", "notice", "warning" */
	const char *facility; /* "daemon", "local0"… */
	const char *access;   /* a line for one in so many, or "off" */
};

struct settings_security {
	struct record_list contact; /* mailto: or https:, for security.txt */
	const char *policy;	    /* https: or NULL */
	const char *confinement;    /* "enforce", "log", "off": confine.h */
};

struct settings {
	struct settings_paths paths;
	int64_t workers; /* 0: one a core */
	struct settings_listen listen;
	struct record_list certificates; /* of struct settings_certificate */
	struct settings_users users;
	struct settings_database database;
	struct settings_mail mail;
	struct settings_limits limits;
	struct limit_words community_limits; /* of those without their own */
	struct settings_sessions sessions;
	struct settings_passwords passwords;
	struct settings_log log;
	struct settings_security security;
};

/* The table behind it, for the manual's test. */
extern const struct conf_table settings_table;

/*
 * Reads the text of a file; `file` is named in errors. Checks what can be
 * checked without touching the system, also across keys. 0 or -1.
 */
int settings_read(struct arena *arena, const char *file, const char *text,
	size_t length, struct settings *settings, struct conf_errors *errors);

/* Number of workers to start. */
unsigned settings_workers(const struct settings *settings);

/* How many connections to the database a worker keeps open besides those at
 * work: by default enough for some hundred communities in use where the server
 * is our own. */
unsigned settings_idle_connections(const struct settings *settings);

/* How many the server must take: those of all processes, and an operator's. */
unsigned settings_server_connections(const struct settings *settings);

/* The defaults of communities' limits, with a number of connections (half of
 * the worker's where the file says nothing). */
struct limits settings_community_limits(const struct settings *settings);

/* The control socket's path, in the arena. */
const char *settings_control_socket(
	struct arena *arena, const struct settings *settings);

/* One request in how many gets a line of the log; 0: none. */
unsigned settings_access(const struct settings *settings);

/* Scheme and port (0: the scheme's own) of links to communities. */
const char *settings_public_scheme(const struct settings *settings);
unsigned settings_public_port(const struct settings *settings);

/* Whether what stands below `mail` is the same. */
bool settings_same_mail(
	const struct settings_mail *one, const struct settings_mail *other);

/*
 * Which keys that a reload cannot change differ between two settings, as
 * "paths.data, users.worker"; "" when none.
 */
const char *settings_fixed_changes(struct arena *arena,
	const struct settings *before, const struct settings *after);

#endif
