/** In charge of showing somebody's words: line breaks kept, addresses on the web as links, emoji and names as the
 *  network marked them, nothing else interpreted. */
import type { VNode } from "preact";
import type { Attachment, Mark } from "../api/messages";
import { addressOf } from "./files";

const ADDRESS = /https?:\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]+/g;
const TRAILING = /[.,;:!?'")\]]+$/;

type Piece = string | VNode;

function withLinks(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const address = found[0].replace(TRAILING, "");
    pieces.push(
      text.slice(at, found.index),
      <a key={found.index} href={address} target="_blank" rel="noopener noreferrer nofollow">
        {address}
      </a>,
    );
    at = found.index + address.length;
  }
  pieces.push(text.slice(at));
  return pieces;
}

/** Marks count characters, as the server does, not UTF-16 units. */
function withMarks(text: string, marks: readonly Mark[], files: readonly Attachment[]): Piece[] {
  const characters = [...text];
  const pieces: Piece[] = [];
  let at = 0;
  for (const mark of marks) {
    const words = characters.slice(mark.start, mark.start + mark.length).join("");
    const picture = files.find((file) => file.content_id === mark.file && file.preview);
    pieces.push(...withLinks(characters.slice(at, mark.start).join("")));
    if (mark.what === "mention")
      pieces.push(
        <b key={mark.start} class={mark.us ? "mention us" : "mention"}>
          {words}
        </b>,
      );
    else pieces.push(picture ? <img key={mark.start} class="emoji" src={addressOf(picture)} alt={words} /> : words);
    at = mark.start + mark.length;
  }
  return [...pieces, ...withLinks(characters.slice(at).join(""))];
}

export function Words(props: {
  text: string;
  language?: string;
  marks?: readonly Mark[];
  files?: readonly Attachment[];
}) {
  const { text, language, marks, files } = props;
  return (
    <div class="words" lang={language} dir="auto">
      {marks ? withMarks(text, marks, files ?? []) : withLinks(text)}
    </div>
  );
}
