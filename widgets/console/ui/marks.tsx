/** In charge of small marks that mean the same everywhere: who, which channel, which status, how urgent, which tag. */
import type { Priority, Status } from "../api/tickets";
import { availabilityOf, presenceName } from "../store/availability";
import { agentName, agentOf, channelName, priorityName, statusName, tagColor } from "../store/desk";
import { t } from "../../shared/words";
import { channelIcon, Icon } from "./icons";

const HUES = ["#1f4e8c", "#8a3b12", "#1d6b4f", "#6b3fa0", "#8c1f4e", "#3d5a1a", "#0f5e6b", "#7a4a00"];

/** The first letters that tell a person: two of a Latin name, one of a Japanese one. */
function initials(name: string): string {
  const words = name.trim().split(/[\s　]+/);
  if (/^[\x20-\x7e]+$/.test(name))
    return words
      .slice(0, 2)
      .map((word) => word.charAt(0).toUpperCase())
      .join("");
  return Array.from(words[0] ?? "")
    .slice(0, 1)
    .join("");
}

function hue(seed: number): string {
  return HUES[Math.abs(seed) % HUES.length] ?? "#1f4e8c";
}

export function Avatar({ agent, typing }: { agent: number | null; typing?: boolean }) {
  if (agent === null)
    return (
      <span class="avatar none" title={t("Unassigned")}>
        <span class="hidden">{t("Unassigned")}</span>
      </span>
    );
  const name = agentName(agent);
  const picture = agentOf(agent)?.picture;
  return (
    <span
      class={typing ? "avatar typing" : "avatar"}
      title={name}
      role="img"
      aria-label={name}
      style={{ backgroundColor: hue(agent) }}
    >
      {picture ? <img src={picture} alt="" width="32" height="32" decoding="async" /> : initials(name)}
    </span>
  );
}

/** An agent's face with whether they are at the desk: by colour and by shape, and in words. */
export function AtDesk({ agent }: { agent: number }) {
  const { state } = availabilityOf(agent);
  return (
    <span class="at-desk">
      <Avatar agent={agent} />
      <i class={`presence ${state}`} role="img" aria-label={presenceName(state)} title={presenceName(state)} />
    </span>
  );
}

export function Face({ name, seed }: { name: string; seed: number }) {
  return (
    <span class="face" aria-hidden="true" style={{ backgroundColor: hue(seed) }}>
      {initials(name) || "?"}
    </span>
  );
}

export function Channel({ kind }: { kind: string }) {
  return (
    <span class={`channel ${kind}`} title={channelName(kind)}>
      <Icon name={channelIcon(kind)} label={channelName(kind)} />
    </span>
  );
}

export function StatusMark({ status }: { status: Status }) {
  return (
    <span class={`status ${status}`}>
      <i class="dot" aria-hidden="true" />
      {statusName(status)}
    </span>
  );
}

export function PriorityMark({ priority, always }: { priority: Priority; always?: boolean }) {
  if (priority === "normal" && !always) return null;
  const mark = priority === "urgent" ? "‼" : priority === "high" ? "↑" : priority === "low" ? "↓" : "–";
  return (
    <span class={`priority ${priority}`} title={t("Priority: {name}", { name: priorityName(priority) })}>
      <b aria-hidden="true">{mark}</b>
      <span class={always ? "" : "hidden"}>{priorityName(priority)}</span>
    </span>
  );
}

export function TagMark({ name, onRemove }: { name: string; onRemove?: () => void }) {
  return (
    <span class="tag">
      <i class="dot" aria-hidden="true" style={{ backgroundColor: tagColor(name) }} />
      {name}
      {onRemove && (
        <button type="button" class="bare" aria-label={t("Remove {name}", { name })} onClick={onRemove}>
          ×
        </button>
      )}
    </span>
  );
}
