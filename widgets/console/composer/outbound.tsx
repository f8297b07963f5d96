/** In charge of a ticket that the shop begins: from which account, to whom, about what. */
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { composing } from "../../shared/dom";
import { t } from "../../shared/words";
import { api } from "../api/calls";
import { Refusal } from "../api/client";
import type { Customer } from "../api/customers";
import type { Attachment, Party } from "../api/messages";
import type { Ticket } from "../api/tickets";
import { desk } from "../store/desk";
import { refresh } from "../store/list";
import { go, zoneShown } from "../store/place";
import { keepRow } from "../store/rows";
import { closeDialog, Dialog } from "../ui/dialog";
import { toast } from "../ui/toast";
import { FileChips } from "./chips";
import { Attach } from "./tools";
import { CustomerLookup } from "./lookup";
import { People } from "./people";
import { filesOf, Uploads } from "./uploads";

interface Props {
  title?: string;
  customer?: Customer;
  to?: Party;
  account?: number;
  subject?: string;
  text?: string;
  /** Files of the desk that go along; they are fetched and sent anew. */
  files?: readonly { name: string; type: string; url: string }[];
  onOpened?: (ticket: Ticket) => void;
}

export function NewTicketDialog({ title, customer, to: first, onOpened, ...begun }: Props) {
  const senders = (desk.value?.accounts ?? []).filter((account) => account.can_send);
  const account = useSignal(begun.account ?? senders[0]?.id ?? 0);
  const to = useSignal<Party[]>(first ? [first] : []);
  const cc = useSignal<Party[]>([]);
  const subject = useSignal(begun.subject ?? "");
  const text = useSignal(begun.text ?? "");
  const files = useSignal<Attachment[]>([]);
  const wrong = useSignal("");
  const busy = useSignal(false);
  const key = useMemo(() => crypto.randomUUID(), []);
  const uploads = useMemo(() => new Uploads((file) => (files.value = [...files.value, file])), []);

  useEffect(() => {
    for (const { name, type, url } of begun.files ?? [])
      void fetch(url)
        .then(async (answer) => {
          if (!answer.ok) throw new Error(name);
          uploads.add([new File([await answer.blob()], name, { type })]);
        })
        .catch(() => (wrong.value = t("{name} could not be taken along.", { name })));
  }, []);

  const submit = async () => {
    if (busy.value) return;
    const words = !to.value.length
      ? t("Nobody to send it to.")
      : !text.value.trim()
        ? t("The text is empty.")
        : uploads.busy
          ? t("A file is still on its way. Please wait for it, or remove it.")
          : "";
    wrong.value = words;
    if (words) return;
    busy.value = true;
    try {
      const ticket = await api.open(
        {
          account: account.value,
          to: to.value,
          cc: cc.value,
          subject: subject.value.trim(),
          text: text.value,
          attachments: files.value.map((file) => file.id),
          ...(customer ? { customer: customer.id } : {}),
        },
        key,
      );
      keepRow(ticket);
      onOpened?.(ticket);
      closeDialog();
      toast({ words: t("Ticket #{number} was opened", { number: ticket.number }) });
      go({ ticket: ticket.number });
      zoneShown.value = "thread";
      void refresh();
    } catch (problem) {
      wrong.value =
        problem instanceof Refusal
          ? [problem.message, ...Object.values(problem.fields)].join(" ")
          : t("That did not work.");
    } finally {
      busy.value = false;
    }
  };

  return (
    <Dialog
      title={title ?? t("New ticket")}
      wide
      onSubmit={() => void submit()}
      foot={
        <>
          <Attach uploads={uploads} />
          <span class="gap" />
          {wrong.value && (
            <p class="error" role="alert">
              {wrong.value}
            </p>
          )}
          <button type="submit" class="primary" disabled={busy.value}>
            {t("Send")}
          </button>
        </>
      }
    >
      <div
        class="outbound"
        onKeyDown={(event) => {
          if (!composing(event) && event.key === "Enter" && (event.metaKey || event.ctrlKey)) {
            event.preventDefault();
            void submit();
          }
        }}
        onPaste={(event) => {
          const pasted = filesOf(event.clipboardData);
          if (pasted.length) {
            event.preventDefault();
            uploads.add(pasted);
          }
        }}
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault();
          uploads.add(filesOf(event.dataTransfer));
        }}
      >
        {!senders.length && <p class="error">{t("No account can send. An admin adds one in the settings.")}</p>}
        {senders.length > 0 && (
          <label class="field">
            {t("From")}
            <select
              value={String(account.value)}
              onChange={(event) => (account.value = Number(event.currentTarget.value))}
            >
              {senders.map((each) => (
                <option key={each.id} value={String(each.id)}>
                  {each.name} {each.address && `<${each.address}>`}
                </option>
              ))}
            </select>
          </label>
        )}
        {!customer && (
          <CustomerLookup
            label={t("Find a customer")}
            onPick={(found) => {
              const mail = found.contacts.find((contact) => contact.kind.startsWith("email"));
              if (mail && !to.value.some((party) => party.address === mail.address))
                to.value = [...to.value, { name: found.name, address: mail.address }];
            }}
          />
        )}
        <People label={t("To")} chosen={to.value} onChange={(chosen) => (to.value = chosen)} first />
        <People label={t("Cc")} chosen={cc.value} onChange={(chosen) => (cc.value = chosen)} />
        <label class="field">
          {t("Subject")}
          <input type="text" value={subject.value} onInput={(event) => (subject.value = event.currentTarget.value)} />
        </label>
        <label class="field">
          {t("Text")}
          <textarea rows={9} value={text.value} onInput={(event) => (text.value = event.currentTarget.value)} />
        </label>
        <FileChips
          attachments={files.value}
          uploads={uploads}
          onDrop={(file) => (files.value = files.value.filter((other) => other.id !== file.id))}
        />
      </div>
    </Dialog>
  );
}
