/** In charge of the files of a message: pictures, films and voices in place, others by name and size. */
import { fileSize } from "../../shared/dom";
import { t } from "../../shared/words";
import type { Attachment } from "../api/messages";
import { Icon } from "../ui/icons";

export function addressOf(file: Attachment): string {
  return /^(\/|https?:)/.test(file.url) ? file.url : `/${file.url}`;
}

export function Files({ files }: { files: readonly Attachment[] }) {
  if (!files.length) return null;
  const pictures = files.filter((file) => file.state === "here" && file.preview);
  const others = files.filter((file) => file.state !== "here" || !file.preview);
  return (
    <div class="files">
      {pictures.map((file) => (
        <a
          key={file.id}
          class="picture"
          href={addressOf(file)}
          target="_blank"
          rel="noopener"
          title={`${file.filename} (${fileSize(file.size)})`}
        >
          <img src={addressOf(file)} alt={file.filename} loading="lazy" />
        </a>
      ))}
      {others.map((file) => (
        <Other key={file.id} file={file} />
      ))}
    </div>
  );
}

function Other({ file }: { file: Attachment }) {
  if (file.state === "loading")
    return (
      <span class="file loading" aria-busy="true">
        <Icon name="again" />
        <span>{file.filename}</span>
        <small>{t("Loading…")}</small>
      </span>
    );
  if (file.state === "failed")
    return (
      <span class="file failed">
        <Icon name="warn" />
        <span>{file.filename}</span>
        <small>{file.words || t("It could not be fetched.")}</small>
      </span>
    );
  const kind = file.content_type.split("/", 1)[0];
  const named = <Named file={file} />;
  if (kind === "video")
    return (
      <figure class="played">
        <video class="picture-film" controls preload="metadata" src={addressOf(file)} aria-label={file.filename} />
        {named}
      </figure>
    );
  if (kind === "audio")
    return (
      <figure class="played">
        <audio class="picture-voice" controls preload="metadata" src={addressOf(file)} aria-label={file.filename} />
        {named}
      </figure>
    );
  return named;
}

function Named({ file }: { file: Attachment }) {
  return (
    <a class="file" href={addressOf(file)} download={file.filename} title={t("Download")}>
      <Icon name="clip" />
      <span>{file.filename}</span>
      <small>{fileSize(file.size)}</small>
    </a>
  );
}
