/*
 * What tests/instructions/run counts under callgrind: the real page of
 * listings, a browser's request and the name of a community, each many times
 * after it was done before. Counting is switched on and off here, around what
 * is meant: callgrind can do that by a function's name, too, but loses count of
 * who called whom where tasks switch their stacks.
 *
 * A private mariadbd has the community and its listings, so that they come to
 * the page as they do to a visitor's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <valgrind/callgrind.h>

#include "../unit/db/server.h"
#include "base/arena.h"
#include "base/base64.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/uuid.h"
#include "conf/node.h"
#include "db/db.h"
#include "http/head.h"
#include "http/reply.h"
#include "http/reply_state.h"
#include "http/request.h"
#include "http/template.h"
#include "loop/loop.h"
#include "tenants/community.h"
#include "tenants/config.h"
#include "tenants/credentials.h"
#include "tenants/epoch.h"
#include "tenants/listings/cards.h"
#include "tenants/listings/listings.h"
#include "tenants/listings/pages.h"
#include "tenants/listings/statements.h"
#include "tenants/look/assets.h"
#include "tenants/metrics.h"
#include "tenants/registry.h"
#include "tenants/service.h"
#include "tenants/site_view.h"
#include "text/catalogue.h"

/* Each is done so often to be ready, and then so often to be counted. */
#define BEFORE 3
#define TIMES  50

#define HOST "guild.example"

static const unsigned char tenant_key[DIGEST_SIZE] = {7};
static struct epoch_table *epochs;
static struct metrics *metrics;
static struct db_pool *pool;
static struct tenant_service service;

static void
fail(const char *what)
{
	fprintf(stderr, "counted: %s\n", what);
	exit(1);
}

static const char configuration[] =
	"slug: guild\nname: The Guild\ndescription: Neighbours\n"
	"domains: [" HOST "]\n"
	"founder: {name: Fay, email: fay@client.example}\n"
	"language: en\njoining: open\nreading: public\n";

static void
make_registry(void)
{
	server_sql("CREATE DATABASE missiond_control CHARACTER SET utf8mb4;"
		   "CREATE DATABASE missiond_registry CHARACTER SET utf8mb4;"
		   "CREATE USER missiond_registry@localhost"
		   " IDENTIFIED BY 'registry';"
		   "GRANT SELECT, EXECUTE ON missiond_registry.*"
		   " TO missiond_registry@localhost");
	server_script("missiond_control", "schema/control/0001-registry.sql");
	server_script(
		"missiond_control", "schema/control/0002-registry-views.sql");
}

static void
register_community(struct uuid id, const char *key)
{
	char hyphenated[UUID_HYPHENATED_SIZE];
	struct arena *arena = arena_new();
	struct tenant_config config = {0};
	struct conf_errors errors = {0};
	struct buffer json = BUFFER_EMPTY, sql = BUFFER_EMPTY;

	if (tenant_config_parse(arena, "guild.yaml", configuration,
		    strlen(configuration), &config, NULL, &errors) < 0)
		fail(conf_errors_text(&errors));
	tenant_config_write(&config, &json);
	uuid_format_hyphenated(id, hyphenated);
	buffer_printf(&sql,
		"INSERT INTO missiond_control.community VALUES ('%s', 'guild',"
		" '%s', 'active', 1, %d, 'default', FROM_BASE64('",
		hyphenated, key, SERVICE_SCHEMA_NEWEST);
	base64_add(&sql, json.data, json.length);
	buffer_printf(&sql,
		"'), '', '', '', 'test', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6));"
		"INSERT INTO missiond_control.community_domain"
		" (domain, community, position) VALUES ('" HOST "', '%s', 0)",
		hyphenated);
	server_sql(buffer_text(&sql));
	buffer_release(&sql);
	buffer_release(&json);
	arena_free(arena);
}

static void
make_schema(const char *key, char schema[CREDENTIALS_NAME_SIZE])
{
	char password[128], text[512];

	credentials_name(key, schema);
	credentials_password(tenant_key, key, 1, password);
	snprintf(text, sizeof(text),
		"CREATE DATABASE %s; CREATE USER %s@localhost IDENTIFIED BY "
		"'%s'; GRANT SELECT, INSERT, UPDATE, DELETE ON %s.* TO "
		"%s@localhost",
		schema, schema, password, schema, schema);
	server_sql(text);
	server_tenant_tables(schema);
}

