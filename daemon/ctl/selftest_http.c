/* selftest_http.c: every route of one community, asked with what is another's.
 */
#include "ctl/selftest.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a request brings along. */
enum brought {
	BROUGHT_NOTHING,
	BROUGHT_OTHERS_COOKIE, /* and form token */
	BROUGHT_OTHERS_TOKEN,
	BROUGHT_OWN,	     /* the own founder's cookie or token */
	BROUGHT_OTHERS_NAME, /* X-Forwarded-Host and its like */
	BROUGHT_ABSOLUTE,    /* the other's name in the request's first line */
	BROUGHT_OTHERS_TAG   /* of the other's page: If-None-Match */
};

static const char *const brought_names[] = {
	"nothing",
	"the other's session and form token",
	"the other's API token",
	"the own founder's session",
	"X-Forwarded-Host: the other",
	"an absolute target: the other",
	"the other's ETag",
};

/* One request in the making. */
struct attack {
	struct selftest *selftest;
	const struct selftest_site *site, *other;
	const json_t *route;
	const char *path; /* filled in */
	bool filled;	  /* it names something of the other's */
	size_t turn;	  /* how often the route was filled in before */
	enum brought brought;
	const char *tag;
	const char *terms;
	/* One of the two is a community with members of its own. */
	bool reads_only;
};

/* Bodies that would do it, where {} would not. */
static void
fill_json(const struct attack *attack, char *body, size_t size)
{
	const char *path = attack->path;

	if (strstr(path, "/claims/") != NULL && strstr(path, "/own") == NULL)
		snprintf(body, size,
			"{\"name\":\"Mallory\",\"username\":\"mallory\","
			"\"password\":\"a long enough phrase\","
			"\"terms\":\"%s\",\"accept\":true}",
			attack->terms);
	else if (strstr(path, "/join/") != NULL)
		snprintf(body, size,
			"{\"name\":\"Mallory\",\"username\":\"mallory\","
			"\"email\":\"mallory@localhost.invalid\","
			"\"password\":\"a long enough phrase\","
			"\"terms\":\"%s\",\"accept\":true}",
			attack->terms);
	else if (strstr(path, "/password-resets/") != NULL)
		snprintf(body, size, "{\"password\":\"a long enough phrase\"}");
	else if (strstr(path, "/listings") != NULL)
		snprintf(body, size,
			"{\"kind\":\"offer\",\"category\":\"other\","
			"\"title\":\"Taken\",\"body\":\"Taken.\","
			"\"exchange\":\"nothing\"}");
	else
		snprintf(body, size, "{}");
}

static void
fill_body(const struct attack *attack, char *body, size_t size)
{
	const char *csrf = attack->site->stranger_csrf;

	if (json_is_true(json_object_get(attack->route, "api"))) {
		fill_json(attack, body, size);
		return;
	}
	if (attack->brought == BROUGHT_OTHERS_COOKIE)
		csrf = attack->other->csrf;
	else if (attack->brought == BROUGHT_OWN)
		csrf = attack->site->csrf;
	snprintf(body, size,
		"csrf=%s&kind=offer&category=other&title=Taken&body=Taken&"
		"exchange=nothing&name=Mallory&username=mallory&password="
		"a+long+enough+phrase&terms=%s&accept=yes",
		csrf, attack->terms);
}

/* Room for what the headers say. */
struct luggage {
	char first[800], second[400], third[200], fourth[400];
};

static void
pack(const struct attack *attack, struct luggage *luggage, struct visit *visit)
{
	bool api = json_is_true(json_object_get(attack->route, "api"));
	const char *other = attack->other->host;
	size_t count = 0;

	if (visit->body != NULL)
		visit->headers[count++] =
			api ? "Content-Type: application/json"
			    : "Content-Type: application/x-www-form-urlencoded";
	if (!api && strcmp(visit->method, "GET") != 0) {
		snprintf(luggage->third, sizeof(luggage->third), "Origin: %s",
			attack->site->origin);
		visit->headers[count++] = luggage->third;
	}
	/* Forms are sent with a token of this site's own. */
	if (!api && attack->brought != BROUGHT_OTHERS_COOKIE &&
		attack->brought != BROUGHT_OWN) {
		snprintf(luggage->fourth, sizeof(luggage->fourth), "Cookie: %s",
			attack->site->stranger_cookie);
		visit->headers[count++] = luggage->fourth;
	}
	switch (attack->brought) {
	case BROUGHT_NOTHING:
	case BROUGHT_ABSOLUTE:
		return;
	case BROUGHT_OTHERS_COOKIE:
		snprintf(luggage->first, sizeof(luggage->first), "Cookie: %s",
			attack->other->cookie);
		break;
	case BROUGHT_OTHERS_TOKEN:
		snprintf(luggage->first, sizeof(luggage->first),
			"Authorization: Bearer %s", attack->other->bearer);
		break;
	case BROUGHT_OWN:
		if (api)
			snprintf(luggage->first, sizeof(luggage->first),
				"Authorization: Bearer %s",
				attack->site->bearer);
		else
			snprintf(luggage->first, sizeof(luggage->first),
				"Cookie: %s", attack->site->cookie);
		break;
	case BROUGHT_OTHERS_NAME:
		snprintf(luggage->first, sizeof(luggage->first),
			"X-Forwarded-Host: %s", other);
		snprintf(luggage->second, sizeof(luggage->second),
			"Forwarded: host=\"%s\"", other);
		visit->headers[count++] = luggage->second;
		break;
	case BROUGHT_OTHERS_TAG:
		snprintf(luggage->first, sizeof(luggage->first),
			"If-None-Match: %s", attack->tag);
		break;
	}
	visit->headers[count] = luggage->first;
}

