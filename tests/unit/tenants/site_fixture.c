#include "site_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../db/server.h"
#include "base/arena.h"
#include "base/base64.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/uuid.h"
#include "conf/node.h"
#include "http/server.h"
#include "http/template.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "tenants/allowance.h"
#include "tenants/config.h"
#include "tenants/credentials.h"
#include "tenants/epoch.h"
#include "tenants/events/channels.h"
#include "tenants/look/assets.h"
#include "tenants/page_cache.h"
#include "tenants/registry.h"
#include "tenants/service.h"
#include "tenants/site_view.h"
#include "tenants/turns.h"
#include "text/catalogue.h"

static const unsigned char tenant_key[DIGEST_SIZE] = {7, 7, 7};

static struct {
	const char *host;
	const char *joining;
	int quota;
	const char *zone;
	char schema[CREDENTIALS_NAME_SIZE];
} sites[] = {
	{SITE_OPEN, "open", 0, "Europe/Paris", ""},
	{SITE_APPROVAL, "approval", 0, "UTC", ""},
	{SITE_INVITED, "invitation", 0, "Pacific/Kiritimati", ""},
	{SITE_SPARE, "open", 0, "UTC", ""},
	{SITE_SMALL, "open", 4, "Europe/Nowhere", ""},
};

static pid_t worker;
static uint16_t port;

const char *
site_schema(const char *host)
{
	for (size_t i = 0; i < COUNT_OF(sites); i++)
		if (strcmp(sites[i].host, host) == 0)
			return sites[i].schema;
	fail_msg("no site %s", host);
	return NULL;
}

static char *
in_schema(const char *schema, const char *sql, size_t length)
{
	struct buffer text = BUFFER_EMPTY;

	buffer_printf(&text, "USE %s; ", schema);
	buffer_add(&text, sql, length);
	return text.data;
}

void
site_sql(const char *host, const char *sql)
{
	char *text = in_schema(site_schema(host), sql, strlen(sql));

	server_sql(text);
	free(text);
}

void
site_during(const char *host, const char *sql, void *(*send)(void *argument),
	void *argument)
{
	char *text = in_schema(site_schema(host), sql, strlen(sql));
	pthread_t thread;
	bool waited;
	int failed;

	server_hold(text);
	failed = pthread_create(&thread, NULL, send, argument);
	waited = failed == 0 && server_wait_for_waiter();
	/* Whatever comes of it: what is held would hold up all tests after. */
	server_let_go();
	if (failed == 0)
		pthread_join(thread, NULL);
	free(text);
	if (!waited)
		fail_msg("nobody waited for the locks of: %s", sql);
}

const char *
site_text(const char *host, const char *sql)
{
	struct buffer text = BUFFER_EMPTY;
	const char *result;

	for (; *sql != '\0'; sql++) {
		if (*sql == '@' && sql[1] == '.') {
			buffer_add_text(&text, site_schema(host));
			continue;
		}
		buffer_add_byte(&text, *sql);
	}
	result = server_text(buffer_text(&text));
	buffer_release(&text);
	return result;
}

/* The community's row in the registry, its configuration made from YAML. */
static void
register_site(size_t site, struct uuid id, const char *key)
{
	char yaml[1024], hyphenated[UUID_HYPHENATED_SIZE];
	struct arena *arena = arena_new();
	struct tenant_config config = {0};
	struct conf_errors errors = {0};
	struct buffer json = BUFFER_EMPTY, statement = BUFFER_EMPTY;

	snprintf(yaml, sizeof(yaml),
		"slug: site%zu\nname: The Guild\ndescription: A test\ndomains: [%s]\n"
		"founder: {name: Fay Founder, email: fay@client.example, "
		"organisation: Client Ltd}\njoining: %s\nreading: public\n"
		"language: en\nmember_quota: %d\n",
		site, sites[site].host, sites[site].joining, sites[site].quota);
	if (tenant_config_parse(arena, "test.yaml", yaml, strlen(yaml), &config,
		    NULL, &errors) < 0)
		fail_msg("%s", conf_errors_text(&errors));
	/* Not in the file: a zone that this machine has not is refused there.
	 */
	config.time_zone = sites[site].zone;
	tenant_config_write(&config, &json);
	uuid_format_hyphenated(id, hyphenated);
	buffer_printf(&statement,
		"INSERT INTO missiond_registry.domain VALUES ('%s', '%s');"
		"INSERT INTO missiond_registry.community VALUES ('%s', "
		"'site%zu', '%s', 'active', 1, 5, 'default', FROM_BASE64('",
		sites[site].host, hyphenated, hyphenated, site, key);
	base64_add(&statement, json.data, json.length);
	buffer_add_text(&statement, "'))");
	server_sql(buffer_text(&statement));
	buffer_release(&statement);
	buffer_release(&json);
	arena_free(arena);
}

