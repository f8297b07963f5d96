"""Looking for articles in a help centre: by what is meant, then by words; and where the words stand there."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from server.faq.plain import plain
from server.faq.views import Entry, Lang
from server.help.shelf import Centre, Leaf
from server.language import Phrase, fold, phrases, spans

MOST = 20
LEAST = 0.05
"""A reader who searches sees what the matcher found from this confidence on."""
SURE = 0.3
"""From this confidence on, what is meant goes before what only holds the words."""
EXCERPT = 120
_WORDS = re.compile(r"[\u4e00-\u9fff々]+|[\u30a1-\u30ff]{2,}|[A-Za-z0-9][\w'-]+|[0-9]+")

Piece = tuple[str, bool]
"""Some of a text, and whether it is one of the words that were looked for."""


@dataclass(frozen=True)
class Hit:
    """An article that was found, with the words marked."""

    leaf: Leaf
    lang: Lang
    question: list[Piece]
    excerpt: list[Piece]


def find(centre: Centre, lang: Lang, query: str, likely: Sequence[Entry] = (), most: int = MOST) -> list[Hit]:
    """The articles of a centre that answer a query, the likeliest first."""
    sure = {int(each.id): each.confidence for each in likely if each.confidence >= LEAST}
    parts = fold(query).split()
    worded = words_of(query)
    holding = [leaf for leaf in centre.leaves.values() if parts and all(part in leaf.folded for part in parts)]
    if not holding and worded:
        holding = [leaf for leaf in centre.leaves.values() if _holds(leaf, worded)]
    holding.sort(key=lambda leaf: (not _titled(leaf, parts), -leaf.viewed, leaf.id))
    order = [id for id, confidence in sure.items() if confidence >= SURE]
    order += [leaf.id for leaf in holding]
    order += list(sure)
    found = [centre.leaves[id] for id in dict.fromkeys(order) if id in centre.leaves]
    wanted = phrases(" ".join(worded))
    return [_hit(leaf, lang, wanted) for leaf in found[:most]]


def words_of(query: str) -> list[str]:
    """The words of a query that mean something by themselves, also out of a sentence without blanks."""
    found = list(dict.fromkeys(_WORDS.findall(unicodedata.normalize("NFKC", query))))
    # A single kanji out of a sentence (使 of 使いたい) says little beside whole words.
    return ([word for word in found if len(word) > 1] or found)[:10]


def marked(text: str, wanted: Sequence[Phrase]) -> list[Piece]:
    """A text in pieces, with what was looked for marked."""
    pieces: list[Piece] = []
    at = 0
    for _, start, end in spans(text, list(wanted)):
        if start < at:
            continue
        if start > at:
            pieces.append((text[at:start], False))
        pieces.append((text[start:end], True))
        at = end
    return [*pieces, (text[at:], False)] if at < len(text) else pieces


def _hit(leaf: Leaf, lang: Lang, wanted: Sequence[Phrase]) -> Hit:
    answer = " ".join(plain(leaf.answer(lang)).split())
    hits = spans(answer, list(wanted))
    begin = max(0, hits[0][1] - EXCERPT // 3) if hits and hits[0][1] > EXCERPT * 2 // 3 else 0
    text = ("…" if begin else "") + answer[begin : begin + EXCERPT]
    if begin + EXCERPT < len(answer):
        text += "…"
    return Hit(leaf, leaf.lang(lang), marked(leaf.words(lang).question, wanted), marked(text, wanted))


def _holds(leaf: Leaf, words: Sequence[str]) -> bool:
    return all(fold(word) in leaf.folded for word in words)


def _titled(leaf: Leaf, parts: Sequence[str]) -> bool:
    return any(all(part in fold(words.question) for part in parts) for words in leaf.content.words.values())
