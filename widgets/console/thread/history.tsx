/** In charge of telling what happened to a ticket between its messages, folded when much happened in a row. */
import { clock, moment } from "../../shared/time";
import { t } from "../../shared/words";
import { type Change, PRIORITIES, STATUSES } from "../api/tickets";
import { agentName, desk, fieldLabel, priorityName, statusName, teamName } from "../store/desk";

const SILENT = new Set(["version", "waiting_since", "last_seq", "updated_at", "language", "read_seq", "conversation"]);

/** Whether a change is worth a line of its own: messages, letters and drafts stand elsewhere. */
export function told(change: Change): boolean {
  if (change.kind === "ticket.changed") return !SILENT.has(String(change.data["field"]));
  if (change.kind === "flow.moved") return true;
  if (change.kind === "ticket.seen" || change.kind === "ticket.rated") return false;
  return change.kind.startsWith("ticket.") && change.kind !== "ticket.opened";
}

/** The flow that leads the customer now, by its name. */
export function leads(history: readonly Change[]): string | null {
  const last = history.findLast((change) => change.kind === "flow.moved");
  return last?.data["state"] === "on" ? String(last.data["name"]) : null;
}

/** While a flow leads, each of its turns moves the status there and back: its beginning and its end tell enough. */
export function withoutTurns(history: readonly Change[]): Change[] {
  const first = history.find((change) => change.kind === "flow.moved");
  let led = first !== undefined && first.data["state"] !== "on";
  return history.filter((change) => {
    if (change.kind === "flow.moved") led = change.data["state"] === "on";
    return !led || change.data["field"] !== "status" || change.by.startsWith("agent:");
  });
}

function flowEnded(state: unknown): string {
  switch (state) {
    case "solved":
      return t("solved");
    case "silent":
      return t("no answer in time");
    case "joined":
      return t("a colleague took over");
    case "gone":
      return t("the flow was removed");
  }
  return t("a person goes on");
}

function who(by: string): string {
  const [kind, id] = by.split(":");
  if (kind === "agent") return agentName(Number(id));
  return kind === "customer" ? t("The customer") : t("The desk");
}

function value(field: string, raw: unknown): string {
  if (raw === null || raw === undefined || raw === "") return t("none");
  if (field === "status") return STATUSES.filter((status) => status === raw).map(statusName)[0] ?? String(raw);
  if (field === "priority")
    return PRIORITIES.filter((priority) => priority === raw).map(priorityName)[0] ?? String(raw);
  if (field === "assignee" || field === "assignee_id") return agentName(Number(raw));
  if (field === "team" || field === "team_id") return teamName(Number(raw));
  if (field === "snoozed_until" || field === "due_at") return moment(String(raw));
  if (typeof raw === "boolean") return raw ? t("yes") : t("no");
  if (Array.isArray(raw)) return raw.map(String).join("、") || t("none");
  return typeof raw === "object" ? JSON.stringify(raw) : String(raw);
}

function fieldName(field: string): string {
  switch (field) {
    case "status":
      return t("Status");
    case "priority":
      return t("Priority");
    case "assignee":
    case "assignee_id":
      return t("Assignee");
    case "team":
    case "team_id":
      return t("Team");
    case "subject":
      return t("Subject");
    case "tags":
      return t("Tags");
    case "spam":
      return t("Spam");
    case "snoozed_until":
      return t("Snooze");
    case "due_at":
      return t("Due");
    case "customer":
    case "customer_id":
      return t("Customer");
  }
  const name = field.replace(/^fields?\./, "");
  const custom = desk.value?.custom_fields.find((each) => each.name === name);
  return custom ? fieldLabel(custom) : name;
}

/** Which of the desk's own fields changed, each with both values. */
function ownFields(before: unknown, after: unknown): string {
  const was = (before ?? {}) as Record<string, unknown>;
  const is = (after ?? {}) as Record<string, unknown>;
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((field) => JSON.stringify(was[field]) !== JSON.stringify(is[field]))
    .map((field) => `${fieldName(field)} ${value(field, was[field])} → ${value(field, is[field])}`)
    .join("、");
}

export function words(change: Change): string {
  const name = who(change.by);
  const { data } = change;
  switch (change.kind) {
    case "ticket.changed": {
      const field = String(data["field"]);
      if (field === "fields") return `${name}: ${ownFields(data["before"], data["after"])}`;
      const [before, after] = Array.isArray(data["names"]) ? data["names"] : [data["before"], data["after"]];
      return t("{name}: {field} {before} → {after}", {
        name,
        field: fieldName(field),
        before: value(field, before),
        after: value(field, after),
      });
    }
    case "ticket.merged":
      return t("{name}: merged into #{number}", { name, number: String(data["into"]) });
    case "ticket.split":
      return t("{name}: split off #{number}", { name, number: String(data["new"]) });
    case "ticket.linked":
      return data["linked"] === false
        ? t("{name}: unlinked #{number}", { name, number: String(data["other"]) })
        : t("{name}: linked #{number}", { name, number: String(data["other"]) });
    case "flow.moved":
      return data["state"] === "on"
        ? t("The flow “{flow}” began", { flow: String(data["name"]) })
        : t("The flow “{flow}” ended: {how}", { flow: String(data["name"]), how: flowEnded(data["state"]) });
    case "ticket.woke":
      return t("The snooze ended");
  }
  return `${name}: ${change.kind}`;
}

export function HistoryRun({ changes }: { changes: readonly Change[] }) {
  const line = (change: Change) => (
    <li key={change.seq}>
      {words(change)} <time datetime={change.at}>{clock(change.at)}</time>
    </li>
  );
  if (changes.length < 3) return <ul class="happened">{changes.map(line)}</ul>;
  const last = changes.at(-1);
  return (
    <details class="happened">
      <summary>
        {t("{n} changes", { n: changes.length })}
        {last && <> · {words(last)}</>}
      </summary>
      <ul>{changes.map(line)}</ul>
    </details>
  );
}