static void
make_site(size_t site)
{
	struct uuid id = uuid_new();
	char key[UUID_TEXT_SIZE], password[128], statement[1024];
	char *schema = sites[site].schema;

	uuid_format(id, key);
	credentials_name(key, schema);
	credentials_password(tenant_key, key, 1, password);
	snprintf(statement, sizeof(statement),
		"CREATE DATABASE %s; CREATE USER %s@localhost IDENTIFIED BY "
		"'%s'; GRANT SELECT, INSERT, UPDATE, DELETE ON %s.* TO "
		"%s@localhost",
		schema, schema, password, schema, schema);
	server_sql(statement);
	server_tenant_tables(schema);
	site_sql(sites[site].host,
		"INSERT INTO settings (name, description, colour, changed_at) "
		"VALUES ('The Guild', '', '#2f6f5e', UTC_TIMESTAMP(6))");
	register_site(site, id, key);
}

/* The registry's views, as tables of the same columns. */
static void
make_registry(void)
{
	server_sql("CREATE DATABASE missiond_registry;"
		   "USE missiond_registry;"
		   "CREATE TABLE domain (domain VARCHAR(253) PRIMARY KEY, "
		   "community UUID);"
		   "CREATE TABLE community (id UUID PRIMARY KEY, slug "
		   "VARCHAR(63), `key` CHAR(26), state VARCHAR(20), generation "
		   "BIGINT, schema_version BIGINT, cluster VARCHAR(63), "
		   "configuration MEDIUMTEXT) DEFAULT CHARSET=utf8mb4;"
		   "CREATE USER missiond_registry@localhost IDENTIFIED BY "
		   "'registry';"
		   "GRANT SELECT ON missiond_registry.* TO "
		   "missiond_registry@localhost");
}

/* The worker's parts, in the child. */
static struct {
	struct loop *loop;
	struct server *server;
} running;

static void
drained(void *argument)
{
	(void)argument;
	loop_stop(running.loop);
}

static void
terminate(void *argument)
{
	(void)argument;
	server_drain(running.server, CLOCK_SECOND, drained, NULL);
}

static void
set_up_service(struct tenant_service *service, struct registry *registry,
	struct epoch_table *epochs)
{
	struct error error;
	size_t count;
	const struct page *const *pages = service_pages(&count);
	const char *directory = getenv("MISSIOND_TEMPLATES");

	service_init(service);
	service->registry = registry;
	service->epochs = epochs;
	service->password_cost = (struct password_cost){64, 1, 1};
	service->scheme = "http";
	service->session_idle = 14 * CLOCK_DAY;
	service->session_lifetime = 60 * CLOCK_DAY;
	page_cache_restart(service->page_cache, (size_t)8 * 1024 * 1024);
	/* Texts first: templates take them in when they are compiled. */
	if (catalogue_load(getenv("MISSIOND_TEXTS"), &error) == 0)
		service->service.templates = template_set_load(
			directory, pages, count, &site_view_record, &error);
	if (service->service.templates == NULL ||
		assets_load(directory, &error) < 0) {
		fprintf(stderr, "%s\n", error.text);
		_exit(99);
	}
}

