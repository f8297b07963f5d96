/**
 * In charge of the chat as a typed module: the same surface as the global function, for shops that bundle their code.
 *
 *     import { chat } from "@madoguchi/chat";
 *     chat.load("https://desk.example");
 *     chat.boot({ site: "shop" });
 *     const off = chat.on("unread", ({ count }) => (badge.textContent = String(count)));
 */
import type { Command, Commands, Events, Listener } from "../chat/surface";

export type {
  BootOptions, Cart, CartItem, Command, Commands, Events, Listener, Locale, PageInfo, Profile, Theme,
} from "../chat/surface";

interface Global {
  (command: string, ...args: unknown[]): unknown;
  q?: (readonly unknown[])[];
  stands?: true;
}

const holder = globalThis as { madoguchi?: Global; trustedTypes?: TrustedTypes };

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

/** The global function, or a queue that the loader will take over. */
function global(): Global {
  if (holder.madoguchi) return holder.madoguchi;
  const queue: Global = (...said) => void queue.q?.push(said);
  queue.q = [];
  holder.madoguchi = queue;
  return queue;
}

/** Run a command now, or as soon as the loader is here. */
export function madoguchi<C extends Command>(command: C, ...args: Parameters<Commands[C]>): void {
  global()(command, ...args);
}

/** Listen; the answer stops it, also before the loader came. */
export function on<E extends keyof Events>(event: E, listener: Listener<E>): () => void {
  let listening = true;
  madoguchi("on", event, ((detail: Events[E]) => {
    if (listening) listener(detail);
  }) as Listener<keyof Events>);
  return () => {
    listening = false;
  };
}

/** Fetch the loader from the desk, once. Under Trusted Types the policy `madoguchi` must be allowed. */
export function load(desk: string): void {
  const address = new URL("/chat/loader.js", desk).href;
  if (document.querySelector(`script[src="${CSS.escape(address)}"]`)) return;
  const script = document.createElement("script");
  const policy = holder.trustedTypes?.createPolicy("madoguchi", { createScriptURL: (url) => url });
  script.async = true;
  script.src = policy ? policy.createScriptURL(address) : address;
  document.head.append(script);
}

type Surface = { [C in Exclude<Command, "on">]: (...args: Parameters<Commands[C]>) => void };

const own = { on, load };

/** Every command as a function: `chat.open()`, `chat.setOrder("A-1024")`. */
export const chat = new Proxy(own as Surface & typeof own, {
  get: (those, command: string) => Reflect.get(those, command) ?? ((...args: unknown[]) => void global()(command, ...args)),
});
