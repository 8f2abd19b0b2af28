#include <string.h>

#include "base/arena.h"
#include "conf/check.h"
#include "conf/node.h"
#include "conf/table.h"
#include "tenants/config.h"
#include "tenants/config_records.h"
#include "tenants/default_texts.h"
#include "text/zone.h"

#define BODY_LONGEST 100000

static const char *const language_codes[] = {"en", "fr", NULL};
static const char *const residencies[] = {"eu", "eea", "any", NULL};
static const char *const joinings[] = {"open", "approval", "invitation", NULL};
static const char *const readings[] = {"public", "members", NULL};

static const char *
check_slug(const char *text)
{
	const char *expected = conf_check_word(text);

	if (expected == NULL && (text[0] == '-' || strlen(text) > 40))
		expected = "at most 40 letters, digits and '-', not first '-'";
	return expected;
}

static const char *
check_currency(const char *text)
{
	if (strlen(text) == 3 &&
		strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3)
		return NULL;
	return "a currency code of ISO 4217 such as EUR";
}

static const struct conf_key founder_keys[] = {
	{.name = "name",
		.required = true,
		.longest = 100,
		.check = conf_check_line,
		.help = "Who claims the community for the client."},
	{.name = "email",
		.required = true,
		.check = conf_check_email,
		.help = "Where the claim link is sent."},
	{.name = "organisation",
		.longest = 200,
		.check = conf_check_line,
		.help = "The client who had the community founded."},
};
static const struct conf_table founder_table = {
	&tenant_founder_record, founder_keys, COUNT_OF(founder_keys)};

static const struct conf_key text_keys[] = {
	{.name = "language",
		.required = true,
		.choices = language_codes,
		.help = "The language of this text."},
	{.name = "title",
		.required = true,
		.longest = 200,
		.check = conf_check_line,
		.help = "Its title."},
	{.name = "body",
		.required = true,
		.longest = BODY_LONGEST,
		.help = "The text, in Markdown."},
};
static const struct conf_table text_table = {
	&tenant_text_record, text_keys, COUNT_OF(text_keys)};

/* What a new version means is said of each. */
#define LEGAL_KEYS(meaning)                                                    \
	{                                                                      \
		{.name = "version",                                            \
			.required = true,                                      \
			.longest = 40,                                         \
			.check = conf_check_line,                              \
			.help = meaning},                                      \
			{.name = "texts",                                      \
				.required = true,                              \
				.entries = 8,                                  \
				.table = &text_table,                          \
				.help = "The text in each of the community's " \
					"languages."},                         \
	}

static const struct conf_key terms_keys[] =
	LEGAL_KEYS("A new version asks every member again.");
static const struct conf_table terms_table = {
	&tenant_terms_record, terms_keys, COUNT_OF(terms_keys)};

static const struct conf_key privacy_keys[] = LEGAL_KEYS(
	"Stands with the text; a new version asks nobody, since the policy "
	"informs and is not agreed to.");
static const struct conf_table privacy_table = {
	&tenant_terms_record, privacy_keys, COUNT_OF(privacy_keys)};

static const struct conf_key register_keys[] = {
	{.name = "name",
		.longest = 200,
		.check = conf_check_line,
		.help = "Name of the user register; by default the "
			"community's."},
	{.name = "controller",
		.longest = 300,
		.check = conf_check_line,
		.help = "Who is responsible for the data; by default the "
			"founder's organisation or name."},
	{.name = "contact",
		.longest = 300,
		.check = conf_check_line,
		.help = "How to reach the controller; by default the founder's "
			"address."},
	{.name = "authority",
		.otherwise = "CNIL",
		.longest = 200,
		.check = conf_check_line,
		.help = "The supervisory authority."},
	{.name = "authority_address",
		.otherwise = "https://www.cnil.fr",
		.check = conf_check_contact,
		.help = "Its web address."},
	{.name = "processors",
		.entries = 20,
		.check = conf_check_line,
		.help = "Who works on the data for the controller, and where: "
			"the host, whose servers are rented."},
};
static const struct conf_table register_table = {
	&tenant_register_record, register_keys, COUNT_OF(register_keys)};

