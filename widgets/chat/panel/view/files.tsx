/** In charge of files in the conversation: pictures small, everything else by name and size. */
import { fileSize } from "../../../shared/dom";
import { t } from "../../../shared/words";
import type { FileView } from "../protocol";
import type { Pending } from "../state";
import { Icon } from "./icons";

/** Addresses come from the desk; one that is not the desk's own is not followed. */
const own = (url: string): boolean => new URL(url, location.href).origin === location.origin;

export function Files({ files }: { files: readonly FileView[] | undefined }) {
  return (
    <>
      {files?.filter(({ url }) => own(url)).map((file) => file.preview
        ? (
          <a key={file.id} class="picture" href={file.url} target="_blank" rel="noopener">
            <img src={file.url} alt={file.name} loading="lazy" />
          </a>
        )
        : (
          <a key={file.id} class="file" href={file.url} download={file.name} target="_blank" rel="noopener">
            <Icon name="file" /><span><bdi>{file.name}</bdi> <small>{fileSize(file.size)}</small></span>
          </a>
        ))}
    </>
  );
}

export function Going({ item }: { item: Pending }) {
  return (
    <>
      {item.preview ? <img class="picture" src={item.preview} alt={item.text} />
        : <span class="file"><Icon name="file" /><span><bdi>{item.text}</bdi></span></span>}
      {item.share !== undefined && <progress max={1} value={item.share} aria-label={t("Sending {name}", { name: item.text })} />}
    </>
  );
}
