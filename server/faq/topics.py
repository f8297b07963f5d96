"""What a text is about: its words without those that every question has, and how much of them an article has.

Of Japanese, kanji and katakana say what is meant and hiragana mostly how it is asked, so that n-grams of the former do
without a dictionary; of words written apart the first four and seven letters stand for all their forms.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from server import language
from server.faq.encoders import Vectors
from server.faq.lexicon import LONGEST, Vocabulary
from server.faq.scoring import Ints

FIGURES = (
    "topics unknown",
    "topics shared",
    "topics shared by weight",
    "topics elsewhere",
    "topics answered",
    "topics",
    "without blanks",
)
_RUN = re.compile(r"([一-鿿々]+)|([ァ-ヴー]{2,})|([a-z0-9]+(?:'[a-z]+)?)")
_COMMON = frozenset(
    word
    for line in (
        "what when where which with have does that this from your about would could should there please want need know",
        "tell help will been they them then than into some much many just like make show find give take",
    )
    for word in line.split()
)
_LEAST = 0.3
"""What a topic that every phrasing has is worth beside its rarity."""


def topics(text: str) -> list[str]:
    """What a text is about, in n-grams of kanji and katakana and beginnings of words; some stand in it twice."""
    found: list[str] = []
    for kanji, katakana, word in _RUN.findall(unicodedata.normalize("NFKC", text[:LONGEST]).lower()):
        if word:
            if word not in _COMMON and (len(word) > 2 or word.isdigit()):
                found += dict.fromkeys((word[:4], word[:7]))
        else:
            run, sizes = (kanji, (1, 2, 3)) if kanji else (katakana, (2, 3, 4))
            found += [run[at : at + size] for size in sizes for at in range(len(run) - size + 1)]
    return found


class Topics:
    """What the phrasings of a language are about. Each topic weighs by how few of them have it."""

    def __init__(self, phrasings: Sequence[npt.NDArray[np.int32]], owner: Ints, vocabulary: Vocabulary) -> None:
        """`phrasings` are their topics by number, in `vocabulary`; `owner` says whose each is, in ascending order."""
        self._vocabulary = vocabulary
        self._phrasings = phrasings
        self._owner = owner
        flat = np.concatenate(self._phrasings) if phrasings else np.zeros(0, np.int32)
        frequency = np.bincount(flat, minlength=len(vocabulary))
        self._weights = (np.log((1 + len(phrasings)) / (1 + frequency)) + _LEAST).astype(np.float32)
        self._unknown = float(np.log(1 + len(phrasings)) + _LEAST)
        article = np.repeat(owner, [len(ids) for ids in self._phrasings])
        # Each article once for each of its topics, by topic.
        width = int(owner[-1]) + 1 if len(owner) else 1
        pairs = np.unique(flat.astype(np.int64) * width + article)
        self._articles = (pairs % width).astype(np.uint16 if width < 2**16 else np.int32)
        self._starts = np.searchsorted(pairs // width, np.arange(len(vocabulary) + 1)).astype(np.int32)

    def figures(self, text: str, article: int, likeness: Vectors) -> list[float]:
        """`FIGURES` of a message and an article; `likeness` is the message's to each phrasing."""
        own = dict.fromkeys(topics(text))
        known = self._vocabulary.numbers(own)
        known = known[known < len(self._weights)]
        known = known[self._starts[known + 1] > self._starts[known]]
        count, unknown = max(len(own), 1), len(own) - len(known)
        weights = self._weights[known]
        whole = float(weights.sum()) + unknown * self._unknown or 1.0
        begins, ends = self._starts[known], self._starts[known + 1]
        places = [np.arange(begin, end) for begin, end in zip(begins, ends, strict=True)]
        held = self._articles[np.concatenate(places) if places else np.zeros(0, np.int64)]
        spread = np.repeat(weights, ends - begins)
        sums = np.bincount(held, spread, minlength=article + 1)
        shared = float(sums[article])
        sums[article] = 0
        mine = int((held == article).sum())
        first, last = np.searchsorted(self._owner, (article, article + 1))
        nearest = self._phrasings[first + int(likeness[first:last].argmax())]
        asked = self._weights[nearest]
        return [
            unknown / count,
            mine / count,
            shared / whole,
            float(sums.max(initial=0.0)) / whole,
            float(asked[np.isin(nearest, known)].sum()) / (float(asked.sum()) or 1.0),
            float(np.log(1 + len(own))),
            sum(map(language.is_cjk, text)) / max(len(text), 1),
        ]
