/** In charge of articles in an answer: looked for by what is meant, put where the cursor is, and what became of them. */
import { signal } from "@preact/signals";
import { later } from "../../shared/dom";
import { t } from "../../shared/words";
import { api } from "../api/calls";
import type { ArticleHit, Mode } from "../api/types";
import { articlesOf, judge } from "../store/articles";
import { desk, me } from "../store/desk";
import { open } from "../store/threads";
import { dialog, showDialog } from "../ui/dialog";
import { type Choice, Picker } from "../ui/picker";
import { draft, modeOf, restore, write } from "./draft";
import { insert } from "./macros";

/** A probability as it is shown; certainty is not on offer. */
export function sure(confidence: number): string {
  return `${Math.min(99, Math.floor(confidence * 100))}%`;
}

type Usable = Pick<ArticleHit, "article" | "text" | "audience">;

/** Put an article's text where the cursor is. What only colleagues may read goes into the note. */
export function insertArticle(number: number, { article, text, audience }: Usable): void {
  const thread = open(number).thread.peek();
  if (!thread) return;
  restore(thread);
  const mode: Mode = audience === "internal" ? "note" : modeOf(number).peek();
  if (modeOf(number).peek() === mode) insert(number, mode, text);
  else {
    const before = draft(number, mode).writing.peek().text;
    write(number, mode, { text: before.trim() ? `${before}\n${text}` : text });
    modeOf(number).value = mode;
    document.querySelector<HTMLElement>("#composer-text")?.focus();
  }
  const standing = articlesOf(number).peek().find((each) => each.article === article);
  if (!standing) return;
  void judge(number, standing.id, "used");
  if (mode === "reply") remember(number, [...inserted(number), { suggestion: standing.id, text }]);
}

/** What was put into the reply that is being written, also after a reload. */
interface Inserted {
  suggestion: number;
  text: string;
}

const nameOf = (number: number) => `madoguchi.articles.${me.peek()?.id ?? 0}.${number}`;

function inserted(number: number): Inserted[] {
  try {
    return JSON.parse(localStorage.getItem(nameOf(number)) ?? "[]") as Inserted[];
  } catch {
    return [];
  }
}

function remember(number: number, these: readonly Inserted[]): void {
  try {
    if (these.length) localStorage.setItem(nameOf(number), JSON.stringify(these));
    else localStorage.removeItem(nameOf(number));
  } catch {
    // Full or forbidden: it stays what was said when it was put in.
  }
}

/** How much of an article is left in what was sent, counted in pairs of letters. */
function left(of: string, sent: string): number {
  const pairs = (text: string) => {
    const letters = [...text.replace(/\s+/g, "")];
    return letters.slice(1).map((letter, at) => `${letters[at]}${letter}`);
  };
  const standing = new Set(pairs(sent));
  const wanted = pairs(of);
  return wanted.length ? wanted.filter((pair) => standing.has(pair)).length / wanted.length : 1;
}

/** The reply has left: an article that was changed on the way is told as edited, one of which little is left as rejected. */
export function articlesSent(number: number, text: string): void {
  for (const { suggestion, text: before } of inserted(number))
    if (!text.includes(before.trim())) void judge(number, suggestion, left(before, text) > 0.4 ? "edited" : "rejected");
  remember(number, []);
}

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

/** Choose an article for this ticket. */
export function pickArticle(number: number, onLeave?: (typed: string) => void): void {
  const search = new Search(number);
  const choices = (typed: string): Choice[] => {
    const { words, hits } = search.look(typed);
    const current = words === typed.trim();
    const all = typed.trim() ? hits : [...standing(number), ...hits];
    const seen = new Set<number>();
    return all
      .filter((hit) => !seen.has(hit.article) && seen.add(hit.article))
      .map((hit, at) => ({
        key: `article-${hit.article}`,
        words: hit.question,
        more: hit.text,
        detail: detail(hit),
        ...(current ? { rank: 1000 - at } : {}),
        run: () => insertArticle(number, hit),
      }));
  };
  showDialog(
    <Picker
      title={t("FAQ articles")}
      placeholder={t("What the customer asks, or words of an article")}
      choices={choices}
      busy={search.busy}
      {...(onLeave ? { onLeave } : {})}
    />,
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

/** Whether what was just typed or composed asks for an article: two question marks where no word stands before them.
 *  They are marked then, so that the article takes their place. */
export function asksForArticle(field: HTMLTextAreaElement, data: string | null): boolean {
  if (!data || !/[?？]$/.test(data) || dialog.peek() || !desk.peek()?.articles) return false;
  const at = field.selectionStart;
  if (at !== field.selectionEnd || !/(^|[^\p{L}\p{N}?？])[?？]{2}$/u.test(field.value.slice(0, at))) return false;
  field.setSelectionRange(at - 2, at);
  return true;
}
