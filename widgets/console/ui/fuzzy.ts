/** In charge of finding names by a few letters of them: any writing of a letter, in order, gaps allowed. */

function folded(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[ァ-ヶ]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60));
}

/** How well `words` answer `typed`: 0 is not at all. Every word that was typed must be there. */
export function fits(words: string, typed: string): number {
  const text = folded(words);
  let total = 1;
  for (const part of folded(typed).split(/\s+/).filter(Boolean)) {
    const at = text.indexOf(part);
    const found = at === 0 ? 100 : at > 0 ? (/[\s:#・]/.test(text[at - 1] ?? "") ? 80 : 60) : scattered(text, part);
    if (!found) return 0;
    total += found;
  }
  return total;
}

function scattered(text: string, part: string): number {
  if (part.length < 2) return 0;
  let at = -1;
  let gaps = 0;
  for (const letter of part) {
    const next = text.indexOf(letter, at + 1);
    if (next < 0) return 0;
    if (at >= 0) gaps += next - at - 1;
    at = next;
  }
  return Math.max(1, 40 - gaps);
}
