/** In charge of the first zone: views with their counts, teams, saved views, new tickets, and the agent's own menu. */
import type { ComponentChildren } from "preact";
import { classes } from "../../shared/dom";
import { language, t } from "../../shared/words";
import { api } from "../api/calls";
import { counts } from "../store/counts";
import { desk, me, writes } from "../store/desk";
import { go, goView, place, zoneShown } from "../store/place";
import { chooseLanguage, dense, theme } from "../store/settings";
import { Icon, type IconName } from "../ui/icons";
import { Avatar } from "../ui/marks";
import { Menu, type Option } from "../ui/menu";
import { showDialog } from "../ui/dialog";
import { toast } from "../ui/toast";
import { reloadDesk } from "../store/desk";
import { NewTicketDialog } from "../composer/outbound";
import { PhoneDialog } from "../composer/phone";
import { KeySheet } from "../keys/sheet";
import { ConnectionMark } from "./connection";

export interface View {
  key: string;
  icon: IconName;
  name: () => string;
  /** Its name in the counts. */
  count?: string;
}

export const VIEWS: readonly View[] = [
  { key: "mine", icon: "person", name: () => t("Mine"), count: "mine" },
  { key: "unassigned", icon: "inbox", name: () => t("Unassigned"), count: "unassigned" },
  { key: "open", icon: "reply", name: () => t("To be answered"), count: "open" },
  { key: "mentions", icon: "at", name: () => t("Mentions"), count: "mentions" },
  { key: "waiting", icon: "pause", name: () => t("On hold"), count: "waiting" },
  { key: "snoozed", icon: "clock", name: () => t("Snoozed"), count: "snoozed" },
  { key: "done", icon: "done", name: () => t("Done"), count: "done" },
  { key: "all", icon: "all", name: () => t("All"), count: "all" },
  { key: "spam", icon: "spam", name: () => t("Spam"), count: "spam" },
];

export function viewName(key: string): string {
  const fixed = VIEWS.find((view) => view.key === key);
  if (fixed) return fixed.name();
  if (key === "search") return t("Search");
  const [kind, id] = key.split(":");
  if (kind === "team") return desk.value?.teams.find((team) => team.id === Number(id))?.name ?? t("Team");
  return desk.value?.views.find((view) => view.id === Number(id))?.name ?? t("View");
}

interface EntryProps {
  view: string;
  icon: IconName;
  name: string;
  count?: number | undefined;
  children?: ComponentChildren;
}

function Entry({ view, icon, name, count, children }: EntryProps) {
  const here = place.value.view === view;
  return (
    <li>
      <a href={`#/${view}`} class={classes("nav-entry", here && "here")} aria-current={here ? "page" : undefined} title={name}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.button) return;
          event.preventDefault();
          goView(view);
          zoneShown.value = "list";
        }}>
        <Icon name={icon} /><span class="nav-name">{name}</span>
        {count ? <span class="count">{count > 999 ? "999+" : count}</span> : null}
      </a>
      {children}
    </li>
  );
}

async function dropView(id: number): Promise<void> {
  await api.dropView(id).then(reloadDesk).catch((problem: Error) => toast({ words: problem.message, tone: "bad" }));
  if (place.value.view === `view:${id}`) goView("mine");
}

export function Nav() {
  const known = counts.value;
  const teams = desk.value?.teams ?? [];
  const views = desk.value?.views ?? [];
  return (
    <nav class="nav" aria-label={t("Views")}>
      <div class="brand" title={desk.value?.name || "Madoguchi"}><span class="seal" aria-hidden="true">窓</span><span class="nav-name">{desk.value?.name || "Madoguchi"}</span></div>
      {writes.value && <Create />}
      <div class="nav-scroll">
        <ul>{VIEWS.map((view) => <Entry key={view.key} view={view.key} icon={view.icon} name={view.name()} count={["done", "all", "spam"].includes(view.key) ? undefined : known.views[view.count ?? ""]} />)}</ul>
        {teams.length > 0 && <h3 class="nav-name">{t("Teams")}</h3>}
        <ul>{teams.map((team) => <Entry key={team.id} view={`team:${team.id}`} icon="people" name={team.name} count={known.teams[String(team.id)]} />)}</ul>
        {views.length > 0 && <h3 class="nav-name">{t("Saved views")}</h3>}
        <ul>{views.map((view) => (
          <Entry key={view.id} view={`view:${view.id}`} icon="filter" name={view.name}>
            {writes.value && <Drop id={view.id} name={view.name} />}
          </Entry>
        ))}</ul>
      </div>
      <div class="nav-foot"><ConnectionMark /><Self /></div>
    </nav>
  );
}

function Drop({ id, name }: { id: number; name: string }) {
  const words = t("Delete the view {name}", { name });
  return <button type="button" class="icon nav-drop" title={words} aria-label={words} onClick={() => void dropView(id)}><Icon name="close" /></button>;
}

function Create() {
  const options = (): Option[] => [
    { key: "mail", words: t("New ticket"), label: <><Icon name="email" /> {t("New ticket")}</>, hint: "C", pick: () => showDialog(<NewTicketDialog />) },
    { key: "phone", words: t("Phone note"), label: <><Icon name="phone" /> {t("Phone note")}</>, hint: "⇧C", pick: () => showDialog(<PhoneDialog />) },
  ];
  return <Menu name="create" label={t("New")} class="create" options={options} face={<><Icon name="plus" /><span class="nav-name">{t("New")}</span></>} />;
}

function Self() {
  const agent = me.value;
  if (!agent) return null;
  const options = (): Option[] => [
    { key: "ja", words: "日本語", label: "日本語", checked: language.value === "ja", pick: () => chooseLanguage("ja") },
    { key: "en", words: "English", label: "English", checked: language.value === "en", pick: () => chooseLanguage("en") },
    { key: "auto", words: t("Colours of the system"), label: <><Icon name="auto" /> {t("Colours of the system")}</>, checked: theme.value === "auto", rule: true, pick: () => (theme.value = "auto") },
    { key: "light", words: t("Light"), label: <><Icon name="sun" /> {t("Light")}</>, checked: theme.value === "light", pick: () => (theme.value = "light") },
    { key: "dark", words: t("Dark"), label: <><Icon name="moon" /> {t("Dark")}</>, checked: theme.value === "dark", pick: () => (theme.value = "dark") },
    { key: "dense", words: t("Dense list"), label: t("Dense list"), checked: dense.value, rule: true, pick: () => (dense.value = !dense.value) },
    { key: "keys", words: t("Keyboard"), label: <><Icon name="keyboard" /> {t("Keyboard")}</>, hint: "?", pick: () => showDialog(<KeySheet />) },
    ...(agent.role === "admin" ? [{ key: "admin", words: t("Settings of the desk"), label: <><Icon name="gear" /> {t("Settings of the desk")}</>, pick: () => location.assign("/admin") }] : []),
    { key: "leave", words: t("Sign out"), label: <><Icon name="leave" /> {t("Sign out")}</>, rule: true, pick: () => void api.signOut().finally(() => location.assign("/sign-in")) },
  ];
  return <Menu name="self" label={t("{name}: settings", { name: agent.name })} class="self" options={options}
    face={<><Avatar agent={agent.id} /><span class="nav-name">{agent.name}</span></>} />;
}

/** On a narrow screen: from the list to the views. */
export function openNav(): void {
  zoneShown.value = "nav";
}

export function searchFor(text: string): void {
  go({ view: "search", q: text, filter: {}, ticket: place.peek().ticket });
}
