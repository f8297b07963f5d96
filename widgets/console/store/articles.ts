/** In charge of the articles beside a ticket's messages: which stand there, how sure they are, what became of them. */
import { type Signal, signal } from "@preact/signals";
import { t } from "../../shared/words";
import { api } from "../api/calls";
import type { Outcome, SuggestedArticle } from "../api/texts";
import { toast } from "../ui/toast";
import { desk } from "./desk";

const KEPT = 30;
const held = new Map<number, Signal<readonly SuggestedArticle[]>>();

/** The newest message's first, of each the surest first; empty until they are known, and where there are none. */
export function articlesOf(number: number): Signal<readonly SuggestedArticle[]> {
  let found = held.get(number);
  if (!found) {
    held.set(number, (found = signal([])));
    for (const old of held.keys()) {
      if (held.size <= KEPT) break;
      held.delete(old);
    }
    void load(number);
  }
  return found;
}

async function load(number: number): Promise<void> {
  if (!desk.peek()?.articles) return;
  const found = await api.suggested(number).catch(() => null);
  const mine = held.get(number);
  if (found && mine) mine.value = found;
}

/** Something changed: fetched now for the ticket that is looked at, later for the others. Null: everything may have. */
export function doubtArticles(number: number | null, looked: number | null): void {
  for (const each of number === null ? [...held.keys()] : [number])
    if (each !== looked) held.delete(each);
    else if (held.has(each)) void load(each);
}

/** Say what came of a suggestion; it is seen at once. */
export async function judge(number: number, suggestion: number, outcome: Outcome): Promise<void> {
  const mine = held.get(number);
  const before = mine?.peek();
  if (mine) mine.value = mine.peek().map((each) => (each.id === suggestion ? { ...each, outcome } : each));
  try {
    await api.judge(number, suggestion, outcome);
  } catch (problem) {
    if (mine && before) mine.value = before;
    toast({ words: problem instanceof Error ? problem.message : t("That did not work."), tone: "bad" });
  }
}
