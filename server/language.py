"""Words as a computer compares them: folding, bigrams for search, and a guess at the language of a text."""

from __future__ import annotations

import re
import unicodedata

# Characters that mean the same in names but that NFKC keeps apart.
VARIANTS = str.maketrans(
    "髙﨑邊邉斎齊齋濵濱嶋嶌廣國澤櫻眞德冨惠龍瀧檜關榮藏曾壽豐黑增淸吉桒栁舩會學實寬將條淨藝讀",
    "高崎辺辺斉斉斉浜浜島島広国沢桜真徳富恵竜滝桧関栄蔵曽寿豊黒増清吉桑柳船会学実寛将条浄芸読",
)
# Lines and waves that are written for each other.
MARKS = str.maketrans({"〜": "~", "～": "~", "−": "-", "‐": "-", "‑": "-", "–": "-", "—": "-", "―": "-", "ｰ": "ー"})
KATAKANA_TO_HIRAGANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}

_CJK = r"\u3041-\u309f\u30a0-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af々〆ー"
_TOKENS = re.compile(rf"[{_CJK}]+|[^\W{_CJK}_]+", re.UNICODE)
_CJK_RUN = re.compile(rf"[{_CJK}]+")
_QUOTED = re.compile(r'"([^"]*)"')


def fold(text: str) -> str:
    """One spelling for what a person takes as the same word: width, kana, case, accents, old forms of kanji.

    Latin letters lose their accents; kana keep their voicing marks (は is not ば).
    """
    text = unicodedata.normalize("NFKC", text.translate(MARKS)).translate(VARIANTS).casefold()
    if not text.isascii():
        text = _without_latin_accents(text).translate(KATAKANA_TO_HIRAGANA)
    return text


def _without_latin_accents(text: str) -> str:
    parts = unicodedata.normalize("NFD", text)
    kept = [
        char
        for before, char in zip(" " + parts, parts, strict=False)
        if not (unicodedata.combining(char) and before.isascii())
    ]
    return unicodedata.normalize("NFC", "".join(kept))


def tokens(text: str) -> list[str]:
    """The search tokens of a text: words of spaced scripts, bigrams (and the last single character) of CJK runs."""
    found: list[str] = []
    for run in _TOKENS.findall(fold(text)):
        if _CJK_RUN.match(run):
            found.extend(run[i : i + 2] for i in range(len(run)))
        else:
            found.append(run[:64])
    return found


def index_text(text: str) -> str:
    """What goes into the search index: tokens separated by blanks, in the order of the text."""
    return " ".join(tokens(text))


def phrases(query: str) -> list[list[str]]:
    """A query as phrases that must all be found; each is a list of neighbouring tokens.

    A CJK run of n characters is n-1 overlapping bigrams; one character alone is a prefix (see `is_prefix`).
    Quoted parts stay together.
    """
    folded = fold(query)
    quoted = _QUOTED.findall(folded)
    rest = _QUOTED.sub(" ", folded)
    wanted = [_phrase(part) for part in quoted] + [_phrase(run) for run in _TOKENS.findall(rest)]
    return [phrase for phrase in wanted if phrase]


def _phrase(part: str) -> list[str]:
    found: list[str] = []
    for run in _TOKENS.findall(part):
        if _CJK_RUN.match(run) and len(run) > 1:
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
        else:
            found.append(run[:64])
    return found


def guess(text: str) -> str | None:
    """ "ja" or "en" by the letters used, None when there is too little to tell."""
    sample = text[:2000]
    kana = sum(1 for char in sample if "\u3041" <= char <= "\u30ff")
    han = sum(1 for char in sample if "\u4e00" <= char <= "\u9fff")
    latin = sum(1 for char in sample if char.isascii() and char.isalpha())
    if kana + han >= 2 and (kana + han) * 4 >= latin:
        return "ja"
    return "en" if latin >= 4 else None
