"""What a desk is asked these days: the last messages of a language, and what they say of the next one.

Whether an article is right for a message shows not only in how alike they are. Where many messages stand close to each
other and far from every phrasing, a topic has no article; where the best of all messages are no better than a wrong
article usually is, little of what is asked can be answered here. None of this needs anybody's judgement. The threshold
comes from the messages too: the lowest above which the mean confidence is `AIM`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from server.faq import trees
from server.faq.confidence import Rehearsal, Shift
from server.faq.encoders import Vectors
from server.faq.features import NAMES, Measures
from server.faq.lexicon import Grams, pieces
from server.faq.scoring import Ints, Scores, Shelf
from server.faq.topics import FIGURES, Topics

KEPT = 800
"""The last so many messages are kept, as vectors and figures."""
LEAST = 100
"""From so many messages on they are looked at."""
AIM = 0.945
"""The mean confidence of what is answered by itself."""
NEIGHBOURS = 8
TWIN = 0.9999
STIFF = 0.02
"""The ridge of the plane between phrasings and messages."""
_QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9, 0.97)

AGREEING = ("near agrees", "told agrees", "words agree", "letters unknown", "letters shared", *FIGURES)
CONTEXT = (
    *(f"asked {share}" for share in _QUANTILES),
    "asked mean",
    "stray 0.5",
    "stray 0.9",
    "stray mean",
    "kept mean",
    "kept right",
    "asked known",
    "phrasings each",
    "articles in all",
)
AROUND = (
    "side",
    "side raw",
    "nearer than three",
    "nearer than one",
    "crowd",
    "crowd's logit",
    "three's logit",
    "three's least",
    "same article",
)
COLUMNS: tuple[str, ...] = (*NAMES, *AGREEING, "logit", *CONTEXT, *AROUND)
"""What the trees may ask of a message."""


@dataclass(slots=True)
class Asked:
    """Messages as they were scored, a row each: vector (around the shop's middle, of length one), `NAMES`, `AGREEING`,
    the shipped model's logit, the likeness to the nearest phrasing, and the first article."""

    vectors: Vectors
    figures: Vectors
    agreeing: Vectors
    logits: Vectors
    best: Vectors
    firsts: Ints

    def some(self, places: Sequence[int]) -> Asked:
        """Those in these places."""
        at = list(places)
        return Asked(
            self.vectors[at], self.figures[at], self.agreeing[at], self.logits[at], self.best[at], self.firsts[at]
        )


def together(parts: Sequence[Asked]) -> Asked:
    """The last `KEPT` of several."""
    return Asked(
        np.concatenate([part.vectors for part in parts])[-KEPT:],
        np.concatenate([part.figures for part in parts])[-KEPT:],
        np.concatenate([part.agreeing for part in parts])[-KEPT:],
        np.concatenate([part.logits for part in parts])[-KEPT:],
        np.concatenate([part.best for part in parts])[-KEPT:],
        np.concatenate([part.firsts for part in parts])[-KEPT:],
    )


def agreeing(
    shelf: Shelf, topics: Topics, scores: Scores, first: Ints, grams: Sequence[Grams], texts: Sequence[str]
) -> Vectors:
    """A row of `AGREEING` for each message: whether each likeness alone finds the same article, the shares of its
    n-grams that no article has and that the first article has, and what it is about beside that article."""
    own = np.array(
        [shelf.shared(ids, place) for (ids, _), place in zip(grams, first.tolist(), strict=True)], np.float32
    )
    known = np.array([shelf.known(ids) for ids, _ in grams], np.float32)
    most = np.array([max(len(set(pieces(text))), 1) for text in texts], np.float32)
    about = [
        topics.figures(text, place, votes)
        for text, place, votes in zip(texts, first.tolist(), scores.votes, strict=True)
    ]
    agree = np.stack(
        [
            scores.near.argmax(1) == first,
            scores.told.argmax(1) == first,
            scores.words.argmax(1) == first,
            1 - known / most,
            own / most,
        ],
        1,
    )
    return np.concatenate([agree, np.array(about, np.float32)], 1).astype(np.float32)


class Traffic:
    """What the last messages of a language say, worked out for asking. Made anew every so many messages."""

    def __init__(self, lang: str, measures: Measures, rehearsal: Rehearsal, window: Asked, shift: Shift) -> None:
        shelf = measures.shelf
        assert shelf.phrasings is not None
        self.window = window
        self._phrasings = shelf.phrasings
        self._context = _context(rehearsal, window.logits, len(shelf.owner) / shelf.count, shelf.count)
        self._trees = trees.shipped(lang)
        self._lay_between()
        self.threshold = _lowest(shift.probability(self.own_logits()))

    def rows(self) -> Vectors:
        """Rows of `COLUMNS` for the messages of the window, each as if it were the next one."""
        return self._rows(self.window, within=True)

    def logit(self, asked: Asked) -> Vectors:
        """The log odds that the first article of each of these messages is right."""
        return self._trees.logit(self._rows(asked, within=False))

    def own_logits(self) -> Vectors:
        """The same for the messages of the window, each as if it were the next one."""
        return self._trees.logit(self.rows())

    def _lay_between(self) -> None:
        """A plane between the phrasings and the messages, by ridge regression, both sides weighing the same."""
        ours, theirs = self._phrasings, self.window.vectors
        self._centre = (ours.mean(0) + theirs.mean(0)) / 2
        ours, theirs = ours - self._centre, theirs - self._centre
        self._share = 1 / len(theirs)
        gram = ours.T @ ours / len(ours) + theirs.T @ theirs * self._share
        self._inverse = np.linalg.inv(gram + STIFF * np.eye(gram.shape[0], dtype=np.float32)).astype(np.float32)
        self._plane = self._inverse @ (ours.mean(0) - theirs.mean(0))
        sides = self._sides(self.window.vectors, within=True)
        self._middle, self._spread = float(np.median(sides)), float(sides.std()) + 1e-3

    def _sides(self, vectors: Vectors, *, within: bool) -> Vectors:
        away = vectors - self._centre
        sides: Vectors = away @ self._plane
        if within:
            leverage = ((away @ self._inverse) * away).sum(1) * self._share
            sides = (sides + leverage) / np.maximum(1 - leverage, 0.05)
        return sides

    def _rows(self, asked: Asked, *, within: bool) -> Vectors:
        vectors = asked.vectors
        sides = self._sides(vectors, within=within)
        likeness = vectors @ self.window.vectors.T
        if within:
            np.fill_diagonal(likeness, -2)
        likeness[likeness > TWIN] = -2
        count = min(NEIGHBOURS, likeness.shape[1])
        at = np.argsort(-likeness, 1, kind="stable")[:, :count]
        close = np.take_along_axis(likeness, at, 1)
        logits = np.clip(self.window.logits, -6, 6)[at]
        weights = np.exp(8 * np.minimum(close, 1))
        same = (self.window.firsts[at[:, :5]] == asked.firsts[:, None]).mean(1)
        around = np.stack(
            [
                (sides - self._middle) / self._spread,
                sides,
                asked.best - close[:, :3].mean(1),
                asked.best - close[:, 0],
                close[:, :5].mean(1),
                (logits * weights).sum(1) / weights.sum(1),
                logits[:, :3].mean(1),
                logits[:, :3].min(1),
                same,
            ],
            1,
        )
        context = np.broadcast_to(self._context, (len(vectors), len(CONTEXT)))
        columns = (asked.figures, asked.agreeing, asked.logits[:, None], context, around)
        return np.concatenate(columns, 1).astype(np.float32)


def _context(rehearsal: Rehearsal, logits: Vectors, each: float, articles: int) -> Vectors:
    plain = Shift()
    mean = float(plain.probability(logits).mean())
    strays = rehearsal.stray_logits if len(rehearsal.stray_logits) else np.zeros(1, np.float32)
    stray = float(plain.probability(strays).mean())
    some = len(rehearsal.kept_logits) > 0
    kept = float(plain.probability(rehearsal.kept_logits).mean()) if some else stray + 0.3
    return np.array(
        [
            *np.quantile(logits, _QUANTILES),
            mean,
            *np.quantile(strays, (0.5, 0.9)),
            stray,
            kept,
            float(rehearsal.right.mean()) if some else 0.5,
            np.clip((mean - stray) / max(kept - stray, 0.1), -0.5, 1.5),
            np.log(each),
            np.log(articles),
        ],
        np.float32,
    )


def _lowest(confidences: Vectors) -> float:
    """The lowest confidence above which the mean is `AIM`; above 1 where no confidence is so high."""
    ordered = np.sort(confidences)[::-1].astype(np.float64)
    good = np.flatnonzero(np.cumsum(ordered) / np.arange(1, len(ordered) + 1) >= AIM)
    return float(ordered[good[-1]]) if len(good) else 1.01
