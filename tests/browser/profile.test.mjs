/* A member edits the profile; others see what they may. */
import assert from "node:assert/strict";
import {after, before, test} from "node:test";
import {PASSWORD, close, languages, newMember, openSite as site, visit, visits}
	from "./site.mjs";

/* A member for each language. */
const usernames = {};

before(async () => {
	for (const language of languages) {
		usernames[language] = `zoe.${language}.${Date.now() % 1000000}`;
		await newMember(site, usernames[language], language);
	}
});
after(async () => assert.deepEqual(await close(), []));

for (const {language, screen} of visits)
	test(`profile (${language} ${screen.name})`, async () => {
		const member = await visit(site, screen, language);
		const {page} = member;
		const username = usernames[language];
		const phone = `05 61 ${Date.now() % 1000000}`;
		const about = `I like bread (${Date.now()}).`;

		await member.logIn(username, PASSWORD);
		await member.go("/account");
		await member.check("account");
		await page.fill("input[name=name]", "");
		await member.send();
		await page.locator(".errors").waitFor();
		await page.fill("input[name=name]", "Zoé d’Été");
		await page.fill("input[name=phone]", phone);
		await page.selectOption("select[name=phone_visibility]",
			"members");
		await page.fill("textarea[name=description]", about);
		await page.selectOption("select[name=description_visibility]",
			"public");
		await member.send();
		await page.locator(".notice-good").waitFor();
		await member.check("account-saved");

		await member.go(`/members/${username}`);
		assert.equal(await page.locator("h1").innerText(),
			"Zoé d’Été");
		assert.ok((await page.innerText("main")).includes(phone));
		await member.check("profile-own");

		const visitor = await visit(site, screen, language);
		assert.equal(await visitor.go(`/members/${username}`), 200);
		const seen = await visitor.page.innerText("main");
		assert.ok(seen.includes(about));
		assert.ok(!seen.includes(phone), "the phone is for members");
		await visitor.check("profile-public");

		await member.go("/account");
		await page.selectOption("select[name=description_visibility]",
			"self");
		await member.send();
		await visitor.go(`/members/${username}`);
		assert.ok(!(await visitor.page.innerText("main"))
			.includes(about), "hidden again");
		assert.equal(await visitor.go("/members/no.such.member"), 404);
		await visitor.close();
		await member.close();
	});
