/*
 * site.mjs: a browser on a running missiond. The environment says where:
 * MISSIOND_SITES is a JSON object, by community, of {"origin", "mails",
 * "founder"}: its address, the folder its mails are written to, and the
 * founder's e-mail address. SCREENSHOTS (optional) is a folder for pictures of
 * each page, CHROMIUM (optional) another browser of its kind.
 */
import assert from "node:assert/strict";
import {execFile} from "node:child_process";
import {mkdir, mkdtemp, readFile, readdir, rm, writeFile}
	from "node:fs/promises";
import {createRequire} from "node:module";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {promisify} from "node:util";
import {chromium} from "playwright-core";

const require = createRequire(import.meta.url);

export const sites = JSON.parse(process.env.MISSIOND_SITES ?? "{}");

/* Open to all: where the tests' members join. */
export const openSite = "toulouse";

/* Every visit is made on a phone and on a desktop, in both languages. */
export const screens = [
	{name: "phone", viewport: {width: 360, height: 780}, hasTouch: true},
	{name: "desktop", viewport: {width: 1280, height: 900}},
];
export const languages = ["en", "fr"];
/* In the first two each language and each screen is: check() looks closely. */
export const visits = [
	{language: "en", screen: screens[0]}, {language: "fr", screen: screens[1]},
	{language: "en", screen: screens[1]}, {language: "fr", screen: screens[0]},
];
/* In pixels: phones, a narrow window, and where the style sheets make room for more. */
const widths = [320, 360, 430, 540, 640, 768, 960];

/* Of one step, in milliseconds: a busy machine is slow, not wrong. */
const PATIENCE = 120000;

let browser;
/* HTML by what is the same in all that differ by tokens, ids and the numbers that
 * are read alone. */
let pages = new Map();
/* "page language" and "page screen" that were looked at closely. */
const lookedAt = new Set();

export async function open() {
	browser ??= await chromium.launch({
		executablePath: process.env.CHROMIUM ??
			"/usr/bin/chromium-headless-shell",
		args: [
			"--disable-background-networking",
			"--disable-component-update",
			/* Painted by the processor: straight, not by a GPU that is made up. */
			"--disable-gpu",
			"--disable-sync",
			"--no-first-run",
			/* The sandbox does not work for root. */
			...(process.getuid() === 0 ? ["--no-sandbox"] : []),
		],
	});
	return browser;
}

/* Closes the browser; what the Nu checker says of all pages seen. */
export async function close() {
	await browser?.close();
	browser = undefined;
	const seen = [...pages.values()];
	pages = new Map();
	return markupFaults(seen);
}

export class Visit {
	constructor(page, context, language, screen, origin) {
		const name = `${language}-${screen}`;

		this.page = page;
		this.context = context;
		this.language = language;
		this.screen = screen;
		this.name = name;
		this.origin = origin;
		this.problems = [];
		page.on("console", (message) => {
			/* A page that answers 404 or 422 on purpose. */
			if (message.type() === "error" &&
				message.location().url !== page.url())
				this.problems.push(message.text());
		});
		page.on("pageerror", (error) => this.problems.push(error.message));
		page.on("request", (request) => {
			if (!request.url().startsWith(origin))
				this.problems.push(`outside: ${request.url()}`);
		});
		page.on("response", async (response) => {
			const type = response.headers()["content-type"] ?? "";
			if (!type.startsWith("text/html") ||
				(response.status() >= 300 && response.status() < 400))
				return;
			const html = await response.text().catch(() => "");
			const same = html.replaceAll(/[\w-]{22,}/g, "*").replaceAll(
				/>[^<]+</g, (text) => text.replaceAll(/\d+/g, "*"));
			if (html !== "" && !pages.has(same))
				pages.set(same,
					{where: `${name} ${response.url()}`, html});
		});
	}

	async go(path) {
		const reply = await this.page.goto(this.origin + path);
		return reply.status();
	}

	/* Logs in with the form, as a person does. */
	async logIn(username, password) {
		await this.go("/login");
		await this.page.fill("main input[name=login]", username);
		await this.page.fill("main input[name=password]", password);
		await this.send();
		assert.ok(await this.page.locator(".menu form[action='/logout']")
			.count(), "logged in");
	}

	/* Presses the button of the page's main form; waits for the answer. */
	async send() {
		await Promise.all([
			this.page.waitForEvent("load"),
			this.page.click("main form.form button:not([name])"),
		]);
	}

	/* The page that was sent led to that path, and it says that all is well. */
	async noticed(path) {
		await this.page.locator(".notice-good").first().waitFor();
		assert.equal(new URL(this.page.url()).pathname, path);
	}

	/*
	 * The present page is accessible, fits the screen, has one main heading
	 * and caused no error in the console. A page that was looked at in this
	 * language, and on this screen in the other, is not looked at closely
	 * once more.
	 */
	async check(title) {
		const page = this.page;
		const shots = process.env.SCREENSHOTS;

		if (shots) {
			await mkdir(shots, {recursive: true});
			await page.screenshot({
				path: join(shots, `${title}-${this.name}.png`),
				fullPage: true,
			});
		}
		const inLanguage = isNew(`${title} ${this.language}`);
		const onScreen = isNew(`${title} ${this.screen}`);
		if (inLanguage || onScreen)
			await this.checkAccess(title);
		await this.checkWidths(title, inLanguage ? widths : []);
		assert.equal(await page.locator("h1").count(), 1,
			`${title}: one main heading`);
		assert.deepEqual(this.problems, [],
			`${title}: nothing in the console (${this.name})`);
	}

