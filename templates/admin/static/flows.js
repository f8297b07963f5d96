// What is nicer with JavaScript on a flow's page: changes to the tree without losing one's place, keys that move steps,
// folding, and a preview that scrolls. Everything works without this file.
"use strict";

const log = document.querySelector(".try-log");
if (log) {
  log.scrollTop = log.scrollHeight;
  document.getElementById("text")?.focus({ preventScroll: true });
  for (const choice of document.querySelectorAll(".try-head select")) choice.addEventListener("change", () => choice.form.requestSubmit());
}

const page = () => document.querySelector(".flow-page");
const opened = new Set();
const steps = () => page()?.querySelectorAll(".flow-step") ?? [];

const dress = () => {
  for (const shown of document.querySelectorAll("[data-keys], [data-folding]")) shown.hidden = false;
  for (const step of steps()) if (opened.has(step.dataset.step)) step.open = true;
  for (const test of document.querySelectorAll('.flow-labels select[name$=".test"]')) follow(test);
};

// Only the value that the chosen condition has.
const follow = (test) => {
  for (const value of test.parentElement.querySelectorAll("[data-test]")) value.hidden = value.dataset.test !== test.value;
};

// A button that changes the tree: the page is asked for anew, and only its tree is replaced.
const send = async (form, button) => {
  const said = new FormData(form, button);
  for (const step of steps()) step.open ? opened.add(step.dataset.step) : opened.delete(step.dataset.step);
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(said) });
  const now = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = now.querySelector(".flow-page");
  if (!next) return form.submit();
  const at = new URL(answer.url);
  const focus = at.searchParams.get("open");
  page().replaceWith(next);
  document.querySelector(".head").replaceWith(now.querySelector(".head"));
  dress();
  const step = focus && document.getElementById(`step-${focus}`);
  if (step) {
    step.scrollIntoView({ block: "nearest" });
    step.querySelector("summary").focus({ preventScroll: true });
  }
};

document.addEventListener("submit", (event) => {
  const what = event.submitter?.value ?? "";
  if (event.defaultPrevented || event.target.id !== "flow-form" || !what.includes(":")) return;
  event.preventDefault();
  send(event.target, event.submitter).catch(() => location.reload());
});

document.addEventListener("change", (event) => {
  if (event.target.matches('.flow-labels select[name$=".test"]')) follow(event.target);
});

document.addEventListener("click", (event) => {
  const fold = event.target.dataset?.fold;
  if (fold) for (const step of steps()) step.open = fold === "open";
});

document.addEventListener("keydown", (event) => {
  if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key) || event.target.tagName !== "SUMMARY") return;
  const step = event.target.closest(".flow-step");
  const button = step?.parentElement.querySelector(`button[value="${event.key === "ArrowUp" ? "up" : "down"}:${step.dataset.step}"]`);
  if (button && !button.disabled) {
    event.preventDefault();
    button.form.requestSubmit(button);
  }
});

if (page()) dress();
