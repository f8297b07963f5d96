/** Starts the panel: takes the host page's port, connects, and paints whenever something changed. */
import { effect } from "@preact/signals";
import { render } from "preact";
import { setLanguage } from "../../shared/words";
import { readable, legible } from "../colors";
import type { ToPanel } from "../port";
import { listen, tell } from "./bridge";
import { flash } from "./flash";
import { ask, connect, connected, live, mention } from "./link";
import { later } from "./later";
import { color } from "./page";
import * as state from "./state";
import { fill } from "./storage";
import { go, hear, hello, identify, introduce, keepToken, logout, saw, told } from "./talk";
import { focusBox, prefill } from "./view/composer";
import { settle, toEnd } from "./view/log";
import { leave, Panel } from "./view/panel";
import "./style/panel.css";

const room = document.getElementById("panel") ?? document.body.appendChild(document.createElement("div"));
const root = document.documentElement;
root.style.cssText = `--accent:${color};--on:${readable(color)};--ink-l:${legible(color, "#ffffff")};--ink-d:${legible(color, "#181b20")}`;

/** The line is made at once, while the page is still loading; what is said on it waits for the host page's hello. */
let greeted = (): void => undefined;
const greeting = new Promise<void>((done) => (greeted = done));

function command(...said: ToPanel): void {
  const [name, value] = said;
  if (name === "hello") {
    told.token = value.token ?? "";
    fill(value);
    greeted();
  } else if (name === "shown") {
    state.shown.value = value;
    state.phone.value = said[2];
    if (!value) return;
    toEnd();
    focusBox();
    saw();
  } else if (name === "setLocale") setLanguage(value);
  else if (name === "setTheme") root.dataset["theme"] = value;
  else if (name === "newMessage") prefill(value ?? "");
  else if (name === "openFaq") {
    state.view.value = "faq";
    void later().then(({ openFaq }) => openFaq(value ?? "")).catch(() => undefined);
  } else if (name === "openTicket") void openTicket(value);
  else if (name === "logout") void logout();
  else if (name === "identify") void identify(value);
  else if (name === "update") {
    Object.assign(told.profile, value);
    if (connected()) void introduce(value).catch(() => undefined);
  } else if (name === "addTags" || name === "removeTags") {
    const tags = said.slice(1) as string[];
    told.tags = name === "addTags" ? [...new Set([...told.tags, ...tags])] : told.tags.filter((tag) => !tags.includes(tag));
    mention("context", { tags: told.tags });
  } else if (name === "setPage" || name === "setCart" || name === "setOrder") {
    const what = { [name.slice(3).toLowerCase()]: value };
    Object.assign(told, what);
    mention("context", what);
  }
}

async function openTicket(number: number): Promise<void> {
  await live();
  const found = (await ask("conversations")).conversations.find((each) => each.ticket === number);
  if (found) await go(found.id);
}

effect(() => {
  render(<Panel />, room);
  settle();
});
effect(keepToken);
let counted = 0;
effect(() => {
  const count = state.shown.value ? 0 : state.unread.value;
  if (count !== counted) tell("unread", { count: (counted = count) });
});
effect(flash);
document.addEventListener("visibilitychange", saw);
document.addEventListener("visibilitychange", flash);
document.addEventListener("keydown", leave);
listen((said) => command(...said));
connect(() => greeting.then(hello), hear);
// Opened by itself, as a page: there is no host to hear from.
if (parent === window) {
  state.shown.value = true;
  greeted();
}
