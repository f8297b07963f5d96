/** In charge of a customer's whole story: everything that happened on any channel and elsewhere, newest first. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { moment } from "../../shared/time";
import { language, t } from "../../shared/words";
import { api } from "../api/calls";
import type { Customer, TimelineEntry } from "../api/customers";
import { channelName, honoured } from "../store/desk";
import { go, zoneShown } from "../store/place";
import { Dialog, closeDialog } from "../ui/dialog";
import { fateName, look, reasonWords } from "./notices";
import { carrierName, money, orderStatus, paymentStatus, returnStatus } from "./orders";

type Kind = TimelineEntry["kind"];
const KINDS: readonly (readonly [Kind, () => string])[] = [
  ["message", () => t("Messages")],
  ["note", () => t("Notes")],
  ["notice", () => t("Notices")],
  ["order", () => t("Orders")],
  ["payment", () => t("Payments")],
  ["shipment", () => t("Parcels")],
  ["return", () => t("Returns")],
  ["interaction", () => t("Elsewhere")],
];

export function StoryDialog({ customer }: { customer: Customer }) {
  const wanted = useSignal<readonly Kind[]>([]);
  const shown = useSignal<readonly TimelineEntry[]>([]);
  const next = useSignal<string | null>(null);
  const until = useSignal("");
  const state = useSignal<"loading" | "there" | "failed">("loading");

  const load = async (after: string | null) => {
    const asked = () => [wanted.peek().join(","), until.peek()] as const;
    const [kinds, day] = asked();
    state.value = "loading";
    try {
      const page = await api.timeline(customer.id, kinds, after, day && dayAfter(day));
      if (String([kinds, day]) !== String(asked())) return;
      shown.value = after === null ? page.items : [...shown.peek(), ...page.items];
      next.value = page.next;
      state.value = "there";
    } catch {
      state.value = "failed";
    }
  };
  useEffect(() => void load(null), [wanted.value, until.value]);

  return (
    <Dialog title={t("What happened with {name}", { name: honoured(customer.name) })} wide>
      <div class="story-kinds" role="group" aria-label={t("Show only")}>
        {KINDS.map(([kind, name]) => (
          <label key={kind}>
            <input
              type="checkbox"
              checked={wanted.value.includes(kind)}
              onChange={({ currentTarget }) =>
                (wanted.value = currentTarget.checked
                  ? [...wanted.value, kind]
                  : wanted.value.filter((each) => each !== kind))
              }
            />
            {name()}
          </label>
        ))}
        <label>
          {t("Jump to the day")}{" "}
          <input type="date" value={until.value} onChange={(event) => (until.value = event.currentTarget.value)} />
        </label>
      </div>
      {state.value === "failed" && <p class="error">{t("That did not work.")}</p>}
      {state.value === "there" && !shown.value.length && <p class="faint">{t("Nothing found")}</p>}
      <ol class="story" aria-busy={state.value === "loading"}>
        {shown.value.map((entry) => (
          <li key={`${entry.kind}${entry.notice ?? ""}-${entry.id}`}>
            <time class="faint">{moment(entry.at)}</time>
            <Entry entry={entry} />
          </li>
        ))}
        {next.value !== null && (
          <li>
            <button type="button" class="plain" disabled={state.value === "loading"} onClick={() => void load(next.peek())}>
              {t("Earlier")}
            </button>
          </li>
        )}
      </ol>
    </Dialog>
  );
}

/** The moment at which the day is over, here. */
function dayAfter(day: string): string {
  const at = new Date(`${day}T00:00`);
  at.setDate(at.getDate() + 1);
  return at.toISOString();
}

function Entry({ entry }: { entry: TimelineEntry }) {
  const amount = entry.amount === null ? "" : money(entry.amount, entry.currency);
  const { ticket } = entry;
  if (entry.notice !== null)
    return (
      <div>
        <b>{entry.label[language.value] ?? entry.title}</b>{" "}
        <span class={`badge ${look(entry.status)}`}>{fateName(entry.status)}</span>{" "}
        <small>
          {[entry.number && t("Order {number}", { number: entry.number }), entry.source && channelName(entry.source)]
            .filter(Boolean)
            .join(" · ")}
        </small>
        {entry.text && <div>{reasonWords(entry.text) || entry.text}</div>}
      </div>
    );
  if (ticket !== null)
    return (
      <div>
        <button
          type="button"
          class="link"
          onClick={() =>
            closeDialog(() => {
              go({ ticket, seq: entry.seq });
              zoneShown.value = "thread";
            })
          }
        >
          #{ticket} {entry.title}
        </button>{" "}
        <small>
          {channelName(entry.source)}
          {entry.kind === "note" && ` · ${t("Note")}`}
          {entry.kind === "notice" && ` · ${t("Notices")}`}
        </small>
        <div>{entry.text}</div>
      </div>
    );
  if (entry.kind === "interaction")
    return (
      <div>
        {entry.url ? (
          <a href={entry.url} target="_blank" rel="noopener noreferrer">
            {entry.title || entry.status}
          </a>
        ) : (
          <b>{entry.title || entry.status}</b>
        )}{" "}
        <small>{entry.source}</small>
        {entry.text && <div>{entry.text}</div>}
      </div>
    );
  const of = t("Order {number}", { number: entry.number });
  if (entry.kind === "shipment")
    return (
      <div>
        <b>{carrierName(entry.title)}</b> {entry.status === "planned" ? t("Being prepared") : orderStatus(entry.status)}{" "}
        {entry.url ? (
          <a href={entry.url} target="_blank" rel="noopener noreferrer">
            {entry.text || t("Follow the parcel")}
          </a>
        ) : (
          entry.text
        )}{" "}
        <small>{of}</small>
      </div>
    );
  const words =
    entry.kind === "order"
      ? orderStatus(entry.status)
      : entry.kind === "payment"
        ? paymentStatus(entry.status)
        : returnStatus(entry.status);
  return (
    <div>
      <b>{of}</b> {words} {amount}
      {entry.text && <div>{entry.text}</div>}
    </div>
  );
}
