/** In charge of customers in the palette: found by name, reading, phone, mail or number while something is typed. */
import { signal } from "@preact/signals";
import { later } from "../../shared/dom";
import { t } from "../../shared/words";
import { api } from "../api/calls";
import type { Customer } from "../api/customers";
import { honoured } from "../store/desk";
import { go, zoneShown } from "../store/place";
import type { Choice } from "../ui/picker";

const MOST = 6;

/** What the palette asks at each letter; a choice leads to the customer's tickets, or to all that is known of them. */
export function customerChoices(): (typed: string) => Choice[] {
  const found = signal<{ words: string; customers: readonly Customer[] }>({ words: "", customers: [] });
  let wanted = "";
  const ask = later(200, () => {
    const words = wanted;
    api.customers(words).then(
      (customers) => words === wanted && (found.value = { words, customers }),
      () => undefined,
    );
  });
  return (typed) => {
    const words = typed.trim();
    if (words.length < 2) return [];
    if (words !== wanted) {
      wanted = words;
      ask.call();
    }
    if (found.value.words !== words) return [];
    return found.value.customers.slice(0, MOST).flatMap((each, at) => {
      const more = [each.kana, each.company, ...each.contacts.slice(0, 2).map((one) => one.shown)];
      const detail = more.filter(Boolean).join(" · ");
      const rank = 80 - at;
      return [
        {
          key: `customer-${each.id}`,
          words: honoured(each.name),
          detail: `${t("Tickets")} · ${detail}`,
          rank,
          run: () => {
            go({ view: "all", ticket: null, filter: { customer: String(each.id) }, q: "" });
            zoneShown.value = "list";
          },
        },
        {
          key: `known-${each.id}`,
          words: honoured(each.name),
          detail: t("Everything known of them"),
          rank: rank - 0.5,
          run: () => void window.open(`/admin/customers/${each.id}`, "_blank", "noopener"),
        },
      ];
    });
  };
}
