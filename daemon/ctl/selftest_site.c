/* selftest_site.c: the two communities of the selftest, from file to founder.
 */
#include "ctl/selftest.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "ctl/job.h"

#define PASSWORD "a phrase for the selftest"

/* The part of `text` between two marks. */
static int
cut(const char *text, const char *before, const char *after, char *part,
	size_t size)
{
	const char *start = text == NULL ? NULL : strstr(text, before), *end;

	if (start == NULL)
		return -1;
	start += strlen(before);
	end = strstr(start, after);
	if (end == NULL || (size_t)(end - start) >= size)
		return -1;
	memcpy(part, start, (size_t)(end - start));
	part[end - start] = '\0';
	return 0;
}

static int
failed(const char *what, const struct visit *visit)
{
	fprintf(stderr, "missionctl: the selftest could not %s: %ld %.300s\n",
		what, visit->status,
		visit->content == NULL ? "" : visit->content);
	return CTL_FAILED;
}

/* As the community's founder, over the API. The answer's JSON, or NULL. */
static json_t *
ask(struct selftest *selftest, const struct selftest_site *site,
	const char *method, const char *path, json_t *body, const char *what)
{
	char bearer[100], *text = body == NULL ? NULL : json_dumps(body, 0);
	struct visit visit = {
		.method = method,
		.host = site->host,
		.target = path,
		.headers = {"Content-Type: application/json", bearer},
		.body = text,
	};
	json_t *answer = NULL;

	snprintf(bearer, sizeof(bearer), "Authorization: Bearer %s",
		site->bearer);
	if (site->bearer[0] == '\0')
		visit.headers[1] = NULL;
	if (visit_make(&selftest->visitor, &visit) == 0) {
		if (visit.status < 300)
			answer = visit.content[0] == '\0'
					 ? json_object()
					 : json_loads(visit.content, 0, NULL);
		if (answer == NULL)
			failed(what, &visit);
	}
	visit_release(&visit);
	free(text);
	json_decref(body);
	return answer;
}

void
selftest_fill_host(struct selftest *selftest, struct selftest_site *site)
{
	long long port = json_integer_value(
		json_object_get(selftest->surface, "public_port"));

	if (port == 0)
		snprintf(site->host, sizeof(site->host), "%s", site->domain);
	else
		snprintf(site->host, sizeof(site->host), "%s:%lld",
			site->domain, port);
	snprintf(site->origin, sizeof(site->origin), "%s://%s",
		call_text(selftest->surface, "public_scheme"), site->host);
}

static void
name_site(struct selftest *selftest, struct selftest_site *site, char letter)
{
	unsigned char bytes[8];

	memset(site, 0, sizeof(*site));
	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		memset(bytes, letter, sizeof(bytes));
	snprintf(site->slug, sizeof(site->slug), "selftest-%c", letter);
	snprintf(
		site->domain, sizeof(site->domain), "%s.localhost", site->slug);
	snprintf(site->canary, sizeof(site->canary), "canary");
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(site->canary + 6 + 2 * i, 3, "%02x", bytes[i]);
	selftest_fill_host(selftest, site);
}

static json_t *
site_file(const struct selftest_site *site, const char *more)
{
	char text[1000], name[60];

	snprintf(name, sizeof(name), "%s.yaml", site->slug);
	snprintf(text, sizeof(text),
		"slug: %s\n"
		"name: The %s\n"
		"description: Words of %s.%s\n"
		"domains: [%s]\n"
		"founder: {name: Founder %s, email: %s@localhost.invalid}\n"
		"language: en\n"
		"joining: open\n"
		"reading: public\n"
		"theme: {colour: \"#%s\"}\n",
		site->slug, site->canary, site->canary, more, site->domain,
		site->canary, site->slug,
		strcmp(site->slug, "selftest-a") == 0 ? "336699" : "993366");
	return json_pack("{s:s, s:s}", "name", name, "text", text);
}

