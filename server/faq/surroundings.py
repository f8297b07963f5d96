"""What stands around a message: the shop's phrasings on one side, the last messages on the other.

Where a topic has no article, messages stand close to each other and far from every phrasing, and a line that tells
messages from phrasings leaves them on their own side. Two such lines are drawn, a straight one and one that bends
around groups (ridge regression without and with a kernel; Cawley and Talbot 2003 leave one out in closed form); for
messages of the window each is drawn as if the message were not there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from server.faq.encoders import Vectors
from server.faq.scoring import Ints, Shelf

AROUND = (
    "side",
    "side raw",
    "bent side",
    "bent side from phrasings",
    "bent sides apart",
    "article's bent side",
    "bent side of the article's messages",
    "nearer than one",
    "crowd",
    "crowd's logit",
    "three's logit",
    "three's least",
    "crowd's nearness",
    "same article",
    "article over crowd",
    "phrasings over crowd",
    "article's three over messages'",
)
CONTRASTED = ("same article", "article over crowd", "crowd", "crowd's nearness", "three's logit")
"""Of these it is told how much greater they are where the matcher is surest than where it is least sure. What it is
unsure of is hard and stands alone where every topic has an article, and else stands in crowds."""
MOST_PHRASINGS = 1500
"""So many phrasings, evenly taken, stand for all."""
NEIGHBOURS = 8
TWIN = 0.9999
"""A message that is so near is the same one again and tells nothing."""
SHARP = 8.0
"""How much more a near vector weighs in a density: exp(SHARP * cosine)."""
STIFF = 0.01
"""The ridge of the straight line."""
BENT = 4.0
BENT_STIFF = 3.0
"""The ridge of the bent line, over the number of vectors."""
BENT_PHRASINGS = 700
"""So many phrasings, evenly taken, hold the bent line."""
AT_ONCE = 256
"""So many phrasings are held against all others together: more lie in memory."""
_FAR = -2.0
_NONE = -0.3
"""The likeness to messages of an article that has none."""


class Window(NamedTuple):
    """Messages with what was found of each: vectors (a row each, of length one, around the shop's middle), the first
    article, the log odds that it is right, and the likeness to the nearest phrasing of any."""

    vectors: Vectors
    firsts: Ints
    logits: Vectors
    best: Vectors


class Surroundings:
    """The phrasings and the window, laid out for asking."""

    def __init__(self, shelf: Shelf, window: Window) -> None:
        """Raises `AssertionError` for a shelf without vectors."""
        assert shelf.phrasings is not None
        self.window = window
        stride = max(1, -(-len(shelf.owner) // MOST_PHRASINGS))
        ours, theirs = shelf.phrasings[::stride], window.vectors
        self._straight = _Straight(ours, theirs)
        self._bent = _Bent(ours, theirs)
        self._middle, self._spread = float(np.median(self._straight.theirs)), float(self._straight.theirs.std()) + 1e-3
        self._ours_middle, self._ours_spread = float(np.median(self._bent.ours)), float(self._bent.ours.std()) + 0.05
        self._apart = _apart(self._bent.ours, self._bent.theirs)
        self._of_articles = _means(self._bent.ours, shelf.owner[::stride], shelf.count, float(self._bent.ours.mean()))
        own = window.firsts >= 0
        self._counts = np.bincount(window.firsts[own], minlength=shelf.count)
        self._sums = np.bincount(window.firsts[own], self._bent.theirs[own], shelf.count)
        likeness = self._likeness(theirs, within=True)
        self._three = _closest(likeness, 3)
        self._shift = _shift(ours, theirs, likeness)

    def figures(self, asked: Window, article: Vectors, three: Vectors, *, within: bool) -> Vectors:
        """A row of `AROUND` for each message; `article` is the logarithm of the first article's density at it, `three`
        its mean likeness to the nearest three phrasings of that article. `within`: they are the window's own."""
        window = self.window
        likeness = self._likeness(asked.vectors, within=within)
        count = min(NEIGHBOURS, likeness.shape[1])
        at = np.argpartition(-likeness, count - 1, axis=1)[:, :count]
        at = np.take_along_axis(at, np.argsort(-np.take_along_axis(likeness, at, 1), 1, kind="stable"), 1)
        close = np.take_along_axis(likeness, at, 1)
        logits = np.clip(window.logits, -6, 6)[at]
        weights = np.exp(SHARP * np.minimum(close, 1))
        same = window.firsts[None, :] == asked.firsts[:, None]
        straight = self._straight.theirs if within else self._straight.of(asked.vectors)
        bent = self._bent.theirs if within else self._bent.of(asked.vectors)
        others = likeness.shape[1] - within
        # A new message counts among its neighbours and its article's messages as those of the window do.
        sums, counts = self._sums[asked.firsts], self._counts[asked.firsts]
        mean = sums / np.maximum(counts, 1) if within else (sums + bent) / (counts + 1)
        return np.stack(
            [
                (straight - self._middle) / self._spread,
                straight,
                bent,
                (bent - self._ours_middle) / self._ours_spread,
                np.full(len(bent), self._apart),
                self._of_articles[asked.firsts] - bent,
                mean,
                asked.best - close[:, 0],
                close[:, :5].mean(1),
                (logits * weights).sum(1) / weights.sum(1),
                logits[:, :3].mean(1),
                logits[:, :3].min(1),
                self._nearness(at, None if within else close).mean(1),
                np.take_along_axis(same, at[:, :5], 1).mean(1),
                article - _density(likeness, others),
                np.full(len(bent), self._shift),
                three - _closest(np.where(same, likeness, _NONE), 3).mean(1),
            ],
            1,
        ).astype(np.float32)

    def _nearness(self, at: Ints, beside: Vectors | None) -> Vectors:
        """How much nearer to a phrasing than to three messages those in these places are; `beside` them is one more, so
        near to each."""
        three = self._three[at]
        if beside is not None:
            four = np.concatenate([three, beside[:, :, None]], 2)
            three = np.sort(four, 2)[:, :, -three.shape[2] :]
        nearness: Vectors = self.window.best[at] - three.mean(2)
        return nearness

    def _likeness(self, vectors: Vectors, *, within: bool) -> Vectors:
        likeness = vectors @ self.window.vectors.T
        if within:
            np.fill_diagonal(likeness, _FAR)
        likeness[likeness > TWIN] = _FAR
        return likeness


def contrasts(figures: Vectors, logits: Vectors) -> Vectors:
    """`CONTRASTED`, of rows of `AROUND`: the mean over the surest third less the mean over the least sure."""
    ordered = np.argsort(logits, kind="stable")
    third = max(len(logits) // 3, 1)
    some = figures[:, [AROUND.index(name) for name in CONTRASTED]]
    contrast: Vectors = some[ordered[-third:]].mean(0) - some[ordered[:third]].mean(0)
    return contrast


class _Straight:
    """A plane between the two sides: +1 for phrasings, -1 for messages, both sides weighing the same."""

    def __init__(self, ours: Vectors, theirs: Vectors) -> None:
        self._centre = (ours.mean(0) + theirs.mean(0)) / 2
        ours, theirs = ours - self._centre, theirs - self._centre
        one, other = 0.5 / len(ours), 0.5 / len(theirs)
        gram = ours.T @ ours * one + theirs.T @ theirs * other
        inverse: Vectors = np.linalg.inv(gram + STIFF * np.eye(len(gram), dtype=np.float32)).astype(np.float32)
        self._plane: Vectors = (inverse @ (ours.sum(0) * one - theirs.sum(0) * other)).astype(np.float32)
        self.theirs = self._left(theirs, -1.0, inverse * other)

    def of(self, vectors: Vectors) -> Vectors:
        """On which side vectors stand, and how far."""
        sides: Vectors = (vectors - self._centre) @ self._plane
        return sides

    def _left(self, rows: Vectors, side: float, inverse: Vectors) -> Vectors:
        """On which side rows stand, each as if it were not there."""
        leverage = np.minimum(np.einsum("ij,ij->i", rows @ inverse, rows), 0.95)
        left: Vectors = ((rows @ self._plane - leverage * side) / (1 - leverage)).astype(np.float32)
        return left


class _Bent:
    """The same with a kernel, so that the line bends around groups."""

    def __init__(self, ours: Vectors, theirs: Vectors) -> None:
        stride = max(1, -(-len(ours) // BENT_PHRASINGS))
        some = ours[::stride]
        self._sides = (some, theirs)
        count, split = len(some) + len(theirs), len(some)
        near = np.empty((count, count), np.float32)
        near[:split], near[split:] = self._near(some), self._near(theirs)
        side = _each(1.0, -1.0, some, theirs)
        near[np.diag_indices(count)] += 2 * BENT_STIFF / count * _each(len(some), len(theirs), some, theirs)
        half = _halve(near)
        weights: Vectors = half.T.dot(half.dot(side))
        left = side - weights / np.einsum("ij,ij->j", half, half)
        self._weights = weights
        self.theirs = left[split:]
        between = np.arange(len(ours)) % stride > 0
        self.ours = np.empty(len(ours), np.float32)
        self.ours[::stride], self.ours[between] = left[:split], self.of(ours[between])

    def of(self, vectors: Vectors) -> Vectors:
        """On which side vectors stand, and how far."""
        sides: Vectors = self._near(vectors) @ self._weights
        return sides

    def _near(self, vectors: Vectors) -> Vectors:
        near: Vectors = np.concatenate([vectors @ rows.T for rows in self._sides], 1)
        near -= 1
        near *= BENT
        np.exp(near, out=near)
        return near


def _halve(matrix: Vectors) -> Vectors:
    """The inverse of a positive matrix's Cholesky factor, in the matrix's own place; by blocks, so that almost all of
    it is products, and no second matrix is needed."""
    count = len(matrix)
    if count <= 128:
        matrix[:] = np.linalg.inv(np.linalg.cholesky(matrix))
        return matrix
    middle = count // 2
    upper = _halve(matrix[:middle, :middle])
    beside = matrix[middle:, :middle] @ upper.T
    matrix[middle:, middle:] -= beside @ beside.T
    lower = _halve(matrix[middle:, middle:])
    matrix[middle:, :middle] = -lower @ (beside @ upper)
    matrix[:middle, middle:] = 0
    return matrix


def _each(one: float, other: float, ours: Vectors, theirs: Vectors) -> Vectors:
    """`one` for each of ours, then `other` for each of theirs."""
    return np.repeat(np.array([one, other], np.float32), [len(ours), len(theirs)])


def _apart(ours: Vectors, theirs: Vectors) -> float:
    """The chance that a phrasing stands further on the phrasings' side than a message."""
    ranks = np.searchsorted(np.sort(theirs), ours)
    return float(ranks.mean() / len(theirs))


def _means(values: Vectors, groups: Ints, count: int, none: float) -> Vectors:
    """The mean of each group; those below zero are none."""
    values, groups = values[groups >= 0], groups[groups >= 0]
    counts = np.bincount(groups, minlength=count)
    sums = np.bincount(groups, values, count)
    return np.where(counts > 0, sums / np.maximum(counts, 1), none).astype(np.float32)


def _closest(likeness: Vectors, count: int) -> Vectors:
    """The `count` greatest of each row."""
    count = min(count, likeness.shape[1])
    return -np.partition(-likeness, count - 1, axis=1)[:, :count]


def _density(likeness: Vectors, count: int) -> Vectors:
    near = np.minimum(likeness, 1)
    near *= SHARP
    density: Vectors = np.log(np.exp(near, out=near).sum(1) / max(count, 1) + 1e-9)
    return density


def _shift(ours: Vectors, theirs: Vectors, likeness: Vectors) -> float:
    """How much denser the phrasings are, beside the messages, where messages stand than where phrasings do."""
    at_theirs = _density(theirs @ ours.T, len(ours)) - _density(likeness, len(theirs) - 1)
    at_ours = [
        _among(ours, start) - _density(ours[start : start + AT_ONCE] @ theirs.T, len(theirs))
        for start in range(0, len(ours), AT_ONCE)
    ]
    return float(np.median(at_theirs) - np.median(np.concatenate(at_ours)))


def _among(ours: Vectors, start: int) -> Vectors:
    """How dense phrasings are at some of themselves, from `start` on."""
    among = ours[start : start + AT_ONCE] @ ours.T
    rows = np.arange(len(among))
    among[rows, start + rows] = _FAR
    return _density(among, len(ours) - 1)
