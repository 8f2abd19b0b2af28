#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/uuid.h"
#include "mail/folder.h"
#include "mail/header.h"
#include "mail/message.h"

static void
builds_a_message(void **state)
{
	(void)state;
	struct buffer output = BUFFER_EMPTY;
	struct message message = {
		.from = {"no-reply@e.org", "Toulouse, entr'aide"},
		.to = {"zoe@e.org", "Zoé"},
		.subject = "Bienvenue à Toulouse",
		.body = "Bonjour Zoé,\n\n1 = 1 \nFrom here\r\nend",
		.language = "fr",
		.date = {INT64_C(784111777000000)},
	};

	assert_int_equal(
		uuid_parse("0123456789abcdefghjkmnpqrs", &message.id), 0);
	assert_int_equal(message_build(&output, &message, NULL), 0);
	assert_string_equal(buffer_text(&output),
		"Date: Sun, 06 Nov 1994 08:49:37 +0000\r\n"
		"From: \"Toulouse, entr'aide\" <no-reply@e.org>\r\n"
		"To: =?UTF-8?Q?Zo=C3=A9?= <zoe@e.org>\r\n"
		"Subject: =?UTF-8?Q?Bienvenue_=C3=A0_Toulouse?=\r\n"
		"Message-ID: <0123456789abcdefghjkmnpqrs@e.org>\r\n"
		"Auto-Submitted: auto-generated\r\n"
		"MIME-Version: 1.0\r\n"
		"Content-Language: fr\r\n"
		"Content-Type: text/plain; charset=utf-8\r\n"
		"Content-Transfer-Encoding: quoted-printable\r\n"
		"\r\n"
		"Bonjour Zo=C3=A9,\r\n"
		"\r\n"
		"1 =3D 1=20\r\n"
		"=46rom here\r\n"
		"end\r\n");
	buffer_release(&output);
}

static void
refuses_what_is_no_address(void **state)
{
	(void)state;
	struct buffer output = BUFFER_EMPTY;
	struct error error;
	struct message message = {
		.from = {"a@e.org", NULL},
		.to = {"b@e.org>\r\nBcc: <c@e.org", NULL},
		.subject = "s",
		.body = "b",
		.language = "en",
	};

	assert_int_equal(message_build(&output, &message, &error), -1);
	assert_string_equal(error.text, "the recipient is not a mail address");
	assert_int_equal(output.length, 0);
	buffer_release(&output);
}

static void
assert_header(const char *expected, const char *text)
{
	struct buffer output = BUFFER_EMPTY;

	header_add_text(&output, "Subject", text);
	assert_string_equal(buffer_text(&output), expected);
	buffer_release(&output);
}

static void
folds_and_encodes_headers(void **state)
{
	(void)state;
	assert_header("Subject: a b c\r\n", "a\r\nb\tc");
	assert_header("Subject: Bcc: x\r\n", "\r\nBcc: x\r\n");
	assert_header("Subject: =?UTF-8?Q?=3D=3FUTF-8=3FQ=3Fx=3F=3D?=\r\n",
		"=?UTF-8?Q?x?=");
	assert_header("Subject: =?UTF-8?Q?=C3=A9_Bcc=3A?=\r\n", "é\nBcc:");
	assert_header("Subject: one two three four five six seven eight nine "
		      "ten eleven twelve\r\n thirteen\r\n",
		"one two three four five six seven eight nine ten eleven "
		"twelve thirteen");
	assert_header("Subject: \r\n", "");
	assert_header("Subject: =?UTF-8?Q?=E2=82=AC=E2=82=AC=E2=82=AC=E2=82=AC"
		      "=E2=82=AC=E2=82=AC?=\r\n"
		      " =?UTF-8?Q?=E2=82=AC?=\r\n",
		"€€€€€€€");
}

static void
quotes_names(void **state)
{
	(void)state;
	struct buffer output = BUFFER_EMPTY;

	header_add_address(&output, "To", "Ann \"The\\Cat\" O.", "a@e.org");
	header_add_address(&output, "To", "Ann Cat", "a@e.org");
	header_add_address(&output, "To", NULL, "a@e.org");
	header_add_address(&output, "To", "A>, <b@e.org", "a@e.org");
	assert_string_equal(buffer_text(&output),
		"To: \"Ann \\\"The\\\\Cat\\\" O.\" <a@e.org>\r\n"
		"To: Ann Cat <a@e.org>\r\n"
		"To: <a@e.org>\r\n"
		"To: \"A>, <b@e.org\" <a@e.org>\r\n");
	buffer_release(&output);
}

/* Whatever is in it: no line above the limits, every LF after a CR, and no
 * header but ours. */
static void
keeps_the_line_rules(void **state)
{
	(void)state;
	static const char *const bits[] = {"é", "\n", "\r", "=", "a", " ", "€",
		".", "=?", "\"", "Bcc: x@y", "😀", "\x01", "wordwordword"};
	unsigned seed = 7;

	for (int round = 0; round < 300; round++) {
		struct buffer text = BUFFER_EMPTY, output = BUFFER_EMPTY;
		struct message message = {
			.from = {"no-reply@example.org", NULL},
			.to = {"someone@example.org", NULL},
			.language = "en",
		};
		unsigned headers = 0;
		bool body = false;

		for (int i = 0; i < round; i++) {
			seed = seed * 1103515245 + 12345;
			buffer_add_text(
				&text, bits[seed / 65536 % COUNT_OF(bits)]);
		}
		message.subject = message.body = buffer_text(&text);
		message.from.name = message.to.name = message.subject;
		assert_int_equal(message_build(&output, &message, NULL), 0);
		for (char *line = output.data, *end; *line; line = end + 2) {
			end = strstr(line, "\r\n");
			assert_non_null(end);
			assert_true(end - line <= 76);
			assert_ptr_equal(strpbrk(line, "\r\n"), end);
			if (end == line)
				body = true;
			else if (!body && *line != ' ')
				headers++;
		}
		assert_int_equal(headers, 10);
		buffer_release(&text);
		buffer_release(&output);
	}
}

static void
writes_whole_files(void **state)
{
	(void)state;
	char directory[] = "/tmp/missiond-mail-XXXXXX", path[64], read[8];
	struct error error;
	FILE *file;

	assert_non_null(mkdtemp(directory));
	assert_int_equal(folder_write(directory, "one", "abc", 3, &error), 0);
	assert_int_equal(folder_write(directory, "one", "xy", 2, &error), 0);
	snprintf(path, sizeof(path), "%s/one.eml", directory);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fread(read, 1, sizeof(read), file), 2);
	fclose(file);
	unlink(path);
	/* Only the one file was there. */
	assert_int_equal(rmdir(directory), 0);
	assert_int_equal(folder_write(directory, "one", "abc", 3, &error), -1);
	assert_non_null(strstr(error.text, "No such file"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(builds_a_message),
		cmocka_unit_test(refuses_what_is_no_address),
		cmocka_unit_test(folds_and_encodes_headers),
		cmocka_unit_test(quotes_names),
		cmocka_unit_test(keeps_the_line_rules),
		cmocka_unit_test(writes_whole_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
