/** In charge of what slides up from the bottom of the phone: choices, stickers, places, moments, a picture. */
import type { ComponentChildren, VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Action } from "../shared/line/objects";
import { copy } from "../shared/dom";
import { language, t } from "../shared/words";
import { startQuote, summary } from "./bubble";
import { Icon, type IconName } from "./icon";
import { chat, draft, group, person, sheet } from "./place";
import { EMOJI, STICKERS, StickerPicture } from "./sticker";
import { act, type Bubble } from "./wire";

const PLACES = [
  { ja: ["東京駅", "東京都千代田区丸の内1丁目9-1"], en: ["Tokyo Station", "1-9-1 Marunouchi, Chiyoda-ku, Tokyo"], at: [35.681236, 139.767125] },
  { ja: ["清水寺", "京都府京都市東山区清水1丁目294"], en: ["Kiyomizu-dera", "1-294 Kiyomizu, Higashiyama-ku, Kyoto"], at: [34.994856, 135.785046] },
  { ja: ["札幌市時計台", "北海道札幌市中央区北1条西2丁目"], en: ["Sapporo Clock Tower", "Kita 1 Nishi 2, Chuo-ku, Sapporo"], at: [43.062562, 141.353623] },
] as const;

export function Sheets(): VNode | null {
  const now = sheet.value;
  if (!now || !person.value) return null;
  switch (now.kind) {
    case "more":
      return <More />;
    case "stickers":
      return <Stickers />;
    case "places":
      return <Places />;
    case "moment":
      return <Moment action={now.action} />;
    case "bubble":
      return <Choices bubble={now.bubble} />;
    case "settings":
      return <Settings />;
    case "picture":
      return (
        <button type="button" class="lightbox" aria-label={t("Close")} onClick={close}>
          <img alt="" src={now.url} />
        </button>
      );
  }
}

function close(): void {
  sheet.value = null;
}

function where(): { as: string; chat: string | null } {
  return { as: person.value!.id, chat: chat.value };
}

function Sheet({ title, children }: { title: string; children: ComponentChildren }): VNode {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const mine = box.current;
    mine?.querySelector<HTMLElement>("button, input")?.focus();
    return () => {
      const at = document.activeElement;
      // Whoever closed it may have put the cursor elsewhere; this runs a moment later, when somebody types already.
      if (!at || at === document.body || mine?.contains(at)) before?.focus?.();
    };
  }, []);
  return (
    <div class="veil" onClick={close} onKeyDown={(event) => event.key === "Escape" && close()}>
      <div class="sheet" role="dialog" aria-modal="true" aria-label={title} ref={box} onClick={(event) => event.stopPropagation()}>
        <h3>{title}</h3>
        {children}
      </div>
    </div>
  );
}

function Item({ icon, label, onClick, danger }: { icon: IconName; label: string; onClick: () => void; danger?: boolean }): VNode {
  return (
    <button type="button" class={danger ? "item danger" : "item"} onClick={onClick}>
      <Icon name={icon} />
      {label}
    </button>
  );
}

function More(): VNode {
  const pick = (selector: string) => document.querySelector<HTMLInputElement>(selector)?.click();
  return (
    <Sheet title={t("Send something else")}>
      <Item icon="photo" label={t("Photos, a video or a recording")} onClick={() => pick("#pictures")} />
      <Item icon="file" label={t("A file")} onClick={() => pick("#files")} />
      <Item icon="pin" label={t("A location")} onClick={() => (sheet.value = { kind: "places" })} />
      <Item icon="smile" label={t("A sticker")} onClick={() => (sheet.value = { kind: "stickers" })} />
    </Sheet>
  );
}

