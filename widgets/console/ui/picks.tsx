/** In charge of the menus that change tickets: the same for the open ticket and for a selection. */
import { t } from "../../shared/words";
import { PRIORITIES, type Priority, type Status, STATUSES, type TicketEdit } from "../api/tickets";
import { availabilityOf, byPresence, presenceName } from "../store/availability";
import { agentName, allTags, desk, me, priorityName, statusName, teamName } from "../store/desk";
import { editMany } from "../store/edits";
import { peekRow } from "../store/rows";
import { Icon } from "./icons";
import { AtDesk, Avatar, PriorityMark, StatusMark, TagMark } from "./marks";
import { Menu, type Option } from "./menu";

export interface PickProps {
  /** Which tickets: asked when something is picked. */
  numbers: () => number[];
  /** Distinguishes menus of one kind; keys open "" ones. */
  at?: string;
  disabled?: boolean;
}

export function change(numbers: number[], changes: TicketEdit): void {
  if (numbers.length) void editMany(numbers, changes);
}

export function StatusPick({
  numbers,
  at: where = "",
  disabled,
  value,
  moves,
}: PickProps & { value?: Status; moves?: readonly Status[] }) {
  const options = (): Option[] =>
    STATUSES.map((status, index) => ({
      key: status,
      words: statusName(status),
      label: <StatusMark status={status} />,
      checked: status === value,
      hint: String(index + 1),
      off: !!moves?.length && status !== value && !moves.includes(status),
      pick: () => change(numbers(), { status }),
    }));
  return (
    <Menu
      name={`status${where}`}
      label={t("Status")}
      shortcut="s"
      disabled={disabled}
      class={value ? `pill ${value}` : "plain"}
      options={options}
      face={
        value ? (
          <>
            <StatusMark status={value} />
            <Icon name="down" />
          </>
        ) : (
          t("Status")
        )
      }
    />
  );
}

export function PriorityPick({ numbers, at: where = "", disabled, value }: PickProps & { value?: Priority }) {
  const options = (): Option[] =>
    [...PRIORITIES].reverse().map((priority, index) => ({
      key: priority,
      words: priorityName(priority),
      label: <PriorityMark priority={priority} always />,
      checked: priority === value,
      hint: String(index + 1),
      pick: () => change(numbers(), { priority }),
    }));
  return (
    <Menu
      name={`priority${where}`}
      label={t("Priority")}
      shortcut="p"
      disabled={disabled}
      class="plain"
      options={options}
      face={value ? <PriorityMark priority={value} always /> : t("Priority")}
    />
  );
}

export function AssignPick({ numbers, at: where = "", disabled, value }: PickProps & { value?: number | null }) {
  const mine = me.value;
  const options = (): Option[] => {
    const people = (desk.value?.agents ?? []).filter(
      (agent) => agent.active && agent.id !== mine?.id && agent.role !== "viewer",
    );
    people.sort(byPresence);
    const one = (id: number | null, label: string, hint?: string): Option => ({
      key: String(id),
      words: `${label} ${id === null ? "" : agentName(id)}`,
      checked: id === value,
      ...(hint ? { hint } : {}),
      label: (
        <span class="person">
          {id === null ? <Avatar agent={null} /> : <AtDesk agent={id} />}
          {label}
          {id !== null && availabilityOf(id).state !== "online" && (
            <small class="faint">{presenceName(availabilityOf(id).state)}</small>
          )}
        </span>
      ),
      pick: () => change(numbers(), { assignee: id }),
    });
    return [
      ...(mine ? [one(mine.id, t("Me ({name})", { name: mine.name }), "A")] : []),
      one(null, t("Unassigned")),
      ...people.map((agent) => one(agent.id, agent.name)),
    ];
  };
  return (
    <Menu
      name={`assign${where}`}
      label={t("Assignee")}
      shortcut="a"
      filtered
      disabled={disabled}
      class="plain"
      options={options}
      face={
        value === undefined ? (
          t("Assignee")
        ) : (
          <span class="person">
            <Avatar agent={value} />
            <span class="who">{agentName(value)}</span>
          </span>
        )
      }
    />
  );
}

export function TeamPick({ numbers, at: where = "", disabled, value }: PickProps & { value?: number | null }) {
  const options = (): Option[] =>
    [null, ...(desk.value?.teams ?? []).map((team) => team.id)].map((id) => ({
      key: String(id),
      words: teamName(id),
      label: teamName(id),
      checked: id === value,
      pick: () => change(numbers(), { team: id }),
    }));
  return (
    <Menu
      name={`team${where}`}
      label={t("Team")}
      disabled={disabled}
      class="plain"
      options={options}
      face={value === undefined ? t("Team") : teamName(value)}
    />
  );
}

export function TagsPick({ numbers, at: where = "", disabled }: PickProps) {
  const options = (typed: string): Option[] => {
    const chosen = numbers();
    const everywhere = (name: string) =>
      chosen.length > 0 && chosen.every((number) => peekRow(number)?.tags.includes(name));
    const toggle = (name: string) => {
      const remove = everywhere(name);
      for (const number of chosen) {
        const tags = peekRow(number)?.tags ?? [];
        void editMany([number], { tags: remove ? tags.filter((tag) => tag !== name) : [...new Set([...tags, name])] });
      }
    };
    const wanted = typed.trim();
    const known = allTags().map((tag): Option => ({
      key: tag.name,
      words: tag.name,
      label: <TagMark name={tag.name} />,
      checked: everywhere(tag.name),
      pick: () => toggle(tag.name),
    }));
    if (wanted && !allTags().some((tag) => tag.name === wanted)) {
      known.push({
        key: "+",
        words: wanted,
        label: t("New tag “{name}”", { name: wanted }),
        rule: true,
        pick: () => toggle(wanted),
      });
    }
    return known;
  };
  return (
    <Menu
      name={`tags${where}`}
      label={t("Tags")}
      shortcut="t"
      filtered
      many
      disabled={disabled}
      class="plain"
      options={options}
      face={
        <>
          <Icon name="tag" />
          <span class="who">{t("Tags")}</span>
        </>
      }
    />
  );
}
