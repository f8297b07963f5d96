/** In charge of the stickers that a customer's network lets us send. */
import { type Signal, signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { t } from "../../shared/words";
import { api, type StickerPackage } from "../api/calls";
import type { Thread } from "../api/types";
import { Dialog, closeDialog, showDialog } from "../ui/dialog";
import { Icon } from "../ui/icons";
import { write, type Writing } from "./draft";

const known = new Map<number, Signal<readonly StickerPackage[]>>();

function stickersOf(account: number): readonly StickerPackage[] {
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
  const open = () => showDialog(<StickerDialog account={account} number={thread.ticket.number} />);
  return (
    <button type="button" class="icon" aria-label={t("Stickers")} title={t("Stickers")} onClick={open}>
      <Icon name="smile" />
    </button>
  );
}

function StickerDialog({ account, number }: { account: number; number: number }) {
  const packages = stickersOf(account);
  const [at, turn] = useState(packages[0]);
  if (!at) return null;
  const ids = Array.from({ length: at.last - at.first + 1 }, (_, index) => String(at.first + index));
  const pick = (sticker: string) => {
    write(number, "reply", { rich: { kind: "sticker", package: at.package, sticker } });
    closeDialog();
  };
  return (
    <Dialog title={t("Stickers")} wide>
      <div class="sticker-packages" role="tablist" aria-label={t("Packages")}>
        {packages.map((one) => (
          <button key={one.package} type="button" role="tab" aria-selected={one === at} onClick={() => turn(one)}>
            {one.package}
          </button>
        ))}
      </div>
      <div class="sticker-grid">
        {ids.map((sticker) => (
          <button key={sticker} type="button" title={`${at.package}/${sticker}`} onClick={() => pick(sticker)}>
            <StickerPicture account={account} name={`${at.package}/${sticker}`} sticker={sticker} />
          </button>
        ))}
      </div>
    </Dialog>
  );
}
