// Going through proposed phrasings by keyboard. Everything works without this file.
"use strict";

const rows = [...document.querySelectorAll("[data-row]")];
const form = document.getElementById("review");
let at = -1;

const go = (to) => {
  at = Math.max(0, Math.min(rows.length - 1, to));
  const box = rows[at]?.querySelector('input[type="checkbox"]');
  box?.focus();
  rows[at]?.scrollIntoView({ block: "nearest" });
};

// With some ticked the key is for all of them, else for the row that the cursor is in.
const press = (what) => {
  const some = form.querySelector('input[name="ids"]:checked');
  const button = some ? form.querySelector(`button[name="do"][value="${what}"]`) : rows[at]?.querySelector(`button[name="${what}"]`);
  if (button) form.requestSubmit(button);
};

const deeds = {
  j: () => go(at + 1),
  ArrowDown: () => go(at + 1),
  k: () => go(at - 1),
  ArrowUp: () => go(at - 1),
  x: () => { const box = rows[at]?.querySelector('input[type="checkbox"]'); if (box) box.checked = !box.checked; },
  e: () => rows[at]?.querySelector('input[name^="text."]')?.select(),
  t: () => press("take"),
  r: () => press("refuse"),
};

document.addEventListener("focusin", (event) => {
  const found = rows.indexOf(event.target.closest?.("[data-row]"));
  if (found >= 0) at = found;
});

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || !form) return;
  const typing = event.target.matches?.('input:not([type="checkbox"]), textarea, select');
  if (typing) {
    if (event.target.name?.startsWith("text.")) {
      if (event.key === "Enter") { event.preventDefault(); rows[at]?.querySelector('button[name="take"]')?.click(); }
      if (event.key === "Escape") go(at);
    }
    return;
  }
  const deed = deeds[event.key];
  if (deed && rows.length) { event.preventDefault(); deed(); }
});

const all = document.getElementById("tick-all");
if (all) {
  all.hidden = false;
  all.addEventListener("click", () => {
    const boxes = [...form.querySelectorAll('input[name="ids"]')];
    const on = boxes.some((box) => !box.checked);
    for (const box of boxes) box.checked = on;
  });
}
for (const each of document.querySelectorAll("[data-keys]")) each.hidden = false;
