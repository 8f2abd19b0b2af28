#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/uuid.h"
#include "http/template.h"
#include "text/zone.h"

struct author {
	const char *name;
	int64_t listings;
};
static const struct field author_fields[] = {
	FIELD_TEXT(struct author, name),
	FIELD_INTEGER(struct author, listings),
};
static const struct record author_record = RECORD(struct author, author_fields);

struct item {
	const char *title;
	struct author author;
	const struct author *helper;
};
static const struct field item_fields[] = {
	FIELD_TEXT(struct item, title),
	FIELD_RECORD(struct item, author, struct author, author_record),
	FIELD_OPTIONAL(struct item, helper, struct author, author_record),
};
static const struct record item_record = RECORD(struct item, item_fields);

struct view {
	const char *title;
	const char *body;
	bool open;
	int64_t count;
	const char *currency;
	struct timestamp posted;
	struct uuid id;
	struct slice bytes;
	struct author author;
	const struct item *best;
	struct record_list items;
	struct record_list tags;
};
static const struct field view_fields[] = {
	FIELD_TEXT(struct view, title),
	FIELD_HTML(struct view, body),
	FIELD_BOOLEAN(struct view, open),
	FIELD_INTEGER(struct view, count),
	FIELD_TEXT(struct view, currency),
	FIELD_TIME(struct view, posted),
	FIELD_UUID(struct view, id),
	FIELD_BYTES(struct view, bytes),
	FIELD_RECORD(struct view, author, struct author, author_record),
	FIELD_OPTIONAL(struct view, best, struct item, item_record),
	FIELD_LIST(struct view, items, item_record),
	FIELD_TEXTS(struct view, tags),
};
static const struct record view_record = RECORD(struct view, view_fields);

struct site {
	const char *community;
};
static const struct field site_fields[] = {
	FIELD_TEXT(struct site, community),
};
static const struct record site_record = RECORD(struct site, site_fields);

static const struct author ada = {"Ada", 3};
static const struct item items[] = {
	{"Lathe", {"Bob & Co", 1}, &ada},
	{"Saw", {"Cy", 2}, NULL},
};
static const char *const tags[] = {"a<b", "c"};
static const struct view view = {
	.title = "Tom & \"Jerry\" <script>'",
	.body = "<p>safe</p>",
	.open = true,
	.count = 1234567,
	.currency = "EUR",
	.posted = {INT64_C(1763892000000000)},
	.id = {{1}},
	.author = {"Eve", 7},
	.best = &items[0],
	.items = {items, COUNT_OF(items)},
	.tags = {tags, COUNT_OF(tags)},
};
static const struct site site = {"Guild"};

static char directory[] = "/tmp/template-test-XXXXXX";
static struct buffer output;
static struct error failure;

static void
write_file(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fputs(text, file) < 0, 0);
	assert_int_equal(fclose(file), 0);
}

/* Of the times in it. */
static const struct zone *zone;

/* The page's text rendered in English; NULL when it does not compile. */
static const char *
render_as(const char *name, const char *text, const struct view *value)
{
	struct page page = {name, &view_record};
	const struct page *pages[] = {&page};

	write_file(name, text);
	buffer_clear(&output);
	struct template_set *set =
		template_set_load(directory, pages, 1, &site_record, &failure);
	if (set == NULL)
		return NULL;
	template_render(
		set, &page, value, &site, LANGUAGE_ENGLISH, zone, &output);
	template_set_free(set);
	return buffer_text(&output);
}

static const char *
render(const char *text)
{
	return render_as("page.html", text, &view);
}

#define assert_renders(source, expected)                                       \
	do {                                                                   \
		const char *result_ = render(source);                          \
		if (result_ == NULL)                                           \
			fail_msg("%s", failure.text);                          \
		assert_string_equal(result_, expected);                        \
	} while (0)

#define assert_refused(source, expected)                                       \
	do {                                                                   \
		assert_null(render(source));                                   \
		assert_string_equal(failure.text, expected);                   \
	} while (0)

static void
escapes_values(void **state)
{
	(void)state;
	assert_renders("<b>{{title}}</b>",
		"<b>Tom &amp; &quot;Jerry&quot; &lt;script&gt;&#39;</b>");
	assert_renders("{{{body}}}", "<p>safe</p>");
	assert_renders("?q={{title|url}}",
		"?q=Tom%20%26%20%22Jerry%22%20%3Cscript%3E%27");
	assert_string_equal(
		render_as("mail.txt", "{{title}}", &view), view.title);
}

