/* A member posts, previews, edits and withdraws; a visitor browses. */
import assert from "node:assert/strict";
import {after, before, test} from "node:test";
import {PASSWORD, close, languages, newMember, openSite as site, screens, visit, visits}
	from "./site.mjs";

const words = {
	en: {posted: "It is posted", preview: "Preview", offer: "Offer",
		wrong: "Something is not right yet", price: "€12.50",
		out: "You had been logged out", old: "open for too long"},
	fr: {posted: "C’est publié", preview: "Aperçu", offer: "Offre",
		wrong: "Certains champs sont à corriger", price: "12,50",
		out: "Vous aviez été déconnecté", old: "ouverte trop longtemps"},
};

/* A member for each language. */
const usernames = {};

before(async () => {
	for (const language of languages) {
		usernames[language] = `${language}.${Date.now() % 1000000}`;
		await newMember(site, usernames[language], language);
	}
});
after(async () => assert.deepEqual(await close(), []));

async function fill(page, title) {
	await page.check("input[name=kind][value=offer]");
	await page.fill("input[name=title]", title);
	await page.selectOption("select[name=category]", {index: 1});
	await page.fill("textarea[name=body]",
		"Brakes, **gears** and <script>alert(1)</script>\n\n- wheels");
	await page.fill("input[name=price]", "12.50");
	await page.fill("input[name=place]", "Saint-Cyprien");
}

for (const {language, screen} of visits) {
	const where = `${language} ${screen.name}`;
	const word = words[language];

	test(`from the form to the list and out of it (${where})`,
		async () => {
			const member = await visit(site, screen, language);
			const {page} = member;
			const title = `Tune-up ${where}`;

			await member.logIn(usernames[language], PASSWORD);
			await member.go("/listings/new?kind=offer");
			await member.check("listing-new");

			await member.send();
			assert.ok((await page.locator(".errors").innerText())
				.includes(word.wrong));
			await member.check("listing-wrong");

			await fill(page, title);
			await page.click("button[name=preview]");
			await page.locator(".preview strong").waitFor();
			assert.equal(await page.locator(".preview script").count(),
				0);
			assert.ok((await page.locator(".preview").innerText())
				.includes(word.preview.toUpperCase()));
			await member.check("listing-preview");

			await member.send();
			await page.locator(".notice-good").waitFor();
			assert.ok((await page.locator(".notice-good").innerText())
				.includes(word.posted));
			assert.equal(await page.locator("h1").innerText(), title);
			assert.ok((await page.locator(".ticket .price")
				.innerText()).includes(word.price));
			assert.equal(await page.locator("main script").count(), 0);
			await member.check("listing-show");
			const address = new URL(page.url()).pathname;

			await member.go(`${address}/edit`);
			await page.fill("input[name=title]", `${title}, again`);
			await member.send();
			assert.equal(await page.locator("h1").innerText(),
				`${title}, again`);

			await member.go("/listings?kind=offer");
			await page.locator(`a[href="${address}"]`).waitFor();
			assert.equal(await page.locator(".card-request").count(),
				0);
			assert.ok((await page.locator(".card-offer").first()
				.innerText()).includes(word.offer));
			await member.check("listing-index");

			await member.go(address);
			await page.click("form[action$='/withdraw'] button");
			await page.locator(".notice-good").waitFor();
			await member.check("listing-withdrawn");
			await member.go("/listings?kind=offer");
			assert.equal(await page.locator(`a[href="${address}"]`)
				.count(), 0);
			await member.close();

			const visitor = await visit(site, screen, language);
			assert.equal(await visitor.go(address), 404);
			await visitor.check("not-found");
			await visitor.close();
		});

	test(`what was typed outlives the session (${where})`,
		async () => {
			const member = await visit(site, screen, language);
			const {page} = member;
			const title = `Kept ${where}`;
			const typed = () => Promise.all(["input[name=title]",
				"textarea[name=body]", "input[name=price]",
			].map((field) => page.inputValue(field)));

			await member.logIn(usernames[language], PASSWORD);
			await member.go("/listings/new");
			await fill(page, title);
			const before = await typed();
			await member.context.clearCookies();
			await member.send();
			assert.ok((await page.locator(".notice-warn").innerText())
				.includes(word.out));
			await member.check("listing-log-in");

			await page.fill("main input[name=login]", usernames[language]);
			await page.fill("main input[name=password]", "wrong");
			await member.send();
			await page.locator(".errors").waitFor();
			await page.fill("main input[name=password]", PASSWORD);
			await member.send();
			assert.deepEqual(await typed(), before);
			assert.ok(await page.isChecked("input[name=kind][value=offer]"));
			await member.check("listing-kept");

			/* Another session by now: the token is of the one before. */
			const other = await member.context.newPage();
			await other.goto(member.origin + "/listings/new");
			await Promise.all([other.waitForEvent("load"), other.click(
				"form[action='/logout'] button")]);
			await other.goto(member.origin + "/login");
			await other.fill("main input[name=login]", usernames[language]);
			await other.fill("main input[name=password]", PASSWORD);
			await Promise.all([other.waitForEvent("load"),
				other.click("main form.form button")]);
			await other.close();
			await member.send();
			assert.ok((await page.locator(".notice-warn").innerText())
				.includes(word.old));
			assert.deepEqual(await typed(), before);
			await member.check("listing-old");

			await member.send();
			await page.locator(".notice-good").waitFor();
			assert.equal(await page.locator("h1").innerText(), title);
			await page.click("form[action$='/withdraw'] button");
			await page.locator(".notice-good").waitFor();
			await member.close();
		});

	test(`the front page and the lists (${where})`, async () => {
		const visitor = await visit(site, screen, language);

		assert.equal(await visitor.go("/"), 200);
		assert.equal(await visitor.page.getAttribute("html", "lang"),
			language);
		await visitor.check("home");
		assert.equal(await visitor.go("/listings"), 200);
		await visitor.check("listings");
		for (const bad of ["/listings?page=0", "/listings?page=100000",
			"/listings?page=x", "/listings?kind=gift",
			"/listings?category=unheard-of"])
			assert.equal(await visitor.go(bad), 404, bad);
		await visitor.close();
	});
}

