/** In charge of putting tickets to sleep until a time that people mean. */
import { at, moment, now, parts } from "../../shared/time";
import { t } from "../../shared/words";
import { showLater } from "../later/coming";
import { Icon } from "./icons";
import { Menu, type Option } from "./menu";
import { change, type PickProps } from "./picks";

/** Times that people mean, on the desk's clock. */
function snoozes(): { key: string; label: string; when: Date }[] {
  const today = parts(new Date(now.value));
  const days = (count: number, hour: number) => at(today.year, today.month, today.day + count, hour);
  const toMonday = (8 - today.weekday) % 7 || 7;
  return [
    { key: "3h", label: t("In 3 hours"), when: new Date(Math.ceil((now.value + 3 * 3_600_000) / 900_000) * 900_000) },
    ...(today.hour < 16 ? [{ key: "evening", label: t("This evening"), when: days(0, 17) }] : []),
    { key: "tomorrow", label: t("Tomorrow morning"), when: days(1, 9) },
    { key: "monday", label: t("Next Monday"), when: days(toMonday, 9) },
    { key: "week", label: t("In a week"), when: days(7, 9) },
  ];
}

export function SnoozePick({ numbers, at: where = "", disabled, value }: PickProps & { value?: string | null }) {
  const options = (): Option[] => [
    ...snoozes().map(({ key, label, when }) => ({
      key,
      words: label,
      label: (
        <>
          {label}
          <small>{moment(when)}</small>
        </>
      ),
      pick: () => change(numbers(), { snoozed_until: when.toISOString() }),
    })),
    {
      key: "other",
      words: t("Choose a time…"),
      label: t("Choose a time…"),
      rule: true,
      pick: () => showLater(({ SnoozeDialog }) => <SnoozeDialog numbers={numbers()} />),
    },
    ...(value
      ? [
          {
            key: "wake",
            words: t("Wake now"),
            label: t("Wake now"),
            pick: () => change(numbers(), { snoozed_until: null }),
          },
        ]
      : []),
  ];
  return (
    <Menu
      name={`snooze${where}`}
      label={t("Snooze")}
      shortcut="h"
      disabled={disabled}
      class="plain"
      options={options}
      face={
        <>
          <Icon name="clock" />
          <span class="who">{value ? t("Until {when}", { when: moment(value) }) : t("Snooze")}</span>
        </>
      }
    />
  );
}