static void
shows_times_on_the_clocks_of_the_zone(void **state)
{
	struct zone *line = zone_new("Pacific/Kiritimati");

	(void)state;
	assert_non_null(line);
	zone = line;
	assert_renders("{{posted|date}}", "24 November 2025");
	assert_renders("{{posted|minute}}", "24 November 2025 at 0:00");
	assert_renders("{{posted|there}}",
		"24 November 2025 at 0:00 (Pacific/Kiritimati)");
	/* Exact, and days, are the same everywhere. */
	assert_renders("{{posted|iso}}", "2025-11-23T10:00:00Z");
	assert_renders("{{posted|day}}", "23 November 2025");
	assert_renders("{{posted|isoday}}", "2025-11-23");
	zone = NULL;
	zone_free(line);
}

static void
shows_every_type(void **state)
{
	(void)state;
	assert_renders("{{count}} {{count|number}}", "1234567 1,234,567");
	assert_renders("{{id}}", "01000000000000000000000000");
	assert_renders("{{posted|iso}}", "2025-11-23T10:00:00Z");
	assert_renders("{{posted|date}}", "23 November 2025");
	assert_renders("{{posted|minute}}", "23 November 2025 at 10:00 UTC");
	assert_renders("{{count currency|money}}", "€12,345.67");
	assert_renders("{{author.name}} {{author.listings}}", "Eve 7");
	assert_renders("{{best.author.name}}", "Bob &amp; Co");
	assert_renders("{{best.helper.name}}", "Ada");
	assert_renders("{{#bytes}}x{{/bytes}}", "");
}

static void
none_shows_nothing(void **state)
{
	static const struct view none = {
		.count = INTEGER_NONE,
		.posted = {INT64_MIN},
	};

	(void)state;
	assert_string_equal(
		render_as("page.html",
			"[{{title}}{{{body}}}{{count}}{{count|number}}{{id}}"
			"{{posted|date}}{{best.title}}{{best.helper.name}}"
			"{{count currency|money}}{{title|url}}]",
			&none),
		"[]");
	assert_string_equal(
		render_as("page.html",
			"{{#title}}t{{/title}}{{#open}}o{{/open}}"
			"{{#count}}c{{/count}}{{#posted}}p{{/posted}}"
			"{{#best}}b{{/best}}{{#items}}i{{/items}}"
			"{{#best.helper}}h{{/best.helper}}"
			"{{^tags}}none{{/tags}}{{^open}}closed{{/open}}",
			&none),
		"noneclosed");
}

static void
walks_sections(void **state)
{
	(void)state;
	assert_renders("{{#items}}{{title}}:{{author.name}};{{/items}}",
		"Lathe:Bob &amp; Co;Saw:Cy;");
	assert_renders("{{#tags}}<{{.}}>{{/tags}}", "<a&lt;b><c>");
	assert_renders("{{#open}}yes{{/open}}{{^open}}no{{/open}}", "yes");
	/* Names are looked up outwards: item, view, common. */
	assert_renders("{{#best}}{{title}} {{currency}} {{community}}{{/best}}",
		"Lathe EUR Guild");
	assert_renders("{{#items}}{{#helper}}{{name}}{{/helper}}"
		       "{{^helper}}-{{/helper}}{{/items}}",
		"Ada-");
	assert_renders("{{#items}}{{#tags}}{{title}}{{.}} {{/tags}}{{/items}}",
		"Lathea&lt;b Lathec Sawa&lt;b Sawc ");
}

static void
takes_standalone_lines_away(void **state)
{
	(void)state;
	assert_renders("a\n  {{#open}}  \nb\n{{/open}}\n{{! gone }}\nc\n",
		"a\nb\nc\n");
	assert_renders("a {{#open}} b {{/open}} c\n", "a  b  c\n");
}

static void
includes_and_inherits(void **state)
{
	(void)state;
	write_file("part.html", "<i>{{title}}</i>");
	assert_renders(
		"{{#items}}{{>part.html}}{{/items}}", "<i>Lathe</i><i>Saw</i>");
	write_file("base.html",
		"<title>{{$title}}none{{/title}}</title>{{$main}}{{/main}}");
	assert_renders("{{<base.html}}{{$main}}{{currency}}{{/main}}"
		       "{{/base.html}}",
		"<title>none</title>EUR");
	write_file("middle.html",
		"{{<base.html}}{{$title}}middle{{/title}}"
		"{{$main}}<{{$inner}}{{/inner}}>{{/main}}{{/base.html}}");
	assert_renders("{{<middle.html}}\n{{$inner}}in{{/inner}}\n"
		       "{{$title}}own{{/title}}\n{{/middle.html}}",
		"<title>own</title><in>");
}

