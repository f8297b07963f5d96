/** In charge of the panel beside the phone: what went over the wire, and bad days to order. */
import { signal } from "@preact/signals";
import type { VNode } from "preact";
import { classes } from "../shared/dom";
import { language, t } from "../shared/words";
import { chat, person, wireShown } from "./place";
import { act, type Call, state, type Webhook } from "./wire";

const tab = signal<"calls" | "webhooks" | "weather">("calls");

export function WirePanel(): VNode {
  const now = state.value;
  const tabs = [
    ["calls", t("What the desk asked LINE")],
    ["webhooks", t("What LINE told the desk")],
    ["weather", t("Bad days")],
  ] as const;
  return (
    <aside class={classes("wire", wireShown.value && "shown")} aria-label={t("On the wire")}>
      <div class="tabs" role="tablist">
        {tabs.map(([name, label]) => (
          <button key={name} type="button" role="tab" aria-selected={tab.value === name} onClick={() => (tab.value = name)}>
            {label}
          </button>
        ))}
      </div>
      {!now ? null : tab.value === "calls" ? (
        <Calls calls={now.calls} />
      ) : tab.value === "webhooks" ? (
        <Webhooks webhooks={now.webhooks} connected={now.connected} />
      ) : (
        <Weather />
      )}
    </aside>
  );
}

function clock(at: number): string {
  return new Intl.DateTimeFormat(language.value, { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(at);
}

function Calls({ calls }: { calls: Call[] }): VNode {
  if (!calls.length) return <p class="empty">{t("Nothing yet. Write as the customer, and answer on the console.")}</p>;
  return (
    <ol class="calls">
      {[...calls].reverse().map((call) => (
        <li key={call.id}>
          <details>
            <summary>
              <span class={call.status < 300 ? "status good" : "status bad"}>{call.status}</span>
              <span class="path">
                <b>{call.method}</b> {call.path.replace("/v2/bot", "")}
              </span>
              <time>{clock(call.at)}</time>
            </summary>
            {call.retryKey ? <p class="key">X-Line-Retry-Key: {call.retryKey}</p> : null}
            {call.request !== null ? <pre tabIndex={0}>{pretty(call.request)}</pre> : null}
            {call.answer !== null ? (
              <pre class="answer" tabIndex={0}>
                {pretty(call.answer)}
              </pre>
            ) : null}
          </details>
        </li>
      ))}
    </ol>
  );
}

function Webhooks({ webhooks, connected }: { webhooks: Webhook[]; connected: boolean }): VNode {
  if (!webhooks.length)
    return <p class="empty">{connected ? t("Nothing yet.") : t("No webhook URL is set: the desk hears nothing.")}</p>;
  return (
    <ol class="calls">
      {[...webhooks].reverse().map((webhook, index) => (
        <li key={webhooks.length - index}>
          <details>
            <summary>
              <span class={webhook.status >= 200 && webhook.status < 300 ? "status good" : "status bad"}>{webhook.status || "–"}</span>
              <span class="path">
                {webhook.kinds.join(", ")}
                {webhook.again ? ` (${t("again")})` : ""}
              </span>
              <time>{clock(webhook.at)}</time>
            </summary>
            {webhook.status < 200 || webhook.status >= 300 ? <p class="key">{webhook.reason}</p> : null}
            <pre tabIndex={0}>{pretty(webhook.body)}</pre>
          </details>
        </li>
      ))}
    </ol>
  );
}

function pretty(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function Weather(): VNode {
  const now = state.value!;
  const kinds = [
    ["429", t("Too many requests (429)")],
    ["500", t("An error of LINE's before the bubble (500)")],
    ["500-after", t("An error of LINE's after the bubble (500)")],
    ["silent", t("No answer, and no bubble")],
    ["silent-after", t("No answer, though the bubble is there")],
    ["400", t("The message is refused (400)")],
    ["401", t("The token is refused (401)")],
  ] as const;
  return (
    <div class="weather">
      <h3>{t("The next message meets …")}</h3>
      <ul>
        {kinds.map(([kind, label]) => (
          <li key={kind}>
            <button type="button" onClick={() => act({ do: "fail", kind })}>
              {label}
            </button>
          </li>
        ))}
      </ul>
      <p role="status">{now.ahead ? t("Waiting for the next {n}", { n: now.ahead }) : t("Nothing ordered: a fine day.")}</p>
      <h3>{t("Messages of the month")}</h3>
      <p>
        {t("{used} sent", { used: now.quota.used })}{" "}
        <label>
          {t("Limit")}{" "}
          <input
            type="number"
            min="0"
            value={now.quota.limit ?? ""}
            placeholder={t("none")}
            onChange={(event) => act({ do: "quota", limit: event.currentTarget.value === "" ? null : Number(event.currentTarget.value) })}
          />
        </label>
      </p>
      <h3>{t("When the desk does not answer")}</h3>
      <p>
        <label>
          <input type="checkbox" checked={now.redeliver} onChange={(event) => act({ do: "redeliver", on: event.currentTarget.checked })} />{" "}
          {t("LINE offers the event again")}
        </label>
      </p>
      <h3>{t("When LINE invents something")}</h3>
      <ul>
        {(
          [
            ["event", t("An event of a kind that nobody knows")],
            ["message", t("A message of a kind that nobody knows")],
          ] as const
        ).map(([kind, label]) => (
          <li key={kind}>
            <button type="button" onClick={() => act({ do: "news", kind, as: person.value?.id, chat: chat.value })}>
              {label}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
