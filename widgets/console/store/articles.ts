/** In charge of the articles beside a ticket's messages: which stand there, how sure they are, what became of them. */
import { type Signal, signal } from "@preact/signals";
import { t } from "../../shared/words";
import { api } from "../api/calls";
import type { Outcome, SuggestedArticle } from "../api/texts";
import { toast } from "../ui/toast";
import { desk } from "./desk";
import { newest } from "./newest";

const KEPT = 30;
const held = new Map<number, { articles: Signal<readonly SuggestedArticle[]>; load: () => Promise<void> }>();

/** The newest message's first, of each the surest first; empty until they are known, and where there are none. */
export function articlesOf(number: number): Signal<readonly SuggestedArticle[]> {
  let found = held.get(number);
  if (!found) {
    const articles = signal<readonly SuggestedArticle[]>([]);
    const load = newest(
      async () => {
        if (desk.peek()?.articles) articles.value = await api.suggested(number);
      },
      () => held.get(number)?.articles === articles,
    );
    held.set(number, (found = { articles, load }));
    for (const old of held.keys()) {
      if (held.size <= KEPT) break;
      held.delete(old);
    }
    void load();
  }
  return found.articles;
}

/** Something changed: fetched now for the ticket that is looked at, later for the others. Null: everything may have. */
export function doubtArticles(number: number | null, looked: number | null): void {
  for (const each of number === null ? [...held.keys()] : [number])
    if (each !== looked) held.delete(each);
    else void held.get(each)?.load();
}

/** Say what came of a suggestion; it is seen at once. */
export async function judge(number: number, suggestion: number, outcome: Outcome): Promise<void> {
  const mine = held.get(number)?.articles;
  const before = mine?.peek();
  if (mine) mine.value = mine.peek().map((each) => (each.id === suggestion ? { ...each, outcome } : each));
  try {
    await api.judge(number, suggestion, outcome);
  } catch (problem) {
    if (mine && before) mine.value = before;
    toast({ words: problem instanceof Error ? problem.message : t("That did not work."), tone: "bad" });
  }
}
