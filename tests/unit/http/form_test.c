/* Forms from body to struct and from struct to view. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "http/form.h"
#include "http/reply.h"
#include "http/reply_state.h"
#include "http/request.h"

struct input {
	const char *title;
	const char *email;
	const char *username;
	const char *password;
	const char *body;
	const char *kind;
	bool agreed;
	struct record_list tags;
	int64_t count;
	int64_t price;
	struct timestamp until;
	const char *colour;
	const char *digest;
};
static const struct field input_fields[] = {
	FIELD_TEXT(struct input, title),
	FIELD_TEXT(struct input, email),
	FIELD_TEXT(struct input, username),
	FIELD_TEXT(struct input, password),
	FIELD_TEXT(struct input, body),
	FIELD_TEXT(struct input, kind),
	FIELD_BOOLEAN(struct input, agreed),
	FIELD_TEXTS(struct input, tags),
	FIELD_INTEGER(struct input, count),
	FIELD_INTEGER(struct input, price),
	FIELD_TIME(struct input, until),
	FIELD_TEXT(struct input, colour),
	FIELD_TEXT(struct input, digest),
};
static const struct record input_record = RECORD(struct input, input_fields);

static const struct form_choice kinds[] = {
	{"offer", "Offer"},
	{"request", "Request"},
	{NULL, NULL},
};
static const struct form_field form_fields[] = {
	{.name = "title",
		.control = FORM_LINE,
		.label = "Title",
		.help = "Short",
		.required = true,
		.least = 2,
		.most = 5,
		.group = "What"},
	{.name = "body",
		.control = FORM_MARKDOWN,
		.label = "Text",
		.most = 40,
		.group = "What"},
	{.name = "email", .control = FORM_EMAIL, .label = "Mail"},
	{.name = "username", .control = FORM_USERNAME, .label = "User"},
	{.name = "password", .control = FORM_PASSWORD, .label = "Password"},
	{.name = "kind",
		.control = FORM_SELECT,
		.label = "Kind",
		.choices = kinds},
	{.name = "agreed", .control = FORM_CHECKBOX, .label = "Agreed"},
	{.name = "tags",
		.control = FORM_CHOICES,
		.label = "Tags",
		.choices = kinds},
	{.name = "count",
		.control = FORM_INTEGER,
		.label = "Count",
		.least = 1,
		.most = 10},
	{.name = "price", .control = FORM_MONEY, .label = "Price"},
	{.name = "until", .control = FORM_DATE, .label = "Until"},
	{.name = "colour", .control = FORM_COLOUR, .label = "Colour"},
	{.name = "digest", .control = FORM_HIDDEN, .label = ""},
};
static const struct form form = {
	.record = &input_record,
	.fields = form_fields,
	.count = COUNT_OF(form_fields),
	.submit = "Send",
};

static const struct route page_route = {.name = "test"};
static const struct route api_route = {.name = "test.api", .flags = ROUTE_API};

static struct arena *arena;
static struct request request;
static struct http_header content_type;
static struct input input;

/* Reads a body as the request's form. */
static int
read_as(const struct route *route, const char *type, const char *body,
	size_t length)
{
	arena_free(arena);
	arena = arena_new();
	content_type = (struct http_header){"content-type", type};
	request = (struct request){
		.arena = arena,
		.route = route,
		.method = METHOD_POST,
		.headers = &content_type,
		.header_count = 1,
		.body = {(unsigned char *)arena_copy(arena, body, length),
			length},
	};
	reply_start(&request);
	input = (struct input){0};
	return form_read(&request, &form, &input);
}

static int
read_form(const char *body)
{
	return read_as(&page_route, "application/x-www-form-urlencoded", body,
		strlen(body));
}

static int
read_json(const char *body)
{
	return read_as(&api_route, "application/json; charset=utf-8", body,
		strlen(body));
}

