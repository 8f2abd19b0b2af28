/* Colours, style sheets, pictures and assets of tenants/look. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/error.h"
#include "tenants/look/assets.h"
#include "tenants/look/colour.h"
#include "tenants/look/notices.h"
#include "tenants/look/quilt.h"
#include "tenants/look/theme.h"

static const char *
templates(void)
{
	const char *directory = getenv("MISSIOND_TEMPLATES");

	assert_non_null(directory);
	return directory;
}

static void
reads_and_writes_colours(void **state)
{
	struct colour colour;
	char text[COLOUR_TEXT_SIZE];

	(void)state;
	assert_int_equal(colour_parse("#B4472c", &colour), 0);
	assert_int_equal(colour.red, 0xb4);
	assert_int_equal(colour.blue, 0x2c);
	colour_format(colour, text);
	assert_string_equal(text, "#b4472c");
	assert_int_equal(colour_parse(NULL, &colour), -1);
	assert_int_equal(colour_parse("b4472c", &colour), -1);
	assert_int_equal(colour_parse("#b4472", &colour), -1);
	assert_int_equal(colour_parse("#b4472cc", &colour), -1);
	assert_int_equal(colour_parse("#b4472g", &colour), -1);
	assert_int_equal(colour_parse("#+b4472", &colour), -1);
}

static void
measures_contrast(void **state)
{
	(void)state;
	assert_float_equal(
		colour_contrast(COLOUR_BLACK, COLOUR_WHITE), 21, 0.001);
	assert_float_equal(colour_contrast((struct colour){0x77, 0x77, 0x77},
				   COLOUR_WHITE),
		4.478, 0.001);
	assert_float_equal(
		colour_contrast(COLOUR_WHITE, COLOUR_WHITE), 1, 0.001);
}

/* The value of a property within [from, to) of a style sheet. */
static struct colour
property(const char *css, const char *name)
{
	char text[COLOUR_TEXT_SIZE] = "";
	struct colour colour = {0};
	const char *found = strstr(css, name);

	assert_non_null(found);
	found += strlen(name);
	found += strspn(found, ": ");
	memcpy(text, found, 7);
	assert_int_equal(colour_parse(text, &colour), 0);
	return colour;
}

static void
check_scheme(const char *css, const char *ground_css)
{
	struct colour accent = property(css, "--accent:");
	struct colour text = property(css, "--accent-text:");
	struct colour ink = property(css, "--accent-ink:");

	assert_true(colour_contrast(accent, text) >= 4.5);
	assert_true(colour_contrast(property(css, "--accent-strong:"), text) >=
		    4.5);
	assert_true(
		colour_contrast(ink, property(css, "--accent-wash:")) >= 4.5);
	assert_true(
		colour_contrast(ink, property(ground_css, "--paper:")) >= 4.5);
	assert_true(colour_contrast(ink, property(ground_css, "--surface:")) >=
		    4.5);
	assert_true(
		colour_contrast(ink, property(ground_css, "--sunken:")) >= 4.5);
	assert_true(colour_contrast(property(css, "--accent-edge:"),
			    property(ground_css, "--paper:")) >= 3);
}

/* Every colour of a 9 × 9 × 9 lattice, on the grounds of the real file. */
static void
themes_are_readable(void **state)
{
	struct error error;

	(void)state;
	if (assets_load(templates(), &error) < 0)
		fail_msg("%s", error.text);
	const struct asset *asset = assets_find("community.css");
	assert_non_null(asset);
	const char *dark_ground =
		strstr(asset->data, "prefers-color-scheme: dark");
	assert_non_null(dark_ground);
	for (unsigned i = 0; i < 729; i++) {
		struct arena *arena = arena_new();
		struct colour colour = {
			(unsigned char)(i % 9 * 255 / 8),
			(unsigned char)(i / 9 % 9 * 255 / 8),
			(unsigned char)(i / 81 * 255 / 8),
		};
		char text[COLOUR_TEXT_SIZE];

		colour_format(colour, text);
		const char *css = theme_css(arena, text);
		const char *dark = strstr(css, "@media");
		assert_non_null(dark);
		check_scheme(css, asset->data);
		check_scheme(dark, dark_ground);
		arena_free(arena);
	}
}

static void
themes_of_nonsense_are_the_default(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	const char *usual = theme_css(arena, THEME_COLOUR);
	assert_string_equal(theme_css(arena, NULL), usual);
	assert_string_equal(theme_css(arena, "red;}body{"), usual);
	assert_string_not_equal(theme_version(arena, "#ffff00"),
		theme_version(arena, "#ffff01"));
	arena_free(arena);
}

static void
quilts_follow_their_seed(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	const char *one = quilt_avatar(arena, "camille");
	assert_string_equal(one, quilt_avatar(arena, "camille"));
	assert_string_not_equal(one, quilt_avatar(arena, "yanis"));
	const char *banner = quilt_banner(arena, "seed", "#b4472c");
	size_t patches = 0;
	for (const char *at = banner; (at = strstr(at, "<g ")) != NULL; at++)
		patches++;
	assert_int_equal(patches, 54);
	assert_string_not_equal(banner, quilt_banner(arena, "seed", "#b4472d"));
	assert_string_equal(quilt_sign(arena, "seed", "nonsense"),
		quilt_sign(arena, "seed", THEME_COLOUR));
	arena_free(arena);
}

static void
notices_are_found_by_name(void **state)
{
	(void)state;
	assert_non_null(notice_find("listing-posted"));
	assert_null(notice_find("<b>pay here</b>"));
	assert_null(notice_find(NULL));
}

static void
assets_that_are_missing_change_nothing(void **state)
{
	struct error error;
	char version[32];

	(void)state;
	assert_int_equal(assets_load(templates(), &error), 0);
	snprintf(version, sizeof(version), "%s", assets_version());
	assert_int_equal(strlen(version), 16);
	assert_int_equal(assets_load("/nonexistent", &error), -1);
	assert_non_null(strstr(error.text, "/nonexistent/look/assets/"));
	assert_string_equal(assets_version(), version);
	assert_null(assets_find("../layout.html"));
	assert_null(assets_find(".."));
}

static int
tear_down(void **state)
{
	(void)state;
	assets_release();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_writes_colours),
		cmocka_unit_test(measures_contrast),
		cmocka_unit_test(themes_are_readable),
		cmocka_unit_test(themes_of_nonsense_are_the_default),
		cmocka_unit_test(quilts_follow_their_seed),
		cmocka_unit_test(notices_are_found_by_name),
		cmocka_unit_test(assets_that_are_missing_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, tear_down);
}
