/** In charge of who is who: customers who may be this one, with reasons; the two side by side; merging, and undoing it. */
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { later } from "../../shared/dom";
import { t } from "../../shared/words";
import { api } from "../api/calls";
import { Refusal } from "../api/client";
import type { Customer, MergePreview, Suggestion } from "../api/customers";
import { honoured, writes } from "../store/desk";
import { newest } from "../store/newest";
import { reload } from "../store/threads";
import { Dialog, closeDialog, showDialog } from "../ui/dialog";
import { toast } from "../ui/toast";

type Side = "kept" | "gone";

const REASONS: Record<string, () => string> = {
  email: () => t("same mail address"),
  phone: () => t("same phone"),
  local_part: () => t("alike mail address"),
  name: () => t("same name"),
  kana: () => t("same reading"),
  name_and_kana: () => t("same name and reading"),
  address: () => t("same address"),
  postal_code: () => t("same postal code"),
  birthday: () => t("same birthday"),
  company: () => t("same company"),
  given_name: () => t("same given name"),
  other_given_name: () => t("other given name"),
  other_name: () => t("other name"),
  other_kana: () => t("other reading"),
  other_address: () => t("other address"),
  other_phone: () => t("other phone"),
  birthday_misread: () => t("almost the same birthday"),
  other_birthday: () => t("other birthday"),
  other_sex: () => t("other sex"),
  other_account: () => t("two accounts at one shop"),
};

const FIELDS: Record<string, () => string> = {
  name: () => t("Name"),
  kana: () => t("Kana"),
  honorific: () => t("Honorific"),
  company: () => t("Company"),
  department: () => t("Department"),
  birthday: () => t("Birthday"),
  sex: () => t("Sex"),
  language: () => t("Language"),
  time_zone: () => t("Time zone"),
  member_rank: () => t("Member rank"),
  note: () => t("Notes on the customer"),
  tags: () => t("Tags"),
  attributes: () => t("Attributes"),
  blocked: () => t("Blocked"),
  vip: () => t("VIP"),
  opted_out: () => t("Wants no advertising"),
  notices_by: () => t("Notices by"),
};

function failed(problem: unknown): void {
  toast({ words: problem instanceof Refusal ? problem.message : t("That did not work."), tone: "bad" });
}

export function Same({ customer, number }: { customer: Customer; number: number }) {
  const found = useSignal<readonly Suggestion[]>([]);
  const look = useMemo(() => newest(async () => (found.value = await api.suggestions(customer.id))), [customer.id]);
  useEffect(() => void look(), [customer.id, customer.version]);
  if (!writes.value) return null;
  const apart = async (other: number) => {
    try {
      await api.setApart(customer.id, other);
      found.value = found.value.filter((each) => each.id !== other);
    } catch (problem) {
      failed(problem);
    }
  };
  const open = (gone: number | null) => showDialog(<SameDialog customer={customer} gone={gone} number={number} />);
  return (
    <div class="same">
      {found.value.length > 0 && <h3>{t("The same person?")}</h3>}
      {found.value.map((each) => (
        <div key={each.id} class="same-one">
          <b>{honoured(each.name)}</b>
          <small>{[each.kana, each.company, ...each.contacts].filter(Boolean).join(" · ")}</small>
          <span class="reasons">
            {each.reasons.map((reason) => (
              <span key={reason} class={`badge${reason.startsWith("other") ? " bad" : " good"}`}>
                {REASONS[reason]?.() ?? t("no name given")}
              </span>
            ))}
          </span>
          <span class="pane-actions">
            <button type="button" class="link" onClick={() => open(each.id)}>
              {t("Compare")}
            </button>
            <button type="button" class="link" onClick={() => void apart(each.id)}>
              {t("Somebody else")}
            </button>
          </span>
        </div>
      ))}
      <button type="button" class="link" onClick={() => open(null)}>
        {t("This is the same person as…")}
      </button>
    </div>
  );
}

interface Props {
  customer: Customer;
  gone: number | null;
  number: number;
}

