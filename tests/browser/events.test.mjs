/* Who looks at a list is told when there is something new in it. */
import assert from "node:assert/strict";
import {after, before, test} from "node:test";
import {PASSWORD, close, newMember, screens, visit, visits} from "./site.mjs";

/* Others would post meanwhile elsewhere. */
const site = "albi";

const words = {
	en: {news: "There is something new. Show it", show: "Show it"},
	fr: {news: "Il y a du nouveau. Afficher", show: "Afficher"},
};

let username;
let member;

before(async () => {
	username = `news.${Date.now() % 1000000}`;
	await newMember(site, username, "en");
	member = await visit(site, screens[1], "en");
	await member.logIn(username, PASSWORD);
});
after(async () => {
	/* Also where no member came to be: the browser would keep this running. */
	await member?.close();
	assert.deepEqual(await close(), []);
});

async function post(title) {
	const {page} = member;

	await member.go("/listings/new?kind=offer");
	await page.fill("input[name=title]", title);
	await page.selectOption("select[name=category]", {index: 1});
	await page.fill("textarea[name=body]", "Words.");
	await page.fill("input[name=exchange]", "a coffee");
	await member.send();
	await member.noticed(new URL(page.url()).pathname);
}

const isStream = (message) => new URL(message.url()).pathname === "/events";

/* The page is open, and so is its stream. */
async function look(visitor, path) {
	const opened = visitor.page.waitForResponse(isStream);

	await visitor.go(path);
	const answer = await opened;
	assert.equal(answer.status(), 200);
	return answer.request();
}

for (const {language, screen} of visits)
	test(`a list says that there is something new (${language} ${
		screen.name})`, async () => {
		const visitor = await visit(site, screen, language);
		const {page} = visitor;
		const title = `News ${language} ${screen.name}`;
		const place = page.locator("[data-news]");

		await look(visitor, "/listings?kind=offer");
		assert.equal(await place.innerText(), "");
		assert.equal(await place.getAttribute("role"), "status");

		const over = page.waitForEvent("requestfailed", isStream);
		await post(title);
		await page.locator("[data-news] a").waitFor();
		assert.equal(await place.innerText(), words[language].news);
		/* Said once: nothing is waited for any more. */
		await over;
		await visitor.check("news");

		/* By keyboard: the list again, with what is new. */
		await page.locator("[data-news] a").focus();
		await Promise.all([
			page.waitForEvent("load"),
			page.keyboard.press("Enter"),
		]);
		assert.equal(page.url(),
			`${visitor.origin}/listings?kind=offer`);
		assert.ok(await page.getByText(title, {exact: true}).count());
		assert.equal(await place.innerText(), "");
		await visitor.close();
	});

test("who posted is not told of it on the page after", async () => {
	const visitor = await visit(site, screens[1], "en");

	await post("Mine");
	await look(member, "/listings");
	/* Nor by what the machine hears of itself, a second later. */
	await look(visitor, "/listings");
	await post("Another");
	await visitor.page.locator("[data-news] a").waitFor();
	await look(member, "/listings");
	assert.equal(await member.page.locator("[data-news] a").count(), 0);
	await visitor.close();
});

test("a page that nobody looks at waits for nothing", async () => {
	const visitor = await visit(site, screens[1], "en");
	const {page} = visitor;
	const turn = (hidden) => page.evaluate((is) => {
		Object.defineProperty(document, "hidden",
			{value: is, configurable: true});
		document.dispatchEvent(new Event("visibilitychange"));
	}, hidden);

	await look(visitor, "/listings");
	const over = page.waitForEvent("requestfailed", isStream);
	await turn(true);
	await over;
	await post("Meanwhile");
	assert.equal(await page.locator("[data-news] a").count(), 0);
	/* It asks again, and is told what it missed. */
	await turn(false);
	await page.locator("[data-news] a").waitFor();
	await visitor.close();
});

test("without script the list is as ever", async () => {
	const visitor = await visit(site, screens[1], "en",
		{javaScriptEnabled: false});

	assert.equal(await visitor.go("/listings"), 200);
	assert.equal(await visitor.page.locator("[data-news]").innerText(), "");
	await visitor.close();
});
