/** In charge of the moment when somebody answered first: the newer messages, and the choice that is left. */
import { moment } from "../../shared/time";
import { t } from "../../shared/words";
import type { Message } from "../api/messages";
import { agentName } from "../store/desk";
import { Words } from "../thread/text";
import { closeDialog, Dialog } from "../ui/dialog";

/** The messages in a conflict's `current`, whatever it is wrapped in. */
export function newerMessages(current: unknown): Message[] {
  const isMessage = (each: unknown): each is Message =>
    typeof each === "object" && each !== null && "seq" in each && "text" in each;
  if (Array.isArray(current)) return current.filter(isMessage);
  if (typeof current === "object" && current !== null) {
    if (isMessage(current)) return [current];
    for (const name of ["messages", "items"]) {
      const inside = (current as Record<string, unknown>)[name];
      if (Array.isArray(inside)) return inside.filter(isMessage);
    }
  }
  return [];
}

interface Props {
  newer: Message[];
  onSend: () => void;
}

export function ConflictSheet({ newer, onSend }: Props) {
  const send = () => {
    closeDialog();
    onSend();
  };
  return (
    <Dialog
      title={t("{n} new messages since you began", { n: newer.length })}
      wide
      onSubmit={closeDialog}
      foot={
        <>
          <button type="button" class="plain" onClick={send}>
            {t("Send anyway")}
          </button>
          <button type="submit" class="primary" data-first>
            {t("Back to my text")}
          </button>
        </>
      }
    >
      <p>{t("Your reply was not sent. Please read these first: your text is kept.")}</p>
      {newer.map((message) => (
        <article key={message.id} class={`message flat ${message.kind}`}>
          <div class="message-body">
            <header>
              <b>{message.agent === null ? message.sender.name || message.sender.address : agentName(message.agent)}</b>
              <time>{moment(message.created_at)}</time>
            </header>
            <Words text={message.text} />
          </div>
        </article>
      ))}
    </Dialog>
  );
}
