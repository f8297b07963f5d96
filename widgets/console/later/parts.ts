/** In charge of what is not needed to list, read and answer a ticket: one file, which comes when the console stands. */
import japanese from "madoguchi-words-later";
import { learn } from "../../shared/words";
// Already run: it makes the console one file, instead of one of what is shared with this and one of what is not.
import "../main";

learn(japanese);

export { Along } from "../composer/along";
export { ArticlePicker } from "../composer/article-picker";
export { Addresses } from "../composer/addresses";
export { forward } from "../composer/forward";
export { MacroPicker } from "../composer/macro-picker";
export { NewTicketDialog } from "../composer/outbound";
export { PhoneDialog } from "../composer/phone";
export { StickerDialog } from "../composer/sticker-dialog";
export { PaneZone } from "../customer/pane";
export { showPalette, showViews } from "../keys/palette";
export { KeySheet } from "../keys/sheet";
export { HandOverDialog } from "../thread/hand-over";
export { MergeDialog } from "../thread/merge";
export { Led } from "../thread/led";
export { Tried } from "../thread/tried";
export { SplitBar } from "../thread/split-bar";
export { SnoozeDialog } from "../ui/snooze-dialog";
export { PreferencesDialog } from "../views/preferences";
export { SaveView } from "../views/save-view";
export { VisitorsZone } from "../views/visitors";