/* What the page shows for a field. */
static const struct form_field_view *
shown(const struct form_view *view, const char *name)
{
	for (size_t i = 0; i < view->groups.count; i++) {
		const struct form_group_view *group =
			(const struct form_group_view *)view->groups.items + i;
		for (size_t j = 0; j < group->fields.count; j++) {
			const struct form_field_view *field =
				(const struct form_field_view *)
					group->fields.items +
				j;
			if (strcmp(field->name, name) == 0)
				return field;
		}
	}
	fail_msg("the form does not show %s", name);
	return NULL;
}

static void
assert_fails(const char *body, const char *field, const char *message)
{
	assert_int_equal(read_form(body), 1);
	const struct form_view *view = form_show(&request, &form, "/", NULL);
	assert_true(view->failed);
	assert_string_equal(shown(view, field)->error, message);
}

static void
reads_every_control(void **state)
{
	(void)state;
	assert_int_equal(
		read_form("title=+%C3%89t%C3%A9+&body=a%0D%0Ab&email=a%40b.org"
			  "&username=Ada.L&password=+x+&kind=offer&agreed=1"
			  "&tags=offer&tags=request&tags=offer&count=3"
			  "&price=1+200,5&until=2026-11-23&colour=%23AABBCC"
			  "&digest=d&unknown=ignored"),
		0);
	assert_string_equal(input.title, "Été");
	assert_string_equal(input.body, "a\nb");
	assert_string_equal(input.email, "a@b.org");
	assert_string_equal(input.username, "ada.l");
	assert_string_equal(input.password, " x ");
	assert_string_equal(input.kind, "offer");
	assert_true(input.agreed);
	assert_int_equal(input.tags.count, 2);
	assert_int_equal(input.count, 3);
	assert_int_equal(input.price, 120050);
	assert_int_equal(input.until.microseconds, INT64_C(1795392000000000));
	assert_string_equal(input.colour, "#aabbcc");
	assert_string_equal(input.digest, "d");
}

static void
leaves_none_where_nothing_was_typed(void **state)
{
	(void)state;
	assert_int_equal(read_form("title=ab&email=&count=&price=&until="), 0);
	assert_null(input.email);
	assert_null(input.kind);
	assert_false(input.agreed);
	assert_int_equal(input.tags.count, 0);
	assert_true(input.count == INTEGER_NONE);
	assert_true(input.price == INTEGER_NONE);
	assert_true(input.until.microseconds == TIME_NONE.microseconds);
}

static void
says_what_is_wrong(void **state)
{
	static const char unseen[] =
		"This holds characters that cannot be seen.";

	(void)state;
	assert_fails("", "title", "Fill in this field.");
	assert_fails("title=+", "title", "Fill in this field.");
	assert_fails("title=a", "title", "Use at least 2 characters.");
	assert_fails("title=%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9", "title",
		"This is too long: use at most 5 characters.");
	assert_fails("title=%FF", "title", "This is not valid UTF-8 text.");
	assert_fails("title=a%00b", "title", "This holds a zero byte.");
	assert_fails("title=a%0Ab", "title", unseen);
	assert_fails("title=a%07b", "title", unseen);
	assert_fails("title=a%E2%80%AEb", "title", unseen);
	assert_fails(
		"title=ab&kind=gift", "kind", "Choose one of those offered.");
	assert_fails(
		"title=ab&tags=gift", "tags", "Choose from those offered.");
	assert_fails(
		"title=ab&count=11", "count", "This is too much: at most 10.");
	assert_fails(
		"title=ab&count=0", "count", "This is too little: at least 1.");
	assert_fails("title=ab&count=1e3", "count",
		"Write a whole number, in digits.");
	assert_fails("title=ab&price=1.234", "price",
		"Write an amount, like 12.50.");
	assert_fails(
		"title=ab&price=-1", "price", "Write an amount, like 12.50.");
	assert_fails("title=ab&until=tomorrow", "until",
		"Write a date, like 2026-11-23.");
	assert_fails("title=ab&colour=red", "colour",
		"Write a colour, like #1a6b5c.");
}