/* Applies the files and follows their jobs. */
static int
apply(struct selftest *selftest, json_t *files)
{
	struct call *call = selftest->call;
	json_t *order = json_pack("{s:o, s:b}", "files", files, "whole", 0);
	char *body = json_dumps(order, 0);
	int code = call_make(call, "POST", "/api/v1/apply", body);
	json_t *answer, *item;
	size_t index;

	free(body);
	json_decref(order);
	if (code != CTL_OK)
		return code;
	if (call->status != 200)
		return call_print_problem(call);
	answer = json_incref(call->tree);
	json_array_foreach(json_object_get(answer, "applied"), index, item)
	{
		if (code == CTL_OK && call_text(item, "refusal")[0] != '\0') {
			fprintf(stderr, "missionctl: %s\n",
				call_text(item, "refusal"));
			code = CTL_FAILED;
		}
		if (code == CTL_OK && call_text(item, "job")[0] != '\0')
			code = job_follow(call, call_text(item, "slug"),
				call_text(item, "job"), true);
	}
	json_decref(answer);
	return code;
}

int
selftest_discard(struct selftest *selftest)
{
	static const char *const slugs[] = {"selftest-a", "selftest-b"};
	int code = CTL_OK;

	for (size_t i = 0; i < 2; i++) {
		char path[100], job[64];
		int now;

		snprintf(path, sizeof(path), "/api/v1/selftest/discard/%s",
			slugs[i]);
		now = call_make(selftest->call, "POST", path, "{}");
		if (now == CTL_OK && selftest->call->status != 202)
			now = call_print_problem(selftest->call);
		if (now == CTL_OK) {
			snprintf(job, sizeof(job), "%.40s",
				call_text(selftest->call->tree, "job"));
			if (job[0] != '\0')
				now = job_follow(
					selftest->call, slugs[i], job, true);
		}
		if (now != CTL_OK)
			code = now;
	}
	return code;
}

/* Every cookie that the answer sets, as a Cookie header's value. */
static void
keep_cookies(const struct visit *visit, char *cookies, size_t size)
{
	const char *at = visit->answer.text;

	while ((at = strcasestr(at, "\r\nset-cookie: ")) != NULL &&
		at < visit->content) {
		size_t used = strlen(cookies);

		at += strlen("\r\nset-cookie: ");
		snprintf(cookies + used, size - used, "%s%.*s",
			used == 0 ? "" : "; ", (int)strcspn(at, ";\r"), at);
	}
}

/* A page with a form: its token, and the cookies that it sets. */
static int
open_form(struct selftest *selftest, const struct selftest_site *site,
	const char *path, const char *cookies, char csrf[100],
	char ret_cookies[300])
{
	char header[700];
	struct visit visit = {
		.method = "GET",
		.host = site->host,
		.target = path,
		.headers = {header},
	};
	int code = CTL_OK;

	snprintf(header, sizeof(header), "Cookie: %s", cookies);
	if (cookies[0] == '\0')
		visit.headers[0] = NULL;
	if (visit_make(&selftest->visitor, &visit) < 0)
		return CTL_FAILED;
	if (visit.status != 200 || cut(visit.content, "name=\"csrf\" value=\"",
					   "\"", csrf, 100) < 0)
		code = failed("open a form", &visit);
	if (ret_cookies != NULL)
		keep_cookies(&visit, ret_cookies, 300);
	visit_release(&visit);
	return code;
}

int
selftest_read_key(struct selftest *selftest, struct selftest_site *site)
{
	struct call *call = selftest->call;
	char path[100];
	int code;

	snprintf(path, sizeof(path), "/api/v1/communities/%s", site->slug);
	code = call_make(call, "GET", path, NULL);
	if (code != CTL_OK || call->status != 200)
		return code != CTL_OK ? code : call_print_problem(call);
	/* After "community". */
	snprintf(site->key, sizeof(site->key), "%.26s",
		call_text(call->tree, "schema") + strlen("community"));
	return CTL_OK;
}

