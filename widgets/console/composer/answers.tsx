/** In charge of the message that a reply shows as the one it answers. */
import { t } from "../../shared/words";
import type { Thread } from "../api/tickets";
import { Icon } from "../ui/icons";
import { write, type Writing } from "./draft";

export function Answers({ thread, writing }: { thread: Thread; writing: Writing }) {
  const message = thread.messages.find((each) => each.id === writing.answers);
  if (!message) return null;
  return (
    <div class="answers">
      <Icon name="reply" />
      <span>{message.text || message.attachments[0]?.filename || t("(no text)")}</span>
      <button
        type="button"
        class="icon small"
        aria-label={t("Answer without showing this message")}
        title={t("Answer without showing this message")}
        onClick={() => write(thread.ticket.number, "reply", { answers: null })}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}
