/** In charge of the palette: everything that the console can do or show, by a few letters of its name. */
import { inEnglish, t } from "../../shared/words";
import { articleChoices } from "../composer/article-picker";
import { customerChoices } from "../customer/found";
import { macroChoices } from "../composer/macro-picker";
import { availabilityOf, choosePresence, presenceName } from "../store/availability";
import { desk, me, writerOf, writes } from "../store/desk";
import { active } from "../store/list";
import { go, goView, ticketNumber, zoneShown } from "../store/place";
import { quiet } from "../store/preferences";
import { peekRow } from "../store/rows";
import { recent } from "../store/threads";
import { showDialog } from "../ui/dialog";
import { openMenu } from "../ui/menu";
import { type Choice, Picker } from "../ui/picker";
import { VIEWS } from "../views/nav";
import { PreferencesDialog } from "../views/preferences";
import { disturbAgain, disturbNot } from "../views/quiet";
import { all } from "./keys";
import { caps, keyOf } from "./names";

/** Commands are found in both languages: who thinks of one as "snooze" finds it too. */
function commands(): Choice[] {
  return all
    .filter((key) => !["Enter", "Escape", "j", "k"].includes(key.keys) && !key.view)
    .map((key) => ({
      key: `key-${key.keys}`,
      words: key.words(),
      more: inEnglish(key.words),
      detail: key.group(),
      keys: caps(keyOf(key.keys)),
      run: key.run,
    }));
}

function visit(number: number): void {
  zoneShown.value = "thread";
  go({ ticket: number });
}

function views(): Choice[] {
  const place = (view: string, words: string, keys?: readonly string[]): Choice => ({
    key: `view-${view}`,
    words,
    more: view,
    detail: t("View"),
    ...(keys ? { keys } : {}),
    run: () => {
      goView(view);
      zoneShown.value = "list";
    },
  });
  return [
    ...VIEWS.map((view) => {
      const key = all.find((each) => each.view === view.key);
      return place(view.key, view.name(), key && caps(keyOf(key.keys)));
    }),
    ...(desk.peek()?.teams ?? []).map((team) => place(`team:${team.id}`, team.name)),
    ...(desk.peek()?.views ?? []).map((view) => place(`view:${view.id}`, view.name)),
  ];
}

function tickets(): Choice[] {
  return recent().map((number) => {
    const row = peekRow(number);
    return {
      key: `ticket-${number}`,
      words: `#${number} ${row?.subject ?? ""}`,
      detail: row ? writerOf(row) : "",
      more: row?.customer.name ?? "",
      run: () => visit(number),
    };
  });
}

function jump(typed: string): Choice[] {
  const number = /^#?(\d{1,15})$/.exec(typed.normalize("NFKC").trim())?.[1];
  if (!number) return [];
  return [
    {
      key: "jump",
      words: t("Go to #{number}", { number: Number(number) }),
      more: typed,
      run: () => visit(Number(number)),
    },
  ];
}

function macros(): Choice[] {
  const number = ticketNumber.peek() ?? active.peek();
  if (number === null || !writes.peek()) return [];
  return macroChoices(number).map((choice) => ({ ...choice, more: `${choice.more ?? ""} ${t("Macros")}` }));
}

/** What is set rather than done: whether one is at the desk, and how one is told of things. */
function settings(): Choice[] {
  const agent = me.peek();
  if (!agent) return [];
  const { chosen } = availabilityOf(agent.id);
  const presence = (["online", "away", "offline"] as const).map((state) => ({
    key: `presence-${state}`,
    words: presenceName(state),
    more: inEnglish(() => presenceName(state)),
    detail: state === chosen ? t("Now") : "",
    run: () => void choosePresence(state).catch(() => undefined),
  }));
  const one = (key: string, words: () => string, run: () => void): Choice => ({
    key,
    words: words(),
    more: inEnglish(words),
    run,
  });
  return [
    ...presence,
    quiet.peek()
      ? one("quiet", () => t("Tell me of everything again"), disturbAgain)
      : one("quiet", () => t("Do not disturb"), () => disturbNot(null)),
    one("preferences", () => t("Notifications and picture"), () => showDialog(<PreferencesDialog />)),
    one("colleagues", () => t("Who is at the desk"), () => (openMenu.value = "colleagues")),
  ];
}

/** The views alone: what G and V open. */
export function showViews(): void {
  showDialog(<Picker title={t("View")} placeholder={t("View")} choices={() => views()} />);
}

export function showPalette(): void {
  const articles = articleChoices(writes.peek() ? ticketNumber.peek() : null);
  const customers = customerChoices();
  showDialog(
    <Picker
      title={t("Commands")}
      placeholder={t("Command, view, #number, customer, macro or article")}
      choices={(typed) => [...jump(typed), ...tickets(), ...commands(), ...views(), ...settings(), ...macros(), ...customers(typed), ...articles(typed)]}
    />,
  );
}
