/** In charge of the parts that come later: fetched when the first of them is wanted, painted when they are here. */
import { h } from "preact";
import { language, t } from "../../shared/words";
import type { Parts } from "../later";
import { say } from "./outbox";
import { page } from "./page";
import { listed, view, way } from "./state";
import { signal } from "./signals";
import { go, onward, rate } from "./talk";
import { attempt } from "./view/head";
import { moment } from "./when";

/** The address of their file, by the build. */
declare const LATER: string;

const parts = signal<Parts | null>(null);
let coming: Promise<Parts> | undefined;

/** The parts. Rejects without a connection; the next call tries again. */
export function later(): Promise<Parts> {
  coming ??= (import(LATER) as Promise<typeof import("../later")>).then(
    ({ make }) => (parts.value = make({ h, say: t, moment, listed: () => listed.value, go: (id) => void attempt(() => go(id)), way: () => way.value, onward: () => void attempt(onward), rate: (...said) => attempt(() => rate(...said)), choose: say, site: page.site, speaks: () => language.value, talk: () => (view.value = "talk"), held: signal })),
    (problem) => {
      coming = undefined;
      throw problem;
    },
  );
  return coming;
}

type Shown = Omit<Parts, "shelf" | "typed" | "openFaq">;

export function Later<P extends keyof Shown>({ part, ...more }: { part: P } & Parameters<Shown[P]>[0]) {
  const Part = parts.value?.[part] as ((props: object) => ReturnType<Shown[P]>) | undefined;
  if (!Part) void later().catch(() => undefined);
  return Part ? <Part {...more} /> : null;
}
