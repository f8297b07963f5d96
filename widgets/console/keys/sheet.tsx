/** In charge of the sheet that tells all keys. */
import { mac } from "../../shared/dom";
import { t } from "../../shared/words";
import { Dialog } from "../ui/dialog";
import { all } from "./keys";

const NAMES: Record<string, string> = { Escape: "Esc", Enter: "Enter" };

export function shown(keys: string): string[] {
  return keys.split(" ").flatMap((key) => (/^[A-Z]$/.test(key) ? ["⇧", key] : [NAMES[key] ?? key.toUpperCase()]));
}

export function KeySheet() {
  const groups = new Map<string, { keys: string[]; words: string }[]>();
  const add = (group: string, keys: string[], words: string) =>
    groups.set(group, [...(groups.get(group) ?? []), { keys, words }]);
  for (const key of all) add(key.group(), shown(key.keys), key.words());
  add(t("Going"), [mac ? "⌘" : "Ctrl", "K"], t("Everything by name"));
  add(t("Writing"), [mac ? "⌘" : "Ctrl", "Enter"], t("Send"));
  add(t("Writing"), [mac ? "⌘" : "Ctrl", "⇧", "Enter"], t("Send, then done"));
  return (
    <Dialog title={t("Keyboard")} wide>
      <div class="key-sheet">
        {[...groups].map(([group, keys]) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {keys.map((key) => (
                <div key={key.keys.join()}>
                  <dt>
                    {key.keys.map((each) => (
                      <kbd key={each}>{each}</kbd>
                    ))}
                  </dt>
                  <dd>{key.words}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
