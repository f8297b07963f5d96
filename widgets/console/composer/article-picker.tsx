/** In charge of looking for articles by what is meant: for the answer that is written, and for the palette. */
import { signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { later } from "../../shared/dom";
import { t } from "../../shared/words";
import { api } from "../api/calls";
import type { ArticleHit } from "../api/texts";
import { articlesOf } from "../store/articles";
import { desk, me } from "../store/desk";
import { type Choice, Picker } from "../ui/picker";
import { insertArticle, linked, sure } from "./articles";

/** Asks for articles soon after the last key; answers of older questions are dropped. */
class Search {
  private readonly found = signal<{ words: string; hits: readonly ArticleHit[] }>({ words: "", hits: [] });
  readonly busy = signal(false);
  private words: string | null = null;
  private asked: AbortController | null = null;
  private readonly soon = later(150, () => void this.ask());

  constructor(private readonly number: number | null) {}

  /** What was found for these words, or, until they are answered, for those before. */
  look(typed: string): { words: string; hits: readonly ArticleHit[] } {
    const words = typed.trim();
    if (words !== this.words) {
      this.words = words;
      queueMicrotask(() => (this.busy.value = true));
      this.soon.call();
    }
    return this.found.value;
  }

  private async ask(): Promise<void> {
    this.asked?.abort();
    const mine = (this.asked = new AbortController());
    const words = this.words ?? "";
    const hits = await api.findArticles(words, this.number, mine.signal).catch(() => []);
    if (this.asked !== mine) return;
    this.found.value = { words, hits };
    this.busy.value = false;
  }
}

/** The first line that says something, behind how sure it is. */
function detail(hit: ArticleHit, ...more: string[]): string {
  const line = hit.text.split("\n").find((each) => each.trim() && each.trim() !== hit.question);
  const told = hit.confidence === null ? "" : sure(hit.confidence);
  return [told, ...more, hit.audience === "internal" ? t("Internal") : "", hit.category, line].filter(Boolean).join(" · ");
}

/** What stands beside the ticket's messages already, before anything is typed. */
function standing(number: number): ArticleHit[] {
  return articlesOf(number)
    .value.filter((each) => each.outcome !== "rejected")
    .map((each) => ({ ...each, category: "" }));
}

export function ArticlePicker({ number, onLeave }: { number: number; onLeave?: (typed: string) => void }) {
  const search = useMemo(() => new Search(number), [number]);
  const choices = (typed: string): Choice[] => {
    const { words, hits } = search.look(typed);
    const current = words === typed.trim();
    const all = typed.trim() ? hits : [...standing(number), ...hits];
    const seen = new Set<number>();
    return all
      .filter((hit) => !seen.has(hit.article) && seen.add(hit.article))
      .flatMap((hit, at) => {
        const rank = current ? { rank: 1000 - at } : {};
        const whole = { key: `article-${hit.article}`, words: hit.question, more: hit.text, detail: detail(hit), ...rank, run: () => insertArticle(number, hit) };
        // Only of the first one, so that the list stays one of articles.
        const link = { ...whole, key: `link-${hit.article}`, detail: t("Insert the link"), more: hit.url, ...(current ? { rank: 999.5 } : {}), run: () => insertArticle(number, linked(hit)) };
        return at === 0 && hit.url ? [whole, link] : [whole];
      });
  };
  return (
    <Picker
      title={t("FAQ articles")}
      placeholder={t("What the customer asks, or words of an article")}
      choices={choices}
      busy={search.busy}
      {...(onLeave ? { onLeave } : {})}
    />
  );
}

/** For the palette: articles go into the answer of the ticket that is open, and leads come to their pages. */
export function articleChoices(number: number | null): (typed: string) => Choice[] {
  const search = new Search(number);
  return (typed) => {
    if (!desk.peek()?.articles || typed.trim().length < 2 || /^#?\d+$/.test(typed.trim())) return [];
    const { words, hits } = search.look(typed);
    if (words !== typed.trim()) return [];
    return hits.slice(0, 5).flatMap((hit, at) => {
      // Behind what has the very words in its name, before what has their letters somewhere.
      const rank = 50 - at;
      const page = {
        key: `page-${hit.article}`,
        words: hit.question,
        detail: detail(hit, t("Open the article")),
        rank: rank - 0.5,
        run: () => void window.open(`/admin/faq/${hit.article}`, "_blank", "noopener"),
      };
      const use = {
        key: `article-${hit.article}`,
        words: hit.question,
        detail: detail(hit, t("Insert the article")),
        rank,
        run: () => number !== null && insertArticle(number, hit),
      };
      return [...(number === null ? [] : [use]), ...(leads() ? [page] : [])];
    });
  };
}

function leads(): boolean {
  return me.peek()?.role === "lead" || me.peek()?.role === "admin";
}
