/* The founder's way, from the claim link in the mail over the checklist to a
 * posted offer, in both languages on both screens: a link works once, so each
 * has a community of its own. A member who came by invitation becomes an admin
 * and is one no more. */
import assert from "node:assert/strict";
import {after, test} from "node:test";
import {PASSWORD, close, mailedLink, screens, sites, visit} from "./site.mjs";

const ways = [
	{site: "toulouse", language: "fr", screen: screens[1]},
	{site: "guild", language: "en", screen: screens[0]},
	{site: "carmaux", language: "fr", screen: screens[0]},
	{site: "harbour", language: "en", screen: screens[1]},
];

after(async () => assert.deepEqual(await close(), []));

async function claim(founder, site) {
	const {page} = founder;
	const link = await mailedLink(site, sites[site].founder, "/claim/");

	assert.equal(await founder.go(link), 200);
	await founder.check("claim");
	await founder.send();
	await page.locator(".errors").waitFor();
	await founder.check("claim-wrong");
	await page.fill("main input[name=username]", "camille");
	await page.fill("main input[name=password]", PASSWORD);
	await page.check("main input[name=accept]");
	await founder.send();
	await founder.noticed("/manage");
	await founder.check("checklist");
	return link;
}

/* Describes the community and picks a colour: every page takes it on. */
async function describe(founder) {
	const {page} = founder;

	await founder.go("/manage/settings");
	await founder.check("settings");
	await page.fill("textarea[name=description]", "## Who we are\n\nMakers.");
	await page.fill("input[name=colour]", "#ffdd00");
	await founder.send();
	await founder.noticed("/manage/settings");
	await founder.check("settings-saved");
	const accent = await page.evaluate(() => getComputedStyle(
		document.documentElement).getPropertyValue("--accent"));
	assert.equal(accent, "#ffdd00");
	await founder.go("/");
	await founder.check("home-founder");
}

async function invite(founder) {
	const {page} = founder;

	await founder.go("/manage/invitations");
	await founder.check("invitations");
	await page.fill("main input[name=note]", "The first ones");
	await founder.send();
	const link = await page.locator("code.copy").innerText();
	assert.ok(link.startsWith(`${founder.origin}/join/`), link);
	await founder.check("invitation-made");
	return link.slice(founder.origin.length);
}

async function joinInvited(way, link, username) {
	const guest = await visit(way.site, way.screen, way.language);
	const {page} = guest;
	const email = `${username}@example.org`;

	assert.equal(await guest.go(link), 200);
	await guest.check("join-invited");
	await page.fill("input[name=name]", "Louis Été");
	await page.fill("input[name=email]", email);
	await page.fill("input[name=username]", username);
	await page.fill("input[name=password]", PASSWORD);
	await page.check("input[name=accept]");
	await guest.send();
	await guest.go(await mailedLink(way.site, email, "/confirm/"));
	await guest.send();
	await guest.context.clearCookies();
	await guest.logIn(username, PASSWORD);
	assert.equal(await guest.go("/manage"), 403);
	return guest;
}

async function appoint(founder, admin, username) {
	const {page} = founder;

	await founder.go("/manage/administrators");
	await founder.check("administrators");
	await page.fill("main input[name=username]", username);
	await page.check("input[name=scopes][value=members]");
	await founder.send();
	await founder.noticed("/manage/administrators");
	await founder.check("appointed");
	assert.equal(await admin.go("/manage/members"), 200);
	await admin.check("members-admin");
	assert.equal(await admin.go("/manage/settings"), 403, "not this scope");
}

async function suspendAndReadmit(founder, member, username) {
	const {page} = founder;

	await founder.go(`/manage/members?search=${username}`);
	await founder.check("members-found");
	await page.click("main table a");
	await page.waitForURL("**/manage/members/*");
	await founder.check("member");
	await page.fill("textarea[name=reason]", "A rest for both.");
	await founder.send();
	await page.locator(".notice-good").waitFor();
	await member.go("/account");
	assert.equal(new URL(member.page.url()).pathname, "/login");
	await founder.check("member-suspended");
	await page.click("form[action$='/readmit'] button");
	await page.locator(".notice-good").waitFor();
}

for (const way of ways.filter(({site}) => site in sites))
	test(`runs ${way.site} (${way.language} ${way.screen.name})`, async () => {
		const founder = await visit(way.site, way.screen, way.language);
		const {page} = founder;
		const username = `louis.${Date.now() % 1000000}`;

		const link = await claim(founder, way.site);
		assert.equal(await page.getAttribute("html", "lang"), way.language);
		await describe(founder);
		const admin = await joinInvited(way, await invite(founder), username);
		await appoint(founder, admin, username);
		await founder.go("/manage");
		assert.equal(await page.locator(".checklist > li").count(), 4);
		assert.equal(await page.locator(".checklist > .done").count(), 4);
		await founder.check("checklist-done");

		await founder.go("/manage/administrators");
		await page.click("form[action$='/withdraw'] button");
		await founder.noticed("/manage/administrators");
		assert.equal(await admin.go("/manage/members"), 403);
		await suspendAndReadmit(founder, admin, username);
		await founder.go("/manage/applications");
		await founder.check("applications");
		await founder.go("/manage/audit");
		assert.ok(await page.locator("tbody tr").count() >= 5);
		await founder.check("audit");

		await founder.go("/listings/new?kind=offer");
		await page.fill("input[name=title]", "Bread, warm");
		await page.selectOption("select[name=category]", {index: 1});
		await page.fill("textarea[name=body]", "Every *Sunday*.");
		await page.fill("input[name=exchange]", "Jam");
		await founder.send();
		await page.locator(".notice-good").waitFor();
		assert.equal(await page.locator("h1").innerText(), "Bread, warm");
		await founder.check("founder-offer");

		const offer = new URL(page.url()).pathname;
		await founder.go(`${offer}/edit`);
		await page.fill("textarea[name=body]", "Every *Sunday*, at nine.");
		await founder.send();
		await page.locator(".notice-good").waitFor();
		await founder.go("/manage/audit");
		await page.click("main .tabs a[href='/manage/audit/members']");
		await page.waitForURL("**/manage/audit/members");
		assert.equal(await page.locator("tbody tr").count(), 2);
		await founder.check("audit-members");
		await page.click(`tbody tr:last-child a[href='${offer}']`);
		await page.waitForURL(`**${offer}`);

		const other = await visit(way.site, way.screen, way.language);
		assert.equal(await other.go(link), 410, "it works once");
		await other.check("claim-used");
		await other.close();
		await admin.close();
		await founder.close();
	});
