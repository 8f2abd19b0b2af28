/* The founder's way, from the claim link in the mail to a posted offer: the
 * French community at a desk, the English one on a phone. A link works once. */
import assert from "node:assert/strict";
import {after, test} from "node:test";
import {PASSWORD, close, mailedLink, screens, sites, visit} from "./site.mjs";

const ways = [
	{site: "toulouse", language: "fr", screen: screens[1]},
	{site: "guild", language: "en", screen: screens[0]},
];

after(async () => assert.deepEqual(await close(), []));

for (const {site, language, screen} of ways)
	test(`claims ${site} and posts an offer (${language} ${screen.name})`,
		async () => {
			const founder = await visit(site, screen, language);
			const {page} = founder;
			const link = await mailedLink(site, sites[site].founder,
				"/claim/");

			assert.equal(await founder.go(link), 200);
			assert.equal(await page.getAttribute("html", "lang"),
				language);
			await founder.check("claim");
			await founder.send();
			await page.locator(".errors").waitFor();
			await founder.check("claim-wrong");
			await page.fill("main input[name=username]", "camille");
			await page.fill("main input[name=password]", PASSWORD);
			await page.check("main input[name=accept]");
			await founder.send();
			await page.locator(".notice-good").waitFor();
			assert.equal(new URL(page.url()).pathname, "/manage");
			await founder.check("manage");

			await founder.go("/listings/new?kind=offer");
			await page.fill("input[name=title]", "Bread, warm");
			await page.selectOption("select[name=category]", {index: 1});
			await page.fill("textarea[name=body]", "Every *Sunday*.");
			await page.fill("input[name=exchange]", "Jam");
			await founder.send();
			await page.locator(".notice-good").waitFor();
			assert.equal(await page.locator("h1").innerText(),
				"Bread, warm");
			await founder.check("founder-offer");

			const other = await visit(site, screen, language);
			assert.equal(await other.go(link), 410, "it works once");
			await other.check("claim-used");
			await other.close();
			await founder.close();
		});
