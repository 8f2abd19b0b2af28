#include "tenants/session.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "db/db.h"
#include "http/reply.h"
#include "http/request.h"
#include "tenants/actor.h"
#include "tenants/community.h"
#include "tenants/form_token.h"
#include "tenants/permission.h"
#include "tenants/scopes.h"
#include "tenants/service.h"
#include "tenants/session_statements.h"

#define BROWSER_LIMIT 200 /* bytes, as the column */

void
session_draft(struct session_draft *draft)
{
	draft->id = uuid_new();
	token_new(draft->token);
}

/* The browser's own words, cut and without what is not text. */
static const char *
browser(struct request *request)
{
	const char *agent = request_header(request, "user-agent");

	if (agent == NULL || !utf8_valid(agent, strlen(agent)) ||
		utf8_has_control(agent))
		return "";
	return arena_copy(
		request->arena, agent, utf8_cut(agent, BROWSER_LIMIT));
}

/* The digest of the cookie that came with the request. */
static bool
cookie_digest(const struct request *request, unsigned char digest[DIGEST_SIZE])
{
	const char *token = request_cookie(request, SESSION_COOKIE);

	return token != NULL && token_digest(token, digest) == 0;
}

/* Ends the session of the cookie that came with the request. */
static bool
end_of_cookie(struct request *request, struct db_query *ret_act)
{
	unsigned char *digest = arena_alloc(request->arena, DIGEST_SIZE);
	struct session_digest *key =
		ARENA_NEW(request->arena, struct session_digest);

	if (!cookie_digest(request, digest))
		return false;
	key->digest = (struct slice){digest, DIGEST_SIZE};
	*ret_act = (struct db_query){
		.statement = &session_end_statement, .parameters = key};
	return true;
}

size_t
session_begin(struct request *request, const struct session_draft *draft,
	struct uuid member, struct db_query *acts)
{
	unsigned char *digest = arena_alloc(request->arena, DIGEST_SIZE);
	struct timestamp now = request->now;
	struct session_insert_row *row =
		ARENA_NEW(request->arena, struct session_insert_row);
	struct session_member_seen *seen =
		ARENA_NEW(request->arena, struct session_member_seen);
	size_t count = end_of_cookie(request, acts);

	token_digest(draft->token, digest);
	*row = (struct session_insert_row){
		.id = draft->id,
		.digest = {digest, DIGEST_SIZE},
		.member = member,
		.created = now,
		.seen = now,
		.expires = {now.microseconds +
			    service_of(request)->session_lifetime},
		.address = request->peer,
		.browser = browser(request),
	};
	*seen = (struct session_member_seen){now, member};
	acts[count++] = (struct db_query){
		.statement = &session_insert_statement, .parameters = row};
	acts[count++] =
		(struct db_query){.statement = &session_member_seen_statement,
			.parameters = seen};
	return count;
}

int
session_insert(struct request *request, struct db *db,
	const struct session_draft *draft, struct uuid member)
{
	struct db_query acts[SESSION_ACTS];
	size_t count = session_begin(request, draft, member, acts);

	return db_queries(db, acts, count, request->arena);
}

int
session_renew(struct request *request, struct db *db,
	const struct session_draft *draft)
{
	unsigned char digest[DIGEST_SIZE];
	struct session_renewal renewal = {
		{digest, sizeof(digest)}, request->actor->session};

	token_digest(draft->token, digest);
	return db_execute(db, &session_renew_statement, &renewal) == 1 ? 0 : -1;
}

void
session_send(struct request *request, const struct session_draft *draft)
{
	reply_cookie(request, SESSION_COOKIE, draft->token,
		service_of(request)->session_lifetime / CLOCK_SECOND);
}

int
session_end(struct request *request)
{
	unsigned char digest[DIGEST_SIZE];

	if (cookie_digest(request, digest) &&
		db_execute(request->db, &session_end_statement,
			&(struct session_digest){{digest, sizeof(digest)}}) < 0)
		return -1;
	reply_cookie(request, SESSION_COOKIE, "", -1);
	return 0;
}

enum member_state
session_member_state(const char *word)
{
	static const struct {
		const char *word;
		enum member_state state;
	} states[] = {
		{"unconfirmed", MEMBER_UNCONFIRMED},
		{"pending", MEMBER_PENDING},
		{"active", MEMBER_ACTIVE},
		{"suspended", MEMBER_SUSPENDED},
	};

	for (size_t i = 0; i < COUNT_OF(states); i++)
		if (strcmp(states[i].word, word) == 0)
			return states[i].state;
	return MEMBER_LEFT; /* "left", "declined" */
}

static void
set_authority(struct actor *actor, bool founder, const char *scopes)
{
	actor->founder = founder;
	actor->scopes = founder ? SCOPE_ALL : scopes_parse(scopes);
}

/* The member's own word, or NULL, counts more than any other. */
static void
choose_language(struct request *request, const char *code)
{
	enum language language;

	if (code != NULL && language_parse(code, &language) == 0 &&
		community_speaks(request->community, language))
		request->language = language;
}