static void
keeps_english_texts(void **state)
{
	static const struct view one = {.count = 1};
	static const char plural[] = "{{#_n count}}{{count}} <b>offer</b>{{|}}"
				     "{{count}} offers{{/_n}}";

	(void)state;
	assert_renders("{{#_}}  Hello\n\t{{title}}!  {{/_}}",
		"Hello Tom &amp; &quot;Jerry&quot; &lt;script&gt;&#39;!");
	assert_renders(plural, "1234567 offers");
	assert_string_equal(
		render_as("page.html", plural, &one), "1 <b>offer</b>");
}

/* A .mo file (GNU gettext manual, "The Format of GNU MO Files") of the pairs;
 * the originals must ascend. */
static void
write_catalogue(const char *const pairs[][2], const uint32_t lengths[][2],
	uint32_t count)
{
	char path[128];
	uint32_t header[7] = {
		0x950412de, 0, count, 28, 28 + 8 * count, 0, 28 + 16 * count};
	uint32_t at = 28 + 16 * count;

	snprintf(path, sizeof(path), "%s/fr.mo", directory);
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	fwrite(header, sizeof(header), 1, file);
	for (int side = 0; side < 2; side++)
		for (uint32_t i = 0; i < count; i++) {
			uint32_t entry[2] = {lengths[i][side], at};
			fwrite(entry, sizeof(entry), 1, file);
			at += lengths[i][side] + 1;
		}
	for (int side = 0; side < 2; side++)
		for (uint32_t i = 0; i < count; i++)
			fwrite(pairs[i][side], lengths[i][side] + 1, 1, file);
	assert_int_equal(fclose(file), 0);
	if (catalogue_load(directory, &failure) < 0)
		fail_msg("%s", failure.text);
}

/* As render(), in French; NULL when it does not compile. */
static const char *
render_french(const char *text, const struct view *value)
{
	struct page page = {"page.html", &view_record};
	const struct page *pages[] = {&page};

	write_file("page.html", text);
	buffer_clear(&output);
	struct template_set *set =
		template_set_load(directory, pages, 1, &site_record, &failure);
	if (set == NULL)
		return NULL;
	template_render(
		set, &page, value, &site, LANGUAGE_FRENCH, zone, &output);
	template_set_free(set);
	return buffer_text(&output);
}

static void
translates(void **state)
{
	static const char *const pairs[][2] = {
		{"<b>{{title}}</b> by {{author.name}}",
			"De {{author.name}} : <b>{{title}}</b>"},
		{"Broken {{title}}", "Cass\303\251 {{titre}}"},
		{"{{count}} offer\0{{count}} offers",
			"{{count}} offre\0{{count}} offres"},
	};
	static const uint32_t lengths[][2] = {{35, 37}, {16, 16}, {32, 32}};
	static const char plural[] =
		"{{#_n count}}{{count}} offer{{|}}{{count}} offers{{/_n}}";

	(void)state;
	write_catalogue(pairs, lengths, 3);
	assert_string_equal(
		render_french("{{#_}}<b>{{title}}</b>\n by "
			      "{{author.name}}{{/_}}",
			&(struct view){.title = "<", .author = {"Eve", 1}}),
		"De Eve : <b>&lt;</b>");
	for (int64_t count = 0; count < 2; count++)
		assert_string_equal(
			render_french(plural, &(struct view){.count = count}),
			count == 0 ? "0 offre" : "1 offre");
	assert_string_equal(
		render_french(plural, &(struct view){.count = 2}), "2 offres");
	assert_string_equal(
		render_as("page.html", plural, &(struct view){.count = 0}),
		"0 offers");
	assert_null(render_french("{{#_}}Broken {{title}}{{/_}}", &view));
	assert_string_equal(failure.text,
		"page.html:1:1: there is no \"titre\" here in the text for "
		"fr");
}