function Stickers(): VNode {
  const say = (each: (typeof STICKERS)[number]) => {
    void act({ do: "sticker", ...where(), package: each.package, sticker: each.sticker, keywords: each.keywords });
    close();
  };
  const put = (name: string) => {
    draft.value += `(${name})`;
    close();
    document.querySelector<HTMLTextAreaElement>("#words")?.focus();
  };
  return (
    <Sheet title={t("Stickers")}>
      <div class="emojis" role="group" aria-label={t("Emoji")}>
        {Object.entries(EMOJI).map(([name, id]) => (
          <button key={name} type="button" onClick={() => put(name)}>
            <StickerPicture id={id} words={name} size={30} bare />
          </button>
        ))}
      </div>
      <div class="grid">
        {STICKERS.map((each) => {
          const words = each.keywords[language.value === "ja" ? 0 : 1];
          return (
            <button key={each.sticker} type="button" onClick={() => say(each)}>
              <StickerPicture id={each.sticker} words={words} size={72} />
            </button>
          );
        })}
      </div>
    </Sheet>
  );
}

function Places(): VNode {
  return (
    <Sheet title={t("A location")}>
      {PLACES.map((place) => {
        const [title, address] = place[language.value];
        const [latitude, longitude] = place.at;
        return (
          <Item
            key={title}
            icon="pin"
            label={`${title}　${address}`}
            onClick={() => {
              void act({ do: "location", ...where(), latitude, longitude, title, address });
              close();
            }}
          />
        );
      })}
    </Sheet>
  );
}

function Moment({ action }: { action: Action }): VNode {
  const kind = action.mode === "datetime" ? "datetime-local" : (action.mode ?? "date");
  const value = useRef<HTMLInputElement>(null);
  const now = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString();
  const start = { date: now.slice(0, 10), time: now.slice(11, 16), datetime: now.slice(0, 16) }[action.mode ?? "date"];
  return (
    <Sheet title={action.label ?? t("Choose a time")}>
      <p class="moment">
        <input ref={value} type={kind} value={action.initial?.replace("t", "T") ?? start} min={action.min} max={action.max} aria-label={t("Choose a time")} />
        <button
          type="button"
          class="primary"
          onClick={() => {
            void act({ do: "tap", ...where(), action, value: value.current?.value });
            close();
          }}
        >
          {t("Choose")}
        </button>
      </p>
    </Sheet>
  );
}

function Choices({ bubble }: { bubble: Bubble }): VNode {
  const mine = bubble.from === person.value?.id;
  return (
    <Sheet title={summary(bubble.message).slice(0, 40)}>
      <Item icon="reply" label={t("Reply to this")} onClick={() => startQuote(bubble)} />
      {bubble.message.text ? (
        <Item
          icon="copy"
          label={t("Copy")}
          onClick={() => {
            void copy(bubble.message.text ?? "");
            close();
          }}
        />
      ) : null}
      {mine ? (
        <Item
          icon="unsend"
          danger
          label={t("Unsend")}
          onClick={() => {
            void act({ do: "unsend", ...where(), id: bubble.id });
            close();
          }}
        />
      ) : null}
    </Sheet>
  );
}

function Settings(): VNode {
  const holder = person.value!;
  const go = (said: Record<string, unknown>) => {
    void act(said);
    close();
  };
  if (group.value) {
    const here = group.value;
    return (
      <Sheet title={here.name}>
        {here.inside ? (
          <Item icon="out" danger label={t("Put the shop out of the group")} onClick={() => go({ do: "account-out", chat: here.id })} />
        ) : (
          <Item icon="plus" label={t("Invite the shop into the group")} onClick={() => go({ do: "account-in", chat: here.id })} />
        )}
        <Item icon="out" danger label={t("Leave the group")} onClick={() => go({ do: "leave", chat: here.id, as: holder.id })} />
      </Sheet>
    );
  }
  return (
    <Sheet title={t("Settings of the chat")}>
      {holder.friend && !holder.blocked ? (
        <Item icon="block" danger label={t("Block this account")} onClick={() => go({ do: "unfollow", as: holder.id })} />
      ) : (
        <Item icon="plus" label={holder.blocked ? t("Unblock") : t("Add as a friend")} onClick={() => go({ do: "follow", as: holder.id })} />
      )}
    </Sheet>
  );
}
