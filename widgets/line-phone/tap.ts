/** In charge of what a tap on a button, a quick reply or a rich menu does. */
import type { Action } from "../shared/line/objects";
import { chat, draft, person, sheet } from "./place";
import { act } from "./wire";

export function tap(action: Action): void {
  const holder = person.value;
  if (!holder) return;
  switch (action.type) {
    case "uri":
      if (action.uri) window.open(action.uri, "_blank", "noopener");
      return;
    case "clipboard":
      void navigator.clipboard?.writeText(action.clipboardText ?? "").catch(() => undefined);
      return;
    case "datetimepicker":
      sheet.value = { kind: "moment", action };
      return;
    case "location":
      sheet.value = { kind: "places" };
      return;
    case "camera":
    case "cameraRoll":
      document.querySelector<HTMLInputElement>("#pictures")?.click();
      return;
    default:
      void act({ do: "tap", as: holder.id, chat: chat.value ?? holder.id, action });
      if ("fillInText" in action) {
        draft.value = String(action["fillInText"]);
        document.querySelector<HTMLTextAreaElement>("#words")?.focus();
      }
  }
}
