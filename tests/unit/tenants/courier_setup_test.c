/* missiond.yaml's mail section as the courier takes it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/error.h"
#include "courier.h"
#include "courier_setup.h"
#include "mail/smtp.h"
#include "settings.h"

static void
a_folder_is_made_below_data(void **state)
{
	(void)state;
	char data[] = "/tmp/missiond-setup-XXXXXX", expected[64];
	struct arena *arena = arena_new();
	struct courier_settings courier = {0};
	struct settings settings = {
		.mail = {.directory = "mail",
			.from = "a@example.org",
			.attempts = 3},
	};
	struct error error;
	struct stat status;

	assert_non_null(mkdtemp(data));
	settings.paths.data = data;
	assert_int_equal(courier_setup(arena, &settings, &courier, &error), 0);
	snprintf(expected, sizeof(expected), "%s/mail", data);
	assert_string_equal(courier.folder, expected);
	assert_int_equal(stat(expected, &status), 0);
	assert_int_equal(status.st_mode & 07027U, 0);
	assert_int_equal(courier.attempts, 3);
	assert_null(courier.smtp);
	assert_int_equal(courier_setup(arena, &settings, &courier, &error), 0);
	rmdir(expected);
	rmdir(data);
	assert_int_equal(courier_setup(arena, &settings, &courier, &error), -1);
	assert_non_null(strstr(error.text, "No such file"));
	arena_free(arena);
}

static void
a_password_is_the_first_line(void **state)
{
	(void)state;
	char path[] = "/tmp/missiond-password-XXXXXX";
	struct arena *arena = arena_new();
	struct courier_settings courier = {0};
	struct settings settings = {
		.mail = {.host = "mail.example.org",
			.port = 465,
			.security = "tls",
			.user = "u",
			.password_file = path,
			.from = "a@example.org",
			.attempts = 3},
	};
	struct error error;
	int descriptor = mkstemp(path);

	assert_int_equal(courier_setup(arena, &settings, &courier, &error), -1);
	assert_non_null(strstr(error.text, "no password"));
	assert_int_equal(write(descriptor, "pä ss\r\nmore\n", 13), 13);
	assert_int_equal(courier_setup(arena, &settings, &courier, &error), 0);
	assert_string_equal(courier.smtp->password, "pä ss");
	assert_string_equal(courier.smtp->host, "mail.example.org");
	assert_int_equal(courier.smtp->security, SMTP_TLS);
	assert_null(courier.folder);
	close(descriptor);
	unlink(path);
	assert_int_equal(courier_setup(arena, &settings, &courier, &error), -1);
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_folder_is_made_below_data),
		cmocka_unit_test(a_password_is_the_first_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
