/** The shapes of the JSON API about texts that are put into answers: macros and articles; kept by hand in line with the server's views. */
import type { Choice, Rich } from "./messages";
import type { Priority, Status } from "./tickets";

/** What a macro changes. Its tags are added to those that stand. */
export interface MacroActions {
  status?: Status;
  priority?: Priority;
  assignee?: number | "me" | null;
  team?: number | null;
  tags?: string[];
  /** The customer of a chat is asked how it was. */
  ask_rating?: boolean;
}

export interface Macro {
  id: number;
  name: string;
  text: string;
  actions: MacroActions;
  agent: number | null;
  rich: Rich | null;
  choices: Choice[];
}

/** An article that was looked for, its text as the ticket's channel would send it; `confidence`: that it is the answer. */
export interface ArticleHit {
  article: number;
  question: string;
  category: string;
  text: string;
  confidence: number | null;
  audience: "public" | "internal";
  /** Its page in the help centre; empty when customers cannot read it. */
  url: string;
}

/** What the desk made of a customer's message by itself. */
export interface Attempt {
  id: number;
  message: number;
  state: "answered" | "offered" | "refused" | "heard" | "taken";
  reason: string;
  question: string;
  offered: string[];
  confidence: number;
  outcome: "" | "yes" | "no" | "person" | "chosen" | "other";
}

export type Outcome = "used" | "edited" | "rejected";

/** An article beside a message. */
export interface SuggestedArticle extends Omit<ArticleHit, "category"> {
  id: number;
  message: number;
  confidence: number;
  decision: "answer" | "suggest";
  outcome: Outcome | null;
}
