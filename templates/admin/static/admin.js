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
