#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/record.h"
#include "text/markdown.h"

#define REL " rel=\"nofollow ugc noopener\""

static void
renders_as_expected(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{"a *b* **c** `d`", "<p>a <em>b</em> <strong>c</strong> "
				    "<code>d</code></p>\n"},
		{"# One\n\n###### Six", "<h3>One</h3>\n<h4>Six</h4>\n"},
		{"### Three\n\n# One\n\n## Two",
			"<h3>Three</h3>\n<h3>One</h3>\n<h4>Two</h4>\n"},
		/* Sections of one rank stay so where the first rank is not
		   used. */
		{"## A\n\n### B\n\n## C",
			"<h3>A</h3>\n<h4>B</h4>\n<h3>C</h3>\n"},
		{"[a](https://e.org/?x=1&y='2 \"t<\")",
			"<p><a href=\"https://e.org/?x=1&amp;y=&#39;2\" "
			"title=\"t&lt;\"" REL ">a</a></p>\n"},
		{"[a](/listings/1#b)",
			"<p><a href=\"/listings/1#b\"" REL ">a</a></p>\n"},
		{"[a](<x y\">)", "<p><a href=\"x%20y%22\"" REL ">a</a></p>\n"},
		{"<mailto:a@e.org>", "<p><a href=\"mailto:a@e.org\"" REL
				     ">mailto:a@e.org</a></p>\n"},
		{"[*a*](javascript:alert(1)) b", "<p><em>a</em> b</p>\n"},
		{"[a](JaVa&#115;cript:x)", "<p>a</p>\n"},
		{"[a](&#x1;javascript:x)", "<p>a</p>\n"},
		{"[a](java&Tab;script:x)", "<p>a</p>\n"},
		{"[a](data:text/html,x)", "<p>a</p>\n"},
		{"<javascript:x>", "<p>javascript:x</p>\n"},
		{"![a *b*](https://e.org/i.png)", "<p>a <em>b</em></p>\n"},
		{"[![a](https://e.org/i.png)](https://e.org/)",
			"<p><a href=\"https://e.org/\"" REL ">a</a></p>\n"},
		{"![[a](https://e.org/)](i.png)",
			"<p><a href=\"https://e.org/\"" REL ">a</a></p>\n"},
		{"a <b onclick=x>c</b>",
			"<p>a &lt;b onclick=x&gt;c&lt;/b&gt;</p>\n"},
		{"<script>\nx\n</script>\n\ny",
			"<p>&lt;script&gt;\nx\n&lt;/script&gt;\n</p>\n"
			"<p>y</p>\n"},
		{"- a <i>\n- <div>\n",
			"<ul>\n<li>a &lt;i&gt;</li>\n<li>&lt;div&gt;\n</li>\n"
			"</ul>\n"},
		{"```x\" onclick=y\n<b>\n```",
			"<pre><code class=\"language-x&quot;\">&lt;b&gt;\n"
			"</code></pre>\n"},
		{"", ""},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct arena *arena = arena_new();

		assert_string_equal(
			markdown_html(arena, cases[i][0], 3), cases[i][1]);
		arena_free(arena);
	}
}

static void
makes_excerpts(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	const char *text = "# Tîtle\n\nA *b*\nc [d](http://e.org) ![f](g) "
			   "<i>\n\n- one\n- two\n";

	assert_string_equal(markdown_excerpt(arena, text, 100),
		"Tîtle · A b c d f <i> · one · two");
	assert_string_equal(markdown_excerpt(arena, text, 5), "Tîtle…");
	assert_string_equal(markdown_excerpt(arena, text, 6), "Tîtle…");
	assert_string_equal(markdown_excerpt(arena, text, 7), "Tîtle…");
	assert_string_equal(markdown_excerpt(arena, text, 33),
		"Tîtle · A b c d f <i> · one · two");
	assert_string_equal(
		markdown_excerpt(arena, "One.\n\nTwo!\n- a\n- b:\n\n#\n", 99),
		"One. Two! a · b:");
	assert_string_equal(
		markdown_excerpt(arena, "    code\n\n#\n\n<b>\n", 99),
		"code · <b>");
	assert_string_equal(markdown_excerpt(arena, "6÷2÷1", 2), "6÷…");
	assert_string_equal(markdown_excerpt(arena, text, 2), "Tî…");
	assert_string_equal(markdown_excerpt(arena, "", 10), "");
	arena_free(arena);
}

/* Deep and wide input neither overflows a stack nor takes for ever. */
static void
survives_hostile_input(void **state)
{
	(void)state;
	static const char *const units[] = {"> ", "[", "*a_", "![", "<", "- ",
		"`", "[a](", "&#", "<!--", "\\", "<a ", "[a]: b\n"};

	for (size_t i = 0; i < COUNT_OF(units); i++) {
		struct arena *arena = arena_new();
		size_t length = strlen(units[i]);
		size_t count = 20000 / length;
		char *text = arena_alloc(arena, count * length + 1);

		for (size_t j = 0; j < count; j++)
			memcpy(text + j * length, units[i], length);
		assert_non_null(markdown_html(arena, text, 2));
		assert_non_null(markdown_excerpt(arena, text, 200));
		arena_free(arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(renders_as_expected),
		cmocka_unit_test(makes_excerpts),
		cmocka_unit_test(survives_hostile_input),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
