/** In charge of the files under a text: those that arrived, those on their way, those that failed. */
import { fileSize } from "../../shared/dom";
import { t } from "../../shared/words";
import type { Attachment } from "../api/messages";
import { addressOf } from "../thread/files";
import { Icon } from "../ui/icons";
import type { Uploads } from "./uploads";

interface Props {
  attachments: readonly Attachment[];
  uploads: Uploads;
  onDrop: (file: Attachment) => void;
}

export function FileChips({ attachments, uploads, onDrop }: Props) {
  const loading = uploads.items.value;
  if (!attachments.length && !loading.length) return null;
  return (
    <ul class="file-chips" aria-label={t("Attached files")}>
      {attachments.map((file) => (
        <li key={file.id} class="file">
          {file.preview ? <img src={addressOf(file)} alt="" /> : <Icon name="clip" />}
          <span>{file.filename}</span>
          <small>{fileSize(file.size)}</small>
          <button
            type="button"
            class="bare"
            aria-label={t("Remove {name}", { name: file.filename })}
            onClick={() => onDrop(file)}
          >
            ×
          </button>
        </li>
      ))}
      {loading.map((item) => (
        <li key={`l${item.id}`} class={item.failure ? "file failed" : "file"}>
          <Icon name={item.failure ? "warn" : "clip"} />
          <span>{item.name}</span>
          {item.failure ? (
            <small role="alert">{item.failure}</small>
          ) : (
            <progress max={1} value={item.share} aria-label={t("Upload of {name}", { name: item.name })} />
          )}
          <button
            type="button"
            class="bare"
            aria-label={t("Remove {name}", { name: item.name })}
            onClick={() => uploads.drop(item.id)}
          >
            ×
          </button>
        </li>
      ))}
    </ul>
  );
}
