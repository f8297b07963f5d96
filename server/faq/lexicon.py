"""Likeness by letters: TF-IDF over character n-grams, in postings that answer a message in well under a millisecond.

Catches what an encoder blurs: product names, error codes, model numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from server import language
from server.faq.encoders import Vectors
from server.faq.packing import SALT

_WORD = re.compile(r"\w+")
LONGEST = 600
FRESH = 4096
"""So many new n-grams, or an eighth of all, lie in a dictionary before they are packed."""

Grams = tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]
"""The n-grams of one text by number, and how often each stands in it, up to 255."""
_OFTEN = (1 + np.log(np.maximum(np.arange(256), 1))).astype(np.float32)
"""What so many are worth."""


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
    """Numbers for n-grams, or for what else `cut` makes of a text; grows with what the articles say.

    Kept are their hashes of 64 bits, 1 MB of them where the strings took 8. Two with one hash would count as one.
    """

    def __init__(self, cut: Callable[[str], list[str]] = pieces) -> None:
        self._cut = cut
        self._hashes = np.zeros(0, np.int64)
        """In ascending order, and beside them their numbers."""
        self._numbers = np.zeros(0, np.int32)
        self._fresh: dict[int, int] = {}
        """The numbers of those that came since."""

    def __len__(self) -> int:
        return len(self._numbers) + len(self._fresh)

    def learn(self, text: str) -> Grams:
        """The n-grams of a phrasing; new ones are numbered."""
        counts = Counter(self._cut(text))
        hashes = _hashes(counts)
        for new in hashes[self._found(hashes) < 0].tolist():
            self._fresh.setdefault(new, len(self))
        numbers = self._found(hashes)
        if len(self._fresh) > max(FRESH, len(self._numbers) // 8):
            self._pack()
        return numbers, _times(counts)

    def read(self, text: str) -> Grams:
        """The n-grams of a message that are known."""
        counts = Counter(self._cut(text))
        numbers = self._found(_hashes(counts))
        return numbers[numbers >= 0], _times(counts)[numbers >= 0]

    def numbers(self, grams: Iterable[str]) -> npt.NDArray[np.int32]:
        """The numbers of those that are known."""
        numbers = self._found(_hashes(grams))
        return numbers[numbers >= 0]

    def _found(self, hashes: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
        """The number of each, -1 where it has none."""
        numbers = np.fromiter((self._fresh.get(each, -1) for each in hashes.tolist()), np.int32, len(hashes))
        if len(self._hashes):
            places = np.searchsorted(self._hashes, hashes).clip(max=len(self._hashes) - 1)
            packed = self._hashes[places] == hashes
            numbers[packed] = self._numbers[places[packed]]
        return numbers

    def _pack(self) -> None:
        hashes = np.concatenate([self._hashes, np.fromiter(self._fresh, np.int64, len(self._fresh))])
        numbers = np.concatenate([self._numbers, np.fromiter(self._fresh.values(), np.int32, len(self._fresh))])
        order = np.argsort(hashes)
        self._hashes, self._numbers, self._fresh = hashes[order], numbers[order], {}


def _hashes(grams: Iterable[str]) -> npt.NDArray[np.int64]:
    return np.fromiter((hash(SALT + gram) for gram in grams), np.int64)


def _times(counts: Counter[str]) -> npt.NDArray[np.uint8]:
    return np.fromiter((min(often, 255) for often in counts.values()), np.uint8, len(counts))


class Lexicon:
    """The phrasings of a shop, laid out for asking. Made anew when they change."""

    def __init__(self, size: int, phrasings: Sequence[Grams]) -> None:
        self._count = len(phrasings)
        flat = np.concatenate([ids for ids, _ in phrasings]) if phrasings else np.zeros(0, np.int32)
        frequency = np.bincount(flat, minlength=size)
        self._rarity = (np.log((1 + self._count) / (1 + frequency)) + 1).astype(np.float32)
        self._start = np.concatenate([[0], np.cumsum(frequency)]).astype(np.int32)
        owner = np.empty(len(flat), np.uint16 if self._count < 2**16 else np.int32)
        weight = np.empty(len(flat), np.float32)
        begin = 0
        for place, (ids, often) in enumerate(phrasings):
            end = begin + len(ids)
            owner[begin:end], weight[begin:end] = place, self._weighed(ids, often)
            begin = end
        order = np.argsort(flat, kind="stable")
        self._owner, self._weight = owner[order], weight[order]

    def _weighed(self, ids: npt.NDArray[np.int32], often: npt.NDArray[np.uint8]) -> Vectors:
        """A text's n-grams by frequency and rarity, as a vector of length one."""
        weight = _OFTEN[often] * self._rarity[ids]
        unit: Vectors = weight / np.maximum(np.sqrt((weight**2).sum()), 1e-9)
        return unit

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
        ids, often = grams[0][standing], grams[1][standing]
        if not len(ids) or not self._count:
            return np.zeros(self._count, np.float32)
        weight = self._weighed(ids, often)
        starts, ends = self._start[ids], self._start[ids + 1]
        stretches = [slice(start, end) for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
        weights = np.concatenate([self._weight[stretch] for stretch in stretches])
        weights *= np.repeat(weight, ends - starts)
        owner = np.concatenate([self._owner[stretch] for stretch in stretches])
        return np.bincount(owner, weights=weights, minlength=self._count).astype(np.float32)
