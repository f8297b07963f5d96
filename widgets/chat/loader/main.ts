/** In charge of the one global function: the queue it was before this file came, and the commands it takes now. */
import type { ToPanel } from "../port";
import type { BootOptions, Events } from "../surface";
import { makeWidget } from "./widget";

type Said = readonly [command: string, ...args: unknown[]];
type Listener = (detail: unknown) => void;
type Madoguchi = ((...said: Said) => unknown) & { q?: Said[]; stands?: true };

const holder = window as { madoguchi?: Madoguchi };
const script = document.currentScript as HTMLScriptElement | null;
const before = holder.madoguchi;

// Twice on one page: the first one has everything.
if (!before?.stands) {
  let listeners: (readonly [event: unknown, listener: Listener])[] = [];
  let site: string | undefined;
  let take: ((...said: ToPanel) => void) | undefined;

  const tell = (event: keyof Events, detail?: unknown) => {
    // The page's own trouble is for the page's own ears, and stops nothing here.
    for (const [wanted, listener] of listeners) if (wanted === event) queueMicrotask(() => listener(detail));
  };
  const madoguchi: Madoguchi = (command, ...args) => {
    if (command === "boot") {
      const options = args[0] as BootOptions;
      if (take && options.site === site) return;
      take?.("destroy");
      site = options.site;
      take = makeWidget(options, new URL(options.desk ?? script?.src ?? location.href).origin, tell);
      tell("ready");
    } else if (command === "on") {
      const entry = [args[0], args[1] as Listener] as const;
      listeners.push(entry);
      return () => {
        listeners = listeners.filter((other) => other !== entry);
      };
    } else {
      take?.(...([command, ...args] as ToPanel));
      if (command === "destroy") {
        take = undefined;
        listeners = [];
      }
    }
    return;
  };
  madoguchi.stands = true;
  holder.madoguchi = madoguchi;
  before?.q?.forEach((said) => madoguchi(...said));
  const data = script?.dataset as (BootOptions & { lang?: BootOptions["locale"] }) | undefined;
  if (data?.site) madoguchi("boot", { ...data, locale: data.lang });
}