static const struct conf_key category_keys[] = {
	{.name = "slug",
		.required = true,
		.check = check_slug,
		.help = "Its name in addresses; do not change it later."},
	{.name = "name_en",
		.required = true,
		.longest = 60,
		.check = conf_check_line,
		.help = "Its name in English."},
	{.name = "name_fr",
		.required = true,
		.longest = 60,
		.check = conf_check_line,
		.help = "Its name in French."},
};
static const struct conf_table category_table = {
	&tenant_category_record, category_keys, COUNT_OF(category_keys)};

static const struct conf_key bounds_keys[] = {
	{.name = "name",
		.otherwise = "true",
		.help = "Whether the founder may change the name."},
	{.name = "description",
		.otherwise = "true",
		.help = "Whether the founder may change the description."},
	{.name = "theme",
		.otherwise = "true",
		.help = "Whether the founder may change the colours."},
};
static const struct conf_table bounds_table = {
	&tenant_bounds_record, bounds_keys, COUNT_OF(bounds_keys)};

static const struct conf_key theme_keys[] = {
	{.name = "colour",
		.otherwise = TENANT_COLOUR,
		.check = conf_check_colour,
		.help = "The accent colour to begin with."},
};
static const struct conf_table theme_table = {
	&tenant_theme_record, theme_keys, COUNT_OF(theme_keys)};

static const struct conf_key limits_keys[] = {
	{.name = "requests_per_second",
		.check = limit_check,
		.unquoted = true,
		.help = "Requests a second that all workers of a machine "
			"answer together, over time; others get 429. By "
			"default the host's."},
	{.name = "burst",
		.check = limit_check_burst,
		.unquoted = true,
		.help = "How many may come at once beyond that; by default "
			"twice requests_per_second."},
	{.name = "connections",
		.check = limit_check,
		.unquoted = true,
		.help = "Most database connections of one worker; who waits "
			"long for one gets 429. By default the host's."},
	{.name = "concurrent_requests",
		.check = limit_check,
		.unquoted = true,
		.help = "Requests that one worker works on at a time; others "
			"wait. By default the host's."},
	{.name = "shared_requests",
		.check = limit_check,
		.unquoted = true,
		.help = "The same while visitors ask for other communities of "
			"the worker, too. By default the host's."},
	{.name = "waiting_passwords",
		.check = limit_check,
		.unquoted = true,
		.help = "Log-ins and new passwords that wait in one worker to "
			"be worked out; others get 429. By default the "
			"host's."},
	{.name = "streams",
		.check = limit_check,
		.unquoted = true,
		.help = "Event streams of one worker: open pages that are told "
			"when there is something new; others get 429. By "
			"default the host's."},
};
static const struct conf_table limits_table = {
	&limit_words_record, limits_keys, COUNT_OF(limits_keys)};

