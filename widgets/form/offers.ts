/** In charge of the articles that are offered under a form's message while it is being written. */
import { asker, type Offer, type Offers, tellOf, type Where } from "../shared/offers";

export function offerArticles(form: HTMLFormElement): void {
  const box = document.getElementById(form.dataset["helped"] ?? "");
  const slug = document.body.dataset["form"];
  if (!slug || !(box instanceof HTMLTextAreaElement)) return;
  const where: Where = { kind: "form", slug };
  const place = document.createElement("section");
  place.className = "offers";
  // Told politely, and only how many there are: whoever types is not read to.
  const said = document.createElement("p");
  said.setAttribute("role", "status");
  place.append(said);
  place.hidden = true;
  (box.closest(".field") ?? box).append(place);

  /** What was offered before stays as it is, unfolded or not, when more was typed. */
  const lines = new Map<number, HTMLElement>();
  const show = (offers: Offers | null): void => {
    const items = offers?.items ?? [];
    for (const item of items) if (!lines.has(item.id)) lines.set(item.id, line(item, offers as Offers));
    place.replaceChildren(said, ...items.flatMap(({ id }) => lines.get(id) ?? []));
    said.textContent = items.length ? (offers?.title ?? "") : "";
    place.hidden = !items.length;
  };

  function line(item: Offer, words: Offers): HTMLElement {
    const fold = document.createElement("details");
    const head = document.createElement("summary");
    const text = document.createElement("p");
    const whole = document.createElement("a");
    const solved = document.createElement("button");
    const ways = document.createElement("p");
    head.textContent = item.question;
    text.textContent = item.text;
    fold.lang = item.lang;
    ways.lang = document.documentElement.lang;
    whole.href = item.url;
    whole.target = "_blank";
    whole.rel = "noopener";
    whole.textContent = words.open;
    solved.type = "button";
    solved.textContent = words.solved;
    solved.addEventListener("click", () => {
      tellOf(where, item.id, "solved");
      place.replaceChildren(said);
      said.textContent = words.thanks;
    });
    fold.addEventListener("toggle", () => fold.open && tellOf(where, item.id, "opened"), { once: true });
    ways.append(whole, solved);
    fold.append(head, text, ways);
    return fold;
  }

  const typed = asker(where, () => document.documentElement.lang, show);
  box.addEventListener("input", (event) => {
    if (!(event as InputEvent).isComposing) typed(box.value);
  });
  box.addEventListener("compositionend", () => typed(box.value));
}
