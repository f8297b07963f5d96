/** In charge of how old what other systems said of the customer is: what stands there stays while it is asked for anew. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { since } from "../../shared/time";
import { language, t } from "../../shared/words";
import { api } from "../api/calls";
import type { Freshness } from "../api/customers";
import { writes } from "../store/desk";

const PATIENCE = 15;

export function Sources({ customer }: { customer: number }) {
  const said = useSignal<readonly Freshness[]>([]);
  useEffect(() => {
    let gone = false;
    const ask = async (wait: number): Promise<boolean> => {
      const found = await api.freshen(customer, wait);
      if (!gone) said.value = found;
      return found.some((each) => each.state === "asking");
    };
    const both = async () => {
      try {
        if (await ask(0)) await ask(PATIENCE);
      } catch {
        // What is known stands, and says how old it is.
      }
    };
    if (writes.value) void both();
    return () => {
      gone = true;
    };
  }, [customer]);
  if (said.value.length === 0) return null;
  return (
    <ul class="sources" aria-live="polite">
      {said.value.map((each) => (
        <li key={each.source} class={each.state} title={each.words}>
          {line(each)}
        </li>
      ))}
    </ul>
  );
}

function line({ source, title, at, state }: Freshness): string {
  const name = typeof title === "string" ? title : (title[language.value] ?? source);
  const age = !at ? t("nothing yet") : state === "fresh" ? t("up to date") : t("as of {when} ago", { when: since(at) });
  if (state === "asking") return t("{name}: {age}, being asked …", { name, age });
  if (state === "failed") return t("{name}: {age}, could not be asked", { name, age });
  return `${name}: ${age}`;
}
