#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "control_service.h"
#include "crypto/digest.h"
#include "http/reply.h"
#include "http/request.h"
#include "tenants/config.h"
#include "tenants/lifecycle/claim.h"
#include "tenants/lifecycle/job.h"
#include "tenants/lifecycle/lifecycle.h"
#include "tenants/lifecycle/registry_write.h"
#include "tenants/lifecycle/rotate.h"

struct list_item {
	const char *slug;
	const char *state;
	const char *domain;
	int64_t schema_version;
	const char *file;
	struct timestamp applied_at;
};

static const struct field item_fields[] = {
	FIELD_TEXT(struct list_item, slug),
	FIELD_TEXT(struct list_item, state),
	FIELD_TEXT(struct list_item, domain),
	FIELD_INTEGER(struct list_item, schema_version),
	FIELD_TEXT(struct list_item, file),
	FIELD_TIME(struct list_item, applied_at),
};
static const struct record item_record = RECORD(struct list_item, item_fields);

struct list_answer {
	struct record_list communities;
	const char *next; /* the slug to go on after, or NULL */
};

static const struct field list_fields[] = {
	FIELD_LIST(struct list_answer, communities, item_record),
	FIELD_TEXT(struct list_answer, next),
};
static const struct record list_record =
	RECORD(struct list_answer, list_fields);

struct show_answer {
	struct uuid id;
	const char *slug;
	const char *name;
	const char *state;
	const char *schema;
	int64_t schema_version;
	const char *cluster;
	struct record_list domains;
	const char *address;
	const char *joining;
	const char *reading;
	const char *founder_name;
	const char *founder_email;
	const char *claim; /* "claimed", "open", "lapsed"; NULL: not known */
	struct timestamp claim_open_until;
	const char *file;
	const char *sha256;
	const char *applied_by;
	struct timestamp applied_at;
	struct timestamp created_at;
	const struct job_state *job; /* the latest */
};

static const struct field show_fields[] = {
	FIELD_UUID(struct show_answer, id),
	FIELD_TEXT(struct show_answer, slug),
	FIELD_TEXT(struct show_answer, name),
	FIELD_TEXT(struct show_answer, state),
	FIELD_TEXT(struct show_answer, schema),
	FIELD_INTEGER(struct show_answer, schema_version),
	FIELD_TEXT(struct show_answer, cluster),
	FIELD_TEXTS(struct show_answer, domains),
	FIELD_TEXT(struct show_answer, address),
	FIELD_TEXT(struct show_answer, joining),
	FIELD_TEXT(struct show_answer, reading),
	FIELD_TEXT(struct show_answer, founder_name),
	FIELD_TEXT(struct show_answer, founder_email),
	FIELD_TEXT(struct show_answer, claim),
	FIELD_TIME(struct show_answer, claim_open_until),
	FIELD_TEXT(struct show_answer, file),
	FIELD_TEXT(struct show_answer, sha256),
	FIELD_TEXT(struct show_answer, applied_by),
	FIELD_TIME(struct show_answer, applied_at),
	FIELD_TIME(struct show_answer, created_at),
	FIELD_OPTIONAL(
		struct show_answer, job, struct job_state, job_state_record),
};
static const struct record show_record =
	RECORD(struct show_answer, show_fields);

struct link_answer {
	const char *link;
	int64_t days; /* it is good for */
};

static const struct field link_fields[] = {
	FIELD_TEXT(struct link_answer, link),
	FIELD_INTEGER(struct link_answer, days),
};
static const struct record link_record =
	RECORD(struct link_answer, link_fields);

struct job_answer {
	struct uuid job;
};

static const struct field job_fields[] = {FIELD_UUID(struct job_answer, job)};
static const struct record job_record = RECORD(struct job_answer, job_fields);

static int
reply_no_community(struct request *request)
{
	return reply_error(request, 404, "There is no such community",
		"missionctl list shows those that there are.");
}

int
control_communities(struct request *request)
{
	const char *after = request_query(request, "after");
	struct list_answer answer = {0};
	const struct control_line *lines;
	struct record_list page;
	struct list_item *items;

	if (control_list(request->db, request->arena,
		    after == NULL ? "" : after, &page) < 0)
		return -1;
	lines = page.items;
	items = arena_array(request->arena, page.count, sizeof(*items));
	for (size_t i = 0; i < page.count; i++)
		items[i] = (struct list_item){
			.slug = lines[i].slug,
			.state = lines[i].state,
			.domain = lines[i].domain,
			.schema_version = lines[i].schema_version,
			.file = lines[i].applied_file,
			.applied_at = lines[i].applied_at,
		};
	answer.communities = (struct record_list){items, page.count};
	if (page.count == CONTROL_PAGE)
		answer.next = lines[page.count - 1].slug;
	return reply_record(request, 200, &list_record, &answer);
}

