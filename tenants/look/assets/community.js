/*
 * community.js: comforts on top of pages that work without it: a Markdown
 * preview without leaving the page, the first fault and the present place of a
 * long menu in view, a button that copies a link, no second sending of a form
 * by a double click.
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
