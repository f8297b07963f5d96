/** In charge of the moves of a chat: accept it, hand it over, end it, ask how it was. */
import { useSignal } from "@preact/signals";
import { t } from "../../shared/words";
import { api } from "../api/calls";
import { Refusal } from "../api/client";
import type { Rating, Ticket } from "../api/types";
import { loadCounts } from "../store/counts";
import { desk, me } from "../store/desk";
import { refresh } from "../store/list";
import { keepMessage, keepTicket, reload } from "../store/threads";
import { closeDialog, Dialog, showDialog } from "../ui/dialog";
import { Icon } from "../ui/icons";
import { Menu } from "../ui/menu";
import { toast } from "../ui/toast";

const closed = (ticket: Ticket) => ticket.status === "done" || ticket.status === "none_needed";

/** Do a move. Whoever was too late is told by the desk's own words, and sees how it stands. */
async function move(number: number, run: () => Promise<Ticket>): Promise<boolean> {
  try {
    keepTicket(await run());
    void refresh();
    void loadCounts();
    return true;
  } catch (problem) {
    const current = problem instanceof Refusal ? (problem.current as Ticket | undefined) : undefined;
    if (current?.number) keepTicket(current);
    toast({ words: problem instanceof Error ? problem.message : t("That did not work."), tone: "bad" });
    return false;
  } finally {
    void reload(number);
  }
}

export function accept(number: number): void {
  void move(number, () => api.accept(number));
}

export async function askRating(number: number): Promise<void> {
  try {
    keepMessage(await api.askRating(number));
    void reload(number);
  } catch (problem) {
    toast({ words: problem instanceof Error ? problem.message : t("That did not work."), tone: "bad" });
  }
}

export function handOver(number: number): void {
  showDialog(<HandOverDialog number={number} />);
}

export function ChatMoves({ ticket }: { ticket: Ticket }) {
  const { number } = ticket;
  const mine = ticket.assignee === me.value?.id;
  if (!ticket.chat || ticket.merged_into !== null) return null;
  const end = (ask: boolean) => void move(number, () => api.end(number, ask));
  return (
    <span class="chat-moves">
      {(ticket.assignee === null || (mine && ticket.status === "open")) && !closed(ticket) && (
        <button type="button" class="primary" onClick={() => accept(number)}>
          {t("Accept")}
        </button>
      )}
      {!closed(ticket) && (
        <>
          <button type="button" class="plain" onClick={() => handOver(number)}>
            {t("Hand over…")}
          </button>
          <Menu
            name="end"
            label={t("End the chat")}
            class="plain"
            face={t("End the chat")}
            options={() => [
              { key: "end", words: t("End the chat"), label: t("End the chat"), pick: () => end(false) },
              {
                key: "ask",
                words: t("End it and ask for a rating"),
                label: t("End it and ask for a rating"),
                pick: () => end(true),
              },
            ]}
          />
        </>
      )}
    </span>
  );
}

/** To whom a chat goes: `agent:3` or `team:2`. */
function HandOverDialog({ number }: { number: number }) {
  const to = useSignal("");
  const note = useSignal("");
  const busy = useSignal(false);
  const others = (desk.value?.agents ?? []).filter(
    (agent) => agent.active && agent.role !== "viewer" && agent.id !== me.value?.id,
  );
  const submit = async () => {
    const [kind, id] = to.peek().split(":");
    if (!id || busy.peek()) return;
    busy.value = true;
    const whom = kind === "team" ? { team: Number(id) } : { to: Number(id) };
    if (await move(number, () => api.handOver(number, { ...whom, note: note.peek() }))) {
      closeDialog();
      toast({ words: t("#{number} was handed over.", { number }) });
    }
    busy.value = false;
  };
  return (
    <Dialog
      title={t("Hand over #{number}", { number })}
      onSubmit={() => void submit()}
      foot={
        <button type="submit" class="primary" disabled={!to.value || busy.value}>
          {t("Hand over")}
        </button>
      }
    >
      <label class="field">
        {t("To whom")}
        <select data-first required value={to.value} onChange={(event) => (to.value = event.currentTarget.value)}>
          <option value="">{t("Choose…")}</option>
          <optgroup label={t("Colleagues")}>
            {others.map((agent) => (
              <option key={agent.id} value={`agent:${agent.id}`}>
                {agent.name}
              </option>
            ))}
          </optgroup>
          <optgroup label={t("Teams")}>
            {desk.value?.teams.map((team) => (
              <option key={team.id} value={`team:${team.id}`}>
                {team.name}
              </option>
            ))}
          </optgroup>
        </select>
      </label>
      <label class="field">
        {t("Note for them (the customer does not see it)")}
        <textarea rows={4} maxLength={20000} onInput={(event) => (note.value = event.currentTarget.value)} />
      </label>
    </Dialog>
  );
}

export function Rated({ rating }: { rating: Rating }) {
  if (rating.score === null) return <p class="faint">{t("The customer was asked for a rating.")}</p>;
  const names = [t("Very bad"), t("Bad"), t("All right"), t("Good"), t("Very good")];
  return (
    <div class="rated">
      <p>
        {t("Rating")}{" "}
        <span class="stars" aria-hidden="true">
          {"★".repeat(rating.score) + "☆".repeat(5 - rating.score)}
        </span>{" "}
        <b>{rating.score}/5</b> {names[rating.score - 1]}
      </p>
      {rating.comment && <blockquote>{rating.comment}</blockquote>}
    </div>
  );
}

/** For the menu of a ticket. */
export const ratingOption = (ticket: Ticket) => ({
  key: "rating",
  words: t("Ask for a rating"),
  label: (
    <>
      <Icon name="flag" /> {t("Ask for a rating")}
    </>
  ),
  pick: () => void askRating(ticket.number),
});