static const struct conf_key config_keys[] = {
	{.name = "slug",
		.required = true,
		.check = check_slug,
		.help = "The host's name for the community; it never "
			"changes."},
	{.name = "name",
		.required = true,
		.longest = 100,
		.check = conf_check_line,
		.help = "The community's name to begin with."},
	{.name = "description",
		.otherwise = "",
		.longest = 4000,
		.help = "What it is for, in Markdown, to begin with."},
	{.name = "domains",
		.required = true,
		.entries = 20,
		.check = conf_check_host,
		.help = "The names it answers to; the first is the main one."},
	{.name = "founder",
		.required = true,
		.table = &founder_table,
		.help = "Who claims it."},
	{.name = "cluster",
		.otherwise = "default",
		.check = conf_check_word,
		.help = "The database cluster it is placed on."},
	{.name = "residency",
		.otherwise = "eu",
		.choices = residencies,
		.help = "Where its data may be stored."},
	{.name = "joining",
		.otherwise = "open",
		.choices = joinings,
		.help = "Who may join: anyone, those who are approved, those "
			"who are invited."},
	{.name = "reading",
		.otherwise = "public",
		.choices = readings,
		.help = "Who may read offers and requests."},
	{.name = "language",
		.otherwise = "en",
		.choices = language_codes,
		.help = "The community's own language."},
	{.name = "languages",
		.entries = 8,
		.choices = language_codes,
		.help = "The languages it is shown in; by default all."},
	{.name = "currency",
		.otherwise = "EUR",
		.check = check_currency,
		.help = "The currency of prices."},
	{.name = "time_zone",
		.otherwise = "UTC",
		.longest = 60,
		.check = conf_check_line,
		.help = "The time zone whose clocks pages and mails show, such "
			"as Europe/Paris."},
	{.name = "theme", .table = &theme_table, .help = "Its look."},
	{.name = "founder_may_change",
		.table = &bounds_table,
		.help = "What the founder and admins may change."},
	{.name = "categories",
		.entries = 40,
		.table = &category_table,
		.help = "Categories of offers and requests; by default a set "
			"of seven."},
	{.name = "terms",
		.table = &terms_table,
		.help = "The terms of use; by default a short text."},
	{.name = "privacy",
		.table = &privacy_table,
		.help = "The privacy policy; by default a short text."},
	{.name = "register_identity",
		.table = &register_table,
		.help = "The user register, its controller and authority."},
	{.name = "member_quota",
		.otherwise = "0",
		.least = 0,
		.most = 10000000,
		.help = "Most members, with one place kept for the founder until "
			"there is one; 0 for no limit."},
	{.name = "listing_quota",
		.otherwise = "0",
		.least = 0,
		.most = 100000,
		.help = "Most open offers and requests of one member; 0 for no "
			"limit."},
	{.name = "limits",
		.table = &limits_table,
		.help = "What it may take of a machine that others share."},
};
const struct conf_table tenant_config_table = {
	&tenant_config_record, config_keys, COUNT_OF(config_keys)};

static bool
is_same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static bool
has_text(const struct record_list *list, const char *text)
{
	const char *const *items = list->items;

	for (size_t i = 0; i < list->count; i++)
		if (is_same(items[i], text))
			return true;
	return false;
}

/* Legal texts: each of the community's languages once. */
static int
check_texts(const struct tenant_config *config, const struct conf_node *root,
	const char *path, const struct tenant_terms *terms,
	struct conf_errors *errors)
{
	const char *const *languages = config->languages.items;
	const struct tenant_text *texts = terms->texts.items;
	int outcome = 0;

	for (size_t i = 0; i < config->languages.count; i++) {
		size_t count = 0;

		for (size_t j = 0; j < terms->texts.count; j++)
			count += is_same(texts[j].language, languages[i]);
		if (count != 1)
			outcome = conf_error(errors, conf_place_of(root, path),
				"%s has %zu in \"%s\", expected one in each of "
				"the community's languages",
				path, count, languages[i]);
	}
	return outcome;
}

/* The item's node; a text that stands alone is its only item. */
static const struct conf_node *
item_of(const struct conf_node *list, size_t index)
{
	return list->kind == CONF_SEQUENCE ? list->items[index] : list;
}

/* Each of a list of texts once; `what` one of them is called. */
static int
check_once(const struct record_list *texts, const struct conf_node *list,
	const char *what, struct conf_errors *errors)
{
	const char *const *items = texts->items;
	int outcome = 0;

	for (size_t i = 0; i < texts->count; i++)
		for (size_t j = 0; j < i; j++) {
			if (!is_same(items[i], items[j]))
				continue;
			outcome = conf_error(errors, &item_of(list, i)->place,
				"the %s %s stands twice, expected it once",
				what, items[i]);
			break;
		}
	return outcome;
}

static int
check_domains(const struct tenant_config *config, const struct conf_node *root,
	struct conf_errors *errors)
{
	const struct conf_node *list = conf_get(root, "domains");

	if (list != NULL && list->kind == CONF_SEQUENCE && list->count == 0)
		return conf_error(errors, &list->place,
			"domains is empty, expected a domain name");
	return check_once(&config->domains, list, "domain", errors);
}

