/** In charge of the parts of the console that come later: fetched while it is idle, or when the first of them is wanted;
 *  told honestly when they cannot be. */
import { signal } from "@preact/signals";
import type { ComponentChildren, ComponentProps, ComponentType, VNode } from "preact";
import { useEffect } from "preact/hooks";
import { t } from "../../shared/words";
import { closeDialog, Dialog, showDialog } from "../ui/dialog";
import { Icon } from "../ui/icons";

export type Parts = typeof import("./parts");
/** Those that are components: their names begin with capitals. */
type Component = { [P in keyof Parts]: P extends Capitalize<P> ? P : never }[keyof Parts];

const parts = signal<Parts | null>(null);
const failed = signal(false);
let coming: Promise<void> | null = null;

/** Fetch them, unless they are here or on their way. Never rejects: `failed` says that they did not come. */
function fetchParts(): Promise<void> {
  if (parts.peek()) return Promise.resolve();
  failed.value = false;
  coming ??= Promise.all([import("./parts"), style()]).then(
    ([here]) => void (parts.value = here),
    () => {
      coming = null;
      failed.value = true;
    },
  );
  return coming;
}

/** Their style sheet. Rejects when it does not come. */
function style(): Promise<unknown> {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = "/assets/console-later.css";
  document.head.append(link);
  return new Promise((done, lost) => {
    link.onload = done;
    link.onerror = (problem) => {
      link.remove();
      lost(new Error(String(problem)));
    };
  });
}

/** Fetch them while nobody waits for anything else. */
export function fetchWhenIdle(): void {
  if ("requestIdleCallback" in globalThis) requestIdleCallback(() => void fetchParts(), { timeout: 3000 });
  else setTimeout(() => void fetchParts(), 500);
}

/** Do something with the parts: at once when they are here, so that the next key is already theirs; else as soon as they
 *  are, with a dialog that says so until then. */
export function withParts(run: (parts: Parts) => void): void {
  const here = parts.peek();
  if (here) run(here);
  else showDialog(<Coming run={run} />);
}

/** Show a dialog that is one of the parts. */
export function showLater(make: (parts: Parts) => VNode): void {
  withParts((here) => showDialog(make(here)));
}

interface Place {
  /** What keeps its place on the page until it is there, around the words that say why it is not. */
  around?: (inside: ComponentChildren) => VNode;
}

/** A part in its place on the page. */
export function Later<P extends Component>({ part, around, ...more }: { part: P } & Place & ComponentProps<Parts[P]>) {
  const here = parts.value;
  useEffect(() => void fetchParts(), []);
  if (here) {
    const Part = here[part] as unknown as ComponentType<object>;
    return <Part {...(more as object)} />;
  }
  const inside = failed.value ? <Missing /> : null;
  return around ? around(inside) : inside;
}

function Coming({ run }: { run: (parts: Parts) => void }) {
  useEffect(() => {
    void fetchParts();
    return parts.subscribe((here) => {
      if (here) queueMicrotask(() => closeDialog(() => run(here)));
    });
  }, []);
  return <Dialog title={failed.value ? t("Not here yet") : t("Loading…")}>{failed.value ? <Missing /> : <i class="spinner" />}</Dialog>;
}

/** Why a part is not there, and what can be done about it. */
function Missing() {
  return (
    <div class="missing" role="alert">
      <p>
        <Icon name="warn" />
        {navigator.onLine
          ? t("This part of the console could not be loaded. After an update of the desk, load the page anew: drafts are kept.")
          : t("This part of the console is not loaded yet, and there is no connection now.")}
      </p>
      <span>
        <button type="button" class="plain" data-first onClick={() => void fetchParts()}>
          {t("Try again")}
        </button>
        {navigator.onLine && (
          <button type="button" class="plain" onClick={() => location.reload()}>
            {t("Load the page anew")}
          </button>
        )}
      </span>
    </div>
  );
}
