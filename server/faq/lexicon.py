"""Likeness by letters: TF-IDF over character n-grams, in postings that answer a message in well under a millisecond.

Catches what an encoder blurs: product names, error codes, model numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from server import language
from server.faq.encoders import Vectors

_WORD = re.compile(r"\w+")
LONGEST = 600

Grams = tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]
"""The n-grams of one text by number, and 1 + log of how often each stands in it."""


def pieces(text: str) -> list[str]:
    """The n-grams of a text: one to three characters of scripts without blanks, two to five of a word and its ends."""
    found: list[str] = []
    for word in _WORD.findall(language.fold(text[:LONGEST])):
        if language.is_cjk(word[0]):
            for size in (1, 2, 3):
                found += [word[at : at + size] for at in range(len(word) - size + 1)]
        else:
            whole = f" {word} "
            for size in (2, 3, 4, 5):
                found += [whole[at : at + size] for at in range(max(1, len(whole) - size + 1))]
    return found


class Vocabulary:
    """Numbers for n-grams; grows with what the articles say."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def learn(self, text: str) -> Grams:
        """The n-grams of a phrasing; new ones are numbered."""
        counts = Counter(pieces(text))
        numbers = self._numbers
        return _grams([(numbers.setdefault(gram, len(numbers)), often) for gram, often in counts.items()])

    def read(self, text: str) -> Grams:
        """The n-grams of a message that are known."""
        counts = Counter(pieces(text))
        get = self._numbers.get
        return _grams([(number, often) for gram, often in counts.items() if (number := get(gram)) is not None])


def _grams(pairs: list[tuple[int, int]]) -> Grams:
    ids = np.fromiter((number for number, _ in pairs), np.int32, len(pairs))
    often = np.fromiter((often for _, often in pairs), np.float32, len(pairs))
    return ids, 1 + np.log(often)


class Lexicon:
    """The phrasings of a shop, laid out for asking. Made anew when they change."""

    def __init__(self, size: int, phrasings: Sequence[Grams]) -> None:
        lengths = np.array([len(ids) for ids, _ in phrasings], np.int64)
        flat = np.concatenate([ids for ids, _ in phrasings]) if phrasings else np.zeros(0, np.int32)
        often = np.concatenate([weight for _, weight in phrasings]) if phrasings else np.zeros(0, np.float32)
        self._count = len(phrasings)
        frequency = np.bincount(flat, minlength=size)
        self._rarity = (np.log((1 + self._count) / (1 + frequency)) + 1).astype(np.float32)
        owner = np.repeat(np.arange(self._count, dtype=np.int32), lengths)
        weight = often * self._rarity[flat]
        norm = np.sqrt(np.bincount(owner, weights=weight.astype(np.float64) ** 2, minlength=self._count))
        weight = (weight / np.maximum(norm, 1e-9)[owner]).astype(np.float32)
        order = np.argsort(flat, kind="stable")
        self._owner, self._weight = owner[order], weight[order]
        self._start = np.concatenate([[0], np.cumsum(frequency)])

    def known(self, ids: npt.NDArray[np.int32]) -> int:
        """How many of these n-grams stand in some phrasing."""
        return int(self._standing(ids).sum())

    def _standing(self, ids: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
        """Which of these n-grams stand in some phrasing: other languages number theirs in the same vocabulary."""
        found = ids < len(self._rarity)
        own = ids[found]
        found[found] = self._start[own + 1] > self._start[own]
        return found

    def likeness(self, grams: Grams) -> Vectors:
        """The cosine of a text to each phrasing."""
        standing = self._standing(grams[0])
        ids, often = (part[standing] for part in grams)
        if not len(ids) or not self._count:
            return np.zeros(self._count, np.float32)
        weight = often * self._rarity[ids]
        weight = weight / np.sqrt((weight**2).sum())
        starts, ends = self._start[ids], self._start[ids + 1]
        places = np.concatenate([np.arange(start, end) for start, end in zip(starts, ends, strict=True)])
        weights = self._weight[places] * np.repeat(weight, ends - starts)
        return np.bincount(self._owner[places], weights=weights, minlength=self._count).astype(np.float32)
