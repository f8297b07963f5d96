/** @jsxRuntime classic */
/** @jsx h */
/** In charge of a known visitor's earlier conversations. */
import type { Kit } from "./kit";
import { sayer } from "./words";

export function makeList(kit: Kit) {
  const { h, listed, go, moment } = kit;
  const t = sayer(kit);
  return function List(_: object) {
    return (
      <ul class="list">
        {listed()?.map(({ id, ticket, open, at, text, name, unread }) => (
          <li key={id}>
            <button type="button" onClick={() => go(id)}>
              <span><b>{name || (ticket ? t("No. {n}", { n: ticket }) : t("New conversation"))}</b> <time dateTime={at}>{moment(at)}</time></span>
              <span>{text}</span>
              <small>{open ? t("Open") : t("Ended")}{unread > 0 && ` · ${t("{n} unread", { n: unread })}`}</small>
            </button>
          </li>
        ))}
        <li><button type="button" class="primary" onClick={() => go("")}>{t("New conversation")}</button></li>
      </ul>
    );
  };
}