static int
check_categories(const struct tenant_config *config,
	const struct conf_node *root, struct conf_errors *errors)
{
	const struct tenant_category *items = config->categories.items;
	const struct conf_node *list = conf_get(root, "categories");
	int outcome = 0;

	for (size_t i = 0; i < config->categories.count; i++)
		for (size_t j = 0; j < i; j++) {
			if (!is_same(items[i].slug, items[j].slug))
				continue;
			outcome = conf_error(errors,
				conf_place_of(item_of(list, i), "slug"),
				"the category %s stands twice, expected it "
				"once",
				items[i].slug);
			break;
		}
	return outcome;
}

/* The own language is one of those, and the legal texts stand in all. */
static int
check_languages(const struct tenant_config *config,
	const struct conf_node *root, struct conf_errors *errors)
{
	const char *const *languages = config->languages.items;
	int outcome = 0;

	/* One that is wrong was told already. */
	for (size_t i = 0; i < config->languages.count; i++)
		if (languages[i] == NULL)
			return -1;
	if (config->language != NULL &&
		!has_text(&config->languages, config->language))
		outcome = conf_error(errors, conf_place_of(root, "language"),
			"language is %s, expected one of languages",
			config->language);
	outcome |= check_texts(
		config, root, "terms.texts", &config->terms, errors);
	outcome |= check_texts(
		config, root, "privacy.texts", &config->privacy, errors);
	return outcome;
}

static int
check_zone(struct arena *arena, const struct tenant_config *config,
	const struct conf_node *root, struct conf_errors *errors)
{
	static const char expected[] =
		"expected a time zone such as \"Europe/Paris\"";
	const struct conf_place *place = conf_place_of(root, "time_zone");
	const char *zone = config->time_zone, *guess = NULL;

	if (zone == NULL || zone_check(arena, zone, &guess) == 0)
		return 0;
	if (guess != NULL)
		return conf_error(errors, place,
			"time_zone is \"%.60s\", %s: did you mean \"%s\"?",
			zone, expected, guess);
	return conf_error(
		errors, place, "time_zone is \"%.60s\", %s", zone, expected);
}

static void
fill_in(struct arena *arena, struct tenant_config *config)
{
	struct tenant_register *reg = &config->register_identity;
	const struct tenant_founder *founder = &config->founder;

	if (config->languages.count == 0)
		config->languages = (struct record_list){language_codes, 2};
	if (config->terms.version == NULL)
		config->terms = default_terms();
	if (config->privacy.version == NULL)
		config->privacy = default_privacy();
	if (reg->name == NULL)
		reg->name = config->name;
	if (reg->controller == NULL)
		reg->controller = founder->organisation != NULL
					  ? founder->organisation
					  : founder->name;
	if (reg->contact == NULL && founder->email != NULL)
		reg->contact = arena_text(arena, founder->email);
}

/* Also of a file with errors, so that all are told at once: what could not be
 * read is NULL. */
static int
check_whole(struct arena *arena, struct tenant_config *config,
	const struct conf_node *root, struct conf_errors *errors)
{
	int outcome = check_domains(config, root, errors);

	outcome |= check_once(&config->languages, conf_get(root, "languages"),
		"language", errors);
	outcome |= check_categories(config, root, errors);
	outcome |= check_zone(arena, config, root, errors);
	fill_in(arena, config);
	outcome |= check_languages(config, root, errors);
	if (config->categories.count == 0)
		config->categories = default_categories();
	return outcome;
}

int
tenant_config_parse(struct arena *arena, const char *file, const char *text,
	size_t length, struct tenant_config *config,
	const struct conf_node **ret_root, struct conf_errors *errors)
{
	size_t before = errors->count;
	const struct conf_node *root =
		conf_parse(arena, file, text, length, errors);

	memset(config, 0, sizeof(*config));
	if (ret_root != NULL)
		*ret_root = NULL;
	if (root == NULL)
		return -1;
	if (root->kind != CONF_MAPPING)
		return conf_error(errors, &root->place,
			"%s, expected keys such as \"slug:\"",
			conf_kind_name(root));
	if (ret_root != NULL)
		*ret_root = root;
	conf_read(arena, &tenant_config_table, root, config, errors);
	check_whole(arena, config, root, errors);
	return errors->count == before ? 0 : -1;
}
