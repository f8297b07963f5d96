/** In charge of files dragged into the window: they go to the composer wherever they are let go, and never make the
 *  browser leave the page. */
import { dialog } from "../ui/dialog";
import { filesOf } from "./uploads";

interface Taker {
  over: (near: boolean) => void;
  drop: (files: File[]) => void;
  /** Whether leaving the page now would lose something. */
  busy: () => boolean;
}

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;

/** Listen until the answer is called. A dialog takes its own drops. */
export function takeDrops(taker: Taker): () => void {
  const over = (event: DragEvent) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    if (!dialog.peek()) taker.over(true);
  };
  const leave = (event: DragEvent) => {
    if (event.relatedTarget === null) taker.over(false);
  };
  const drop = (event: DragEvent) => {
    taker.over(false);
    if (event.defaultPrevented || !hasFiles(event)) return;
    event.preventDefault();
    if (!dialog.peek()) taker.drop(filesOf(event.dataTransfer));
  };
  const leaving = (event: BeforeUnloadEvent) => {
    if (taker.busy()) event.preventDefault();
  };
  addEventListener("dragover", over);
  addEventListener("dragleave", leave);
  addEventListener("drop", drop);
  addEventListener("beforeunload", leaving);
  return () => {
    removeEventListener("dragover", over);
    removeEventListener("dragleave", leave);
    removeEventListener("drop", drop);
    removeEventListener("beforeunload", leaving);
  };
}
