/* A visitor becomes a member: joins, confirms, logs in, looks after the
 * account; forgets the password and chooses another. */
import assert from "node:assert/strict";
import {after, test} from "node:test";
import {PASSWORD, close, mailedLink, openSite as site, visit, visits}
	from "./site.mjs";

after(async () => assert.deepEqual(await close(), []));

async function join(visitor, username, email) {
	const {page} = visitor;

	await visitor.go("/join");
	await visitor.check("join");
	await page.fill("input[name=username]", "Not a user name!");
	await visitor.send();
	await page.locator(".errors").waitFor();
	await visitor.check("join-wrong");
	await page.fill("input[name=name]", "Léa Noël");
	await page.fill("input[name=email]", email);
	await page.fill("input[name=username]", username);
	await page.fill("input[name=password]", PASSWORD);
	await page.check("input[name=accept]");
	await visitor.send();
	assert.equal(new URL(page.url()).pathname, "/joined");
	await visitor.check("joined");
}

for (const {language, screen} of visits)
	test(`joins and looks after it (${language} ${screen.name})`,
		async () => {
			const visitor = await visit(site, screen, language);
			const {page} = visitor;
			const username = `lea.${language}.${screen.name}.` +
				`${Date.now() % 100000}`;
			const email = `${username}@example.org`;

			for (const path of ["/terms", "/privacy", "/login",
				"/forgot"]) {
				assert.equal(await visitor.go(path), 200);
				await visitor.check(path.slice(1));
			}
			await join(visitor, username, email);

			await visitor.go(await mailedLink(site, email,
				"/confirm/"));
			await visitor.check("confirm");
			await visitor.send();
			await page.locator(".notice-good").waitFor();
			await visitor.check("confirmed");

			await visitor.context.clearCookies();
			await visitor.logIn(email, PASSWORD);
			await visitor.go("/account/sessions");
			await visitor.check("sessions");
			await visitor.go("/account/tokens");
			await page.fill("input[name=name]", "My script");
			await visitor.send();
			await visitor.check("tokens");
			await visitor.go("/account/password");
			await visitor.check("password");
			await page.click("form[action='/logout'] button");
			await page.locator(".notice-good").waitFor();
			await visitor.check("logged-out");

			await visitor.go("/forgot");
			await page.fill("main input[name=login]", username);
			await visitor.send();
			await visitor.check("forgot-sent");
			await visitor.go(await mailedLink(site, email,
				"/reset/"));
			await visitor.check("reset");
			await page.fill("main input[name=password]",
				"eight dry stones");
			await visitor.send();
			await page.locator(".notice-good").waitFor();
			await visitor.logIn(username, "eight dry stones");
			await visitor.close();
		});
