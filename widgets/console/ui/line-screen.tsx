/** In charge of the piece of LINE's screen that shows a card as its customer sees it; its painter is fetched when wanted. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../../shared/words";
import { api, type Drawn } from "../api/calls";
import type { Choice, Rich } from "../api/messages";
import { stickerPicture } from "../composer/stickers";

declare const LATER: string;

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

const asked = new Map<string, Promise<Drawn>>();
const KEPT = 200;

/** What a network makes of a card: asked once, for a thread is drawn again and again. Rejects with the network's words. */
export function drawnBy(account: number, rich: Rich | null, choices: readonly Choice[]): Promise<Drawn> {
  const name = JSON.stringify([account, rich, choices]);
  let found = asked.get(name);
  if (!found) {
    if (asked.size >= KEPT) asked.clear();
    found = api.preview(account, { rich, choices });
    found.catch(() => asked.delete(name));
    asked.set(name, found);
  }
  return found;
}

interface Props {
  account: number;
  drawn: Drawn;
  onTrouble?: (words: string) => void;
}

/** Messages that were drawn. Nothing on it can be tapped; what is wider than it can be moved. */
export function LineScreen({ account, drawn, onTrouble }: Props) {
  const screen = useRef<HTMLDivElement>(null);
  useEffect(() => {
    painter().then(
      ({ draw }) => {
        if (screen.current) draw(screen.current, drawn.messages ?? [], (sticker) => stickerPicture(account, sticker));
      },
      () => onTrouble?.(t("The preview could not be loaded. It is sent all the same.")),
    );
  }, [drawn]);
  return (
    <div class="line-screen" tabIndex={0} role="group" aria-label={t("As LINE shows it")}>
      <p class="hidden">{drawn.words}</p>
      <div class="line-drawn" inert ref={screen} />
    </div>
  );
}

interface Sent {
  account: number;
  rich: Rich;
  choices: readonly Choice[];
  /** What stands there until it is drawn, and where the network draws nothing. */
  children: ComponentChildren;
}

/** A card of ours, as its customer sees it. */
export function SentCard({ account, rich, choices, children }: Sent) {
  const [drawn, setDrawn] = useState<Drawn | null>(null);
  const name = JSON.stringify([rich, choices]);
  useEffect(() => {
    let current = true;
    drawnBy(account, rich, choices).then(
      (told) => current && setDrawn(told),
      () => current && setDrawn(null),
    );
    return () => {
      current = false;
    };
  }, [account, name]);
  if (!drawn?.messages) return <>{children}</>;
  return <LineScreen account={account} drawn={drawn} onTrouble={() => setDrawn(null)} />;
}
