/** In charge of handing a chat over: to a colleague or a team, with a note that its customer does not see. */
import { useSignal } from "@preact/signals";
import { t } from "../../shared/words";
import { api } from "../api/calls";
import { desk, me } from "../store/desk";
import { closeDialog, Dialog } from "../ui/dialog";
import { toast } from "../ui/toast";
import { move } from "./chat";

/** To whom a chat goes: `agent:3` or `team:2`. */
export function HandOverDialog({ number }: { number: number }) {
  const to = useSignal("");
  const note = useSignal("");
  const busy = useSignal(false);
  const others = (desk.value?.agents ?? []).filter(
    (agent) => agent.active && agent.role !== "viewer" && agent.id !== me.value?.id,
  );
  const submit = async () => {
    const [kind, id] = to.peek().split(":");
    if (!id || busy.peek()) return;
    busy.value = true;
    const whom = kind === "team" ? { team: Number(id) } : { to: Number(id) };
    if (await move(number, () => api.handOver(number, { ...whom, note: note.peek() }))) {
      closeDialog();
      toast({ words: t("#{number} was handed over.", { number }) });
    }
    busy.value = false;
  };
  return (
    <Dialog
      title={t("Hand over #{number}", { number })}
      onSubmit={() => void submit()}
      foot={
        <button type="submit" class="primary" disabled={!to.value || busy.value}>
          {t("Hand over")}
        </button>
      }
    >
      <label class="field">
        {t("To whom")}
        <select data-first required value={to.value} onChange={(event) => (to.value = event.currentTarget.value)}>
          <option value="">{t("Choose…")}</option>
          <optgroup label={t("Colleagues")}>
            {others.map((agent) => (
              <option key={agent.id} value={`agent:${agent.id}`}>
                {agent.name}
              </option>
            ))}
          </optgroup>
          <optgroup label={t("Teams")}>
            {desk.value?.teams.map((team) => (
              <option key={team.id} value={`team:${team.id}`}>
                {team.name}
              </option>
            ))}
          </optgroup>
        </select>
      </label>
      <label class="field">
        {t("Note for them (the customer does not see it)")}
        <textarea rows={4} maxLength={20000} onInput={(event) => (note.value = event.currentTarget.value)} />
      </label>
    </Dialog>
  );
}