static int
read_site(struct selftest *selftest, struct selftest_site *site)
{
	struct call *call = selftest->call;
	char path[100];
	const char *link;
	int code = selftest_read_key(selftest, site);

	if (code != CTL_OK)
		return code;
	snprintf(path, sizeof(path), "/api/v1/communities/%s/claim-link",
		site->slug);
	code = call_make(call, "POST", path, "{}");
	if (code != CTL_OK || call->status != 201)
		return code != CTL_OK ? code : call_print_problem(call);
	link = strrchr(call_text(call->tree, "link"), '/');
	snprintf(site->claim, sizeof(site->claim), "%.43s",
		link == NULL ? "" : link + 1);
	snprintf(site->tokens[site->token_count++], 64, "%s", site->claim);
	return open_form(selftest, site, "/login", "", site->stranger_csrf,
		site->stranger_cookie);
}

int
selftest_make(struct selftest *selftest)
{
	json_t *files = json_array();
	int code;

	for (int i = 0; i < 2; i++) {
		name_site(selftest, &selftest->sites[i], (char)('a' + i));
		json_array_append_new(
			files, site_file(&selftest->sites[i], ""));
	}
	code = apply(selftest, files);
	for (int i = 0; i < 2 && code == CTL_OK; i++)
		code = read_site(selftest, &selftest->sites[i]);
	return code;
}

void
selftest_keep_id(struct selftest_site *site, const char *id)
{
	if (id[0] != '\0' && site->id_count < SELFTEST_IDS)
		snprintf(site->ids[site->id_count++], 40, "%.39s", id);
}

/* The id of the first entry of a list. */
static int
keep_first(struct selftest *selftest, struct selftest_site *site,
	const char *path, const char *list)
{
	json_t *answer = ask(selftest, site, "GET", path, NULL, path);

	if (answer == NULL)
		return CTL_FAILED;
	selftest_keep_id(site,
		call_text(json_array_get(json_object_get(answer, list), 0),
			"id"));
	json_decref(answer);
	return CTL_OK;
}

/* With a browser. */
static int
log_in(struct selftest *selftest, struct selftest_site *site)
{
	char header[700], origin[160], body[400];
	struct visit visit = {
		.method = "POST",
		.host = site->host,
		.target = "/login",
		.headers = {header, origin,
			"Content-Type: application/x-www-form-urlencoded"},
		.body = body,
	};
	int code = CTL_OK;

	snprintf(header, sizeof(header), "Cookie: %s", site->stranger_cookie);
	snprintf(origin, sizeof(origin), "Origin: %s", site->origin);
	snprintf(body, sizeof(body), "csrf=%s&login=founder&password=%s",
		site->stranger_csrf, "a+phrase+for+the+selftest");
	if (visit_make(&selftest->visitor, &visit) < 0)
		return CTL_FAILED;
	if (visit.status != 303)
		code = failed("log in", &visit);
	keep_cookies(&visit, site->cookie, sizeof(site->cookie));
	visit_release(&visit);
	if (code == CTL_OK)
		code = open_form(selftest, site, "/account", site->cookie,
			site->csrf, NULL);
	return code;
}

static int
claim(struct selftest *selftest, struct selftest_site *site)
{
	char path[120], name[80];
	json_t *terms = ask(
		selftest, site, "GET", "/api/v1/terms", NULL, "read the terms");
	json_t *answer;

	if (terms == NULL)
		return CTL_FAILED;
	snprintf(path, sizeof(path), "/api/v1/claims/%s", site->claim);
	snprintf(name, sizeof(name), "Founder %s", site->canary);
	answer = ask(selftest, site, "POST", path,
		json_pack("{s:s, s:s, s:s, s:s, s:b}", "name", name, "username",
			"founder", "password", PASSWORD, "terms",
			call_text(terms, "sha256"), "accept", 1),
		"claim a community");
	json_decref(terms);
	if (answer == NULL)
		return CTL_FAILED;
	json_decref(answer);
	answer = ask(selftest, site, "POST", "/api/v1/tokens",
		json_pack("{s:s, s:s, s:s, s:i}", "login", "founder",
			"password", PASSWORD, "name", site->canary, "days", 1),
		"log in");
	if (answer == NULL)
		return CTL_FAILED;
	snprintf(site->bearer, sizeof(site->bearer), "%.43s",
		call_text(answer, "token"));
	snprintf(site->tokens[site->token_count++], 64, "%s", site->bearer);
	json_decref(answer);
	return CTL_OK;
}

