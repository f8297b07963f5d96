// What is nicer with JavaScript on the admin pages: copying, asking before what cannot be undone, unsaved words.
// Everything works without this file.
"use strict";

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const target = document.getElementById(button.dataset.copy);
    await navigator.clipboard.writeText(target.value ?? target.textContent);
    const before = button.textContent;
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = before; }, 1500);
  });
}

document.addEventListener("submit", (event) => {
  const words = event.submitter?.dataset.sure;
  if (words && !window.confirm(words)) event.preventDefault();
});

// Another type of field has other settings: they are shown as soon as it is chosen.
for (const button of document.querySelectorAll("[data-redraw]")) {
  button.hidden = true;
  document.getElementById(button.dataset.redraw).addEventListener("change", () => button.form.requestSubmit(button));
}

// What is under way shows how far it is; when it is over, the whole page is drawn anew.
const look = async () => {
  const page = await fetch(location.href).then((answer) => (answer.ok ? answer.text() : null)).catch(() => null);
  const now = document.querySelector("[data-live]");
  if (page !== null && now) {
    const next = new DOMParser().parseFromString(page, "text/html").querySelector("[data-live]");
    if (!next) return location.reload();
    now.replaceChildren(...next.childNodes);
  }
  setTimeout(look, 1000);
};
if (document.querySelector("[data-live]")) setTimeout(look, 500);

let unsaved = false;
for (const form of document.querySelectorAll("form[data-keep]")) {
  form.addEventListener("input", () => { unsaved = true; });
  form.addEventListener("submit", () => { unsaved = false; });
  if (form.dataset.keep === "dirty") unsaved = true;
}
window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });

// While something slow runs, its button says so and cannot be pressed twice.
for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => {
    const words = event.submitter?.dataset.busy;
    if (words && !event.defaultPrevented) {
      event.submitter.textContent = words;
      setTimeout(() => { event.submitter.disabled = true; }, 0);
    }
  });
}

// A picture of the chat follows what is typed, before it is saved.
const preview = document.getElementById("preview");
if (preview) {
  const light = (color) => [1, 3, 5].reduce((sum, at, part) => sum + [0.2126, 0.7152, 0.0722][part] * (parseInt(color.slice(at, at + 2), 16) / 255) ** 2.2, 0);
  const draw = () => {
    const color = document.getElementById(preview.dataset.color)?.value ?? "#1f5fbf";
    const ink = light(color) > 0.18 ? "#000" : "#fff";
    for (const part of preview.querySelectorAll("[data-fill]")) part.setAttribute("fill", color);
    for (const part of preview.querySelectorAll("[data-ink]")) part.setAttribute("fill", ink);
    for (const part of preview.querySelectorAll("[data-stroke]")) part.setAttribute("stroke", ink);
    for (const part of preview.querySelectorAll("[data-said]")) {
      const words = document.getElementById(preview.dataset[part.dataset.said])?.value.trim() ?? "";
      part.textContent = words.length > 14 ? `${words.slice(0, 14)}…` : words;
    }
  };
  document.addEventListener("input", draw);
  draw();
}
