/** In charge of a customer on LINE: who they show themselves to be, the way to LINE, and whose a LINE contact is. */
import { copy } from "../../shared/dom";
import { language, t } from "../../shared/words";
import { api } from "../api/calls";
import type { Contact, Customer } from "../api/customers";
import { writes } from "../store/desk";
import { showDialog } from "../ui/dialog";
import { toast } from "../ui/toast";
import { lineAccounts, OwnerDialog, WayDialog } from "./line-dialogs";

function languageName(code: string): string {
  return new Intl.DisplayNames([language.value], { type: "language" }).of(code) ?? code;
}

interface Of {
  contact: Contact;
  customer: Customer;
  number: number;
}

/** What LINE tells of somebody, instead of an id that tells nothing. */
export function LineContact({ contact, customer, number }: Of) {
  const copied = async () => {
    if (await copy(contact.address)) toast({ words: t("Copied: {text}", { text: contact.address }) });
  };
  return (
    <div class="line-contact">
      {contact.picture ? <img class="face" src={contact.picture} alt="" /> : null}
      <div>
        <button type="button" class="bare address" title={`${contact.address} · ${t("Copy")}`} onClick={() => void copied()}>
          {contact.name || t("Somebody on LINE")}
        </button>
        {contact.language && <span class="badge">{languageName(contact.language)}</span>}
        {contact.status_message && <q title={t("Status message")}>{contact.status_message}</q>}
        {writes.value && contact.kind === "line" && <Whose contact={contact} customer={customer} number={number} />}
      </div>
    </div>
  );
}

function Whose({ contact, customer, number }: Of) {
  const nobody = customer.contacts.every((each) => each.kind.startsWith("line"));
  return (
    <span class="pane-actions">
      {nobody && contact.reachable && lineAccounts().length > 0 && (
        <button
          type="button"
          class="link"
          onClick={() =>
            showDialog(
              <WayDialog
                number={number}
                ask={(account, language) => api.linkPage(contact.id, account, language)}
                title={t("Ask who they are")}
                words={t("On this page they sign in to the shop, or show that a mail address is theirs. It is theirs alone.")}
              />,
            )
          }
        >
          {t("Ask who they are")}
        </button>
      )}
      <button type="button" class="link" onClick={() => showDialog(<OwnerDialog contact={contact} number={number} />)}>
        {t("This LINE contact is…")}
      </button>
    </span>
  );
}

/** The way to LINE for a customer who is not there yet. */
export function ContinueOnLine({ customer, number }: { customer: Customer; number: number }) {
  const there = customer.contacts.some((contact) => contact.kind === "line" && contact.reachable);
  if (there || !lineAccounts().length) return null;
  const open = () =>
    showDialog(
      <WayDialog
        number={number}
        ask={(account, language) => api.invite(customer.id, account, language)}
        title={t("Continue on LINE")}
        words={t("The page opens the chat with a code already written. Once it is sent, the desk knows who they are there. It works once, for a week.")}
      />,
    );
  return (
    <button type="button" class="link" onClick={open}>
      {t("Continue on LINE")}
    </button>
  );
}
