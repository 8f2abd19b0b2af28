#include "base/arena.h"
#include "crypto/digest.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/template.h"
#include "tenants/community.h"
#include "tenants/legal/acceptance.h"
#include "tenants/legal/legal.h"
#include "tenants/legal_text.h"
#include "text/markdown.h"

/* The page has its title as <h1>. */
#define TEXT_HEADING 2

struct legal_view {
	const char *title;
	const char *version;
	const char *language; /* of the text, where it is not the page's */
	const char *body;     /* HTML */
	/* P1, D2, D10, P4: who answers for the register */
	const char *register_name;
	const char *controller;
	const char *contact;
	const char *authority;
	const char *authority_address;
	struct record_list processors;
};

static const struct field legal_view_fields[] = {
	FIELD_TEXT(struct legal_view, title),
	FIELD_TEXT(struct legal_view, version),
	FIELD_TEXT(struct legal_view, language),
	FIELD_HTML(struct legal_view, body),
	FIELD_TEXT(struct legal_view, register_name),
	FIELD_TEXT(struct legal_view, controller),
	FIELD_TEXT(struct legal_view, contact),
	FIELD_TEXT(struct legal_view, authority),
	FIELD_TEXT(struct legal_view, authority_address),
	FIELD_TEXTS(struct legal_view, processors),
};
static const struct record legal_view_record =
	RECORD(struct legal_view, legal_view_fields);

const struct page legal_terms_page = {"legal/terms.html", &legal_view_record};
const struct page legal_privacy_page = {
	"legal/privacy.html", &legal_view_record};

static void
fill_register(struct legal_view *view, const struct tenant_register *identity)
{
	view->register_name = identity->name;
	view->controller = identity->controller;
	view->contact = identity->contact;
	view->authority = identity->authority;
	view->authority_address = identity->authority_address;
	view->processors = identity->processors;
}

static int
show(struct request *request, const struct tenant_terms *terms,
	const struct page *page)
{
	const struct tenant_config *config = request->community->config;
	const struct tenant_text *text =
		legal_text(config, terms, request->language);
	struct legal_view view = {.version = terms->version};

	if (text == NULL)
		return reply_not_found(request);
	view.title = text->title;
	view.language = text->language;
	view.body = markdown_html(request->arena, text->body, TEXT_HEADING);
	fill_register(&view, &config->register_identity);
	return reply_page(request, 200, page, &view);
}

int
legal_terms_show(struct request *request)
{
	return show(
		request, &request->community->config->terms, &legal_terms_page);
}

int
legal_privacy_show(struct request *request)
{
	return show(request, &request->community->config->privacy,
		&legal_privacy_page);
}

struct legal_answer {
	const char *version;
	const char *language;
	const char *title;
	const char *body; /* Markdown */
	const char *sha256;
};

static const struct field legal_answer_fields[] = {
	FIELD_TEXT(struct legal_answer, version),
	FIELD_TEXT(struct legal_answer, language),
	FIELD_TEXT(struct legal_answer, title),
	FIELD_TEXT(struct legal_answer, body),
	FIELD_TEXT(struct legal_answer, sha256),
};
static const struct record legal_answer_record =
	RECORD(struct legal_answer, legal_answer_fields);

static int
answer(struct request *request, const struct tenant_terms *terms,
	const char *sha256)
{
	const struct tenant_text *text = legal_text(
		request->community->config, terms, request->language);
	struct legal_answer answer = {
		.version = terms->version,
		.sha256 = sha256,
	};

	if (text == NULL)
		return reply_not_found(request);
	answer.language = text->language;
	answer.title = text->title;
	answer.body = text->body;
	return reply_record(request, 200, &legal_answer_record, &answer);
}

int
legal_terms_api(struct request *request)
{
	return answer(request, &request->community->config->terms,
		acceptance_digest(request));
}

int
legal_privacy_api(struct request *request)
{
	return answer(request, &request->community->config->privacy, NULL);
}