static void
checks_addresses_and_user_names(void **state)
{
	static const char *const bad_addresses[] = {"a", "a@b", "@b.org",
		"a@b.org.", ".a@b.org", "a..b@c.org", "a b@c.org", "a@b@c.org",
		"%3Ca%40b.org%3E", "a@b_c.org"};
	static const char *const bad_names[] = {
		"-a", ".a", "a b", "a%2Fb", "%C3%A9", "a@b"};
	char body[128];

	(void)state;
	assert_int_equal(
		read_form("title=ab&email=o%27neil+tag%40mail.b-c.org"), 1);
	assert_int_equal(
		read_form("title=ab&email=o%27neil%2Btag%40mail.b-c.org"), 0);
	for (size_t i = 0; i < COUNT_OF(bad_addresses); i++) {
		snprintf(body, sizeof(body), "title=ab&email=%s",
			bad_addresses[i]);
		assert_fails(body, "email",
			"This is not an e-mail address, like "
			"name@example.org.");
	}
	for (size_t i = 0; i < COUNT_OF(bad_names); i++) {
		snprintf(body, sizeof(body), "title=ab&username=%s",
			bad_names[i]);
		assert_int_equal(read_form(body), 1);
	}
}

static void
keeps_what_was_typed(void **state)
{
	const struct form_view *view;

	(void)state;
	assert_int_equal(
		read_form("title=a&email=x&password=secret&kind=request"
			  "&agreed=1&tags=offer&price=abc&digest=d"),
		1);
	view = form_show(&request, &form, "/here", NULL);
	assert_string_equal(view->action, "/here");
	assert_int_equal(view->errors.count, 3);
	assert_string_equal(shown(view, "title")->value, "a");
	assert_string_equal(shown(view, "email")->value, "x");
	assert_null(shown(view, "password")->value);
	assert_true(shown(view, "agreed")->checked);
	assert_string_equal(shown(view, "price")->value, "abc");
	const struct form_option_view *kind_options =
		shown(view, "kind")->options.items;
	assert_false(kind_options[0].selected);
	assert_true(kind_options[1].selected);
	assert_int_equal(view->hidden.count, 1);
}

/* A text of so many characters under that name, as a form's body. */
static const char *
body_of(const char *name, const char *character, size_t count)
{
	static char body[200000];
	char *end = stpcpy(stpcpy(body, name), "=");

	for (size_t i = 0; i < count; i++)
		end = stpcpy(end, character);
	return body;
}

static void
assert_cut(const char *name, const char *character, size_t sent,
	const char *shown_character, size_t kept)
{
	const char *value;

	read_form(body_of(name, character, sent));
	value = shown(form_show(&request, &form, "/", NULL), name)->value;
	assert_int_equal(strlen(value), kept * strlen(shown_character));
	for (size_t i = 0; i < kept; i++)
		assert_memory_equal(value + i * strlen(shown_character),
			shown_character, strlen(shown_character));
}

static void
shows_what_is_too_long_as_far_as_it_can_be_shortened(void **state)
{
	(void)state;
	assert_cut("title", "a", 10, "a", 10);
	assert_cut("title", "a", 11, "a", 10);
	assert_cut("body", "\xe2\x82\xac", 100000 / 3, "\xe2\x82\xac", 80);
	assert_cut("body", "%0D%0A", 80, "\r\n", 80);
	assert_cut("body", "%0D%0A", 20000, "\r\n", 80);
	/* No limit of its own, or one that is not a length. */
	assert_cut("email", "a", 1000, "a", 1000);
	assert_cut("email", "a", 1001, "a", 1000);
	assert_cut("count", "9", 90, "9", 90);
	assert_cut("count", "9", 101, "9", 100);
	assert_cut("price", "9", 101, "9", 100);
	assert_cut("until", "9", 101, "9", 100);
}

/* Carries another form. */
static const struct form carrier = {
	.record = &input_record,
	.fields = form_fields,
	.count = 1,
	.submit = "Log in",
	.carries = true,
};

static void
takes_along_no_more_than_may_travel(void **state)
{
	const size_t names = strlen("kept/akept.body");
	const struct form_view *view;

	(void)state;
	read_form(body_of("kept=/a&kept.body", "a", FORM_KEPT_MOST - names));
	view = form_show(&request, &carrier, "/login", NULL);
	assert_int_equal(view->hidden.count, 2);
	assert_null(view->notice);
	read_form(
		body_of("kept=/a&kept.body", "a", FORM_KEPT_MOST - names + 1));
	view = form_show(&request, &carrier, "/login", NULL);
	assert_int_equal(view->hidden.count, 0);
	assert_non_null(strstr(view->notice, "too long to be kept"));
}

