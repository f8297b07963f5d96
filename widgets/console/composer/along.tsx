/** In charge of what goes along with a reply: cards, a sticker, answers to tap, as the customer will see them. */
import { useEffect, useState } from "preact/hooks";
import { t } from "../../shared/words";
import type { Drawn } from "../api/calls";
import type { Thread } from "../api/tickets";
import { Buttons } from "../thread/cards";
import { Icon } from "../ui/icons";
import { drawnBy, LineScreen } from "../ui/line-screen";
import { write, type Writing } from "./draft";

export function Along({ thread, writing }: { thread: Thread; writing: Writing }) {
  const { rich, choices } = writing;
  const { number } = thread.ticket;
  const account = writing.account ?? thread.ticket.reply_account;
  const [drawn, setDrawn] = useState<Drawn | null>(null);
  const [wrong, setWrong] = useState("");
  useEffect(() => {
    let current = true;
    if (account !== null)
      drawnBy(account, rich, choices).then(
        (told) => current && (setDrawn(told), setWrong("")),
        (problem: unknown) => current && setWrong(problem instanceof Error ? problem.message : t("That did not work.")),
      );
    return () => {
      current = false;
    };
  }, [account, rich, choices]);
  return (
    <section class="along" aria-label={t("Goes along with the reply")}>
      <header>
        <span>{t("Goes along with the reply")}</span>
        <button
          type="button"
          class="icon small"
          aria-label={t("Send without it")}
          title={t("Send without it")}
          onClick={() => write(number, "reply", { rich: null, choices: [] })}
        >
          <Icon name="close" />
        </button>
      </header>
      {wrong && (
        <p class="error" role="alert">
          {wrong}
        </p>
      )}
      {drawn?.messages && account !== null && <LineScreen account={account} drawn={drawn} onTrouble={setWrong} />}
      {drawn && !drawn.messages && (
        <>
          {(drawn.words || !drawn.choices.length) && (
            <p class="faint" role="note">
              {drawn.words
                ? t("This customer's channel shows no cards. These words are added to the reply:")
                : t("This customer's channel shows no stickers. It is left out.")}
            </p>
          )}
          {drawn.words && <pre>{drawn.words}</pre>}
          <Buttons choices={drawn.choices} />
        </>
      )}
    </section>
  );
}