/* What the stored configuration says beside the row's own columns. */
static void
add_configuration(struct request *request,
	const struct control_community *community, struct show_answer *answer)
{
	struct tenant_config config = {0};
	struct error error = {0};

	if (tenant_config_read(request->arena, community->configuration,
		    strlen(community->configuration), &config, &error) < 0)
		return;
	answer->name = config.name;
	answer->joining = config.joining;
	answer->reading = config.reading;
	answer->founder_name = config.founder.name;
	answer->founder_email = config.founder.email;
}

static void
add_claim(struct request *request, const struct control_community *community,
	struct show_answer *answer)
{
	struct claim_standing standing = {NULL, TIME_NONE};

	claim_standing(control_of(request)->setting.work, request->arena,
		community, &standing);
	answer->claim = standing.word;
	answer->claim_open_until = standing.open_until;
}

/* As visitors reach it. */
static const char *
public_address(
	const struct control *control, struct arena *arena, const char *domain)
{
	const struct lifecycle_settings *work = control->setting.work;

	if (work->port == 0)
		return arena_printf(arena, "%s://%s/", work->scheme, domain);
	return arena_printf(
		arena, "%s://%s:%u/", work->scheme, domain, work->port);
}

int
control_community_show(struct request *request)
{
	struct control_community community = {0};
	struct show_answer answer = {0};
	struct job_state job = {0};
	char hex[DIGEST_HEX_SIZE] = "";
	int found = control_find(request->db, request->arena,
		request_parameter(request, "slug"), &community);

	if (found < 0)
		return -1;
	if (found == 0)
		return reply_no_community(request);
	if (control_domains(request->db, request->arena, community.id,
		    &answer.domains) < 0)
		return -1;
	found = job_latest(request->db, request->arena, community.id, &job);
	if (found < 0)
		return -1;
	if (found > 0)
		answer.job = &job;
	if (community.applied_sha256.length == DIGEST_SIZE)
		digest_hex(community.applied_sha256.data, hex);
	answer.id = community.id;
	answer.slug = community.slug;
	answer.state = community.state;
	answer.schema =
		arena_printf(request->arena, "community%s", community.key);
	answer.schema_version = community.schema_version;
	answer.cluster = community.cluster;
	answer.file = community.applied_file;
	answer.sha256 = hex;
	answer.applied_by = community.applied_by;
	answer.applied_at = community.applied_at;
	answer.created_at = community.created_at;
	if (answer.domains.count > 0)
		answer.address =
			public_address(control_of(request), request->arena,
				((const char *const *)answer.domains.items)[0]);
	add_configuration(request, &community, &answer);
	add_claim(request, &community, &answer);
	return reply_record(request, 200, &show_record, &answer);
}

int
control_claim_link(struct request *request)
{
	struct claim_order order = {
		.slug = request_parameter(request, "slug"),
		.operator= control_operator(request),
	};
	struct link_answer answer = {.days = CLAIM_LINK_DAYS};
	struct error refusal = {0};
	int outcome;

	if (control_refuse_write(request) != 0)
		return 0;
	outcome = claim_link(control_of(request)->setting.work, request->db,
		request->arena, &order, &answer.link, &refusal);
	if (outcome < 0)
		return -1;
	if (outcome > 0)
		return reply_error(request, 409, "No claim link made",
			arena_text(request->arena, refusal.text));
	return reply_record(request, 201, &link_record, &answer);
}

int
control_rotate(struct request *request)
{
	struct control *control = control_of(request);
	struct error refusal = {0};
	struct job_answer answer;
	int outcome;

	if (control_refuse_write(request) != 0)
		return 0;
	outcome = rotate_enqueue(request->db, request->arena,
		request_parameter(request, "slug"), control_operator(request),
		&answer.job, &refusal);
	if (outcome < 0)
		return -1;
	if (outcome > 0)
		return reply_error(request, 409, "No credentials rotated",
			arena_text(request->arena, refusal.text));
	lifecycle_wake(control->setting.lifecycle);
	return reply_record(request, 202, &job_record, &answer);
}
