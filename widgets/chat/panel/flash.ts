/** In charge of the page's title while nobody looks at it: in turns it says that there is news, and what it was. */
import { t } from "../../shared/words";
import { tell } from "./bridge";
import { page } from "./page";
import { unread } from "./state";
import { told } from "./talk";

let turns: ReturnType<typeof setInterval> | undefined;

export function flash(): void {
  const n = page.title_flash && document.hidden ? unread.peek() : 0;
  if (!n === !turns) return;
  clearInterval(turns);
  const before = told.page?.title ?? "";
  let news = false;
  turns = n ? setInterval(() => tell("title", (news = !news) ? t("({n}) New message", { n: unread.peek() }) : before), 1500) : undefined;
  if (!n) tell("title", before);
}
