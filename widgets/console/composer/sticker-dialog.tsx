/** In charge of choosing a sticker by its picture. */
import { useState } from "preact/hooks";
import { t } from "../../shared/words";
import { closeDialog, Dialog } from "../ui/dialog";
import { write } from "./draft";
import { StickerPicture, stickersOf } from "./stickers";

export function StickerDialog({ account, number }: { account: number; number: number }) {
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
