/** In charge of the articles beside a customer's message: a line each with how sure it is, unfolded to the answer. */
import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { t } from "../../shared/words";
import type { Message } from "../api/messages";
import type { SuggestedArticle } from "../api/texts";
import type { Ticket } from "../api/tickets";
import { insertArticle, linked, sure } from "../composer/articles";
import { articlesOf, judge } from "../store/articles";
import { desk, writes } from "../store/desk";
import { known } from "../store/threads";
import { Icon } from "../ui/icons";

/** Shown until somebody has replied; after that only what was used for it. */
export function Suggested({ message, ticket }: { message: Message; ticket: Ticket }) {
  if (message.kind !== "customer" || message.withdrawn_at !== null || !desk.value?.articles) return null;
  const beside = articlesOf(ticket.number).value.filter(
    (each) => each.message === message.id && each.outcome !== "rejected",
  );
  if (!beside.length) return null;
  const replied = known(ticket.number)?.thread.value?.messages.some(
    (other) => other.kind === "agent" && other.seq > message.seq,
  );
  const shown = replied ? beside.filter((each) => each.outcome !== null) : beside;
  if (!shown.length) return null;
  return (
    <ul class="suggested" aria-label={t("Articles that may be the answer")}>
      {shown.map((each) => (
        <Line key={each.id} article={each} ticket={ticket} />
      ))}
    </ul>
  );
}

function Line({ article, ticket }: { article: SuggestedArticle; ticket: Ticket }) {
  const open = useSignal(false);
  const id = useId();
  const { question, confidence, outcome, audience } = article;
  return (
    <li>
      <div class="suggested-line">
        <button
          type="button"
          class="suggested-title"
          aria-expanded={open.value}
          aria-controls={id}
          onClick={() => (open.value = !open.value)}
        >
          <Icon name="book" />
          <span class="suggested-question">{question}</span>
          {audience === "internal" && <span class="badge">{t("Internal")}</span>}
          {outcome ? (
            <span class="badge good">
              <Icon name="check" />
              {outcome === "edited" ? t("Used, with changes") : t("Used")}
            </span>
          ) : (
            <span class="suggested-sure" title={t("How likely it is the answer")}>
              {sure(confidence)}
            </span>
          )}
        </button>
        {writes.value && ticket.merged_into === null && (
          <>
            <button
              type="button"
              class="link"
              aria-label={t("Insert: {question}", { question })}
              title={audience === "internal" ? t("Into the note: customers do not read this article") : undefined}
              onClick={() => insertArticle(ticket.number, article)}
            >
              {t("Insert")}
            </button>
            {outcome === null && (
              <button
                type="button"
                class="icon small"
                aria-label={t("Not the answer: {question}", { question })}
                title={t("Not the answer")}
                onClick={() => {
                  document.querySelector<HTMLElement>(".log")?.focus({ preventScroll: true });
                  void judge(ticket.number, article.id, "rejected");
                }}
              >
                <Icon name="close" />
              </button>
            )}
          </>
        )}
      </div>
      <div id={id} class="suggested-answer" hidden={!open.value}>
        <p lang={ticket.language}>{article.text}</p>
        {article.url && writes.value && ticket.merged_into === null && (
          <p>
            <a href={article.url} target="_blank" rel="noopener">{t("In the help centre")}</a>{" "}
            <button type="button" class="link" onClick={() => insertArticle(ticket.number, linked(article))}>
              {t("Insert the link")}
            </button>
          </p>
        )}
      </div>
    </li>
  );
}
