/** In charge of what goes along with a reply: cards, a sticker, answers to tap, as the customer will see them. */
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../../shared/words";
import { api, type Drawn } from "../api/calls";
import type { Thread } from "../api/types";
import { Icon } from "../ui/icons";
import { write, type Writing } from "./draft";
import { stickerPicture } from "./stickers";

declare const LATER: string;

/** Fetched once somebody sends more than words. */
let coming: Promise<typeof import("../line/main")> | null = null;

function painter(): Promise<typeof import("../line/main")> {
  if (!coming) {
    const look = document.createElement("link");
    look.rel = "stylesheet";
    look.href = "/assets/console-line.css";
    document.head.append(look);
    coming = import(LATER) as Promise<typeof import("../line/main")>;
    coming.catch(() => (coming = null));
  }
  return coming;
}

export function Along({ thread, writing }: { thread: Thread; writing: Writing }) {
  const { rich, choices } = writing;
  return rich || choices.length ? <Shown thread={thread} writing={writing} /> : null;
}

function Shown({ thread, writing }: { thread: Thread; writing: Writing }) {
  const { rich, choices } = writing;
  const { number } = thread.ticket;
  const account = writing.account ?? thread.ticket.reply_account;
  const [drawn, setDrawn] = useState<Drawn | null>(null);
  const [wrong, setWrong] = useState("");
  const screen = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let current = true;
    if (account !== null)
      api.preview(account, { rich, choices }).then(
        (told) => current && (setDrawn(told), setWrong("")),
        (problem: unknown) => current && setWrong(problem instanceof Error ? problem.message : t("That did not work.")),
      );
    return () => {
      current = false;
    };
  }, [account, rich, choices]);
  useEffect(() => {
    const { messages } = drawn ?? {};
    if (messages && account !== null)
      painter().then(
        ({ draw }) => screen.current && draw(screen.current, messages, (sticker) => stickerPicture(account, sticker)),
        () => setWrong(t("The preview could not be loaded. It is sent all the same.")),
      );
  }, [drawn]);
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
      {drawn?.messages && <div class="line-screen" ref={screen} inert />}
      {drawn && !drawn.messages && (
        <>
          <p class="faint" role="note">
            {drawn.words
              ? t("This customer's channel shows no cards. These words are added to the reply:")
              : t("This customer's channel shows no stickers. It is left out.")}
          </p>
          {drawn.words && <pre>{drawn.words}</pre>}
        </>
      )}
    </section>
  );
}
