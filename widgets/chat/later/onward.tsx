/** @jsxRuntime classic */
/** @jsx h */
/** In charge of going on in LINE: the line in the menu, and what leads there: a code to scan, or a link on a phone. */
import type { Kit } from "./kit";
import { sayer } from "./words";

export function makeOnward(kit: Kit) {
  const { h, way, onward } = kit;
  const t = sayer(kit);
  return {
    ToLine: (_: object) => <li><button type="button" onClick={onward}>{t("Go on in LINE")}</button></li>,
    Line: (_: object) => {
      const to = way();
      return (
        <div class="list to-line">
          <h2>{t("Go on in LINE")}</h2>
          {to && matchMedia("(pointer: fine)").matches && (
            <p>
              {t("Scan this with your phone.")}
              <img src={to.qr} alt={t("A QR code that opens the page of the link below")} />
            </p>
          )}
          {to && <a class="primary" href={to.url} target="_blank" rel="noopener noreferrer">{t("Go on in LINE")}</a>}
          <small>{t("This is for you alone: please do not pass it on.")}</small>
        </div>
      );
    },
  };
}
