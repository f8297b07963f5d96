"""How much each article is what a message asks: three likenesses and what the articles know of themselves.

* `near`: cosine to an article's nearest phrasing and to the middle of its phrasings, around the shop's own middle;
* `words`: likeness by letters;
* `told`: a ridge regression that tells the articles of this shop apart;
* `sum`: the three together, by which articles are ranked.

Leaving each phrasing out in turn gives the same figures for the shop's own phrasings: what a right and a wrong answer
look like here. No labels are needed for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from server.faq.encoders import Vectors
from server.faq.lexicon import Grams, Lexicon

CENTRE = 0.8
"""How much of the shop's middle is taken away: what all its questions have in common tells nothing."""
RIDGE = 0.7
WORDS = 0.25
MOST_SAMPLED = 300
"""Phrasings that are left out in turn."""
NOWHERE = -9.0
HALF = np.float32(0.5)

Ints = npt.NDArray[np.int64]
CHANNELS = ("sum", "near", "told", "words")


@dataclass(frozen=True, slots=True)
class Scores:
    """Rows are messages, columns articles; `votes` are the likenesses to single phrasings, `novelty` one per row."""

    sum: Vectors
    near: Vectors
    told: Vectors
    words: Vectors
    votes: Vectors
    novelty: Vectors

    def each(self, times: int) -> Scores:
        """Each row so many times."""
        return Scores(*(np.repeat(getattr(self, one.name), times, axis=0) for one in fields(self)))


