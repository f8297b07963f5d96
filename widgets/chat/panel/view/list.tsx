/** In charge of a known visitor's earlier conversations. */
import { t } from "../../../shared/words";
import { listed } from "../state";
import { go } from "../talk";
import { moment } from "../when";
import { attempt } from "./head";

export function List() {
  return (
    <ul class="list">
      {listed.value?.map(({ id, ticket, open, at, text, name, unread }) => (
        <li key={id}>
          <button type="button" onClick={() => void attempt(() => go(id))}>
            <span><b>{name || (ticket ? t("No. {n}", { n: ticket }) : t("New conversation"))}</b> <time dateTime={at}>{moment(at)}</time></span>
            <span>{text}</span>
            <small>{open ? t("Open") : t("Ended")}{unread > 0 && ` · ${t("{n} unread", { n: unread })}`}</small>
          </button>
        </li>
      ))}
      <li><button type="button" class="primary" onClick={() => void attempt(() => go(""))}>{t("New conversation")}</button></li>
    </ul>
  );
}
