/* selftest_named.c: two communities with members of their own, of which pages
 * are read and nothing is changed. */
#include "ctl/selftest.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* Shorter names of communities are not looked for: they stand everywhere. */
#define NAME_LEAST 8

/* The ids of the first entries of a list, where strangers may read it. */
static int
keep_public(struct selftest *selftest, struct selftest_site *site,
	const char *path, const char *list)
{
	struct visit visit = {
		.method = "GET", .host = site->host, .target = path};
	json_t *answer = NULL;
	size_t index;
	const json_t *item;

	if (visit_make(&selftest->visitor, &visit) < 0)
		return CTL_FAILED;
	if (visit.status == 200)
		answer = json_loads(visit.content, 0, NULL);
	json_array_foreach(json_object_get(answer, list), index, item)
	{
		if (index < 2)
			selftest_keep_id(site, call_text(item, "id"));
	}
	json_decref(answer);
	visit_release(&visit);
	return CTL_OK;
}

static int
find(struct selftest *selftest, const char *slug, struct selftest_site *site)
{
	const json_t *domains;
	const char *name;
	int code;

	snprintf(site->slug, sizeof(site->slug), "%.39s", slug);
	code = selftest_read_key(selftest, site);
	if (code != CTL_OK)
		return code;
	name = call_text(selftest->call->tree, "name");
	if (strlen(name) >= NAME_LEAST)
		snprintf(site->canary, sizeof(site->canary), "%.39s", name);
	domains = json_object_get(selftest->call->tree, "domains");
	snprintf(site->domain, sizeof(site->domain), "%.79s",
		json_array_size(domains) == 0
			? ""
			: json_string_value(json_array_get(domains, 0)));
	selftest_fill_host(selftest, site);
	code = keep_public(selftest, site, "/api/v1/listings", "listings");
	if (code == CTL_OK)
		code = keep_public(
			selftest, site, "/api/v1/members", "members");
	return code;
}

int
selftest_find_named(struct selftest *selftest, char **slugs)
{
	int code = CTL_OK;

	for (int i = 0; i < 2 && code == CTL_OK; i++)
		code = find(selftest, slugs[i], &selftest->named[i]);
	return code;
}

int
selftest_read_named(struct selftest *selftest)
{
	const struct selftest_site *made = &selftest->sites[0];
	const struct selftest_site *named = selftest->named;
	const struct selftest_site *const pairs[][2] = {{&named[0], &named[1]},
		{&named[1], &named[0]}, {&named[0], made}, {made, &named[0]},
		{&named[1], made}, {made, &named[1]}};
	int code = CTL_OK;

	for (size_t i = 0;
		i < sizeof(pairs) / sizeof(pairs[0]) && code == CTL_OK; i++)
		code = selftest_read_across(selftest, pairs[i][0], pairs[i][1]);
	return code;
}
