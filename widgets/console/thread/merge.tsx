/** In charge of merging tickets: find the one that stays, see both, decide. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { classes, composing, later } from "../../shared/dom";
import { moment } from "../../shared/time";
import { t } from "../../shared/words";
import { api } from "../api/calls";
import { Refusal } from "../api/client";
import type { TicketRow } from "../api/tickets";
import { writerOf } from "../store/desk";
import { refresh, unselect } from "../store/list";
import { go } from "../store/place";
import { keepRow, peekRow } from "../store/rows";
import { keepTicket, known, reload } from "../store/threads";
import { Dialog, closeDialog } from "../ui/dialog";
import { Channel, StatusMark } from "../ui/marks";
import { toast } from "../ui/toast";

interface Props {
  numbers: readonly number[];
  into?: number | null;
  link?: boolean;
}

/** Tickets found by number or words. */
async function find(text: string): Promise<TicketRow[]> {
  const number = /^#?(\d+)$/.exec(text.normalize("NFKC").trim());
  const [exact, found] = await Promise.all([
    number ? api.rows([Number(number[1])]).catch(() => []) : Promise.resolve([]),
    api.search(text, 10).then(
      (page) => page.items.map((hit) => hit.ticket),
      () => [],
    ),
  ]);
  const all = new Map([...exact, ...found].map((row) => [row.number, row]));
  all.forEach(keepRow);
  return [...all.values()];
}

/** The same dialog joins tickets, or only links them. */
export function MergeDialog({ numbers, into = null, link = false }: Props) {
  const several = numbers.length > 1;
  const found = useSignal<readonly TicketRow[]>([]);
  const target = useSignal<number | null>(into ?? (several ? Math.min(...numbers) : null));
  const busy = useSignal(false);

  const suggest = async () => {
    const first = numbers[0];
    if (several) {
      found.value = numbers.map(peekRow).filter((row) => row !== undefined);
      return;
    }
    if (first === undefined) return;
    const thread = known(first)?.thread.peek();
    const near = thread?.other_tickets ?? [];
    const wanted =
      into !== null && !near.some((row) => row.number === into) ? await api.rows([into]).catch(() => []) : [];
    wanted.forEach(keepRow);
    found.value = [...wanted, ...near].filter((row) => row.merged_into === null);
  };
  useEffect(() => void suggest(), []);

  const searchSoon = later(200, () => {
    const words = document.querySelector<HTMLInputElement>("#merge-search")?.value.trim();
    if (!words) void suggest();
    else
      void find(words).then(
        (rows) => (found.value = rows.filter((row) => !numbers.includes(row.number) && row.merged_into === null)),
      );
  });

  const submit = async () => {
    const to = target.value;
    if (to === null || busy.value) return;
    busy.value = true;
    try {
      for (const number of numbers.filter((each) => each !== to)) {
        const answer = await (link ? api.link(number, to) : api.merge(number, to));
        keepTicket(answer);
        void reload(number);
      }
      void reload(to);
      closeDialog();
      unselect();
      if (link) toast({ words: t("Linked with #{into}", { into: to }) });
      else {
        toast({ words: t("Merged into #{into}", { into: to }) });
        go({ ticket: to });
      }
      void refresh();
    } catch (problem) {
      toast({ words: problem instanceof Refusal ? problem.message : t("That did not work."), tone: "bad" });
    } finally {
      busy.value = false;
    }
  };

  const [first] = numbers;
  const words = link
    ? t("Link with another ticket")
    : several
      ? t("Merge {n} tickets", { n: numbers.length })
      : t("Merge #{number} into…", { number: first ?? 0 });
  return (
    <Dialog
      title={words}
      wide
      onSubmit={() => void submit()}
      foot={
        <>
          {!link && (
            <p class="faint">{t("The messages move to the ticket that stays. The other becomes a pointer to it.")}</p>
          )}
          <button type="submit" class="primary" disabled={target.value === null || busy.value}>
            {link ? t("Link") : target.value === null ? t("Merge") : t("Merge into #{into}", { into: target.value })}
          </button>
        </>
      }
    >
      {!several && (
        <input
          id="merge-search"
          data-first
          type="search"
          class="wide-input"
          placeholder={t("Number, name or words")}
          aria-label={t("Search")}
          autocomplete="off"
          onInput={() => searchSoon.call()}
          onKeyDown={(event) => {
            if (composing(event)) event.stopPropagation();
            else if (event.key === "Enter" && target.value === null) {
              event.preventDefault();
              target.value = found.value[0]?.number ?? null;
            }
          }}
        />
      )}
      {several && <p>{t("Which ticket stays?")}</p>}
      <div class="choices" role="radiogroup" aria-label={words}>
        {found.value.map((row) => (
          <label key={row.number} class={classes("choice", target.value === row.number && "here")}>
            <input
              type="radio"
              name="into"
              checked={target.value === row.number}
              onChange={() => (target.value = row.number)}
            />
            <Channel kind={row.channel} />
            <span class="choice-words">
              <b>
                #{row.number} {row.subject || t("(no subject)")}
              </b>
              <small>
                {writerOf(row)} · {moment(row.updated_at)}
              </small>
            </span>
            <StatusMark status={row.status} />
          </label>
        ))}
        {!found.value.length && <p class="faint">{t("Nothing found")}</p>}
      </div>
    </Dialog>
  );
}
