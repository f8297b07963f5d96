/** In charge of articles in an answer: put where the cursor is, and what became of them. */
import type { ArticleHit } from "../api/texts";
import type { Mode } from "../api/tickets";
import { articlesOf, judge } from "../store/articles";
import { desk, me } from "../store/desk";
import { open } from "../store/threads";
import { showLater } from "../later/coming";
import { dialog } from "../ui/dialog";
import { draft, modeOf, restore, write } from "./draft";
import { insert } from "./insert";

/** A probability as it is shown; certainty is not on offer. */
export function sure(confidence: number): string {
  return `${Math.min(99, Math.floor(confidence * 100))}%`;
}

type Usable = Pick<ArticleHit, "article" | "text" | "audience">;

/** The article as a link to its page, instead of its words. */
export function linked<A extends Pick<ArticleHit, "question" | "url">>(article: A): A & { text: string } {
  return { ...article, text: `${article.question}\n${article.url}` };
}

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

/** Choose an article for this ticket. `onLeave` hears what was typed when none was chosen. */
export function pickArticle(number: number, onLeave?: (typed: string) => void): void {
  showLater(({ ArticlePicker }) => <ArticlePicker number={number} {...(onLeave ? { onLeave } : {})} />);
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
