/** In charge of telling an agent what concerns them: a letter of theirs that failed, a colleague who calls, a ticket
 *  that was given to them. */
import { t } from "../../shared/words";
import { api } from "../api/calls";
import type { Change } from "../api/types";
import { agentName, me } from "../store/desk";
import { go, ticketNumber, zoneShown } from "../store/place";
import { toast } from "../ui/toast";

const OLD = 10 * 60_000;

/** Look at one change; most are no news. What happened long before this console heard of it is left to the lists. */
export function tellNews(change: Change): void {
  const { kind, ticket, data, by } = change;
  const mine = me.peek()?.id;
  if (ticket === null || mine === undefined || by === `agent:${mine}` || Date.now() - Date.parse(change.at) > OLD) return;
  const [, id] = /^agent:(\d+)$/.exec(by) ?? [];
  const name = id === undefined ? t("The desk") : agentName(Number(id));
  if (kind === "letter.moved" && (data["state"] === "failed" || data["state"] === "bounced")) void tellFailure(ticket, data);
  else if (kind === "note.written" && Array.isArray(data["mentions"]) && data["mentions"].includes(mine)) {
    tell(ticket, t("{name} calls you on #{number}", { name, number: ticket }));
  } else if (kind === "ticket.changed" && data["field"] === "assignee" && data["after"] === mine) {
    tell(ticket, t("{name} gave you #{number}", { name, number: ticket }));
  }
}

async function tellFailure(ticket: number, data: Record<string, unknown>): Promise<void> {
  const { message, words } = data;
  if (typeof message !== "number") return;
  const written = await api.message(message).catch(() => null);
  if (written?.agent !== me.peek()?.id) return;
  tell(ticket, t("Your reply on #{number} was not delivered. {words}", { number: ticket, words: String(words ?? "") }), true);
}

function tell(ticket: number, words: string, bad = false): void {
  if (ticketNumber.peek() === ticket && !document.hidden) return;
  toast({
    words,
    tone: bad ? "bad" : "good",
    stay: true,
    action: t("Open it"),
    run: () => {
      go({ ticket });
      zoneShown.value = "thread";
    },
  });
}