static void
shows_a_struct(void **state)
{
	static const char *const tags[] = {"request"};
	static const struct input start = {
		.title = "Lathe",
		.kind = "offer",
		.agreed = true,
		.tags = {tags, 1},
		.count = 7,
		.price = 1205,
		.until = {INT64_C(1795392000000000)},
		.password = "secret",
	};
	const struct form_view *view;
	const struct form_field_view *title;

	(void)state;
	assert_int_equal(read_form("title=ab"), 0);
	request.form = NULL;
	view = form_show(&request, &form, "/", &start);
	title = shown(view, "title");
	assert_false(view->failed);
	assert_string_equal(title->value, "Lathe");
	assert_string_equal(title->id, "field-title");
	assert_string_equal(title->describedby, "help-title");
	assert_true(title->required);
	assert_true(title->is_input);
	assert_int_equal(title->maxlength, 5);
	assert_string_equal(shown(view, "count")->value, "7");
	assert_string_equal(shown(view, "price")->value, "12.05");
	assert_string_equal(shown(view, "until")->value, "2026-11-23");
	assert_null(shown(view, "password")->value);
	assert_true(shown(view, "agreed")->checked);
	assert_int_equal(view->groups.count, 2);
	request.language = LANGUAGE_FRENCH;
	view = form_show(&request, &form, "/", &start);
	assert_string_equal(shown(view, "price")->value, "12,05");
	assert_string_equal(shown(view, "title")->id, "field-title-2");
}

static void
previews_without_sending(void **state)
{
	const struct form_view *view;

	(void)state;
	assert_int_equal(read_form("body=**hi**&preview=body"), 1);
	view = form_show(&request, &form, "/", NULL);
	assert_false(view->failed);
	assert_non_null(
		strstr(shown(view, "body")->preview, "<strong>hi</strong>"));
	/* More than the field takes is refused, not rendered. */
	assert_int_equal(read_form("body=123456789012345678901234567890"
				   "12345678901&preview=body"),
		1);
	view = form_show(&request, &form, "/listings/new", NULL);
	assert_null(shown(view, "body")->preview);
	assert_string_equal(shown(view, "body")->error,
		"This is too long: use at most 40 characters.");
	assert_int_equal(read_form("body=12345678901234567890%0D%0A"
				   "1234567890123456789&preview=body"),
		1);
	view = form_show(&request, &form, "/listings/new", NULL);
	assert_non_null(shown(view, "body")->preview);
	/* Only a field of Markdown can be previewed. */
	assert_int_equal(read_form("title=ab&preview=title"), 0);
}

static void
leaves_out_and_offers_at_run_time(void **state)
{
	static const struct form_choice others[] = {
		{"swap", "Swap"}, {NULL, NULL}};
	static const char body[] = "email=bad&kind=swap";
	const struct form_view *view;

	(void)state;
	assert_int_equal(read_form(body), 1);
	request.form = NULL;
	request.body.data = (unsigned char *)arena_text(arena, body);
	form_omit(&request, "title");
	form_omit(&request, "email");
	form_choices(&request, "kind", others);
	input = (struct input){0};
	assert_int_equal(form_read(&request, &form, &input), 0);
	assert_string_equal(input.kind, "swap");
	assert_null(input.email);
	view = form_show(&request, &form, "/", NULL);
	assert_int_equal(((const struct form_group_view *)view->groups.items)
				 ->fields.count,
		1);
}

static void
reads_multipart(void **state)
{
	static const char body[] =
		"--XX\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\n"
		"Saw\r\n--XX\r\nContent-Disposition: form-data; "
		"name=\"body\"\r\n\r\na\r\n-- b\r\n--XX--\r\n";

	(void)state;
	assert_int_equal(
		read_as(&page_route, "multipart/form-data; boundary=XX", body,
			sizeof(body) - 1),
		0);
	assert_string_equal(input.title, "Saw");
	assert_string_equal(input.body, "a\n-- b");
}

