/** In charge of who a reply goes to and from, in one line. */
import { t } from "../../shared/words";
import type { Thread } from "../api/tickets";
import { desk } from "../store/desk";
import { Icon } from "../ui/icons";
import { draft } from "./draft";

export function Recipients({ thread, open, onOpen }: { thread: Thread; open: boolean; onOpen: () => void }) {
  const { ticket } = thread;
  const { writing } = draft(ticket.number, "reply");
  const to = writing.value.to ?? ticket.reply_to;
  const cc = writing.value.cc ?? ticket.reply_cc;
  const words = to
    .map((party) => party.name || (ticket.chat ? t("Visitor") : party.address))
    .join("、");
  return (
    <button
      type="button"
      class="recipients"
      aria-expanded={open}
      onClick={onOpen}
      title={to.map((party) => party.address).join(", ")}
    >
      <span class="faint">{t("To")}:</span> {words || t("nobody")}
      {cc.length > 0 && <span class="faint"> · Cc {cc.length}</span>}
      <Icon name="down" />
    </button>
  );
}

/** Says it where an answer leaves from another account than the one that the customer wrote to. */
export function Detour({ thread: { ticket } }: { thread: Thread }) {
  const accounts = desk.value?.accounts ?? [];
  const own = accounts.find((account) => account.id === ticket.account);
  const other = accounts.find((account) => account.id === ticket.reply_account);
  const chosen = draft(ticket.number, "reply").writing.value.account;
  if (!own || !other || own === other || own.kind !== other.kind || chosen !== null) return null;
  return (
    <p class="mute" role="note">
      <Icon name="warn" />
      {t("{own} cannot send now. This reply leaves from {other}.", { own: own.name, other: other.address || other.name })}
    </p>
  );
}

/** Why no answer can leave from here. */
export function muteWords({ ticket }: Thread): string {
  const own = desk.peek()?.accounts.find((account) => account.id === ticket.account);
  const some = desk.peek()?.accounts.some((account) => account.can_send);
  if (own?.kind === "email" && !own.can_send)
    return some
      ? t("{own} is not set up to send. Choose another sender and address above, or write a note.", { own: own.name })
      : t("{own} is not set up to send. Ask an admin to give it an SMTP server, or write a note.", { own: own.name });
  return t("No account reaches this customer from here. Choose another sender and address above, or write a note.");
}
