/** In charge of the panel's head: who answers, the menu, and the way out. */
import { language, setLanguage, t } from "../../../shared/words";
import { tell } from "../bridge";
import { Later } from "../later";
import { ask } from "../link";
import { inLocale, page } from "../page";
import * as state from "../state";
import { end, go, introduce, transcript } from "../talk";
import { swipe } from "../swipe";
import { Face } from "./log";
import { Icon } from "./icons";

/** Do something at the desk; what goes wrong is said. */
export async function attempt(run: () => Promise<string | void>): Promise<void> {
  state.menu.value = "";
  try {
    state.notice.value = (await run()) || "";
  } catch (problem) {
    state.notice.value = (problem as Error).message;
  }
}

async function showList(): Promise<void> {
  state.view.value = "list";
  state.listed.value = (await ask("conversations")).conversations;
}

/** The desk hears of it: what it writes from now on is in this language. */
function switchLanguage(): void {
  state.menu.value = "";
  setLanguage(language.value === "ja" ? "en" : "ja");
  void introduce({}).catch(() => undefined);
}

function Menu() {
  const begun = state.ticket.value !== null;
  const item = (name: string, run: () => Promise<string | void>) => <li><button type="button" onClick={() => void attempt(run)}>{name}</button></li>;
  return (
    <ul class="menu" aria-label={t("More")}>
      {state.conversations.value > 0 && item(t("Earlier conversations"), showList)}
      {begun && item(t("New conversation"), () => go(""))}
      {begun && item(t("Send me this conversation by mail"), transcript)}
      {begun && state.toLine.value && <Later part="ToLine" />}
      {begun && state.open.value && item(t("End the chat"), end)}
      <li><button type="button" lang={language.value === "ja" ? "en" : "ja"} onClick={switchLanguage}>{language.value === "ja" ? "English" : "日本語"}</button></li>
    </ul>
  );
}

export function Head() {
  const { agent, view, menu, ticket } = state;
  const shop = inLocale(page.title, language.value) || t("Chat");
  const inList = view.value === "list";
  return (
    <header class="head" onTouchStart={swipe}>
      {view.value !== "talk" ? <button type="button" class="plain" aria-label={t("Back")} onClick={() => (view.value = "talk")}><Icon name="back" /></button>
        : <Face agent={agent.value ?? { name: shop, picture: null }} />}
      <h1>{inList ? t("Earlier conversations") : agent.value?.name || shop}<small>{!inList && (agent.value ? shop : ticket.value ? t("No. {n}", { n: ticket.value }) : "")}</small></h1>
      {page.faq && view.value !== "faq" && <button type="button" class="plain" aria-label={t("Frequent questions")} title={t("Frequent questions")} onClick={() => (view.value = "faq")}><Icon name="help" /></button>}
      <button type="button" class="plain" aria-label={t("More")} aria-expanded={menu.value === "menu"} onClick={() => (menu.value = menu.value === "menu" ? "" : "menu")}><Icon name="more" /></button>
      <button type="button" class="plain" aria-label={t("Close the chat")} onClick={() => tell("close")}><Icon name="close" /></button>
      {menu.value === "menu" && <Menu />}
    </header>
  );
}