static void
reads_json(void **state)
{
	(void)state;
	assert_int_equal(
		read_json("{\"title\": \"Saw\", \"agreed\": true, \"tags\": "
			  "[\"offer\"], \"count\": 4, \"price\": 1250, "
			  "\"email\": null, \"until\": \"2026-11-23\"}"),
		0);
	assert_string_equal(input.title, "Saw");
	assert_true(input.agreed);
	assert_int_equal(input.tags.count, 1);
	assert_int_equal(input.count, 4);
	assert_int_equal(input.price, 1250);
	assert_null(input.email);
}

static void
answers_wrong_json(void **state)
{
	(void)state;
	assert_int_equal(
		read_json("{\"title\": 5, \"nmae\": \"x\", \"count\": \"4\", "
			  "\"tags\": [1], \"agreed\": \"yes\"}"),
		1);
	reply_form_errors(&request);
	assert_int_equal(request.reply->status, 422);
	assert_string_equal(request.reply->type, "application/problem+json");
	const char *body =
		arena_copy(arena, request.reply->body, request.reply->length);
	static const char *const expected[] = {
		"{\"field\":\"title\",\"detail\":\"This has the wrong type.\"}",
		"{\"field\":\"agreed\",\"detail\":\"This has the wrong "
		"type.\"}",
		"{\"field\":\"count\",\"detail\":\"This has the wrong type.\"}",
		"{\"field\":\"tags\",\"detail\":\"This has the wrong type.\"}",
		"{\"field\":\"nmae\",\"detail\":\"There is no such field.\"}",
	};
	for (size_t i = 0; i < COUNT_OF(expected); i++)
		if (strstr(body, expected[i]) == NULL)
			fail_msg("%s lacks %s", body, expected[i]);
}

static void
refuses_what_it_cannot_read(void **state)
{
	static const char half[] = "--XX\r\nContent-Disposition: form-data";

	(void)state;
	assert_int_equal(read_form("title=%zz"), -1);
	assert_int_equal(request.reply->status, 400);
	assert_int_equal(
		read_as(&page_route, "multipart/form-data; boundary=XX", half,
			sizeof(half) - 1),
		-1);
	assert_int_equal(request.reply->status, 400);
	assert_int_equal(read_as(&page_route, "text/plain", "title=ab", 8), -1);
	assert_int_equal(request.reply->status, 415);
	assert_int_equal(read_json("[]"), -1);
	assert_int_equal(request.reply->status, 400);
	assert_int_equal(read_json("{\"title\": \"a\", \"title\": \"b\"}"), -1);
	assert_int_equal(
		read_as(&api_route, "application/x-www-form-urlencoded",
			"title=ab", 8),
		-1);
	assert_int_equal(request.reply->status, 415);
}

static void
reads_single_values(void **state)
{
	(void)state;
	read_form("csrf=abc&bad=%FF");
	assert_string_equal(form_value(&request, "csrf"), "abc");
	assert_null(form_value(&request, "bad"));
	assert_null(form_value(&request, "other"));
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_control),
		cmocka_unit_test(leaves_none_where_nothing_was_typed),
		cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(checks_addresses_and_user_names),
		cmocka_unit_test(keeps_what_was_typed),
		cmocka_unit_test(
			shows_what_is_too_long_as_far_as_it_can_be_shortened),
		cmocka_unit_test(takes_along_no_more_than_may_travel),
		cmocka_unit_test(shows_a_struct),
		cmocka_unit_test(previews_without_sending),
		cmocka_unit_test(leaves_out_and_offers_at_run_time),
		cmocka_unit_test(reads_multipart),
		cmocka_unit_test(reads_json),
		cmocka_unit_test(answers_wrong_json),
		cmocka_unit_test(refuses_what_it_cannot_read),
		cmocka_unit_test(reads_single_values),
	};
	return cmocka_run_group_tests(tests, NULL, tear_down);
}