/* What others will reach for. */
static int
furnish(struct selftest *selftest, struct selftest_site *site)
{
	char title[80];
	const char *link;
	json_t *answer;

	snprintf(title, sizeof(title), "A %s", site->canary);
	answer = ask(selftest, site, "POST", "/api/v1/listings",
		json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind", "offer",
			"category", "other", "title", title, "body", title,
			"exchange", title),
		"post a listing");
	if (answer == NULL)
		return CTL_FAILED;
	selftest_keep_id(site, call_text(answer, "id"));
	json_decref(answer);
	answer = ask(selftest, site, "POST", "/api/v1/invitations",
		json_pack("{s:s, s:i, s:i, s:[]}", "note", title, "uses", 5,
			"days", 1, "scopes"),
		"invite");
	if (answer == NULL)
		return CTL_FAILED;
	selftest_keep_id(site, call_text(answer, "id"));
	link = strrchr(call_text(answer, "link"), '/');
	if (link != NULL)
		snprintf(site->tokens[site->token_count++], 64, "%.43s",
			link + 1);
	json_decref(answer);
	answer = ask(selftest, site, "GET", "/api/v1/account", NULL,
		"read an account");
	if (answer == NULL)
		return CTL_FAILED;
	selftest_keep_id(site, call_text(answer, "id"));
	json_decref(answer);
	return CTL_OK;
}

int
selftest_settle(struct selftest *selftest)
{
	int code = CTL_OK;

	for (int i = 0; i < 2 && code == CTL_OK; i++) {
		struct selftest_site *site = &selftest->sites[i];

		code = claim(selftest, site);
		if (code == CTL_OK)
			code = furnish(selftest, site);
		if (code == CTL_OK)
			code = log_in(selftest, site);
		if (code == CTL_OK)
			code = keep_first(selftest, site,
				"/api/v1/account/sessions", "sessions");
		if (code == CTL_OK)
			code = keep_first(selftest, site,
				"/api/v1/account/tokens", "tokens");
	}
	return code;
}

int
selftest_state(struct selftest *selftest, const char *slug, char digest[80])
{
	struct call *call = selftest->call;
	char path[120];
	int code;

	snprintf(path, sizeof(path), "/api/v1/selftest/state/%s", slug);
	code = call_make(call, "GET", path, NULL);
	if (code != CTL_OK || call->status != 200)
		return code != CTL_OK ? code : call_print_problem(call);
	snprintf(digest, 80, "%.79s", call_text(call->tree, "digest"));
	return CTL_OK;
}

/* What a job of one changes of the other. */
static int
compare(struct selftest *selftest, const char *attempt, const char *before)
{
	const struct selftest_site *site = &selftest->sites[0];
	const struct selftest_site *other = &selftest->sites[1];
	char after[80];
	int code = selftest_state(selftest, other->slug, after);

	if (code == CTL_OK)
		selftest_note(selftest, site->slug, other->slug, attempt,
			strcmp(before, after) == 0
				? "steward, changed nothing of the other"
				: NULL,
			"the other's tables changed");
	return code;
}

int
selftest_attack_by_job(struct selftest *selftest)
{
	const struct selftest_site *site = &selftest->sites[0];
	struct call *call = selftest->call;
	char before[80], path[100], job[64];
	json_t *files = json_array();
	int code = selftest_state(selftest, selftest->sites[1].slug, before);

	json_array_append_new(files, site_file(site, " And more."));
	if (code != CTL_OK) {
		json_decref(files);
		return code;
	}
	code = apply(selftest, files);
	if (code == CTL_OK)
		code = compare(selftest, "job update", before);
	if (code != CTL_OK)
		return code;
	snprintf(path, sizeof(path),
		"/api/v1/communities/%s/rotate-credentials", site->slug);
	code = call_make(call, "POST", path, "{}");
	if (code != CTL_OK || call->status != 202)
		return code != CTL_OK ? code : call_print_problem(call);
	snprintf(job, sizeof(job), "%.40s", call_text(call->tree, "job"));
	code = job_follow(call, site->slug, job, true);
	return code == CTL_OK ? compare(selftest, "job rotate", before) : code;
}
