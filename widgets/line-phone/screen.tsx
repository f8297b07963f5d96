/** In charge of the phone's screen: the list of chats, a chat, and the row to write in. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { VNode } from "preact";
import { composing } from "../shared/dom";
import { t } from "../shared/words";
import { BubbleRow, summary } from "./bubble";
import { Icon } from "./icon";
import { chat, draft, group, person, quoting, sheet, show, unread } from "./place";
import { emojiIn } from "./sticker";
import { tap } from "./tap";
import { act, type Bubble, type Menu, send, state } from "./wire";

export function Screen(): VNode | null {
  if (!person.value || !state.value) return <p class="waiting">{t("Connecting…")}</p>;
  return chat.value === null ? <Chats /> : <Chat id={chat.value} />;
}

function Chats(): VNode {
  const holder = person.value!;
  const now = state.value!;
  const groups = now.groups.filter((each) => each.members.includes(holder.id));
  const rows = [
    { id: holder.id, name: now.account.name, face: now.account.id, official: true },
    ...groups.map((each) => ({ id: each.id, name: each.name || t("Chat of several people"), face: each.id, official: false })),
  ];
  return (
    <div class="screen chats">
      <header>
        <h2>{t("Chats")}</h2>
      </header>
      <ul>
        {rows.map((row) => {
          const bubbles = now.chats[row.id]?.bubbles ?? [];
          const last = bubbles[bubbles.length - 1];
          const fresh = unread(row.id);
          return (
            <li key={row.id}>
              <button type="button" onClick={() => show(row.id)}>
                <img alt="" src={`/line/faces/${row.face}`} />
                <span class="who">
                  <b>
                    {row.name}
                    {row.official ? <i class="badge" role="img" aria-label={t("Official account")} /> : null}
                  </b>
                  <small>{last ? (last.unsent ? t("This message was unsent.") : summary(last.message)) : ""}</small>
                </span>
                {fresh ? <span class="count">{fresh}</span> : null}
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function Chat({ id }: { id: string }): VNode {
  const now = state.value!;
  const holder = person.value!;
  const found = now.chats[id];
  const title = group.value ? `${group.value.name || t("Chat of several people")} (${group.value.members.length})` : now.account.name;
  const menu = group.value ? null : holder.menu;
  const elsewhere = now.people.some((each) => each.id !== holder.id && unread(each.id) > 0);
  return (
    <div class="screen chat">
      <header>
        <button type="button" class="back" aria-label={t("Back to the chats")} onClick={() => show("list")}>
          ‹{elsewhere ? <i class="dot" /> : null}
        </button>
        <h2>
          {title}
          {group.value ? null : <i class="badge" role="img" aria-label={t("Official account")} />}
        </h2>
        <button type="button" class="bars" aria-label={t("Settings of the chat")} onClick={() => (sheet.value = { kind: "settings" })}>
          <Icon name="bars" />
        </button>
      </header>
      <Standing />
      <Log key={id} bubbles={found?.bubbles ?? []} loading={found?.loading ?? false} />
      {menu ? <RichMenu key={menu.id} menu={menu} /> : <Composer />}
    </div>
  );
}

/** What stands between this person and the account, if anything does. */
function Standing(): VNode | null {
  const holder = person.value!;
  if (group.value)
    return group.value.inside ? null : (
      <p class="standing">
        {t("The shop is not in this group.")}
        <button type="button" onClick={() => act({ do: "account-in", chat: group.value?.id })}>
          {t("Invite it")}
        </button>
      </p>
    );
  if (holder.blocked)
    return (
      <p class="standing">
        {t("You have blocked this account.")}
        <button type="button" onClick={() => act({ do: "follow", as: holder.id })}>
          {t("Unblock")}
        </button>
      </p>
    );
  if (!holder.friend)
    return (
      <p class="standing">
        {t("This account is not your friend yet.")}
        <button type="button" onClick={() => act({ do: "follow", as: holder.id })}>
          {t("Add as a friend")}
        </button>
      </p>
    );
  return null;
}

/** Bubbles of one set of pictures stand together. */
function rows(bubbles: Bubble[]): Bubble[][] {
  const found: Bubble[][] = [];
  for (const bubble of bubbles) {
    const before = found[found.length - 1];
    const set = bubble.unsent ? undefined : bubble.message.imageSet?.id;
    if (set && before?.[0]?.message.imageSet?.id === set) before.push(bubble);
    else found.push([bubble]);
  }
  return found;
}

