#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/record.h"
#include "crypto/digest.h"
#include "crypto/password.h"
#include "crypto/token.h"

/* FIPS 180-2, B.1; RFC 4231, test case 2. */
static void
digests_match_published_vectors(void **state)
{
	(void)state;
	unsigned char digest[DIGEST_SIZE], parsed[DIGEST_SIZE];
	char text[DIGEST_HEX_SIZE];

	digest_sha256("abc", 3, digest);
	digest_hex(digest, text);
	assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223"
				  "b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(digest_parse_hex(text, parsed), 0);
	assert_true(digest_equal(digest, parsed, DIGEST_SIZE));
	parsed[31] ^= 1;
	assert_false(digest_equal(digest, parsed, DIGEST_SIZE));
	text[5] = 'G';
	assert_int_equal(digest_parse_hex(text, parsed), -1);
	assert_int_equal(digest_parse_hex("ab", parsed), -1);
	digest_hmac_sha256(
		"Jefe", 4, "what do ya want for nothing?", 28, digest);
	digest_hex(digest, text);
	assert_string_equal(text, "5bdcc146bf60754e6a042426089575c7"
				  "5a003f089d2739839dec58b964ec3843");
}

/* RFC 5869, section 2, written out over HMAC. */
static void
hkdf_is_extract_then_expand(void **state)
{
	(void)state;
	unsigned char key[DIGEST_SIZE], zeros[DIGEST_SIZE] = {0};
	unsigned char extracted[DIGEST_SIZE], first[DIGEST_SIZE];
	unsigned char second[DIGEST_SIZE], output[50];
	unsigned char block[DIGEST_SIZE + 6];

	memset(key, 0x0b, sizeof(key));
	digest_hkdf(key, "label", output, sizeof(output));
	digest_hmac_sha256(zeros, sizeof(zeros), key, sizeof(key), extracted);
	digest_hmac_sha256(extracted, sizeof(extracted), "label\x01", 6, first);
	memcpy(block, first, sizeof(first));
	memcpy(block + DIGEST_SIZE, "label\x02", 6);
	digest_hmac_sha256(
		extracted, sizeof(extracted), block, sizeof(block), second);
	assert_memory_equal(output, first, DIGEST_SIZE);
	assert_memory_equal(output + DIGEST_SIZE, second, 50 - DIGEST_SIZE);
}

static void
tokens_differ_and_have_one_form(void **state)
{
	(void)state;
	char one[TOKEN_TEXT_SIZE], two[TOKEN_TEXT_SIZE];
	unsigned char digest[DIGEST_SIZE], expected[DIGEST_SIZE];

	token_new(one);
	token_new(two);
	assert_int_equal(strlen(one), TOKEN_TEXT_SIZE - 1);
	assert_string_not_equal(one, two);
	assert_int_equal(token_digest(one, digest), 0);
	digest_sha256(one, strlen(one), expected);
	assert_memory_equal(digest, expected, DIGEST_SIZE);
	assert_int_equal(token_digest("short", digest), -1);
	one[3] = '=';
	assert_int_equal(token_digest(one, digest), -1);
	assert_int_equal(
		token_digest(
			"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", digest),
		-1);
}

/* Every character of the alphabet appears, at the last place only those whose
 * two low bits are clear. */
static void
tokens_use_the_whole_alphabet(void **state)
{
	(void)state;
	bool seen[256] = {false};
	char text[TOKEN_TEXT_SIZE];
	int count = 0;

	for (int i = 0; i < 200; i++) {
		token_new(text);
		for (size_t j = 0; j < TOKEN_TEXT_SIZE - 1; j++)
			seen[(unsigned char)text[j]] = true;
		assert_non_null(strchr("AEIMQUYcgkosw048", text[42]));
	}
	for (size_t i = 0; i < COUNT_OF(seen); i++)
		count += seen[i];
	assert_int_equal(count, 64);
}

static const struct password_cost cheap = {64, 1, 1};

static void
passwords_verify(void **state)
{
	(void)state;
	const struct password_cost dear = {128, 1, 1};
	char phc[PASSWORD_PHC_SIZE], other[PASSWORD_PHC_SIZE];

	assert_int_equal(password_hash("pässword", &cheap, phc), 0);
	assert_int_equal(password_hash("pässword", &cheap, other), 0);
	assert_string_not_equal(phc, other);
	assert_int_equal(strncmp(phc, "$argon2id$v=19$m=64,t=1,p=1$", 28), 0);
	assert_true(password_verify(phc, "pässword"));
	assert_false(password_verify(phc, "passworD"));
	assert_false(password_verify(phc, ""));
	assert_false(password_outdated(phc, &cheap));
	assert_true(password_outdated(phc, &dear));
}

static void
malformed_strings_verify_nothing(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "x",
		"$argon2id$v=19$m=64,t=1,p=1",
		"$argon2i$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo",
		"$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g",
		"$argon2id$v=19$m=64,t=1,p=1$!!$!!"};

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(password_verify(bad[i], "x"));
	assert_true(password_outdated("", &cheap));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_match_published_vectors),
		cmocka_unit_test(hkdf_is_extract_then_expand),
		cmocka_unit_test(tokens_differ_and_have_one_form),
		cmocka_unit_test(tokens_use_the_whole_alphabet),
		cmocka_unit_test(passwords_verify),
		cmocka_unit_test(malformed_strings_verify_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
