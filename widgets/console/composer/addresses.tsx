/** In charge of who a reply goes to and from, as fields. */
import { t } from "../../shared/words";
import type { Thread } from "../api/tickets";
import { desk } from "../store/desk";
import { draft, write } from "./draft";
import { People } from "./people";

export function Addresses({ thread }: { thread: Thread }) {
  const { ticket } = thread;
  const { number } = ticket;
  const { writing } = draft(number, "reply");
  const from = (desk.value?.accounts ?? []).filter((account) => account.can_send);
  const account = writing.value.account ?? ticket.reply_account;
  return (
    <div class="addresses">
      <People
        label={t("To")}
        chosen={writing.value.to ?? ticket.reply_to}
        onChange={(to) => write(number, "reply", { to })}
      />
      <People
        label={t("Cc")}
        chosen={writing.value.cc ?? ticket.reply_cc}
        onChange={(cc) => write(number, "reply", { cc })}
      />
      {(from.length > 1 || (account === null && from.length > 0)) && (
        <label class="people">
          <span class="people-label">{t("From")}</span>
          <select
            value={String(account ?? "")}
            onChange={(event) => write(number, "reply", { account: Number(event.currentTarget.value) })}
          >
            {account === null && (
              <option value="" disabled>
                –
              </option>
            )}
            {from.map((each) => (
              <option key={each.id} value={String(each.id)}>
                {each.name} {each.address && `<${each.address}>`}
              </option>
            ))}
          </select>
        </label>
      )}
    </div>
  );
}