/* One listing more than a page has, of each sort that the page tells apart. */
static void
fill_schema(const char *schema)
{
	struct buffer sql = BUFFER_EMPTY;

	buffer_printf(&sql,
		"USE %s; INSERT INTO settings"
		" (name, description, colour, changed_at)"
		" VALUES ('The Guild', '', '#2f6f5e', '2026-01-01');"
		"INSERT INTO member_root VALUES"
		" ('01900000-0000-7000-8000-000000000001');"
		"INSERT INTO member (id, username, email, name, state,"
		" joined_at, confirmed_at, given_at) VALUES"
		" ('01900000-0000-7000-8000-000000000001', 'zoe',"
		" 'zoe@mail.example', 'Zo\u00eb & Cie', 'active',"
		" '2026-01-01', '2026-01-01', '2026-01-01');",
		schema);
	for (int i = 0; i <= LISTINGS_PER_PAGE; i++)
		buffer_printf(&sql,
			"INSERT INTO listing (id, author, kind, category,"
			" title, body, excerpt, price, currency, exchange,"
			" place, until, state, posted_at, changed_at) VALUES"
			" ('01900000-0000-7000-8000-0000000001%02d',"
			" '01900000-0000-7000-8000-000000000001', '%s', '%s',"
			" 'Lessons, caf\u00e9 & \"bicycles\" %d', 'A body',"
			" 'The garden behind the church wants a careful hand"
			" on Saturday morning. Children <welcome>; tools &"
			" coffee are there, bring gloves and an hour or two…',"
			" %s, %s, %s, 'Market square', %s, 'open',"
			" UTC_TIMESTAMP(6) - INTERVAL %d HOUR,"
			" UTC_TIMESTAMP(6));",
			i, i % 2 == 0 ? "offer" : "request",
			i % 3 == 0 ? "repairs" : "lessons", i,
			i % 3 == 2   ? "NULL"
			: i % 3 == 1 ? "0"
				     : "1250",
			i % 3 == 2 ? "NULL" : "'EUR'",
			i % 3 == 2 ? "'Bread'" : "NULL",
			i % 5 == 0 ? "'2100-04-01'" : "NULL",
			/* Days ago, at whatever hour. */
			72 + 12 * i);
	server_sql(buffer_text(&sql));
	buffer_release(&sql);
}

static void
make_service(void)
{
	struct error error;
	size_t count;
	const struct page *const *pages = service_pages(&count);

	service_init(&service);
	service.epochs = epochs;
	service.registry = registry_new(&(struct registry_setting){
		.loop = server_loop,
		.pool = pool,
		.account = &registry_account,
		.epochs = epochs,
		.subkey = tenant_key,
		.schema_oldest = SERVICE_SCHEMA_OLDEST,
		.schema_newest = SERVICE_SCHEMA_NEWEST,
	});
	if (catalogue_load(TEXTS, &error) < 0 ||
		assets_load(TEMPLATES, &error) < 0)
		fail(error.text);
	service.service.templates = template_set_load(
		TEMPLATES, pages, count, &site_view_record, &error);
	if (service.service.templates == NULL)
		fail(error.text);
}

/* Done so often; what was counted is written under the name, for each. */
static void
count(const char *name, void (*once)(void))
{
	for (int i = 0; i < BEFORE; i++)
		once();
	CALLGRIND_ZERO_STATS;
	for (int i = 0; i < TIMES; i++)
		once();
	CALLGRIND_DUMP_STATS_AT(name);
}

/* What the page's handler calls where its rows are there (meson.build: the
 * linker puts these before the real ones). */
struct record_list __real_listing_cards(
	struct request *request, struct record_list summaries);
struct record_list __wrap_listing_cards(
	struct request *request, struct record_list summaries);
int __real_reply_page(struct request *request, int status,
	const struct page *page, const void *view);
int __wrap_reply_page(struct request *request, int status,
	const struct page *page, const void *view);

struct record_list
__wrap_listing_cards(struct request *request, struct record_list summaries)
{
	CALLGRIND_TOGGLE_COLLECT;
	struct record_list cards = __real_listing_cards(request, summaries);
	CALLGRIND_TOGGLE_COLLECT;
	return cards;
}

int
__wrap_reply_page(struct request *request, int status, const struct page *page,
	const void *view)
{
	CALLGRIND_TOGGLE_COLLECT;
	int outcome = __real_reply_page(request, status, page, view);
	CALLGRIND_TOGGLE_COLLECT;
	return outcome;
}

