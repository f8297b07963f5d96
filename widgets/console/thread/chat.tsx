/** In charge of the moves of a chat: accept it, hand it over, end it, ask how it was. */
import { t } from "../../shared/words";
import { api } from "../api/calls";
import { Refusal } from "../api/client";
import type { Rating, Ticket } from "../api/tickets";
import { showLater } from "../later/coming";
import { loadCounts } from "../store/counts";
import { me } from "../store/desk";
import { refresh } from "../store/list";
import { keepMessage, keepTicket, reload } from "../store/threads";
import { Icon } from "../ui/icons";
import { Menu } from "../ui/menu";
import { toast } from "../ui/toast";

const closed = (ticket: Ticket) => ticket.status === "done" || ticket.status === "none_needed";

/** Do a move. Whoever was too late is told by the desk's own words, and sees how it stands. */
export async function move(number: number, run: () => Promise<Ticket>): Promise<boolean> {
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
  showLater(({ HandOverDialog }) => <HandOverDialog number={number} />);
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
