/** In charge of the stickers that a customer's network lets us send. */
import { type Signal, signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { t } from "../../shared/words";
import { api, type StickerPackage } from "../api/calls";
import type { Thread } from "../api/tickets";
import { showLater } from "../later/coming";
import { Icon } from "../ui/icons";
import type { Writing } from "./draft";

const known = new Map<number, Signal<readonly StickerPackage[]>>();

export function stickersOf(account: number): readonly StickerPackage[] {
  let found = known.get(account);
  if (!found) {
    const fresh = signal<readonly StickerPackage[]>([]);
    known.set(account, (found = fresh));
    api.stickers(account).then(
      (all) => (fresh.value = all),
      () => known.delete(account),
    );
  }
  return found.value;
}

export function stickerPicture(account: number, sticker: string): string {
  return `/api/v1/accounts/${account}/stickers/${sticker}/picture`;
}

/** A sticker, or its number where its network does not give the picture now. */
export function StickerPicture({ account, name, sticker }: { account: number; name: string; sticker: string }) {
  const [missing, setMissing] = useState(false);
  if (missing) return <span class="sticker-name">{name}</span>;
  return <img src={stickerPicture(account, sticker)} alt={name} loading="lazy" onError={() => setMissing(true)} />;
}

export function Stickers({ thread, writing }: { thread: Thread; writing: Writing }) {
  const account = writing.account ?? thread.ticket.reply_account;
  if (account === null || !stickersOf(account).length) return null;
  const open = () => 
    showLater(({ StickerDialog }) => <StickerDialog account={account} number={thread.ticket.number} />);
  return (
    <button type="button" class="icon" aria-label={t("Stickers")} title={t("Stickers")} onClick={open}>
      <Icon name="smile" />
    </button>
  );
}
