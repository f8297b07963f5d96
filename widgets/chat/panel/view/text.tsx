/** In charge of showing somebody's words: line breaks kept, addresses on the web as links, nothing else interpreted. */
const ADDRESS = /https?:\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]+/g;
const TRAILING = /[.,;:!?'")\]]+$/;

export function Words({ text }: { text: string }) {
  const parts = [];
  let at = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const address = found.replace(TRAILING, "");
    parts.push(text.slice(at, index), <a key={index} href={address} target="_blank" rel="noopener noreferrer nofollow">{address}</a>);
    at = index + address.length;
  }
  return <p class="words" dir="auto">{parts}{text.slice(at)}</p>;
}