static const struct community *
find_community(void)
{
	const struct community *community = NULL;

	if (registry_find(service.registry, NULL, HOST, &community) != 1)
		fail("the community is not found");
	return community;
}

static void
look_up_once(void)
{
	CALLGRIND_TOGGLE_COLLECT;
	const struct community *community = find_community();
	community_drop(community);
	CALLGRIND_TOGGLE_COLLECT;
}

/* As a browser's. */
static void
read_head_once(void)
{
	static const char text[] =
		"GET /listings?kind=offer&page=2 HTTP/1.1\r\n"
		"Host: " HOST "\r\n"
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) "
		"Gecko/20100101 Firefox/128.0\r\n"
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,"
		"image/avif,image/webp,*/*;q=0.8\r\n"
		"Accept-Language: en-GB,en;q=0.7,fr;q=0.3\r\n"
		"Accept-Encoding: gzip, deflate, br, zstd\r\n"
		"Connection: keep-alive\r\n"
		"Cookie: __Host-session="
		"q0hZ0q7o3mGm1n3b0g2l9m4y7x5c8v6b1n2m3l4k5j6\r\n"
		"Upgrade-Insecure-Requests: 1\r\n"
		"Sec-Fetch-Dest: document\r\n"
		"Sec-Fetch-Mode: navigate\r\n"
		"Sec-Fetch-Site: same-origin\r\n"
		"Priority: u=0, i\r\n\r\n";
	struct arena *arena;
	struct head head;
	int status;

	CALLGRIND_TOGGLE_COLLECT;
	arena = arena_new();
	status = head_read(arena, text, sizeof(text) - 1, &head);
	CALLGRIND_TOGGLE_COLLECT;
	if (status != 0 || strcmp(head.path, "/listings") != 0)
		fail("the request is not read");
	arena_free(arena);
}

static void
render_once(void)
{
	static const struct route route = {.name = "listings"};
	const struct community *community = find_community();
	struct arena *arena = arena_new();
	struct request *request = ARENA_NEW(arena, struct request);

	request->arena = arena;
	request->route = &route;
	request->method = METHOD_GET;
	request->community = community;
	request->zone = community->zone;
	request->db = db_scope_open(pool, arena, community->account);
	request->service = &service.service;
	request->host = HOST;
	request->path = request->target = "/listings";
	request->query = "";
	request->peer = "192.0.2.1";
	reply_start(request);
	request->now = clock_now();
	if (listings_page_index(request) != 0 ||
		request->reply->status != 200 ||
		memmem(request->reply->body, request->reply->length, "page=2",
			6) == NULL)
		fail("the page is not made");
	arena_free(arena);
	community_drop(community);
}

static void
count_answer_once(void)
{
	const struct community *community = find_community();
	struct arena *arena = arena_new();
	struct request *request = ARENA_NEW(arena, struct request);

	request->arena = arena;
	request->route = &listings_feature.routes[0];
	request->community = community;
	reply_start(request);
	reply_bytes(request, 200, "text/html", "", 0);
	CALLGRIND_TOGGLE_COLLECT;
	metrics_answered(metrics, request, 1234);
	CALLGRIND_TOGGLE_COLLECT;
	arena_free(arena);
	community_drop(community);
}

static void
count_all(void *argument)
{
	(void)argument;
	count("request", read_head_once);
	count("community", look_up_once);
	count("page", render_once);
	count("metrics", count_answer_once);
}

int
main(void)
{
	struct uuid id = uuid_new();
	char key[UUID_TEXT_SIZE], schema[CREDENTIALS_NAME_SIZE];
	int descriptor = epoch_create(), sheets = metrics_create();

	setenv("MISSIOND_TEMPLATES", TEMPLATES, 1);
	epochs = epoch_map(descriptor, 0);
	metrics = metrics_map(sheets, 0);
	if (epochs == NULL || metrics == NULL)
		fail("no epochs or metrics");
	server_start();
	uuid_format(id, key);
	make_registry();
	make_schema(key, schema);
	fill_schema(schema);
	register_community(id, key);
	pool = db_pool_new(server_loop, &server_address, &server_limits);
	make_service();
	printf("%d times\n", TIMES);
	fflush(stdout);
	in_task(count_all, NULL);
	template_set_free(
		(struct template_set *)(uintptr_t)service.service.templates);
	registry_free(service.registry);
	service_release(&service);
	assets_release();
	db_pool_free(pool);
	server_stop();
	metrics_unmap(metrics);
	epoch_unmap(epochs);
	close(sheets);
	close(descriptor);
	return 0;
}
