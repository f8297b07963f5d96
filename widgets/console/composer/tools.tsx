/** In charge of the foot of the composer: files, colleagues, the draft's state, and the buttons that send. */
import { useRef } from "preact/hooks";
import { mac } from "../../shared/dom";
import { t } from "../../shared/words";
import type { Status } from "../api/tickets";
import { desk, me, statusName } from "../store/desk";
import { Icon } from "../ui/icons";
import { Menu, type Option } from "../ui/menu";
import type { Kept } from "./draft";
import type { Uploads } from "./uploads";

const AFTER: readonly Status[] = ["waiting", "done", "active"];
export const KEY = mac ? "⌘↵" : "Ctrl+Enter";

export function Attach({ uploads }: { uploads: Uploads }) {
  const field = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        class="icon"
        aria-label={t("Attach files")}
        title={t("Attach files: also by paste or by dragging them here")}
        onClick={() => field.current?.click()}
      >
        <Icon name="clip" />
      </button>
      <input
        ref={field}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          uploads.add([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}

export function Mention({ onPick }: { onPick: (name: string) => void }) {
  const options = (): Option[] =>
    (desk.value?.agents ?? [])
      .filter((agent) => agent.active && agent.id !== me.value?.id)
      .map((agent) => ({
        key: String(agent.id),
        words: agent.name,
        label: agent.name,
        pick: () => onPick(agent.name),
      }));
  return (
    <Menu
      name="mention"
      label={t("Call a colleague")}
      class="icon"
      filtered
      options={options}
      face={<Icon name="at" />}
    />
  );
}

export function KeptMark({ kept }: { kept: Kept }) {
  const words =
    kept === "saved"
      ? t("Draft saved")
      : kept === "failed"
        ? t("Draft not saved yet: it will be tried again")
        : kept === "dirty"
          ? t("Saving the draft…")
          : "";
  return (
    <span class={`kept kept-${kept}`} aria-live="off">
      {words}
    </span>
  );
}

export function SendButtons({
  busy,
  off,
  empty,
  first,
  onSend,
}: {
  busy: boolean;
  first: Status;
  off: boolean;
  empty: boolean;
  onSend: (status: Status) => void;
}) {
  const options = (): Option[] =>
    [...new Set([first, ...AFTER])].map((status) => ({
      key: status,
      words: statusName(status),
      label: t("Send, then {status}", { status: statusName(status) }),
      ...(status === first ? { hint: KEY } : status === "done" ? { hint: mac ? "⌘⇧↵" : "Ctrl+⇧+Enter" } : {}),
      pick: () => onSend(status),
    }));
  return (
    <span class="send">
      <button
        type="button"
        class="primary"
        disabled={busy || off}
        aria-disabled={empty}
        title={KEY}
        onClick={() => onSend(first)}
      >
        <Icon name="reply" />
        {busy ? t("Sending…") : t("Send, then {status}", { status: statusName(first) })}
      </button>
      <Menu
        name="send"
        label={t("Send and choose the status")}
        class="primary split-half"
        disabled={busy || off}
        options={options}
        face={<Icon name="down" />}
      />
    </span>
  );
}
