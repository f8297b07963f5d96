/** In charge of the strip of open tickets above the thread. */
import { classes } from "../../shared/dom";
import { t } from "../../shared/words";
import { cap } from "../keys/names";
import { writerOf } from "../store/desk";
import { ticketNumber } from "../store/place";
import { peekRow, row } from "../store/rows";
import { closeTab, strip, visit } from "../store/strip";
import { Icon } from "../ui/icons";

export function Strip() {
  if (!strip.value.length) return null;
  return (
    <nav class="strip" aria-label={t("Open tickets")}>
      <ul>
        {strip.value.map((number) => (
          <Tab key={number} number={number} known={peekRow(number) !== undefined} />
        ))}
      </ul>
    </nav>
  );
}

/** `known` says whether there is a row to follow: one that comes later has to be looked for again. */
function Tab({ number, known: there }: { number: number; known: boolean }) {
  const known = there ? row(number) : undefined;
  const here = ticketNumber.value === number;
  const news = !here && known !== undefined && known.last_seq > known.read_seq;
  const words = t("Close #{number} ({key})", { number, key: cap("w") });
  return (
    <li class={classes("strip-tab", here && "here")}>
      <button
        type="button"
        class="strip-open"
        aria-current={here ? "page" : undefined}
        title={`#${number} ${known?.subject ?? ""}`}
        onClick={() => visit(number)}
      >
        {news && <i class="dot pulse" role="img" aria-label={t("Something new")} />}
        <span>{known ? writerOf(known) : `#${number}`}</span>
      </button>
      <button type="button" class="icon" title={words} aria-label={words} onClick={() => closeTab(number)}>
        <Icon name="close" />
      </button>
    </li>
  );
}
