/** In charge of how the delivery of a message stands: the network's own words, undo while there is time, send again. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { clock, moment } from "../../shared/time";
import { t } from "../../shared/words";
import { api } from "../api/calls";
import type { Letter, LetterState, Message } from "../api/messages";
import type { Wanted } from "../api/tickets";
import { restoreFiles, restoreText, write } from "../composer/draft";
import { anew } from "../composer/uploads";
import { desk, writes } from "../store/desk";
import { changeMessages, open, reload } from "../store/threads";
import { lineReason, theirs } from "./reasons";
import { Icon, type IconName } from "../ui/icons";
import { toast } from "../ui/toast";

function stateName(state: LetterState): string {
  switch (state) {
    case "held":
      return t("Waiting for approval");
    case "waiting":
      return t("Waiting to be sent");
    case "sending":
      return t("Sending…");
    case "delivered":
      return t("Sent");
    case "failed":
      return t("Not sent");
    case "recalled":
      return t("Taken back");
    case "bounced":
      return t("Came back");
    case "delayed":
      return t("Delayed on its way");
    case "arrived":
      return t("Arrived");
    case "complained":
      return t("Reported as spam by its recipient");
  }
}

const ICONS: Record<LetterState, IconName> = {
  held: "pause",
  waiting: "clock",
  sending: "clock",
  delivered: "check",
  failed: "warn",
  recalled: "back",
  bounced: "warn",
  delayed: "clock",
  arrived: "check",
  complained: "warn",
};

/** What macros wanted to change together with a letter: taken back, it waits for the next try again. */
export const wantedBy = new Map<number, Wanted>();

export async function recall(message: Message): Promise<void> {
  if (!message.letter) return;
  try {
    await api.recall(message.letter.id);
    const letter = message.letter.id;
    changeMessages(message.ticket, (each) =>
      each.letter?.id === letter
        ? { ...each, letter: { ...each.letter, state: "recalled", recall_until: null } }
        : each,
    );
    restoreText(message.ticket, "reply", message.text);
    alongAgain(message);
    toast({ words: t("Taken back. The text is in the composer again.") });
    const actions = wantedBy.get(letter);
    if (actions) write(message.ticket, "reply", { actions });
    if (message.attachments.length) restoreFiles(message.ticket, "reply", await anew(message.attachments));
  } catch (problem) {
    toast({ words: problem instanceof Error ? problem.message : t("That did not work."), tone: "bad" });
  }
  void reload(message.ticket);
}

/** What went along with the text goes along again. */
function alongAgain({ ticket, rich, choices }: Message): void {
  if (rich || choices.length) write(ticket, "reply", { rich, choices });
}

async function resend(message: Message, letter: Letter): Promise<void> {
  try {
    await api.resend(letter.id);
    toast({ words: t("It is sent again.") });
  } catch (problem) {
    toast({ words: problem instanceof Error ? problem.message : t("That did not work."), tone: "bad" });
  }
  void reload(message.ticket);
}

/** The way that is left when the customer has blocked us or the month's messages are used up. */
function mailWay(message: Message) {
  const contacts = open(message.ticket).thread.value?.customer.contacts ?? [];
  const contact = contacts.find((each) => each.kind === "email" && each.reachable);
  const account = desk.value?.accounts.find((each) => each.kind === "email" && each.can_send);
  return contact && account ? { contact, account } : null;
}

function ByMail({ message }: { message: Message }) {
  const way = mailWay(message);
  if (!way) return null;
  const compose = async () => {
    const { contact, account } = way;
    restoreText(message.ticket, "reply", message.text);
    alongAgain(message);
    write(message.ticket, "reply", { account: account.id, to: [{ name: contact.name, address: contact.address }] });
    if (message.attachments.length) restoreFiles(message.ticket, "reply", await anew(message.attachments));
  };
  return (
    <button type="button" class="plain" onClick={() => void compose()}>
      <Icon name="email" />
      {t("Send it by mail to {address}", { address: way.contact.address })}
    </button>
  );
}

/** What the network meant, in the reader's language, and behind it what it said. */
function Why({ message, letter }: { message: Message; letter: Letter }) {
  const account = open(message.ticket).thread.value?.ticket.account;
  const kind = desk.value?.accounts.find((each) => each.id === account)?.kind;
  const meant = kind === "line" ? lineReason(letter.code) : "";
  const words = meant ? theirs(letter.words) : letter.words;
  return (
    <>
      {meant && <span class="letter-words">{meant}</span>}
      {words && (
        <q class="letter-words" title={letter.finished_at ? moment(letter.finished_at) : undefined}>
          {words}
        </q>
      )}
    </>
  );
}

export function LetterMark({ message }: { message: Message }) {
  const { letter } = message;
  if (!letter) return null;
  const bad = letter.state === "failed" || letter.state === "bounced";
  const refused = Object.entries(letter.refused);
  return (
    <div class={`letter ${letter.state}`}>
      <span class="letter-state">
        <Icon name={ICONS[letter.state]} />
        {stateName(letter.state)}
        {(letter.state === "delivered" || letter.state === "arrived") && letter.finished_at && (
          <time datetime={letter.finished_at}>{clock(letter.finished_at)}</time>
        )}
        {letter.state === "waiting" && letter.attempts > 0 && letter.next_at && (
          <span>{t("Try {n} at {when}", { n: letter.attempts + 1, when: clock(letter.next_at) })}</span>
        )}
      </span>
      {writes.value && <Undo message={message} letter={letter} />}
      {bad && writes.value && (
        <button type="button" class="plain" onClick={() => void resend(message, letter)}>
          <Icon name="again" />
          {t("Send again")}
        </button>
      )}
      {letter.state === "failed" && (letter.code === "blocked" || letter.code === "quota") && writes.value && (
        <ByMail message={message} />
      )}
      {letter.words && !["delivered", "arrived", "recalled"].includes(letter.state) && (
        <Why message={message} letter={letter} />
      )}
      {refused.length > 0 && (
        <ul class="refused">
          {refused.map(([address, words]) => (
            <li key={address}>
              {address}: <q>{words}</q>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Undo({ message, letter }: { message: Message; letter: Letter }) {
  const until =
    letter.recall_until && (letter.state === "waiting" || letter.state === "held")
      ? Date.parse(letter.recall_until)
      : 0;
  const left = useSignal(Math.ceil((until - Date.now()) / 1000));
  useEffect(() => {
    if (!until) return;
    const count = () => (left.value = Math.ceil((until - Date.now()) / 1000));
    count();
    const timer = setInterval(count, 250);
    return () => clearInterval(timer);
  }, [until]);
  if (!until || left.value <= 0) return null;
  return (
    <button type="button" class="plain undo" onClick={() => void recall(message)}>
      {t("Undo ({n} s)", { n: left.value })}
    </button>
  );
}