function Log({ bubbles, loading }: { bubbles: Bubble[]; loading: boolean }): VNode {
  const log = useRef<HTMLDivElement>(null);
  const last = bubbles[bubbles.length - 1];
  useLayoutEffect(() => {
    const element = log.current;
    if (element) element.scrollTop = element.scrollHeight;
  }, [last?.id, loading]);
  const holder = person.value!;
  const quick = last && last.from !== holder.id && !last.unsent ? last.message.quickReply?.items : undefined;
  return (
    <div class="log" ref={log} tabIndex={0} role="log" aria-label={t("Messages")}>
      {rows(bubbles).map((row, index, all) => (
        <BubbleRow key={row[0]?.id} bubbles={row} first={all[index - 1]?.[0]?.from !== row[0]?.from || all[index - 1]?.[0]?.unsent === true} />
      ))}
      {loading ? (
        <div class="row" role="status" aria-label={t("An answer is being prepared")}>
          <img class="face" alt="" src={`/line/faces/${state.value?.account.id}`} />
          <span class="typing">
            <i />
            <i />
            <i />
          </span>
        </div>
      ) : null}
      {quick ? (
        <div class="quick">
          {quick.map((item, index) => (
            <button key={index} type="button" onClick={() => tap(item.action)}>
              {item.imageUrl ? <img alt="" src={item.imageUrl} /> : null}
              {item.action.label}
            </button>
          ))}
        </div>
      ) : null}
    </div>
  );
}

function Composer({ onMenu, menuText }: { onMenu?: () => void; menuText?: string }): VNode {
  const files = useRef<HTMLInputElement>(null);
  const where = () => ({ as: person.value!.id, chat: chat.value });
  const say = async () => {
    const text = draft.value;
    if (!text.trim()) return;
    const quote = quoting.value?.id ?? null;
    draft.value = "";
    quoting.value = null;
    const told = await act({ do: "text", ...where(), text, quote, emojis: emojiIn(text), account: state.value?.account.name });
    if (!told) draft.value = text;
  };
  const pick = (event: Event) => {
    const input = event.currentTarget as HTMLInputElement;
    if (input.files?.length) void send(person.value!.id, chat.value ?? "", input.files);
    input.value = "";
    sheet.value = null;
  };
  return (
    <div class="composer">
      {quoting.value ? (
        <div class="quoting">
          <span>{summary(quoting.value.message)}</span>
          <button type="button" aria-label={t("Do not quote")} onClick={() => (quoting.value = null)}>
            ×
          </button>
        </div>
      ) : null}
      <div class="write">
        {onMenu ? (
          <button type="button" aria-label={menuText ?? t("Menu")} onClick={onMenu}>
            <Icon name="menu" />
          </button>
        ) : null}
        <button type="button" aria-label={t("Send something else")} onClick={() => (sheet.value = { kind: "more" })}>
          <Icon name="plus" />
        </button>
        <textarea
          id="words"
          rows={1}
          placeholder={t("Aa")}
          aria-label={t("Message")}
          value={draft.value}
          onInput={(event) => (draft.value = event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && !event.shiftKey && !composing(event)) {
              event.preventDefault();
              void say();
            }
          }}
        />
        <button type="button" aria-label={t("Stickers")} onClick={() => (sheet.value = { kind: "stickers" })}>
          <Icon name="smile" size={24} />
        </button>
        <button type="button" class="send" aria-label={t("Send")} disabled={!draft.value.trim()} onClick={() => void say()}>
          <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
            <path d="M3 20.5 21.5 12 3 3.5v6.8L15 12 3 13.7z" fill="currentColor" />
          </svg>
        </button>
      </div>
      <input id="pictures" type="file" hidden multiple accept="image/*,video/*,audio/*" onChange={pick} />
      <input id="files" ref={files} type="file" hidden onChange={pick} />
    </div>
  );
}

function RichMenu({ menu }: { menu: Menu }): VNode {
  const [shown, setShown] = useState(menu.selected);
  const [writing, setWriting] = useState(false);
  if (writing) return <Composer onMenu={() => setWriting(false)} menuText={menu.chatBarText} />;
  const { width, height } = menu.size;
  return (
    <div class="menu">
      <div class="menu-bar">
        <button type="button" aria-label={t("Write")} onClick={() => setWriting(true)}>
          <Icon name="keys" />
        </button>
        <button type="button" aria-expanded={shown} onClick={() => setShown(!shown)}>
          {menu.chatBarText} {shown ? "▾" : "▴"}
        </button>
      </div>
      {shown ? (
        <div class="menu-picture" style={{ aspectRatio: `${width} / ${height}` }}>
          <img alt="" src={`/line/menus/${menu.id}`} />
          {menu.areas.map(({ bounds, action }, index) => (
            <button
              key={index}
              type="button"
              aria-label={action.label ?? action.text ?? action.displayText ?? action.uri ?? action.type}
              style={{
                left: `${(100 * bounds.x) / width}%`,
                top: `${(100 * bounds.y) / height}%`,
                width: `${(100 * bounds.width) / width}%`,
                height: `${(100 * bounds.height) / height}%`,
              }}
              onClick={() => tap(action)}
            />
          ))}
        </div>
      ) : null}
    </div>
  );
}
