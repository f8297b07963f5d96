/** In charge of what every screen needs to name things: the agent, colleagues, teams, tags, accounts, labels. */
import { computed, signal } from "@preact/signals";
import { zone } from "../../shared/time";
import { language, t } from "../../shared/words";
import { api } from "../api/calls";
import type { Account, Agent, CustomField, Desk, Tag } from "../api/desk";
import type { Priority, Status, TicketRow } from "../api/tickets";
import { keepAvailability } from "./availability";
import { greetIn } from "./settings";

export const me = signal<Agent | null>(null);
export const desk = signal<Desk | null>(null);
/** Questions to the server, counted, and which of them was answered by what is known. */
let asked = 0;
let known = 0;

const agents = computed(() => new Map((desk.value?.agents ?? []).map((agent) => [agent.id, agent])));
const accounts = computed(() => new Map((desk.value?.accounts ?? []).map((account) => [account.id, account])));
const tags = computed(() => new Map((desk.value?.tags ?? []).map((tag) => [tag.name, tag])));

export async function loadDesk(): Promise<void> {
  const mine = (asked += 1);
  const [agent, whole] = await Promise.all([api.me(), api.desk()]);
  zone.value = whole.time_zone;
  if (!me.value) greetIn(agent.language);
  me.value = agent;
  keep(whole, mine);
}

export async function reloadDesk(): Promise<void> {
  const mine = (asked += 1);
  keep(await api.desk(), mine);
}

/** What was asked for before what is known is not believed. */
function keep(whole: Desk, question: number): void {
  if (question < known) return;
  known = question;
  desk.value = whole;
  keepAvailability(whole.availability, whole.seq);
}

export function agentOf(id: number | null): Agent | undefined {
  return id === null ? undefined : agents.value.get(id);
}

export function agentName(id: number | null): string {
  return id === null ? t("Unassigned") : (agents.value.get(id)?.name ?? `#${id}`);
}

export function teamName(id: number | null): string {
  return id === null ? t("No team") : (desk.value?.teams.find((team) => team.id === id)?.name ?? `#${id}`);
}

export function accountOf(id: number): Account | undefined {
  return accounts.value.get(id);
}

export function tagColor(name: string): string {
  return tags.value.get(name)?.color ?? "#64748b";
}

export function allTags(): Tag[] {
  return desk.value?.tags ?? [];
}

export function fieldLabel(field: CustomField): string {
  return (language.value === "ja" ? field.label_ja : field.label_en) || field.name;
}

/** May this agent write? A viewer only looks. */
export const writes = computed(() => me.value !== null && me.value.role !== "viewer");

export function statusName(status: Status): string {
  const named = desk.value?.status_labels[language.value]?.[status];
  if (named) return named;
  switch (status) {
    case "open":
      return t("Open");
    case "active":
      return t("In progress");
    case "waiting":
      return t("On hold");
    case "done":
      return t("Done");
    case "none_needed":
      return t("No reply needed");
  }
}

export function priorityName(priority: Priority): string {
  switch (priority) {
    case "low":
      return t("Low");
    case "normal":
      return t("Normal");
    case "high":
      return t("High");
    case "urgent":
      return t("Urgent");
  }
}

export function channelName(kind: string): string {
  switch (kind) {
    case "email":
      return t("Mail");
    case "form":
      return t("Form");
    case "phone":
      return t("Phone");
    case "api":
      return "API";
    case "webchat":
      return t("Chat");
    case "line":
      return "LINE";
    default:
      return kind;
  }
}

/** `田中様` in Japanese; as it is in English. A customer without a name is shown by what is known. */
export function honoured(name: string): string {
  const known = name.trim() || t("No name");
  if (language.value !== "ja" || !name.trim() || /(様|御中|さん)$/.test(known)) return known;
  return `${known} 様`;
}

/** Who writes on a ticket: whoever gave no name in a chat is a visitor. */
export function writerOf({ customer, channel }: Pick<TicketRow, "customer" | "channel">): string {
  return channel === "webchat" && !customer.name.trim() ? t("Visitor") : honoured(customer.name);
}
