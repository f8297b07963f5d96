/** In charge of why a letter did not go by LINE, by the code that the channel gives it. */
import { t } from "../../shared/words";

/** In the reader's language; empty for a code that says no more than its words. */
export function lineReason(code: string): string {
  switch (code) {
    case "blocked":
      return t("The customer has blocked us on LINE, or left.");
    case "quota":
      return t("The account's messages of this month are used up.");
    case "cost":
      return t("It was too late for a free answer, and no more automatic answers to this customer may cost a message today.");
    case "refused":
      return t("LINE does not take this message.");
    case "forbidden":
      return t("This account may not send this.");
    case "unknown":
      return t("LINE does not know this person.");
    case "gone":
      return t("LINE no longer has this.");
    case "large":
      return t("The message is too large for LINE.");
    case "lost":
      return t("LINE did not say whether it took this. It is not sent again by itself, lest it come twice.");
    case "empty":
      return t("There is nothing in this letter that could be shown on LINE.");
    case "token":
      return t("LINE does not accept the account's access token. An admin must look at it.");
    case "busy":
      return t("LINE asks to slow down.");
    case "ill":
      return t("LINE is not well.");
    case "unreachable":
      return t("LINE cannot be reached.");
    case "silent":
      return t("LINE gave no answer.");
    default:
      return "";
  }
}

/** What LINE itself said, of the words that are kept with a letter. */
export function theirs(words: string): string {
  const at = words.indexOf("LINE: ");
  return at < 0 ? "" : words.slice(at);
}