static int
run_worker(int listener)
{
	static struct network trusted;
	static const struct server_options options = {
		.trusted = &trusted,
		.trusted_count = 1,
		.connections = 50,
		.per_address = 50,
		.header_time = 60 * CLOCK_SECOND,
		.request_time = 60 * CLOCK_SECOND,
		.idle_time = 120 * CLOCK_SECOND,
	};
	struct loop *loop = loop_new();
	int descriptor = epoch_create(), allowances = allowance_create();
	struct epoch_table *epochs = epoch_map(descriptor, 0);
	struct db_pool_limits limits = server_limits;
	struct db_pool *pool;
	struct registry_setting setting = {
		.loop = loop,
		.account = &registry_account,
		.epochs = epochs,
		.subkey = tenant_key,
		.schema_oldest = SERVICE_SCHEMA_OLDEST,
		.schema_newest = SERVICE_SCHEMA_NEWEST,
	};
	struct registry *registry;
	struct tenant_service service;

	/* Short enough to be seen, long enough for a busy machine. */
	limits.wait = 5 * CLOCK_SECOND;
	pool = db_pool_new(loop, &server_address, &limits);
	setting.pool = pool;
	registry = registry_new(&setting);
	network_parse("127.0.0.1", &trusted);
	log_open("worker", LOG_DAEMON, LOG_WARNING, true);
	task_work_start(loop, 2);
	set_up_service(&service, registry, epochs);
	service.turns = turns_new(loop);
	service.channels = channels_new(loop, &service);
	channels_set_limits(service.channels, 40, 20);
	service.allowances = allowance_map(allowances);
	service.limits = (struct limits){0};
	running.loop = loop;
	running.server = server_new(loop, &service.service, &options);
	if (server_listen(running.server, listener, false) < 0 ||
		loop_signal(loop, SIGTERM, terminate, NULL) < 0)
		return 98;
	loop_run(loop);
	server_free(running.server);
	registry_free(registry);
	db_pool_free(pool);
	template_set_free(
		(struct template_set *)(uintptr_t)service.service.templates);
	service_release(&service);
	turns_free(service.turns);
	channels_free(service.channels);
	allowance_unmap(service.allowances);
	epoch_unmap(epochs);
	loop_free(loop);
	close(descriptor);
	return 0;
}

static int
make_listener(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	assert_int_equal(
		bind(listener, (struct sockaddr *)&address, length), 0);
	assert_int_equal(listen(listener, 64), 0);
	assert_int_equal(
		getsockname(listener, (struct sockaddr *)&address, &length), 0);
	port = ntohs(address.sin_port);
	return listener;
}

void
site_start(void)
{
	int listener;

	server_start();
	make_registry();
	for (size_t i = 0; i < COUNT_OF(sites); i++)
		make_site(i);
	listener = make_listener();
	browser_library_start(port);
	worker = fork();
	assert_true(worker >= 0);
	if (worker == 0) {
		/* It would keep the output of a test that ended early open. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		exit(run_worker(listener));
	}
	close(listener);
}

void
site_stop(void)
{
	int status = 0;

	kill(worker, SIGTERM);
	assert_int_equal(waitpid(worker, &status, 0), worker);
	browser_library_stop();
	server_stop();
	assert_int_equal(status, 0);
}

const char *
site_mail(const char *host, const char *address)
{
	char sql[512];

	snprintf(sql, sizeof(sql),
		"SELECT body FROM @.outbox WHERE recipient = '%s' "
		"ORDER BY created_at DESC, id DESC LIMIT 1",
		address);
	return site_text(host, sql);
}

const char *
site_link(const char *host, const char *address)
{
	static char path[128];
	const char *mail = site_mail(host, address);
	const char *link = strstr(mail, "http://");

	if (link == NULL)
		fail_msg("no link in the mail to %s: %s", address, mail);
	link = strchr(link + 7, '/');
	snprintf(path, sizeof(path), "%.*s", (int)strcspn(link, "\r\n"), link);
	return path;
}

int
site_set_up(void **state)
{
	(void)state;
	site_start();
	return 0;
}

int
site_tear_down(void **state)
{
	(void)state;
	site_stop();
	return 0;
}
