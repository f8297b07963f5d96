/** In charge of showing somebody's words: line breaks kept, addresses on the web as links, nothing else interpreted. */

const ADDRESS = /https?:\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]+/g;
const TRAILING = /[.,;:!?'")\]]+$/;

export function Words({ text, language }: { text: string; language?: string }) {
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const address = found[0].replace(TRAILING, "");
    parts.push(
      text.slice(at, found.index),
      <a key={found.index} href={address} target="_blank" rel="noopener noreferrer nofollow">
        {address}
      </a>,
    );
    at = found.index + address.length;
  }
  parts.push(text.slice(at));
  return (
    <div class="words" lang={language} dir="auto">
      {parts}
    </div>
  );
}
