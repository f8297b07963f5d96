/** In charge of the notices of a customer beside the ticket: what is going to be told, what was and what became of it;
 *  held, let go and sent again from here. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { moment } from "../../shared/time";
import { language, t } from "../../shared/words";
import { api } from "../api/calls";
import type { Notice, NoticeDeed } from "../api/customers";
import { channelName, writes } from "../store/desk";
import { newest } from "../store/newest";
import { noticed } from "../store/noticed";
import { toast } from "../ui/toast";

const FEW = 6;
const UNDER_WAY = ["planned", "held", "task"];

export function Notices({ customer }: { customer: number }) {
  const found = useSignal<readonly Notice[]>([]);
  const all = useSignal(false);
  useEffect(() => {
    let gone = false;
    // As long as an answer is on its way it is not known which letters are theirs.
    let asking = 0;
    const ask = newest(
      async () => {
        const items = await api.notices(customer);
        if (!gone) found.value = items;
      },
      () => !gone,
    );
    const load = () => {
      asking += 1;
      void ask().then(() => (asking -= 1));
    };
    load();
    let first = true;
    const stop = noticed.subscribe(({ whose, letter }) => {
      const ours = () => found.peek().some((one) => one.fate === "leaving" || one.letter === letter);
      if (!first && (whose === customer || (letter && (asking || ours())))) load();
      first = false;
    });
    return () => {
      gone = true;
      stop();
    };
  }, [customer]);
  if (!found.value.length) return null;
  // What somebody can still do something about comes first.
  const sorted = [...found.value].sort(
    (one, other) => Number(UNDER_WAY.includes(other.state)) - Number(UNDER_WAY.includes(one.state)),
  );
  const shown = all.value ? sorted : sorted.slice(0, FEW);
  return (
    <>
      <h3>{t("Notices")}</h3>
      <ul class="notices">
        {shown.map((notice) => (
          <NoticeLine key={notice.id} notice={notice} />
        ))}
      </ul>
      {sorted.length > shown.length && (
        <button type="button" class="link" onClick={() => (all.value = true)}>
          {t("{n} more", { n: sorted.length - shown.length })}
        </button>
      )}
    </>
  );
}

function NoticeLine({ notice }: { notice: Notice }) {
  const asking = useSignal<NoticeDeed | null>(null);
  const reason = useSignal("");
  const busy = useSignal(false);
  const act = async (deed: NoticeDeed) => {
    busy.value = true;
    try {
      await api.noticeDeed(notice.id, deed, reason.value);
      asking.value = null;
      reason.value = "";
    } catch (problem) {
      toast({ words: problem instanceof Error ? problem.message : t("That did not work.") });
    }
    busy.value = false;
  };
  const ask = (deed: NoticeDeed) => (asking.value = asking.value === deed ? null : deed);
  const deeds: [NoticeDeed, string][] =
    notice.state === "planned"
      ? [["hold", t("Hold back")], ["cancel", t("Never send")]]
      : notice.state === "held"
        ? [["release", t("Let go")], ["cancel", t("Never send")]]
        : [
            ...(["waiting", "failed", "bounced"].includes(notice.letter_state)
              ? ([["retry", t("Retry")]] as [NoticeDeed, string][])
              : []),
            ["again", t("Send again")],
          ];
  const why = reasonWords(notice.reason) || notice.words || (notice.fate === notice.letter_state ? notice.letter_words : "");
  return (
    <li class="notice">
      <span class="row-first">
        <b>{notice.label[language.value] ?? notice.kind}</b>
        <span class={`badge ${look(notice.fate)}`}>{fateName(notice.fate)}</span>
        <time>{moment(notice.settled_at ?? notice.due_at)}</time>
      </span>
      <small>
        {[notice.number, notice.way && channelName(notice.way), why].filter(Boolean).join(" · ")}
        {notice.reason === "again" && notice.words && `: ${notice.words}`}
      </small>
      {writes.value && (
        <span class="notice-deeds">
          {deeds.map(([deed, words]) => (
            <button
              key={deed}
              type="button"
              class="link"
              disabled={busy.value}
              aria-expanded={deed === "release" || deed === "retry" ? undefined : asking.value === deed}
              onClick={() => (deed === "release" || deed === "retry" ? void act(deed) : ask(deed))}
            >
              {words}
            </button>
          ))}
        </span>
      )}
      {asking.value && (
        <form
          class="notice-why"
          onSubmit={(event) => {
            event.preventDefault();
            if (asking.value) void act(asking.value);
          }}
        >
          <input
            value={reason.value}
            aria-label={t("Reason")}
            placeholder={t("Reason")}
            required={asking.value === "again"}
            maxLength={500}
            onInput={(event) => (reason.value = event.currentTarget.value)}
          />
          <button type="submit" class="plain" disabled={busy.value}>
            {deeds.find(([deed]) => deed === asking.value)?.[1]}
          </button>
        </form>
      )}
    </li>
  );
}

export function look(fate: string): string {
  if (["sent", "delivered", "opened"].includes(fate)) return "good";
  return ["bounced", "failed", "complained", "task"].includes(fate) ? "bad" : "";
}

export function fateName(fate: string): string {
  switch (fate) {
    case "planned":
      return t("Planned");
    case "held":
      return t("Held back");
    case "leaving":
      return t("Leaving");
    case "sent":
      return t("Sent");
    case "delivered":
      return t("Delivered");
    case "opened":
      return t("Opened");
    case "bounced":
      return t("Came back");
    case "failed":
      return t("Failed");
    case "complained":
      return t("Reported as spam");
    case "skipped":
      return t("Left unsent");
    case "task":
      return t("A person's task");
    case "cancelled":
      return t("Cancelled");
    default:
      return fate;
  }
}

/** Why a notice was not sent, or by whom it was moved. */
export function reasonWords(reason: string): string {
  switch (reason) {
    case "overtaken":
      return t("It was not true any more.");
    case "superseded":
      return t("A newer state was told instead.");
    case "late":
      return t("Its time was over.");
    case "disabled":
    case "no_kind":
      return t("This kind is switched off.");
    case "condition":
      return t("A condition was not true.");
    case "unreachable":
      return t("No way leads to this customer.");
    case "suppressed":
      return t("The address is not written to.");
    case "quota":
      return t("The month's messages of the LINE account are used up.");
    case "no_consent":
    case "opted_out":
      return t("The customer wants no advertising.");
    case "often":
      return t("There was enough advertising lately.");
    case "blocked":
      return t("The customer is blocked.");
    case "stopped":
      return t("Use is stopped");
    case "unwanted":
      return t("The customer wants no notices.");
    case "template":
      return t("The template cannot be filled in.");
    case "failed":
      return t("The letter could not be delivered.");
    case "bounced":
      return t("The letter came back.");
    case "again":
      return t("Sent again by a person");
    default:
      return "";
  }
}