/** First who it is, then both side by side. */
function SameDialog({ customer, gone, number }: Props) {
  const other = useSignal(gone);
  const found = useSignal<readonly Customer[]>([]);
  const seen = useSignal<MergePreview | null>(null);
  const choices = useSignal<Record<string, Side>>({});
  const busy = useSignal(false);

  useEffect(() => {
    if (other.value === null) return;
    api.mergePreview(customer.id, other.value).then(
      (preview) => {
        seen.value = preview;
        choices.value = {};
      },
      (problem: unknown) => {
        failed(problem);
        other.value = null;
      },
    );
  }, [other.value]);

  const searchSoon = later(200, () => {
    const words = document.querySelector<HTMLInputElement>("#same-search")?.value.trim() ?? "";
    void api.customers(words).then(
      (all) => (found.value = all.filter((each) => each.id !== customer.id)),
      () => undefined,
    );
  });

  const merge = async () => {
    const preview = seen.value;
    if (!preview || busy.value) return;
    busy.value = true;
    try {
      await api.mergeCustomers(preview, choices.value);
      closeDialog();
      void reload(number);
      toast({
        words: t("{name} and {other} are one customer now", {
          name: honoured(preview.kept.name),
          other: honoured(preview.gone.name),
        }),
        action: t("Undo"),
        run: () => void part(customer.id, number),
      });
    } catch (problem) {
      failed(problem);
      if (problem instanceof Refusal && problem.status === 409 && other.value !== null)
        seen.value = await api.mergePreview(customer.id, other.value).catch(() => preview);
    } finally {
      busy.value = false;
    }
  };

  return (
    <Dialog
      title={t("This is the same person")}
      wide
      onSubmit={() => void merge()}
      foot={
        <>
          <p class="faint">{t("Tickets, addresses and orders come together. It can be undone exactly.")}</p>
          <button type="submit" class="primary" disabled={seen.value === null || busy.value}>
            {t("Merge")}
          </button>
        </>
      }
    >
      {other.value === null ? (
        <>
          <input
            id="same-search"
            data-first
            type="search"
            class="wide-input"
            autocomplete="off"
            placeholder={t("Name, reading, phone, mail or order number")}
            aria-label={t("Search")}
            onInput={() => searchSoon.call()}
          />
          <div class="choices">
            {found.value.map((each) => (
              <button key={each.id} type="button" class="choice" onClick={() => (other.value = each.id)}>
                <span class="choice-words">
                  <b>{honoured(each.name)}</b>
                  <small>{each.contacts.map((contact) => contact.shown).join(" · ")}</small>
                </span>
              </button>
            ))}
          </div>
        </>
      ) : (
        seen.value && <Compare seen={seen.value} choices={choices.value} choose={(name, side) => (choices.value = { ...choices.value, [name]: side })} />
      )}
    </Dialog>
  );
}

async function part(customer: number, number: number): Promise<void> {
  try {
    const last = (await api.merges(customer)).find((each) => each.kept === customer && each.undone_at === null);
    if (last) await api.partCustomers(last.id);
  } catch (problem) {
    failed(problem);
  }
  void reload(number);
}

interface CompareProps {
  seen: MergePreview;
  choices: Record<string, Side>;
  choose: (name: string, side: Side) => void;
}

function Compare({ seen, choices, choose }: CompareProps) {
  const told = seen.fields.filter((field) => words(field.kept) || words(field.gone));
  return (
    <table class="merge-fields">
      <thead>
        <tr>
          <th />
          <th>{t("Stays")}</th>
          <th>{t("Joins")}</th>
        </tr>
      </thead>
      <tbody>
        {told.map((field) => (
          <tr key={field.name}>
            <th>{FIELDS[field.name]?.() ?? field.name}</th>
            {(["kept", "gone"] as const).map((side) => (
              <td key={side}>
                {field.same || field.proposed === "both" ? (
                  words(field[side])
                ) : (
                  <label>
                    <input
                      type="radio"
                      name={field.name}
                      checked={(choices[field.name] ?? field.proposed) === side}
                      onChange={() => choose(field.name, side)}
                    />
                    {words(field[side]) || t("(empty)")}
                  </label>
                )}
              </td>
            ))}
          </tr>
        ))}
        <tr>
          <th>{t("Reachable at")}</th>
          {[seen.kept, seen.gone].map((side) => (
            <td key={side.id}>{side.contacts.map((contact) => contact.shown).join(", ")}</td>
          ))}
        </tr>
        <tr>
          <th>{t("Comes over")}</th>
          <td />
          <td>
            {t("{tickets} tickets, {orders} orders", {
              tickets: seen.moves["ticket"] ?? 0,
              orders: seen.moves["orders"] ?? 0,
            })}
          </td>
        </tr>
      </tbody>
    </table>
  );
}

function words(value: unknown): string {
  if (value === true) return t("Yes");
  if (Array.isArray(value)) return value.join(", ");
  if (value && typeof value === "object")
    return Object.entries(value)
      .map(([name, each]) => `${name}: ${String(each)}`)
      .join(", ");
  return value ? String(value) : "";
}