/* 0 and the answer, or an exit code. */
static int
send_request(const struct attack *attack, struct visit *visit)
{
	struct luggage luggage;
	char body[1500], target[500];

	*visit = (struct visit){
		.method = call_text(attack->route, "method"),
		.host = attack->site->host,
		.target = attack->path,
	};
	if (json_is_true(json_object_get(attack->route, "body"))) {
		fill_body(attack, body, sizeof(body));
		visit->body = body;
	}
	if (attack->brought == BROUGHT_ABSOLUTE) {
		snprintf(target, sizeof(target), "http://%s%s",
			attack->other->host, attack->path);
		visit->target = target;
	}
	pack(attack, &luggage, visit);
	return visit_make(&attack->selftest->visitor, visit) < 0 ? CTL_FAILED
								 : CTL_OK;
}

/* What of the other's is in the answer, or NULL. */
static const char *
find_others(const struct attack *attack, const struct visit *visit)
{
	const char *words[] = {attack->other->key, attack->other->canary,
		attack->other->domain};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i][0] != '\0' &&
			strstr(visit->answer.text, words[i]) != NULL)
			return words[i];
	return NULL;
}

/* The path with its parameters filled in with what is the other's, the
 * `turn`th of each kind. false: there are no more. */
static bool
fill_path(const struct selftest_site *other, const char *template, size_t turn,
	char *path, size_t size, bool *ret_filled)
{
	size_t used = 0;

	*ret_filled = false;
	while (*template != '\0' && used + 1 < size) {
		const char *kind, *end, *value = "en";

		if (*template != '{') {
			path[used++] = *template ++;
			continue;
		}
		end = strchr(template, '}');
		kind = strchr(template, ':');
		if (end == NULL || kind == NULL)
			return false;
		if (strncmp(kind, ":uuid", 5) == 0) {
			if (turn >= other->id_count)
				return false;
			value = other->ids[turn];
			*ret_filled = true;
		} else if (strncmp(kind, ":token", 6) == 0) {
			if (turn >= other->token_count)
				return false;
			value = other->tokens[turn];
			*ret_filled = true;
		} else if (strncmp(template, "{username", 9) == 0) {
			value = "founder";
		}
		used += (size_t)snprintf(path + used, size - used, "%s", value);
		template = end + 1;
	}
	path[used < size ? used : size - 1] = '\0';
	return turn == 0 || *ret_filled;
}

/* What one gets who brings nothing: the status, and whether `word` is there. */
static int
ask_as_stranger(const struct attack *attack, const char *word, long *ret_status,
	bool *ret_shown)
{
	struct attack stranger = *attack;
	struct visit visit;
	int code;

	stranger.brought = BROUGHT_NOTHING;
	code = send_request(&stranger, &visit);
	*ret_status = visit.status;
	*ret_shown = code == CTL_OK && strstr(visit.answer.text, word) != NULL;
	visit_release(&visit);
	return code;
}

