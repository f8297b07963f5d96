/** In charge of what is done to several tickets at once; it stands in the list's head while some are selected. */
import { t } from "../../shared/words";
import { showLater } from "../later/coming";
import { editMany } from "../store/edits";
import { meant, more, numbers, selectAll, selected, unselect } from "../store/list";
import { Icon } from "../ui/icons";
import { AssignPick, PriorityPick, StatusPick, TagsPick, TeamPick } from "../ui/picks";
import { SnoozePick } from "../ui/snooze";

export function BulkBar() {
  const count = selected.value.size;
  const chosen = () => [...selected.peek()];
  const spam = (yes: boolean) => void editMany(meant(), { spam: yes });
  return (
    <header class="list-head bulk" aria-label={t("Selected tickets")}>
      <div class="list-title">
        <button type="button" class="icon" aria-label={t("Unselect all")} onClick={unselect}>
          <Icon name="close" />
        </button>
        <h1 aria-live="polite">{t("{n} selected", { n: count })}</h1>
        <button type="button" class="link" onClick={selectAll}>
          {count === numbers.value.length
            ? t("None")
            : more.value
              ? t("All {n} loaded", { n: numbers.value.length })
              : t("All {n}", { n: numbers.value.length })}
        </button>
      </div>
      <div class="bulk-actions">
        <StatusPick numbers={chosen} at="-bulk" />
        <AssignPick numbers={chosen} at="-bulk" />
        <TeamPick numbers={chosen} at="-bulk" />
        <PriorityPick numbers={chosen} at="-bulk" />
        <TagsPick numbers={chosen} at="-bulk" />
        <SnoozePick numbers={chosen} at="-bulk" />
        <button
          type="button"
          class="plain"
          disabled={count < 2}
          onClick={() => showLater(({ MergeDialog }) => <MergeDialog numbers={chosen()} />)}
        >
          <Icon name="merge" />
          <span class="who">{t("Merge")}</span>
        </button>
        <button type="button" class="plain" onClick={() => spam(true)}>
          <Icon name="spam" />
          <span class="who">{t("Spam")}</span>
        </button>
      </div>
    </header>
  );
}