test("without script, the preview is a page of its own", async () => {
	const member = await visit(site, screens[0], "en",
		{javaScriptEnabled: false});
	const {page} = member;

	await member.logIn(usernames.en, PASSWORD);
	await member.go("/listings/new?kind=offer");
	await fill(page, "No script");
	await page.click("button[name=preview]");
	await page.locator(".preview strong").waitFor();
	assert.equal(await page.inputValue("input[name=title]"), "No script");
	assert.ok(page.url().includes("#preview-body"));
	await member.close();
});

test("words of any length stay within the page", async () => {
	for (const screen of screens) {
		const member = await visit(site, screen, "en");
		const {page} = member;
		const long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk" +
			"bauunterbeamtengesellschaft";

		await member.logIn(usernames.en, PASSWORD);
		await member.go("/account");
		await page.fill("input[name=name]", long.slice(0, 70));
		await page.fill("textarea[name=description]", `${long}\n\n    ${long}${long}`);
		await member.send();
		await member.check("long-account");
		await member.go("/listings/new?kind=request");
		await fill(page, long);
		await page.check("input[name=kind][value=request]");
		await page.fill("textarea[name=body]",
			`${long}${long}\n\n> ${long}${long}\n\n\`${long}${long}\``);
		await page.fill("input[name=place]", long.slice(0, 75));
		await page.fill("input[name=exchange]", `${long}${long}`);
		await member.send();
		await page.locator(".notice-good").waitFor();
		await member.check("long-show");
		for (const path of ["/listings?kind=request", "/",
			`/members/${usernames.en}`]) {
			assert.equal(await member.go(path), 200);
			await member.check(`long${path.replaceAll(/[^a-z]/g, "-")}`);
		}
		await member.close();
	}
});

test("dark and on paper, everything can be read", async () => {
	const visitor = await visit(site, screens[1], "en",
		{colorScheme: "dark"});

	await visitor.go("/");
	await visitor.check("home-dark");
	await visitor.page.emulateMedia({media: "print"});
	assert.equal(await visitor.page.locator(".masthead nav").first()
		.isVisible(), false);
	await visitor.close();
});

test("the keyboard reaches the content first", async () => {
	const visitor = await visit(site, screens[1], "en");

	await visitor.go("/");
	await visitor.page.keyboard.press("Tab");
	await visitor.page.keyboard.press("Enter");
	assert.equal(await visitor.page.evaluate(() =>
		document.activeElement.id), "content");
	await visitor.close();
});
