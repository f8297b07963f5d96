/** In charge of the head of a ticket: its number and subject, and what is changed most often. */
import { useSignal } from "@preact/signals";
import { classes, composing, copy } from "../../shared/dom";
import { t } from "../../shared/words";
import type { Thread, Ticket } from "../api/tickets";
import { cap } from "../keys/names";
import { showLater } from "../later/coming";
import { others } from "../live/lookers";
import { agentName, writerOf, writes } from "../store/desk";
import { edit, editMany } from "../store/edits";
import { ticketNumber, zoneShown } from "../store/place";
import { pane, showPane } from "../store/settings";
import { Icon } from "../ui/icons";
import { Avatar, Channel, TagMark } from "../ui/marks";
import { Menu, type Option } from "../ui/menu";
import { AssignPick, PriorityPick, StatusPick, TagsPick } from "../ui/picks";
import { SnoozePick } from "../ui/snooze";
import { isWaiting, Waiting } from "../ui/waiting";
import { toast } from "../ui/toast";
import { ChatMoves, ratingOption } from "./chat";
import { leaveTicket } from "./leave";
import { startSplit } from "./split";

export function ThreadHead({ thread }: { thread: Thread }) {
  const { ticket } = thread;
  const off = !writes.value;
  const only = () => (ticketNumber.peek() === null ? [] : [ticketNumber.peek() ?? 0]);
  return (
    <header class="thread-head">
      <div class="thread-title">
        <button type="button" class="icon narrow" aria-label={t("Back to the list")} onClick={leaveTicket}>
          <Icon name="back" />
        </button>
        <Channel kind={ticket.channel} />
        <TicketNumber number={ticket.number} />
        <Subject ticket={ticket} off={off} />
        <Lookers number={ticket.number} />
        <More ticket={ticket} off={off} />
        <button
          type="button"
          class="icon"
          aria-pressed={pane.value}
          title={`${t("Customer")} ( ${cap("\\")} )`}
          aria-label={t("Customer")}
          onClick={togglePane}
        >
          <Icon name="panel" />
        </button>
      </div>
      <div class="thread-tools">
        <button type="button" class="link customer-link narrow" onClick={() => (zoneShown.value = "pane")}>
          {writerOf(ticket)}
        </button>
        {isWaiting(ticket) && <Waiting row={ticket} words />}
        {!off && <ChatMoves ticket={ticket} />}
        <StatusPick numbers={only} value={ticket.status} moves={ticket.moves} disabled={off} />
        <AssignPick numbers={only} value={ticket.assignee} disabled={off} />
        <PriorityPick numbers={only} value={ticket.priority} disabled={off} />
        <SnoozePick numbers={only} value={ticket.snoozed_until} disabled={off} />
        <TagsPick numbers={only} disabled={off} />
        {ticket.tags.map((tag) => (
          <TagMark
            key={tag}
            name={tag}
            {...(off
              ? {}
              : { onRemove: () => void edit(ticket.number, { tags: ticket.tags.filter((each) => each !== tag) }) })}
          />
        ))}
      </div>
    </header>
  );
}

/** The customer's pane: beside the thread on a wide screen, over it on a smaller one, alone on a phone. */
export function togglePane(): void {
  if (matchMedia("(max-width: 767px)").matches) zoneShown.value = zoneShown.peek() === "pane" ? "thread" : "pane";
  else showPane(!pane.peek());
}

export async function copyNumber(number: number): Promise<void> {
  if (await copy(String(number))) toast({ words: t("Copied: {text}", { text: `#${number}` }) });
}

function TicketNumber({ number }: { number: number }) {
  return (
    <button type="button" class="number" title={t("Copy the number ( {key} )", { key: cap(".") })} onClick={() => void copyNumber(number)}>
      #{number}
    </button>
  );
}

function Subject({ ticket, off }: { ticket: Ticket; off: boolean }) {
  const writing = useSignal(false);
  if (!writing.value) {
    const words = ticket.subject || t("(no subject)");
    return (
      <h2 class="subject">
        {off ? (
          words
        ) : (
          <button type="button" class="bare" title={t("Change the subject")} onClick={() => (writing.value = true)}>
            {words}
          </button>
        )}
      </h2>
    );
  }
  const keep = (text: string) => {
    writing.value = false;
    if (text.trim() && text !== ticket.subject) void edit(ticket.number, { subject: text.trim() });
  };
  return (
    <input
      class="subject-field"
      type="text"
      defaultValue={ticket.subject}
      aria-label={t("Subject")}
      ref={(field) => field?.focus()}
      onBlur={(event) => writing.peek() && keep(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (composing(event)) return;
        if (event.key === "Enter") keep(event.currentTarget.value);
        else if (event.key === "Escape") writing.value = false;
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    />
  );
}

function Lookers({ number }: { number: number }) {
  const who = others(number);
  if (!who.length) return null;
  return (
    <span class="thread-lookers">
      {who.slice(0, 4).map((looker) => (
        <span
          key={looker.id}
          class={classes("looker", looker.typing && "typing")}
          title={
            looker.typing
              ? t("{name} is typing", { name: agentName(looker.id) })
              : t("{name} is looking", { name: agentName(looker.id) })
          }
        >
          <Avatar agent={looker.id} typing={looker.typing} />
        </span>
      ))}
    </span>
  );
}

function More({ ticket, off }: { ticket: Ticket; off: boolean }) {
  const options = (): Option[] => [
    {
      key: "merge",
      words: t("Merge…"),
      label: (
        <>
          <Icon name="merge" /> {t("Merge…")}
        </>
      ),
      off,
      pick: () => showLater(({ MergeDialog }) => <MergeDialog numbers={[ticket.number]} />),
    },
    {
      key: "split",
      words: t("Split off messages…"),
      label: (
        <>
          <Icon name="split" /> {t("Split off messages…")}
        </>
      ),
      off,
      pick: startSplit,
    },
    {
      key: "link",
      words: t("Link…"),
      label: (
        <>
          <Icon name="link" /> {t("Link…")}
        </>
      ),
      off,
      pick: () => showLater(({ MergeDialog }) => <MergeDialog numbers={[ticket.number]} link />),
    },
    ...(ticket.chat && !off ? [ratingOption(ticket)] : []),
    {
      key: "spam",
      words: t("Spam"),
      label: (
        <>
          <Icon name="spam" /> {ticket.spam ? t("Not spam") : t("Mark as spam")}
        </>
      ),
      off,
      rule: true,
      pick: () => void editMany([ticket.number], { spam: !ticket.spam }),
    },
    {
      key: "copy",
      words: t("Copy link"),
      label: (
        <>
          <Icon name="link" /> {t("Copy link")}
        </>
      ),
      rule: true,
      pick: () =>
        void copy(location.href).then(
          (done) => done && toast({ words: t("Copied: {text}", { text: `#${ticket.number}` }) }),
        ),
    },
  ];
  return <Menu name="more" label={t("More")} class="icon" options={options} face={<Icon name="more" />} />;
}
