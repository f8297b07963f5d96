/** In charge of the bar that makes a new ticket of the chosen messages. */
import { t } from "../../shared/words";
import { api } from "../api/calls";
import type { Message } from "../api/messages";
import type { Ticket } from "../api/tickets";
import { refresh } from "../store/list";
import { go } from "../store/place";
import { keepRow } from "../store/rows";
import { reload } from "../store/threads";
import { toast } from "../ui/toast";
import { picking } from "./split";

export function SplitBar({ ticket, messages }: { ticket: Ticket; messages: readonly Message[] }) {
  const chosen = picking.value;
  if (!chosen) return null;
  const mine = messages.filter((message) => chosen.has(message.id));
  const split = async (subject: string) => {
    try {
      const made = await api.split(
        ticket.number,
        mine.map((message) => message.id),
        subject,
      );
      keepRow(made);
      picking.value = null;
      toast({
        words: t("Split off as #{number}", { number: made.number }),
        action: t("Open it"),
        run: () => go({ ticket: made.number }),
      });
      void reload(ticket.number);
      void refresh();
    } catch (problem) {
      toast({ words: problem instanceof Error ? problem.message : t("That did not work."), tone: "bad" });
    }
  };
  return (
    <form
      class="split-bar"
      onSubmit={(event) => {
        event.preventDefault();
        const field = event.currentTarget.elements.namedItem("subject");
        if (mine.length && field instanceof HTMLInputElement) void split(field.value.trim() || ticket.subject);
      }}
    >
      <b aria-live="polite">{t("{n} messages chosen", { n: mine.length })}</b>
      <input
        type="text"
        name="subject"
        defaultValue={ticket.subject}
        aria-label={t("Subject of the new ticket")}
        placeholder={t("Subject of the new ticket")}
      />
      <button type="submit" class="primary" disabled={!mine.length || mine.length === messages.length}>
        {t("Split off")}
      </button>
      <button type="button" class="plain" onClick={() => (picking.value = null)}>
        {t("Cancel")}
      </button>
    </form>
  );
}