static void
set_actor(struct request *request, const struct session_found *found,
	bool by_token, const unsigned char digest[DIGEST_SIZE])
{
	struct actor *actor;
	enum member_state state = session_member_state(found->state);

	if (state == MEMBER_LEFT)
		return;
	actor = ARENA_NEW(request->arena, struct actor);
	actor->member = found->member;
	actor->pseudonym = found->pseudonym;
	actor->session = found->id;
	memcpy(actor->digest, digest, DIGEST_SIZE);
	actor->username = found->username;
	actor->name = found->name;
	actor->state = state;
	set_authority(actor, found->founder, found->scopes);
	actor->terms_current = found->accepted > 0;
	actor->by_token = by_token;
	if (!by_token)
		form_token_of(request, digest, DIGEST_SIZE, actor->csrf);
	request->actor = actor;
	/* Browsers send what they were set up with; a program says what it
	 * wants. */
	if (!by_token || request_header(request, "accept-language") == NULL)
		choose_language(request, found->language);
}

/* Reads the row by the token's digest. 1, 0 or -1. */
static int
find(struct request *request, const struct db_statement *statement,
	const unsigned char digest[DIGEST_SIZE], struct session_found *found)
{
	const struct community *community = request->community;
	struct session_key key = {
		.version = community->terms_version,
		.english = {community->terms_sha256[LANGUAGE_ENGLISH],
			DIGEST_SIZE},
		.french = {community->terms_sha256[LANGUAGE_FRENCH],
			DIGEST_SIZE},
		.digest = {digest, DIGEST_SIZE},
		.now = request->now,
		.idle_since = {request->now.microseconds -
			       service_of(request)->session_idle},
	};

	return db_row(request->db, statement, &key, request->arena, found);
}

static bool
is_stale(const struct request *request, struct timestamp seen)
{
	return seen.microseconds == TIME_NONE.microseconds ||
	       request->now.microseconds - seen.microseconds >
		       SESSION_SEEN_INTERVAL;
}

/* A note for the member, not worth failing a request for: while the community
 * is read-only it cannot be written. */
static void
move_seen(struct request *request, const struct db_statement *statement,
	const struct session_found *found)
{
	struct session_touch touch = {request->now, found->id};

	if ((request->route->flags & ROUTE_UNATTENDED) == 0 &&
		is_stale(request, found->seen))
		db_execute(request->db, statement, &touch);
}

static int
find_by_cookie(struct request *request)
{
	unsigned char digest[DIGEST_SIZE];
	struct session_found found;
	int rows;

	if (!cookie_digest(request, digest))
		return 0;
	rows = find(request, &session_find_statement, digest, &found);
	if (rows < 0)
		return -1;
	if (rows == 0) {
		reply_cookie(request, SESSION_COOKIE, "", -1);
		return 0;
	}
	set_actor(request, &found, false, digest);
	move_seen(request, &session_touch_statement, &found);
	return 0;
}

int
session_enter(struct request *request, const struct session_draft *draft)
{
	unsigned char digest[DIGEST_SIZE];
	struct session_found found;
	int rows;

	token_digest(draft->token, digest);
	rows = find(request, &session_find_statement, digest, &found);
	if (rows == 1)
		set_actor(request, &found, false, digest);
	return rows < 0 ? -1 : 0;
}

static int
find_by_bearer(struct request *request)
{
	static const char scheme[] = "Bearer ";
	const char *header = request_header(request, "authorization");
	unsigned char digest[DIGEST_SIZE];
	struct session_found found;
	int rows;

	if (header == NULL ||
		strncasecmp(header, scheme, strlen(scheme)) != 0 ||
		token_digest(header + strlen(scheme), digest) < 0)
		return 0;
	rows = find(request, &session_find_bearer_statement, digest, &found);
	if (rows <= 0)
		return rows;
	set_actor(request, &found, true, digest);
	move_seen(request, &session_touch_bearer_statement, &found);
	return 0;
}

int
session_find(struct request *request)
{
	return request_is_api(request) ? find_by_bearer(request)
				       : find_by_cookie(request);
}

struct db_query
session_standing(struct request *request, const struct community *community)
{
	const struct actor *actor = request->actor;
	struct session_standing_key *key =
		ARENA_NEW(request->arena, struct session_standing_key);

	*key = (struct session_standing_key){
		.version = community->terms_version,
		.english = {community->terms_sha256[LANGUAGE_ENGLISH],
			DIGEST_SIZE},
		.french = {community->terms_sha256[LANGUAGE_FRENCH],
			DIGEST_SIZE},
		.digest = {actor->digest, DIGEST_SIZE},
		.member = actor->member,
	};
	return (struct db_query){
		.statement = actor->by_token
				     ? &session_standing_bearer_statement
				     : &session_standing_statement,
		.parameters = key,
	};
}

void
session_stand(struct actor *actor, const struct db_query *answer)
{
	static const struct session_standing nobody = {0};
	const struct session_standing *now =
		answer->rows.count > 0 ? answer->rows.items : &nobody;

	actor->state =
		now->alive ? session_member_state(now->state) : MEMBER_LEFT;
	set_authority(actor, now->founder, now->scopes);
	actor->terms_current = now->accepted > 0;
}
