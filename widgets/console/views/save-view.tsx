/** In charge of keeping the list as it is filtered now under a name. */
import { useRef } from "preact/hooks";
import { t } from "../../shared/words";
import { api, type Filter } from "../api/calls";
import { reloadDesk } from "../store/desk";
import { goView, place } from "../store/place";
import { closeDialog, Dialog } from "../ui/dialog";
import { toast } from "../ui/toast";

/** Filters as the server keeps them: lists, with ids as numbers. */
function kept(view: string, filter: Filter): Record<string, unknown> {
  const saved: Record<string, unknown> = view === "search" ? {} : { view };
  const team = /^team:(\d+)$/.exec(view);
  if (team) Object.assign(saved, { view: "open", team: [Number(team[1])] });
  for (const [name, value] of Object.entries(filter)) {
    if (name === "customer") saved[name] = Number(value);
    else saved[name] = [["assignee", "team", "account"].includes(name) ? Number(value) : value];
  }
  return saved;
}

export function SaveView() {
  const name = useRef<HTMLInputElement>(null);
  const submit = async () => {
    const words = name.current?.value.trim();
    if (!words) return;
    const { view, filter } = place.peek();
    try {
      const made = await api.saveView(words, kept(view, filter));
      await reloadDesk();
      closeDialog();
      goView(`view:${made.id}`);
    } catch (problem) {
      toast({ words: problem instanceof Error ? problem.message : t("That did not work."), tone: "bad" });
    }
  };
  return (
    <Dialog
      title={t("Save as a view")}
      onSubmit={() => void submit()}
      foot={
        <button type="submit" class="primary">
          {t("Save")}
        </button>
      }
    >
      <label class="field">
        {t("Name")}
        <input ref={name} data-first type="text" required maxLength={80} />
      </label>
    </Dialog>
  );
}
