/** In charge of the first zone: views with their counts, teams, saved views, new tickets, and the agent's own menu. */
import type { ComponentChildren } from "preact";
import { classes } from "../../shared/dom";
import { t } from "../../shared/words";
import { api } from "../api/calls";
import { counts, savedCounts } from "../store/counts";
import { desk, reloadDesk, writes } from "../store/desk";
import { visitors } from "../store/visitors";
import { go, goView, place, zoneShown } from "../store/place";
import { Icon, type IconName } from "../ui/icons";
import { toast } from "../ui/toast";
import { Colleagues } from "./colleagues";
import { ConnectionMark } from "./connection";
import { Create, Self } from "./self";

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
  { key: "undelivered", icon: "warn", name: () => t("Not delivered"), count: "undelivered" },
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
  if (key === "visitors") return t("Visitors");
  const [kind, id] = key.split(":");
  if (kind === "team") return desk.value?.teams.find((team) => team.id === Number(id))?.name ?? t("Team");
  return desk.value?.views.find((view) => view.id === Number(id))?.name ?? t("View");
}

interface EntryProps {
  view: string;
  icon: IconName;
  name: string;
  count?: number | string | undefined;
  children?: ComponentChildren;
}

function Entry({ view, icon, name, count, children }: EntryProps) {
  const here = place.value.view === view;
  return (
    <li>
      <a
        href={`#/${view}`}
        class={classes("nav-entry", here && "here")}
        aria-current={here ? "page" : undefined}
        title={name}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.button) return;
          event.preventDefault();
          goView(view);
          zoneShown.value = "list";
        }}
      >
        <Icon name={icon} />
        <span class="nav-name">{name}</span>
        {count ? <span class="count">{Number(count) > 999 ? "999+" : count}</span> : null}
      </a>
      {children}
    </li>
  );
}

async function dropView(id: number): Promise<void> {
  await api
    .dropView(id)
    .then(reloadDesk)
    .catch((problem: Error) => toast({ words: problem.message, tone: "bad" }));
  if (place.value.view === `view:${id}`) goView("mine");
}

export function Nav() {
  const known = counts.value;
  // What went wrong has a view of its own as long as there is something in it.
  const troubled = !!known.views["undelivered"] || place.value.view === "undelivered";
  const teams = desk.value?.teams ?? [];
  const views = desk.value?.views ?? [];
  return (
    <nav class="nav" aria-label={t("Views")}>
      <div class="brand" title={desk.value?.name || "Madoguchi"}>
        <span class="seal" aria-hidden="true">
          窓
        </span>
        <span class="nav-name">{desk.value?.name || "Madoguchi"}</span>
      </div>
      {writes.value && <Create />}
      <div class="nav-scroll">
        <ul>
          {VIEWS.filter((view) => view.key !== "undelivered" || troubled).map((view) => (
            <Entry
              key={view.key}
              view={view.key}
              icon={view.icon}
              name={view.name()}
              count={["done", "all", "spam"].includes(view.key) ? undefined : known.views[view.count ?? ""]}
            />
          ))}
        </ul>
        {desk.value?.accounts.some((account) => account.kind === "webchat") && (
          <ul>
            <Entry view="visitors" icon="eye" name={t("Visitors")} count={visitors.value.length} />
          </ul>
        )}
        {teams.length > 0 && <h3 class="nav-name">{t("Teams")}</h3>}
        <ul>
          {teams.map((team) => (
            <Entry
              key={team.id}
              view={`team:${team.id}`}
              icon="people"
              name={team.name}
              count={known.teams[String(team.id)]}
            />
          ))}
        </ul>
        {views.length > 0 && <h3 class="nav-name">{t("Saved views")}</h3>}
        <ul>
          {views.map((view) => (
            <Entry
              key={view.id}
              view={`view:${view.id}`}
              icon="filter"
              name={view.name}
              count={savedCounts.value.get(view.id)}
            >
              {writes.value && <Drop id={view.id} name={view.name} />}
            </Entry>
          ))}
        </ul>
      </div>
      <div class="nav-foot">
        <ConnectionMark />
        <Colleagues />
        <Self />
      </div>
    </nav>
  );
}

function Drop({ id, name }: { id: number; name: string }) {
  const words = t("Delete the view {name}", { name });
  return (
    <button type="button" class="icon nav-drop" title={words} aria-label={words} onClick={() => void dropView(id)}>
      <Icon name="close" />
    </button>
  );
}

/** On a narrow screen: from the list to the views. */
export function openNav(): void {
  zoneShown.value = "nav";
}

export function searchFor(text: string): void {
  go({ view: "search", q: text, filter: {}, ticket: place.peek().ticket });
}
