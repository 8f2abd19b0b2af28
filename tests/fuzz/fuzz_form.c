/*
 * Forms: a body as the visitor sends it, read by the real form code and shown
 * again as the real page. The first line is the Content-Type; with
 * application/json it is a request to the API. What is taken keeps what the
 * fields promise; what is shown again is text and nothing more.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "base/utf8.h"
#include "html.h"
#include "http/form.h"
#include "http/reply_state.h"
#include "http/request.h"
#include "http/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

struct input {
	const char *title;
	const char *email;
	const char *username;
	const char *password;
	const char *text;
	const char *body;
	const char *kind;
	const char *way;
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
	FIELD_TEXT(struct input, text),
	FIELD_TEXT(struct input, body),
	FIELD_TEXT(struct input, kind),
	FIELD_TEXT(struct input, way),
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
	{"offer", "Offer"}, {"request", "Request"}, {NULL, NULL}};
static const struct form_field fields[] = {
	{.name = "title",
		.control = FORM_LINE,
		.label = "Title",
		.required = true,
		.least = 2,
		.most = 20,
		.group = "What"},
	{.name = "text", .control = FORM_TEXT, .label = "Text", .most = 200},
	{.name = "body",
		.control = FORM_MARKDOWN,
		.label = "Body",
		.most = 1000},
	{.name = "email", .control = FORM_EMAIL, .label = "Mail"},
	{.name = "username",
		.control = FORM_USERNAME,
		.label = "User",
		.most = 32},
	{.name = "password", .control = FORM_PASSWORD, .label = "Password"},
	{.name = "kind",
		.control = FORM_SELECT,
		.label = "Kind",
		.choices = kinds},
	{.name = "way",
		.control = FORM_RADIO,
		.label = "Way",
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
	.fields = fields,
	.count = COUNT_OF(fields),
	.submit = "Send",
};

struct common {
	const char *csrf;
	const char *assets;
	bool member;
	const char *author;
};
static const struct field common_fields[] = {
	FIELD_TEXT(struct common, csrf),
	FIELD_TEXT(struct common, assets),
	FIELD_BOOLEAN(struct common, member),
	FIELD_TEXT(struct common, author),
};
static const struct record common_record = RECORD(struct common, common_fields);
static const struct common common = {"token", "1", true, "author"};

static const struct page page = {"look/form.html", &form_view_record};
static struct template_set *templates;

static const struct route page_route = {.name = "fuzz"};
static const struct route api_route = {.name = "fuzz.api", .flags = ROUTE_API};

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const struct page *pages[] = {&page};
	struct error error;

	(void)argc;
	(void)argv;
	log_open("fuzz", LOG_USER, LOG_EMERG, true);
	templates =
		template_set_load(TEMPLATES, pages, 1, &common_record, &error);
	if (templates == NULL) {
		fprintf(stderr, "%s\n", error.text);
		abort();
	}
	return 0;
}

static void
must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "form: %s\n", what);
	abort();
}

static void
check_text(const char *text, bool one_line, size_t most)
{
	if (text == NULL)
		return;
	must(text[0] != '\0', "an empty text is none");
	must(utf8_valid(text, strlen(text)), "text is UTF-8");
	must(!utf8_has_control(text), "text has no control characters");
	must(strchr(text, '\r') == NULL, "text has no carriage return");
	must(!one_line || strpbrk(text, "\t\n") == NULL, "a line is one line");
	must(most == 0 || utf8_length(text) <= most, "text has its limit");
}

static bool
is_choice(const char *value)
{
	return value == NULL || value == kinds[0].value ||
	       value == kinds[1].value;
}

static void
check_input(const struct input *input)
{
	must(input->title != NULL && utf8_length(input->title) >= 2,
		"what is required is there");
	check_text(input->title, true, 20);
	check_text(input->email, true, 254);
	check_text(input->username, true, 32);
	check_text(input->text, false, 200);
	check_text(input->body, false, 1000);
	check_text(input->colour, true, 7);
	must(input->email == NULL || mailbox_valid(input->email),
		"an address can be written to");
	must(input->username == NULL ||
			strspn(input->username,
				"abcdefghijklmnopqrstuvwxyz0123456789._-") ==
				strlen(input->username),
		"user names are plain");
	must(is_choice(input->kind) && is_choice(input->way), "one of those");
	must(input->tags.count <= 2, "each choice once");
	for (size_t i = 0; i < input->tags.count; i++)
		must(is_choice(((const char *const *)input->tags.items)[i]),
			"some of those");
	must(input->count == INTEGER_NONE ||
			(input->count >= 1 && input->count <= 10),
		"numbers have their limits");
	must(input->price == INTEGER_NONE || input->price >= 0,
		"no money is less than none");
}

static void
show(struct request *request)
{
	/* One space behind each attribute. */
#define BOX "id name type value required checked aria-describedby aria-invalid "
	static const struct html_element elements[] = {
		{"form", "class id method action novalidate ", false},
		{"input",
			BOX "inputmode autocomplete maxlength autocapitalize "
			    "spellcheck ",
			true},
		{"textarea", BOX "class maxlength ", false},
		{"select", BOX "autocomplete ", false},
		{"option", "value selected ", false},
		{"fieldset", "class id aria-describedby ", false},
		{"legend", "", false}, {"label", "for class ", false},
		{"div", "class id role tabindex aria-live ", false},
		{"section", "class aria-label ", false}, {"h2", "", false},
		{"h3", "", false}, {"h4", "", false}, {"h5", "", false},
		{"h6", "", false}, {"ul", "", false}, {"ol", "start ", false},
		{"li", "", false}, {"a", "href title rel ", false},
		{"p", "class id ", false}, {"span", "class ", false},
		{"button", "class name value formnovalidate formaction type ",
			false},
		{"svg", "class aria-hidden ", false}, {"use", "href ", true},
		{"pre", "", false}, {"code", "class ", false},
		{"em", "", false}, {"strong", "", false},
		{"blockquote", "", false}, {"br", "", true}, {"hr", "", true}};
	struct buffer output = BUFFER_EMPTY;

	template_render(templates, &page,
		form_show(request, &form, "/there", NULL), &common,
		request->language, NULL, &output);
	html_check(buffer_text(&output), elements, COUNT_OF(elements));
	buffer_release(&output);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '\n', size);
	struct http_header header = {.name = "content-type"};
	struct input input = {0};
	struct arena *arena;
	size_t length;
	int outcome;

	if (end == NULL || memchr(data, '\0', (size_t)(end - data)) != NULL)
		return 0;
	arena = arena_new();
	length = size - (size_t)(end + 1 - data);
	header.value = arena_copy(arena, data, (size_t)(end - data));
	struct request request = {
		.arena = arena,
		.method = METHOD_POST,
		.headers = &header,
		.header_count = 1,
		.body = {(unsigned char *)arena_copy(arena, end + 1, length),
			length},
		.language = size & 1 ? LANGUAGE_FRENCH : LANGUAGE_ENGLISH,
	};
	request.route = strncmp(header.value, "application/json", 16) == 0
				? &api_route
				: &page_route;
	reply_start(&request);
	if (request.route == &page_route)
		form_value(&request, "csrf");
	outcome = form_read(&request, &form, &input);
	if (outcome == 0)
		check_input(&input);
	if (outcome >= 0)
		show(&request);
	arena_free(arena);
	return 0;
}
