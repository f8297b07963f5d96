/** In charge of the one global function: the queue it was before this file came, and the commands it takes now. */
import type { ToPanel } from "../port";
import type { BootOptions, Events } from "../surface";
import { makeWidget } from "./widget";

type Said = readonly [command: string, ...args: unknown[]];
type Madoguchi = ((...said: Said) => unknown) & { q?: Said[]; stands?: true };

const holder = window as { madoguchi?: Madoguchi };
const script = document.currentScript as HTMLScriptElement | null;
const before = holder.madoguchi;

// Twice on one page: the first one has everything.
if (!before?.stands) {
  // A listener's own trouble is reported to the page, and stops nothing here.
  let hub = new EventTarget();
  let site: string | undefined;
  let take: ((...said: ToPanel) => void) | undefined;

  const tell = (event: keyof Events, detail?: unknown) => hub.dispatchEvent(new CustomEvent(event, { detail }));
  const madoguchi: Madoguchi = (command, ...args) => {
    if (command === "on") {
      const [event, listener] = args as [string, (detail: unknown) => void];
      const here = hub;
      const hear = (said: Event) => listener((said as CustomEvent).detail);
      here.addEventListener(event, hear);
      return () => here.removeEventListener(event, hear);
    }
    if (command === "boot") {
      const options = args[0] as BootOptions;
      if (take && options.site === site) return;
      take?.("destroy");
      site = options.site;
      take = makeWidget(options, new URL(options.desk ?? script?.src ?? location.href).origin, tell);
      tell("ready");
    } else {
      take?.(...([command, ...args] as ToPanel));
      if (command === "destroy") {
        take = undefined;
        hub = new EventTarget();
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
