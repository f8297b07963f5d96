/** In charge of files on their way to the server: how far each is, and stopping one. */
import { type Signal, signal } from "@preact/signals";
import { fileSize } from "../../shared/dom";
import { t } from "../../shared/words";
import { upload } from "../api/client";
import type { Attachment } from "../api/messages";
import { desk } from "../store/desk";
import { addressOf } from "../thread/files";

export interface Loading {
  id: number;
  name: string;
  share: number;
  failure: string;
  stop: () => void;
}

export class Uploads {
  readonly items: Signal<readonly Loading[]> = signal([]);
  private count = 0;

  constructor(private readonly done: (file: Attachment) => void) {}

  get busy(): boolean {
    return this.items.value.some((item) => !item.failure);
  }

  add(files: Iterable<File>): void {
    for (const file of files) this.one(file);
  }

  drop(id: number): void {
    this.items.value.find((item) => item.id === id)?.stop();
    this.items.value = this.items.value.filter((item) => item.id !== id);
  }

  private change(id: number, change: Partial<Loading>): void {
    this.items.value = this.items.value.map((item) => (item.id === id ? { ...item, ...change } : item));
  }

  private one(file: File): void {
    const id = (this.count += 1);
    const most = desk.peek()?.limits.attachment_bytes;
    const name = file.name || t("Pasted picture");
    if (most && file.size > most) {
      this.items.value = [
        ...this.items.value,
        {
          id,
          name,
          share: 0,
          failure: t("Too large: at most {size}", { size: fileSize(most) }),
          stop: () => undefined,
        },
      ];
      return;
    }
    const { done, stop } = upload(file, (share) => this.change(id, { share }));
    this.items.value = [...this.items.value, { id, name, share: 0, failure: "", stop }];
    done.then(
      (attachment) => {
        if (!this.items.value.some((item) => item.id === id)) return;
        this.items.value = this.items.value.filter((item) => item.id !== id);
        this.done(attachment);
      },
      (problem: Error) => this.change(id, { failure: problem.message }),
    );
  }
}

/** Files of a message, as uploads that a new one can take: a file belongs to one message only. */
export async function anew(files: readonly Attachment[]): Promise<Attachment[]> {
  return Promise.all(
    files.map(async (file) => {
      const response = await fetch(addressOf(file), { credentials: "same-origin" });
      if (!response.ok) throw new Error(t("{name} could not be attached again.", { name: file.filename }));
      return upload(new File([await response.blob()], file.filename, { type: file.content_type }), () => undefined)
        .done;
    }),
  );
}

/** The files of a paste or a drop. */
export function filesOf(data: DataTransfer | null): File[] {
  return data ? [...data.files] : [];
}
