/** In charge of the list's head: its name, the search field, filters as chips, and the order. */
import { useEffect, useRef } from "preact/hooks";
import { composing, focusSoon, later } from "../../shared/dom";
import { t } from "../../shared/words";
import { cap } from "../keys/names";
import type { Filter } from "../api/calls";
import { PRIORITIES, STATUSES } from "../api/tickets";
import { showLater } from "../later/coming";
import { counts } from "../store/counts";
import {
  accountOf,
  agentName,
  allTags,
  channelName,
  desk,
  priorityName,
  statusName,
  teamName,
} from "../store/desk";
import { active, numbers, searching } from "../store/list";
import { FILTERS, go, place, zoneShown } from "../store/place";
import { type Sort, sort } from "../store/settings";
import { Icon } from "../ui/icons";
import { Menu, type Option } from "../ui/menu";
import { focusRow, openTicket } from "./list";
import { openNav, searchFor, viewName } from "./nav";

type FilterName = (typeof FILTERS)[number];

function filterWords(name: FilterName, value: string): string {
  switch (name) {
    case "status":
      return STATUSES.filter((status) => status === value).map(statusName)[0] ?? value;
    case "priority":
      return PRIORITIES.filter((priority) => priority === value).map(priorityName)[0] ?? value;
    case "assignee":
      return agentName(Number(value));
    case "team":
      return teamName(Number(value));
    case "channel":
      return channelName(value);
    case "account":
      return accountOf(Number(value))?.name ?? value;
    case "customer":
      return t("Customer {id}", { id: value });
    case "tag":
      return value;
  }
}

function filterName(name: FilterName): string {
  switch (name) {
    case "status":
      return t("Status");
    case "priority":
      return t("Priority");
    case "assignee":
      return t("Assignee");
    case "team":
      return t("Team");
    case "channel":
      return t("Channel");
    case "account":
      return t("Account");
    case "customer":
      return t("Customer");
    case "tag":
      return t("Tags");
  }
}

function withFilter(name: FilterName, value: string | null): void {
  const filter: Filter = { ...place.peek().filter };
  if (value === null) delete filter[name];
  else filter[name] = value;
  go({ filter });
}

function filterOptions(): Option[] {
  const { filter } = place.value;
  const one = (name: FilterName, value: string, label: string, group: string): Option => ({
    key: `${name}:${value}`,
    words: label,
    label,
    checked: filter[name] === value,
    group,
    pick: () => withFilter(name, filter[name] === value ? null : value),
  });
  const group = (name: FilterName, values: readonly string[]) =>
    values.map((value, index) => one(name, value, filterWords(name, value), index === 0 ? filterName(name) : ""));
  const known = desk.value;
  return [
    ...group("status", STATUSES),
    ...group("priority", [...PRIORITIES].reverse()),
    ...group("channel", [...new Set((known?.accounts ?? []).map((account) => account.kind))]),
    ...group(
      "assignee",
      (known?.agents ?? []).filter((agent) => agent.active).map((agent) => String(agent.id)),
    ),
    ...group(
      "team",
      (known?.teams ?? []).map((team) => String(team.id)),
    ),
    ...group(
      "account",
      (known?.accounts ?? []).map((account) => String(account.id)),
    ),
    ...group(
      "tag",
      allTags().map((tag) => tag.name),
    ),
  ];
}

const SORTS: readonly { key: Sort; name: () => string }[] = [
  { key: "waiting", name: () => t("Waiting longest") },
  { key: "recent", name: () => t("Changed last") },
  { key: "oldest", name: () => t("Changed longest ago") },
];

export function ListHead() {
  const { view, filter } = place.value;
  const count = view in counts.value.views && !Object.keys(filter).length ? counts.value.views[view] : undefined;
  const sortOptions = (): Option[] =>
    SORTS.map(({ key, name }) => ({
      key,
      words: name(),
      label: name(),
      checked: sort.value === key,
      pick: () => (sort.value = key),
    }));
  const chips = FILTERS.filter((name) => filter[name]);
  return (
    <header class="list-head">
      <div class="list-title">
        <button type="button" class="icon narrow" aria-label={t("Views")} onClick={openNav}>
          <Icon name="back" />
        </button>
        <h1>
          {viewName(view)}
          {count ? <small>{count}</small> : null}
        </h1>
        {!searching.value && (
          <Menu name="sort" label={t("Order")} class="icon" options={sortOptions} face={<Icon name="sort" />} />
        )}
        {!searching.value && (
          <Menu
            name="filter"
            label={t("Filter")}
            filtered
            many
            class={chips.length ? "icon on" : "icon"}
            options={filterOptions}
            face={<Icon name="filter" />}
          />
        )}
      </div>
      <SearchField />
      {chips.length > 0 && (
        <div class="chips">
          {chips.map((name) => (
            <span key={name} class="chip">
              {filterWords(name, filter[name] ?? "")}
              <button
                type="button"
                class="bare"
                aria-label={t("Remove {name}", { name: filterWords(name, filter[name] ?? "") })}
                onClick={() => withFilter(name, null)}
              >
                ×
              </button>
            </span>
          ))}
          <button type="button" class="link" onClick={() => showLater(({ SaveView }) => <SaveView />)}>
            {t("Save as a view")}
          </button>
        </div>
      )}
    </header>
  );
}

export function focusSearch(): void {
  zoneShown.value = "list";
  focusSoon("#search", (field) => field instanceof HTMLInputElement && field.select());
}

const searchSoon = later(180, () => {
  const field = document.querySelector<HTMLInputElement>("#search");
  if (field && (field.value.trim() || searching.peek())) searchFor(field.value);
});

let before = "mine";

function SearchField() {
  const field = useRef<HTMLInputElement>(null);
  const { view, q } = place.value;
  if (view !== "search") before = view;
  useEffect(() => {
    if (field.current && document.activeElement !== field.current) field.current.value = view === "search" ? q : "";
  }, [view, q]);
  const leave = () => {
    searchSoon.drop();
    if (field.current) field.current.value = "";
    if (searching.peek()) go({ view: before, q: "", filter: {} });
    field.current?.blur();
  };
  const key = (event: KeyboardEvent) => {
    if (composing(event)) return;
    if (event.key === "Escape") leave();
    else if (event.key === "Enter") {
      searchSoon.flush();
      const typed = /^#?(\d+)$/.exec((field.current?.value ?? "").normalize("NFKC").trim());
      if (typed) openTicket(Number(typed[1]));
      else searchFor(field.current?.value ?? "");
    } else if (event.key === "ArrowDown") focusRow(numbers.peek()[0] ?? active.peek());
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="search" role="search">
      <Icon name="search" />
      <input
        ref={field}
        id="search"
        type="search"
        placeholder={t("Search ( {key} )", { key: cap("/") })}
        aria-label={t("Search")}
        autocomplete="off"
        enterkeyhint="search"
        onInput={(event) => event.isComposing || searchSoon.call()}
        onCompositionEnd={() => searchSoon.call()}
        onKeyDown={key}
      />
      {searching.value && (
        <button type="button" class="icon" aria-label={t("End the search")} onClick={leave}>
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}