	async checkAccess(title) {
		const {page} = this;

		await page.evaluate(await axeSource());
		const {violations} = await page.evaluate(() =>
			globalThis.axe.run({resultTypes: ["violations"]}));
		assert.deepEqual(violations.map((found) => [found.id,
			found.nodes.map((node) => node.html)]), [],
		`${title}: accessible (${this.name})`);
	}

	/* The page fits, and what stands in the masthead covers nothing else there:
	 * on this screen, and at these widths. */
	async checkWidths(title, more) {
		const {page} = this;
		const screen = page.viewportSize();

		for (const width of new Set([...more, screen.width])) {
			await page.setViewportSize({...screen, width});
			assert.deepEqual(await page.evaluate(() => {
				const boxes = [...document.querySelectorAll(
					".brand img, .brand-name, .menu > li")]
					.map((node) => [node.innerText || node.src,
						node.getBoundingClientRect()]);
				const beyond =
					document.documentElement.scrollWidth - innerWidth;
				const found = beyond === 0
					? [] : [`the page is ${beyond} pixels too wide`];

				for (const [name, box] of boxes) {
					if (box.left < 0 || box.right > innerWidth)
						found.push(`${name}: out of the page`);
					for (const [other, beside] of boxes)
						if (name < other &&
							box.left < beside.right - 0.5 &&
							beside.left < box.right - 0.5 &&
							box.top < beside.bottom - 0.5 &&
							beside.top < box.bottom - 0.5)
							found.push(`${name} covers ${other}`);
				}
				return found;
			}), [], `${title}: fits ${width} pixels (${this.name})`);
		}
		await page.setViewportSize(screen);
	}

	close() {
		return this.context.close();
	}
}

export async function visit(site, screen, language, options = {}) {
	const {name, ...device} = screen;
	const context = await (await open()).newContext({
		...device, locale: language, bypassCSP: false, ...options,
	});
	context.setDefaultTimeout(PATIENCE);
	return new Visit(await context.newPage(), context, language, name,
		sites[site].origin);
}

function isNew(words) {
	const known = lookedAt.has(words);

	lookedAt.add(words);
	return !known;
}

/* The body of a mail as text: one part, quoted-printable or base64. */
function mailBody(mail) {
	const [head, ...rest] = mail.replaceAll("\r\n", "\n").split("\n\n");
	const body = rest.join("\n\n");

	if (/^content-transfer-encoding: *base64/im.test(head))
		return Buffer.from(body, "base64").toString();
	return body.replaceAll("=\n", "").replaceAll(/=([0-9A-F]{2})/g,
		(_, hex) => String.fromCharCode(parseInt(hex, 16)));
}

/* The path of the link with that beginning in a mail to the address: waits
 * until the courier has written it. */
export async function mailedLink(site, address, beginning) {
	const {mails, origin} = sites[site];

	for (let tries = 0; tries < 100; tries++) {
		for (const name of await readdir(mails)) {
			if (!name.endsWith(".eml"))
				continue;
			const mail = await readFile(join(mails, name), "latin1");
			const link = mailBody(mail).match(
				new RegExp(`${origin}(${beginning}\\S+)`));
			if (mail.includes(address) && link)
				return link[1];
		}
		await new Promise((wake) => setTimeout(wake, 200));
	}
	throw new Error(`no mail to ${address} with ${beginning}`);
}

export const PASSWORD = "seven wet stones";

/* Joins as the form asks and opens the link in the mail. The language of the
 * browser becomes the member's. */
export async function newMember(site, username, language) {
	const visitor = await visit(site, screens[1], language);
	const {page} = visitor;
	const email = `${username}@example.org`;

	await visitor.go("/join");
	await page.fill("input[name=name]", "Léa Noël");
	await page.fill("input[name=email]", email);
	await page.fill("input[name=username]", username);
	await page.fill("input[name=password]", PASSWORD);
	await page.check("input[name=accept]");
	await visitor.send();
	await visitor.go(await mailedLink(site, email, "/confirm/"));
	await visitor.send();
	await page.locator(".notice-good").waitFor();
	await visitor.close();
}

let axe;

async function axeSource() {
	axe ??= await readFile(require.resolve("axe-core/axe.min.js"), "utf8");
	return axe;
}

/* One run of the Nu checker for all pages, since Java starts slowly. */
async function markupFaults(seen) {
	if (seen.length === 0)
		return [];
	const folder = await mkdtemp(join(tmpdir(), "markup-"));
	const jar = join(require.resolve("vnu-jar/package.json"),
		"../build/dist/vnu.jar");
	const names = new Map();

	for (const [index, {where, html}] of seen.entries()) {
		const file = join(folder, `${index}.html`);
		await writeFile(file, html);
		names.set(file, where);
	}
	try {
		/* All browsers of today know inputmode. */
		await promisify(execFile)("java", ["-jar", jar, "--Werror",
			"--filterpattern", ".*“inputmode”.*polyfill.*",
			"--format", "json", ...names.keys()],
		{maxBuffer: 64 * 1024 * 1024});
		return [];
	} catch (failure) {
		if (!failure.stderr?.startsWith("{"))
			throw failure;
		return JSON.parse(failure.stderr).messages.map((message) =>
			`${names.get(message.url?.replace("file:", "")) ?? "?"}: ` +
			`${message.message} ${message.extract ?? ""}`);
	} finally {
		await rm(folder, {recursive: true});
	}
}
