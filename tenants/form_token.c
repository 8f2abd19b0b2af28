#include "tenants/form_token.h"

#include <string.h>

#include "base/arena.h"
#include "crypto/digest.h"
#include "http/form.h"
#include "http/reply.h"
#include "http/request.h"
#include "tenants/actor.h"
#include "tenants/community.h"
#include "tenants/permission.h"
#include "tenants/service.h"

void
form_token_of(struct request *request, const void *secret, size_t length,
	char token[TOKEN_TEXT_SIZE])
{
	const struct community *community = request->community;
	unsigned char message[sizeof(community->id) + 64];
	unsigned char digest[DIGEST_SIZE];
	char hex[DIGEST_HEX_SIZE];

	if (length > 64)
		length = 64;
	memcpy(message, &community->id, sizeof(community->id));
	memcpy(message + sizeof(community->id), secret, length);
	digest_hmac_sha256(service_form_key(request), DIGEST_SIZE, message,
		sizeof(community->id) + length, digest);
	digest_hex(digest, hex);
	memcpy(token, hex, TOKEN_TEXT_SIZE - 1);
	token[TOKEN_TEXT_SIZE - 1] = '\0';
}

/* The visitor's cookie when it has the form of one of ours. */
static const char *
visitor_cookie(const struct request *request)
{
	const char *cookie = request_cookie(request, FORM_TOKEN_COOKIE);
	unsigned char digest[DIGEST_SIZE];

	return cookie != NULL && token_digest(cookie, digest) == 0 ? cookie
								   : NULL;
}

const char *
form_token_show(struct request *request)
{
	char *token = arena_alloc(request->arena, TOKEN_TEXT_SIZE);
	char fresh[TOKEN_TEXT_SIZE];
	const char *cookie = visitor_cookie(request);

	if (request->actor != NULL)
		return request->actor->csrf;
	if (cookie == NULL) {
		token_new(fresh);
		reply_cookie(request, FORM_TOKEN_COOKIE, fresh, 0);
		cookie = fresh;
	}
	form_token_of(request, cookie, strlen(cookie), token);
	return token;
}

bool
form_token_check(struct request *request)
{
	const char *sent = form_value(request, "csrf");
	const char *cookie = visitor_cookie(request);
	char expected[TOKEN_TEXT_SIZE];

	if (sent == NULL || strlen(sent) != TOKEN_TEXT_SIZE - 1)
		return false;
	if (request->actor != NULL)
		memcpy(expected, request->actor->csrf, sizeof(expected));
	else if (cookie != NULL)
		form_token_of(request, cookie, strlen(cookie), expected);
	else
		return false;
	return digest_equal(sent, expected, TOKEN_TEXT_SIZE - 1);
}

const char *
form_author(struct request *request)
{
	static const char purpose[] = "author";
	unsigned char secret[sizeof(purpose) + sizeof(struct uuid)];
	char *author;

	if (request->actor == NULL)
		return "";
	author = arena_alloc(request->arena, TOKEN_TEXT_SIZE);
	memcpy(secret, purpose, sizeof(purpose));
	memcpy(secret + sizeof(purpose), &request->actor->member,
		sizeof(struct uuid));
	form_token_of(request, secret, sizeof(secret), author);
	return author;
}

bool
form_author_check(struct request *request)
{
	const char *sent, *author;

	if (request->actor == NULL ||
		request->route->permission <= PERMIT_VISITOR)
		return true;
	/* Nothing of it can be shown to anybody. */
	if (!form_is_readable(request))
		return true;
	sent = form_value(request, "author");
	author = form_author(request);
	return sent != NULL && strlen(sent) == strlen(author) &&
	       digest_equal(sent, author, strlen(author));
}
