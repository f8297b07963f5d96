/** In charge of passing a customer's words on to somebody else: a ticket of its own with them and their files, linked to
 *  the one they came in. What is answered comes back there. */
import { moment } from "../../shared/time";
import { t } from "../../shared/words";
import { api } from "../api/calls";
import { accountOf } from "../store/desk";
import { open, reload } from "../store/threads";
import { addressOf } from "../thread/files";
import { showDialog } from "../ui/dialog";
import { toast } from "../ui/toast";
import { NewTicketDialog } from "./outbound";

export async function forward(number: number): Promise<void> {
  const opened = open(number);
  await opened.loading;
  const thread = opened.thread.peek();
  const message =
    thread?.messages.findLast((each) => each.kind === "customer" && each.withdrawn_at === null) ?? thread?.messages.at(-1);
  if (!thread || !message) return;
  const { ticket } = thread;
  const subject = message.subject || ticket.subject;
  const who = [message.sender.name || ticket.customer.name, message.sender.address && `<${message.sender.address}>`];
  const head = [
    t("---- Forwarded message ----"),
    `${t("From")}: ${who.filter(Boolean).join(" ")}`,
    `${t("Time")}: ${moment(message.created_at)}`,
    `${t("Subject")}: ${subject}`,
  ];
  const from = ticket.reply_account ?? ticket.account;
  showDialog(
    <NewTicketDialog
      title={t("Forward #{number}", { number })}
      subject={/^(fwd?|転送)\s*[:：]/i.test(subject) ? subject : `Fwd: ${subject}`}
      text={`\n\n${head.join("\n")}\n\n${message.whole_text ?? message.text}`}
      {...(accountOf(from)?.can_send ? { account: from } : {})}
      files={message.attachments.filter((file) => file.state === "here").map((file) => ({ name: file.filename, type: file.content_type, url: addressOf(file) }))}
      onOpened={(made) =>
        void api.link(made.number, number).then(
          () => reload(number),
          () => toast({ words: t("The two tickets could not be linked."), tone: "bad" }),
        )
      }
    />,
  );
}