/* Of a community that is not there, to see what is shown anyway. */
static const struct selftest_site nobody = {
	.ids = {"01arz3ndektsv4rrffq69g5fav"},
	.id_count = 1,
	.tokens = {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
	.token_count = 1,
};

/* Real members may name their neighbours, and names be words that are met
 * elsewhere: then whoever brings nothing of the other's sees them too. The key
 * of a schema nobody knows. */
static int
discount_mention(
	const struct attack *attack, const char *found, bool *ret_mentioned)
{
	struct attack harmless = *attack;
	char path[300];
	long status;

	*ret_mentioned = false;
	if (!attack->reads_only || found == attack->other->key)
		return CTL_OK;
	if (attack->filled && attack->brought != BROUGHT_OWN) {
		fill_path(&nobody, call_text(attack->route, "path"), 0, path,
			sizeof(path), &harmless.filled);
		harmless.path = path;
		return ask_as_stranger(
			&harmless, found, &status, ret_mentioned);
	}
	if (attack->brought != BROUGHT_NOTHING &&
		attack->brought != BROUGHT_OWN)
		return ask_as_stranger(attack, found, &status, ret_mentioned);
	*ret_mentioned = true;
	return CTL_OK;
}

/* The page as the founder of `site` sees it. */
static int
fetch_page(const struct attack *attack, const struct selftest_site *site,
	struct visit *visit)
{
	struct attack at_home = *attack;

	at_home.site = site;
	at_home.brought =
		site->bearer[0] == '\0' ? BROUGHT_NOTHING : BROUGHT_OWN;
	return send_request(&at_home, visit);
}

/* "Not changed" is true only of what is the same for everybody. */
static int
compare_pages(const struct attack *attack, char *detail, size_t size)
{
	struct visit here = {0}, there = {0};
	int code = fetch_page(attack, attack->site, &here);

	if (code == CTL_OK)
		code = fetch_page(attack, attack->other, &there);
	if (code == CTL_OK && strcmp(here.content, there.content) != 0)
		snprintf(detail, size, "takes the other's page for its own");
	visit_release(&here);
	visit_release(&there);
	return code;
}

/* Why the answer is not as it should be: `detail`, "" when it is. */
static int
judge(const struct attack *attack, const struct visit *visit, char *detail,
	size_t size)
{
	const char *found = find_others(attack, visit);
	bool mentioned = false;
	long stranger;
	int code = CTL_OK;

	detail[0] = '\0';
	if (found != NULL)
		code = discount_mention(attack, found, &mentioned);
	if (code != CTL_OK)
		return code;
	if (found != NULL && !mentioned) {
		snprintf(detail, size, "%ld shows %s", visit->status, found);
		return CTL_OK;
	}
	if (visit->status >= 500) {
		snprintf(detail, size, "failed: %ld", visit->status);
		return CTL_OK;
	}
	if (attack->brought == BROUGHT_OTHERS_TAG && visit->status == 304)
		return compare_pages(attack, detail, size);
	/* With an id of the other's in its path nothing is there. */
	if (attack->filled && attack->brought == BROUGHT_OWN &&
		visit->status < 400 &&
		strcasestr(visit->answer.text, "\r\nlocation: /\r\n") == NULL)
		snprintf(detail, size, "%ld, as if it were its own",
			visit->status);
	if (attack->brought != BROUGHT_OTHERS_COOKIE &&
		attack->brought != BROUGHT_OTHERS_TOKEN)
		return CTL_OK;
	code = ask_as_stranger(attack, "", &stranger, &mentioned);
	/* A form token of the other's is worth less than a stranger's. */
	if (code == CTL_OK && stranger != visit->status &&
		visit->status != 401 && visit->status != 403)
		snprintf(detail, size, "%ld, a stranger gets %ld",
			visit->status, stranger);
	return code;
}

static int
attack_once(struct attack *attack, const char *template)
{
	char attempt[300], by[60], detail[200];
	struct visit visit;
	int code = send_request(attack, &visit);

	if (code == CTL_OK)
		code = judge(attack, &visit, detail, sizeof(detail));
	if (code == CTL_OK) {
		snprintf(attempt, sizeof(attempt), "%.10s %.120s with %s%s",
			visit.method, template,
			attack->filled && attack->brought != BROUGHT_NOTHING
				? "what is the other's in the path and "
			: attack->filled
				? "what is the other's in the path, and "
				: "",
			brought_names[attack->brought]);
		snprintf(by, sizeof(by), "missiond %ld%s", visit.status,
			visit.status < 400 ? ", shows nothing of the other"
					   : "");
		selftest_note(attack->selftest, attack->site->slug,
			attack->other->slug, attempt,
			detail[0] == '\0' ? by : NULL, detail);
	}
	visit_release(&visit);
	return code;
}

/* The other's own page, so that it is in every cache that there is; and its
 * tag, "" when it has none. */
static int
fetch_tag(const struct attack *attack, char *tag, size_t size)
{
	struct visit visit;
	const char *found;
	int code = fetch_page(attack, attack->other, &visit);

	tag[0] = '\0';
	found = code == CTL_OK ? strcasestr(visit.answer.text, "\r\netag: ")
			       : NULL;
	if (found != NULL && found < visit.content)
		snprintf(tag, size, "%.*s", (int)strcspn(found + 8, "\r"),
			found + 8);
	visit_release(&visit);
	return code;
}

static bool
is_get(const json_t *route)
{
	return strcmp(call_text(route, "method"), "GET") == 0;
}

/* Whether there is something of the kind to bring along, and it was not brought
 * to this route already, whatever stood in its path. */
static bool
is_at_hand(const struct attack *attack, enum brought brought)
{
	if (attack->reads_only && attack->turn > 0 &&
		brought >= BROUGHT_OTHERS_NAME)
		return false;
	switch (brought) {
	case BROUGHT_OTHERS_COOKIE:
		return attack->other->cookie[0] != '\0';
	case BROUGHT_OTHERS_TOKEN:
		return attack->other->bearer[0] != '\0';
	case BROUGHT_OTHERS_TAG:
		return attack->tag[0] != '\0';
	case BROUGHT_OWN:
		/* As its own founder one may do what one likes at home. */
		return attack->site->bearer[0] != '\0' &&
		       (attack->filled || is_get(attack->route));
	case BROUGHT_NOTHING:
	case BROUGHT_OTHERS_NAME:
	case BROUGHT_ABSOLUTE:
		break;
	}
	return true;
}

/* Everything that is brought along, on one path. */
static int
attack_path(struct attack *attack, const char *template)
{
	char tag[200] = "";
	int code = CTL_OK;

	attack->tag = tag;
	if (is_get(attack->route) && (attack->turn == 0 || !attack->reads_only))
		code = fetch_tag(attack, tag, sizeof(tag));
	for (int i = BROUGHT_NOTHING; i <= BROUGHT_OTHERS_TAG && code == CTL_OK;
		i++) {
		attack->brought = (enum brought)i;
		if (is_at_hand(attack, attack->brought))
			code = attack_once(attack, template);
	}
	attack->tag = NULL;
	return code;
}

static int
attack_route(struct attack *attack, bool only_tokens)
{
	const char *template = call_text(attack->route, "path");
	char path[300];
	int code = CTL_OK;

	if (only_tokens && strstr(template, ":token}") == NULL)
		return CTL_OK;
	for (size_t turn = 0;
		code == CTL_OK && fill_path(attack->other, template, turn, path,
					  sizeof(path), &attack->filled);
		turn++) {
		attack->path = path;
		attack->turn = turn;
		if (only_tokens) {
			attack->brought = BROUGHT_NOTHING;
			code = attack_once(attack, template);
		} else {
			code = attack_path(attack, template);
		}
	}
	attack->path = NULL;
	return code;
}

/* For bodies that are to be taken in earnest. */
static int
read_terms(struct attack *attack, char *terms, size_t size)
{
	struct visit visit = {
		.method = "GET",
		.host = attack->site->host,
		.target = "/api/v1/terms",
	};
	const char *found;
	int code = visit_make(&attack->selftest->visitor, &visit) < 0
			   ? CTL_FAILED
			   : CTL_OK;

	found = code == CTL_OK ? strstr(visit.content, "\"sha256\":\"") : NULL;
	snprintf(terms, size, "%.64s", found == NULL ? "" : found + 10);
	visit_release(&visit);
	attack->terms = terms;
	return code;
}

static int
attack_one_way(struct selftest *selftest, int self, bool only_tokens)
{
	struct attack attack = {
		.selftest = selftest,
		.site = &selftest->sites[self],
		.other = &selftest->sites[1 - self],
	};
	char before[80], after[80], terms[80];
	int code = selftest_state(selftest, attack.other->slug, before);
	const json_t *route;
	size_t index;

	if (code == CTL_OK)
		code = read_terms(&attack, terms, sizeof(terms));
	json_array_foreach(
		json_object_get(selftest->surface, "routes"), index, route)
	{
		attack.route = route;
		if (code == CTL_OK)
			code = attack_route(&attack, only_tokens);
	}
	if (code == CTL_OK)
		code = selftest_state(selftest, attack.other->slug, after);
	if (code == CTL_OK)
		selftest_note(selftest, attack.site->slug, attack.other->slug,
			"changing rows by all of these requests",
			strcmp(before, after) == 0
				? "missiond, changed nothing of the other"
				: NULL,
			"the other's tables changed");
	return code;
}

/* The other has ids that visitors see; of the rest nothing is at hand. */
int
selftest_read_across(struct selftest *selftest,
	const struct selftest_site *site, const struct selftest_site *other)
{
	struct attack attack = {
		.selftest = selftest,
		.site = site,
		.other = other,
		.terms = "",
		.reads_only = true,
	};
	const json_t *route;
	size_t index;
	int code = CTL_OK;

	json_array_foreach(
		json_object_get(selftest->surface, "routes"), index, route)
	{
		attack.route = route;
		if (code == CTL_OK && is_get(route))
			code = attack_route(&attack, false);
	}
	return code;
}

int
selftest_attack_unclaimed(struct selftest *selftest)
{
	int code = attack_one_way(selftest, 0, true);

	return code == CTL_OK ? attack_one_way(selftest, 1, true) : code;
}

int
selftest_attack_http(struct selftest *selftest)
{
	int code = attack_one_way(selftest, 0, false);

	return code == CTL_OK ? attack_one_way(selftest, 1, false) : code;
}
