/** In charge of the sheet that tells all keys, and on which an agent gives commands keys of their own. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { classes, composing, mac } from "../../shared/dom";
import { t } from "../../shared/words";
import { prefer, preferences } from "../store/preferences";
import { Dialog } from "../ui/dialog";
import { Icon } from "../ui/icons";
import { toast } from "../ui/toast";
import { all, FIXED, type Key, meantKey } from "./keys";
import { caps, keyOf } from "./names";

const TWO_KEYS = 1200;

/** Give a command another key; a command that had it takes the one that becomes free. */
function rebind(key: Key, wanted: string): void {
  const keys = { ...preferences.peek().keys };
  const before = keyOf(key.keys);
  const other = all.find((each) => each !== key && keyOf(each.keys) === wanted);
  if (wanted === before || (other && FIXED.has(other.keys))) return;
  keys[key.keys] = wanted;
  if (other) keys[other.keys] = before;
  for (const [name, own] of Object.entries(keys)) if (name === own) delete keys[name];
  keep(keys);
}

function keep(keys: Record<string, string>): void {
  void prefer({ keys }).catch(() => toast({ words: t("That did not work."), tone: "bad" }));
}

export function KeySheet() {
  const asked = useSignal<Key | null>(null);
  const groups = new Map<string, { keys: string[]; words: string; key?: Key }[]>();
  const add = (group: string, keys: string[], words: string, key?: Key) =>
    groups.set(group, [...(groups.get(group) ?? []), { keys, words, ...(key ? { key } : {}) }]);
  for (const key of all) add(key.group(), caps(keyOf(key.keys)), key.words(), FIXED.has(key.keys) ? undefined : key);
  add(t("Going"), [mac ? "⌘" : "Ctrl", "K"], t("Everything by name"));
  add(t("Writing"), [mac ? "⌘" : "Ctrl", "Enter"], t("Send"));
  add(t("Writing"), [mac ? "⌘" : "Ctrl", "⇧", "Enter"], t("Send, then done"));

  // The keys of the one that is asked for, before anything else hears them.
  useEffect(() => {
    const key = asked.value;
    if (!key) return;
    let first = "";
    let timer: ReturnType<typeof setTimeout> | undefined;
    const done = (keys: string) => {
      asked.value = null;
      if (keys) rebind(key, keys);
    };
    const press = (event: KeyboardEvent) => {
      if (composing(event) || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation();
      const pressed = meantKey(event);
      if (event.key === "Escape") return done("");
      if (!pressed || pressed === "Enter") return;
      if (first) return done(`${first} ${pressed}`);
      if (pressed !== "g") return done(pressed);
      first = pressed;
      timer = setTimeout(() => done(""), TWO_KEYS);
    };
    document.addEventListener("keydown", press, true);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("keydown", press, true);
    };
  }, [asked.value]);

  const own = Object.keys(preferences.value.keys).length > 0;
  return (
    <Dialog
      title={t("Keyboard")}
      wide
      foot={
        <>
          <p class="faint">{t("A click on a key gives the command another one. G with a second key is one key, too.")}</p>
          <span class="gap" />
          {own && (
            <button type="button" class="plain" onClick={() => keep({})}>
              {t("All keys as they were")}
            </button>
          )}
        </>
      }
    >
      <div class="key-sheet">
        {[...groups].map(([group, keys]) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {keys.map(({ keys: shown, words, key }) => (
                <div key={key?.keys ?? shown.join()}>
                  <dt>
                    {key ? (
                      <button
                        type="button"
                        class={classes("bare", "key-own", keyOf(key.keys) !== key.keys && "changed")}
                        title={t("Another key for: {words}", { words })}
                        onClick={() => (asked.value = asked.peek() === key ? null : key)}
                      >
                        <span class="hidden">{t("Another key for: {words}", { words })}</span>
                        {asked.value === key ? (
                          <em role="status">{t("Press the key…")}</em>
                        ) : (
                          shown.map((each) => <kbd key={each}>{each}</kbd>)
                        )}
                      </button>
                    ) : (
                      shown.map((each) => <kbd key={each}>{each}</kbd>)
                    )}
                  </dt>
                  <dd>
                    {words}
                    {key && keyOf(key.keys) !== key.keys && (
                      <span class="faint">
                        {" "}
                        <Icon name="pen" label={t("A key of your own")} />
                      </span>
                    )}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
