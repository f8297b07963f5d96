/** In charge of the line under a customer's message that says what the desk made of it by itself, and why it did not. */
import { t } from "../../shared/words";
import type { Message } from "../api/messages";
import type { Attempt } from "../api/texts";
import type { Ticket } from "../api/tickets";
import { sure } from "../composer/articles";
import { attemptsOf } from "../store/attempts";
import { Icon } from "../ui/icons";

/** Why nothing was said. Reasons that go without saying for whoever reads the thread are left out. */
const reasons = (): Record<string, string> => ({
  person: t("a colleague has joined"), typing: t("a colleague was typing"), draft: t("a colleague has a draft"),
  assigned: t("it is assigned"), asks_person: t("a person was asked for"), angry: t("the customer is upset"),
  sensitive: t("a delicate matter"), quotes: t("it quotes the article"), files: t("it has files"), too_long: t("too long"),
  late: t("too late"), hours: t("not at this time"), segment: t("this segment"), row: t("too many in a row"),
  again: t("answered so before"), unsure: t("not sure enough"), none: t("no article fits"), gone: t("the article is gone"),
  stopped: t("the customer has stopped automatic messages"), complained: t("the customer complained of our mails"),
  nobody: t("nobody could hear it"), too_many: t("too many in an hour"), error: t("an error"), no_words: t("nothing to read"),
  group: t("a group"), written_down: t("written down by a colleague"),
});

const outcomes = (): Record<string, string> => ({
  yes: t("The customer says: solved"), no: t("The customer says: not solved"), person: t("The customer wants a person"),
  chosen: t("The customer chose one"), other: t("The customer says: something else"),
});

export function Tried({ message, ticket }: { message: Message; ticket: Ticket }) {
  const attempt = attemptsOf(ticket.number).value.find((each) => each.message === message.id);
  const words = attempt && said(attempt);
  if (!attempt || !words) return null;
  const outcome = outcomes()[attempt.outcome];
  return (
    <p class="tried">
      <Icon name="book" />
      <span>{words}</span>
      {outcome && <span class={`badge ${attempt.outcome === "yes" ? "good" : ""}`}>{outcome}</span>}
      {!outcome && attempt.state === "answered" && <span class="badge">{t("Nothing said yet")}</span>}
    </p>
  );
}

function said({ state, reason, question, confidence, offered }: Attempt): string {
  if (state === "answered") return t("Answered by itself: {question} ({sure})", { question, sure: sure(confidence) });
  if (state === "offered") return t("Offered to choose from: {questions}", { questions: offered.join(" / ") });
  const why = reasons()[reason];
  return state === "refused" && why ? t("Not answered by itself: {why}", { why }) : "";
}