class Shelf:
    """The articles of one language, fitted. `owner` says of each phrasing whose it is, in ascending order."""

    def __init__(self, vectors: Vectors | None, grams: Sequence[Grams], owner: Ints, vocabulary: int) -> None:
        self.owner = owner
        self.sizes = np.bincount(owner)
        self.count = len(self.sizes)
        self._starts = np.concatenate([[0], np.cumsum(self.sizes)[:-1]])
        self._grams = grams
        self._lexicon = Lexicon(vocabulary, grams)
        self._phrasings: Vectors | None = None
        if vectors is not None:
            self._fit(vectors)
        stride = max(1, -(-len(owner) // MOST_SAMPLED))
        self.sample: Ints = np.arange(0, len(owner), stride)

    @property
    def phrasings(self) -> Vectors | None:
        """The phrasings' vectors, around the shop's middle and of length one; None without a model."""
        return self._phrasings

    def around(self, vectors: Vectors) -> Vectors:
        """Vectors of messages in the phrasings' place: around the shop's middle and of length one."""
        return _unit(vectors - self._middle)

    def known(self, grams: npt.NDArray[np.int32]) -> int:
        """How many of these n-grams some phrasing has."""
        return self._lexicon.known(grams)

    def of(self, article: int) -> slice:
        """The places of an article's phrasings."""
        begin = int(self._starts[article])
        return slice(begin, begin + int(self.sizes[article]))

    def shared(self, grams: npt.NDArray[np.int32], article: int) -> int:
        """How many of these n-grams some phrasing of an article has."""
        own = np.concatenate([ids for ids, _ in self._grams[self.of(article)]])
        return int(np.isin(grams, own).sum())

    def ask(self, vectors: Vectors | None, grams: Sequence[Grams]) -> Scores:
        """The scores of messages."""
        words = np.stack([self._lexicon.likeness(text) for text in grams])
        if vectors is None or self._phrasings is None:
            return self._only_words(words)
        asked = self.around(vectors)
        votes = asked @ self._phrasings.T
        near: Vectors = (self._best(votes) + asked @ self._middles.T) * HALF
        told = asked @ self._heads
        novelty = ((asked @ self._inverse) * asked).sum(1)
        return self._together(near, told, self._best(words), votes, novelty)

    def _fit(self, vectors: Vectors) -> None:
        sums = np.add.reduceat(vectors, self._starts, axis=0)
        self._middle = ((sums / self.sizes[:, None]).mean(0) * CENTRE).astype(np.float32)
        phrasings = vectors - self._middle
        phrasings /= _lengths(phrasings)
        self._phrasings = phrasings
        sums = np.add.reduceat(phrasings, self._starts, axis=0)
        self._middles = _unit(sums)
        wide = phrasings.shape[1]
        gram = phrasings.T @ phrasings + RIDGE * np.eye(wide, dtype=np.float32)
        self._inverse = np.linalg.inv(gram).astype(np.float32)
        # One-hot targets less their mean: P^T (Y - 1/n) needs no matrix of targets.
        self._heads = (self._inverse @ (sums - phrasings.sum(0) / self.count).T).astype(np.float32)

    def leave_out(self) -> Scores:
        """The scores of the sampled phrasings as if each had not been written."""
        rows = self.sample
        words = self._words_without(rows, [slice(row, row + 1) for row in rows.tolist()])
        at = np.arange(len(rows))
        phrasings = self._phrasings
        if phrasings is None:
            return self._only_words(words)
        own = self.owner[rows]
        asked = phrasings[rows]
        votes = asked @ phrasings.T
        votes[at, rows] = NOWHERE
        middles = asked @ self._middles.T
        sums = np.add.reduceat(phrasings, self._starts, axis=0)
        middles[at, own] = (asked * _unit(sums[own] - asked)).sum(1)
        near: Vectors = (self._best(votes) + middles) * HALF
        leverage = ((asked @ self._inverse) * asked).sum(1)
        rest = np.maximum(1 - leverage, 1e-3)[:, None]
        told = asked @ self._heads
        target = np.full_like(told, -1 / self.count)
        target[at, own] += 1
        told -= (leverage[:, None] / rest) * (target - told)
        lone = self.sizes[own] == 1
        for scores in (near, told):
            scores[at[lone], own[lone]] = NOWHERE
        return self._together(near, told, words, votes, leverage / rest[:, 0])

    def leave_articles_out(self) -> Scores:
        """The scores of the sampled phrasings as if their whole articles had not been written."""
        rows, own = self.sample, self.owner[self.sample]
        at = np.arange(len(rows))
        words = self._words_without(rows, [self.of(article) for article in own.tolist()])
        phrasings = self._phrasings
        if phrasings is None:
            return self._only_words(words)
        asked = phrasings[rows]
        votes = asked @ phrasings.T
        votes[self.owner[None, :] == own[:, None]] = NOWHERE
        middles = asked @ self._middles.T
        told = asked @ self._heads
        novelty = np.ones(len(rows), np.float32)
        for article in np.unique(own):
            # Block leave-one-out of a ridge: e = (I - H)^-1 (y - Hy), for all phrasings of the article together.
            begin = self._starts[article]
            block = phrasings[begin : begin + self.sizes[article]]
            carried = block @ self._inverse @ block.T
            target = np.full((len(block), self.count), -1 / self.count, np.float32)
            target[:, article] += 1
            rest = np.linalg.inv(np.eye(len(block), dtype=np.float32) * 1.001 - carried)
            alone = target - rest @ (target - block @ self._heads)
            mine = own == article
            places = rows[mine] - begin
            told[mine] = alone[places]
            novelty[mine] = np.diag(rest @ carried)[places]
        near: Vectors = (self._best(votes) + middles) * HALF
        for scores in (near, told, words):
            scores[at, own] = NOWHERE
        return self._together(near, told, words, votes, np.maximum(novelty, 1e-6))

    def _words_without(self, rows: Ints, without: Sequence[slice]) -> Vectors:
        """The likeness by letters of phrasings to each article, or to each phrasing where there is no model, as if
        those in these places were not there."""
        found: list[Vectors] = []
        for row, left_out in zip(rows.tolist(), without, strict=True):
            likeness = self._lexicon.likeness(self._grams[row])
            likeness[left_out] = NOWHERE
            found.append(likeness if self._phrasings is None else self._best(likeness))
        return np.stack(found)

    def _together(self, near: Vectors, told: Vectors, words: Vectors, votes: Vectors, novelty: Vectors) -> Scores:
        total: Vectors = (near + WORDS * np.maximum(words, 0) + told).astype(np.float32)
        return Scores(total, near, told, words, votes, novelty)

    def _only_words(self, words: Vectors) -> Scores:
        best = self._best(words)
        return Scores(best, best, best, best, words, np.ones(len(words), np.float32))

    def _best(self, likeness: Vectors) -> Vectors:
        best: Vectors = np.maximum.reduceat(likeness, self._starts, axis=-1)
        return best


def _unit(rows: Vectors) -> Vectors:
    unit: Vectors = (rows / _lengths(rows)).astype(np.float32, copy=False)
    return unit


def _lengths(rows: Vectors) -> Vectors:
    norm = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]  # without a square of all rows in memory
    lengths: Vectors = np.maximum(norm, np.float32(1e-9))
    return lengths