static void
refuses_unknown_names(void **state)
{
	(void)state;
	assert_refused(
		"a\n  {{titel}}", "page.html:2:3: there is no \"titel\" here");
	assert_refused("{{author.nam}}",
		"page.html:1:1: there is no \"author.nam\" here");
	assert_refused("{{title.x}}",
		"page.html:1:1: \"title.x\": title has no parts");
	assert_refused(
		"{{.}}", "page.html:1:1: {{.}} stands outside a list of texts");
	assert_refused("{{posted|week}}",
		"page.html:1:1: there is no filter \"week\"");
	assert_refused("{{title|date}}",
		"page.html:1:1: title is not what the filter date takes");
	assert_refused("{{count|money}}",
		"page.html:1:1: the filter money takes two names");
	assert_null(render("{{>gone.html}}"));
	assert_non_null(strstr(failure.text, "page.html:1:1: "));
	assert_non_null(strstr(failure.text, "No such file"));
}

static void
refuses_wrong_types(void **state)
{
	(void)state;
	assert_refused("{{{title}}}", "page.html:1:1: title is not HTML: "
				      "write it with two braces");
	assert_refused("{{body}}", "page.html:1:1: body is HTML: "
				   "write it with three braces");
	assert_refused("{{open}}", "page.html:1:1: open is a truth value: "
				   "write a section");
	assert_refused("{{posted}}",
		"page.html:1:1: posted is a time: add a filter "
		"(date, minute, there, ago, iso) or, of a day, day or isoday");
	assert_refused("{{items}}", "page.html:1:1: items is a record or a "
				    "list: write a section");
	assert_refused("{{bytes}}",
		"page.html:1:1: bytes is bytes and cannot be shown");
	assert_refused("{{#_n title}}a{{|}}b{{/_n}}",
		"page.html:1:1: title is not a number to count with");
}

static void
refuses_bad_syntax(void **state)
{
	(void)state;
	assert_refused("x{{title", "page.html:1:2: this tag has no closing }}");
	assert_refused("{{#open}}", "page.html:1:1: {{#open}} is not closed");
	assert_refused("{{#open}}\n{{/opne}}",
		"page.html:2:1: {{/opne}} stands where {{/open}} is expected");
	assert_refused("{{/open}}", "page.html:1:1: {{/open}} closes nothing");
	assert_refused("{{a b}}",
		"page.html:1:1: \"a b\" is not a name or name|filter");
	assert_refused(
		"{{&title}}", "page.html:1:1: a tag {{& has no meaning here");
	assert_refused("{{>../secret}}",
		"page.html:1:1: \"../secret\" is not a template file");
	assert_refused("{{#_}}a", "page.html:1:1: this text has no closing "
				  "{{/_}}");
	assert_refused(
		"{{#_n count}}a{{/_n}}", "page.html:1:1: a plural needs {{|}}");
	assert_refused("{{#_}}{{#open}}a{{/open}}{{/_}}",
		"page.html:1:1: only values may stand in a translated text "
		"in the text for en");
	write_file("base.html", "{{$main}}{{/main}}");
	assert_refused("{{<base.html}}{{$man}}{{/man}}{{/base.html}}",
		"page.html:1:15: base.html has no block \"man\"");
	assert_refused("{{<base.html}}lost{{/base.html}}",
		"page.html:1:15: only {{$block}} may stand in {{<base.html}}");
}

static void
refuses_endless_nesting(void **state)
{
	char deep[40 * 9 + 1] = "";

	(void)state;
	write_file("self.html", "a{{>self.html}}");
	assert_null(render("{{>self.html}}"));
	assert_non_null(strstr(failure.text, "nested too deep"));
	for (int i = 0; i < 40; i++)
		strcat(deep, "{{#open}}");
	assert_null(render(deep));
	assert_non_null(strstr(failure.text, "nested too deep"));
}

static int
set_up(void **state)
{
	(void)state;
	return mkdtemp(directory) == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	static const char *const names[] = {"page.html", "mail.txt",
		"part.html", "base.html", "middle.html", "self.html", "fr.mo"};
	char path[128];

	(void)state;
	buffer_release(&output);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		unlink(path);
	}
	return rmdir(directory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes_values),
		cmocka_unit_test(shows_every_type),
		cmocka_unit_test(shows_times_on_the_clocks_of_the_zone),
		cmocka_unit_test(none_shows_nothing),
		cmocka_unit_test(walks_sections),
		cmocka_unit_test(takes_standalone_lines_away),
		cmocka_unit_test(includes_and_inherits),
		cmocka_unit_test(keeps_english_texts),
		cmocka_unit_test(translates),
		cmocka_unit_test(refuses_unknown_names),
		cmocka_unit_test(refuses_wrong_types),
		cmocka_unit_test(refuses_bad_syntax),
		cmocka_unit_test(refuses_endless_nesting),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
