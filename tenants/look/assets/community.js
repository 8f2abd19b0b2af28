/*
 * community.js: comforts on top of pages that work without it: a Markdown
 * preview without leaving the page, the first fault and the present place of a
 * long menu in view, a button that copies a link, no second sending of a form
 * by a double click, a word when a list has something new.
 */
"use strict";

document.querySelector(".errors")?.focus();
document.querySelector(".side [aria-current]")
	?.scrollIntoView({block: "nearest", inline: "center"});

/* What is shown once answers a form: to load the page again is not to send that
 * once more. */
if (document.querySelector("[data-copy]"))
	history.replaceState(null, "", location.href);

/* Links that are shown once, to be handed on. */
for (const place of document.querySelectorAll("[data-copy]")) {
	const button = document.createElement("button");

	button.type = "button";
	button.className = "button button-quiet button-small";
	button.textContent = place.dataset.copy;
	button.addEventListener("click", async () => {
		await navigator.clipboard.writeText(
			place.querySelector(".copy").textContent);
		button.textContent = place.dataset.copied;
	});
	if (navigator.clipboard)
		place.append(button);
}

/* The server makes the preview (it alone knows what survives): the same form
 * is sent in the background and the preview is taken from the page it answers
 * with. Should that fail, the button does what it does without script. */
async function preview(button) {
	const form = button.form;
	const target = button.formAction.split("#");
	const place = document.getElementById(target[1]);
	const body = new URLSearchParams(new FormData(form));

	body.set("preview", button.value);
	const reply = await fetch(target[0], {method: "POST", body});
	const page = new DOMParser().parseFromString(await reply.text(),
		"text/html");
	const made = page.getElementById(target[1]);
	if (!reply.ok || !made)
		throw new Error("no preview");
	place.replaceChildren(...made.children);
}

document.addEventListener("submit", (event) => {
	const form = event.target;
	const button = event.submitter;

	if (button?.name === "preview" && !button.dataset.plain) {
		event.preventDefault();
		preview(button).catch(() => {
			button.dataset.plain = "1";
			button.click();
		});
		return;
	}
	if (form.method !== "post")
		return;
	if (form.dataset.sent)
		event.preventDefault();
	form.dataset.sent = "1";
});

/* Back from the next page, the form may be sent again. */
addEventListener("pageshow", () => {
	for (const form of document.forms)
		delete form.dataset.sent;
});

/* A list that is looked at is told when there is something new, once: a stream
 * is open (docs/architecture.md) as long as nothing was said and the page is in
 * view. The server knows of which moment the page is. */
function awaitNews(place) {
	const mark = encodeURIComponent(place.dataset.news);
	let asked = "page", stream = null, timer = 0, said = false;

	function close() {
		clearTimeout(timer);
		stream?.close();
		stream = null;
	}

	function openAfter(time) {
		close();
		if (!said)
			timer = setTimeout(open, time);
	}

	function say() {
		const link = document.createElement("a");

		said = true;
		close();
		link.href = location.pathname + location.search;
		link.textContent = place.dataset.show;
		place.append(`${place.dataset.text} `, link);
	}

	function open() {
		if (document.hidden)
			return;
		stream = new EventSource(`/events?${asked}=${mark}`);
		asked = "last";
		stream.addEventListener("news", say);
		/* Browsers try again by themselves, unless they were refused. */
		stream.addEventListener("error", () => {
			if (stream?.readyState === EventSource.CLOSED)
				openAfter(60000 * (1 + Math.random()));
		});
	}

	document.addEventListener("visibilitychange", () =>
		document.hidden ? close() : openAfter(0));
	addEventListener("pagehide", close);
	/* Also first of all; who goes on at once needs no stream. */
	addEventListener("pageshow", () => openAfter(1000));
}

for (const place of document.querySelectorAll("[data-news]"))
	awaitNews(place);
