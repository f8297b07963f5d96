"""What a desk is asked these days: the last messages of a language, and what they say of the next one.

Whether an article is right for a message shows not only in how alike they are. Where many messages stand close to each
other and far from every phrasing, a topic has no article (`surroundings`); where the best of all messages are no better
than a wrong article usually is, little of what is asked can be answered (`mixing`). None of this needs anybody's
judgement. The threshold comes from the messages too: the lowest above which the mean confidence is `AIM`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from server.faq import trees
from server.faq.confidence import Rehearsal, Shift
from server.faq.encoders import Vectors
from server.faq.features import NAMES, Measures
from server.faq.lexicon import Grams, pieces
from server.faq.mixing import MIXED, Mixture
from server.faq.scoring import Ints, Scores, Shelf
from server.faq.surroundings import AROUND, CONTRASTED, SHARP, Surroundings, Window, contrasts
from server.faq.topics import FIGURES, Topics

KEPT = 800
"""The last so many messages are kept, as vectors and figures."""
LEAST = 40
"""From so many messages on they are looked at."""
AIM = 0.94
"""The mean confidence of what is answered by itself. The trees grew on shops with more topics missing than most have:
of what is answered by that mean, 0.95 to 0.97 were right."""
_QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9, 0.97)

SHARED = ("letters unknown", "letters shared", *FIGURES)
CONTEXT = (
    *(f"asked {share}" for share in _QUANTILES),
    "asked mean",
    "kept mean",
    "kept right",
    "asked known",
    "phrasings each",
)
COLUMNS: tuple[str, ...] = (
    *(*NAMES, *SHARED, "logit", *CONTEXT),
    *(*AROUND, *(f"{name}, contrast" for name in CONTRASTED), *MIXED),
)
"""What the trees may ask of a message."""


@dataclass(slots=True)
class Asked:
    """Messages as they were scored, a row each: vector (around the shop's middle, of length one), `NAMES`, `SHARED`,
    the shipped model's logit, the likeness to the nearest phrasing, the first article, its density at the message (a
    logarithm) and the mean likeness to its three nearest phrasings."""

    vectors: Vectors
    figures: Vectors
    shared: Vectors
    logits: Vectors
    best: Vectors
    firsts: Ints
    article: Vectors
    three: Vectors

    def some(self, places: Sequence[int]) -> Asked:
        """Those in these places."""
        at = list(places)
        return Asked(*(getattr(self, one.name)[at] for one in fields(self)))

    @property
    def window(self) -> Window:
        """What their surroundings are made of."""
        return Window(self.vectors, self.firsts, self.logits, self.best)


def together(parts: Sequence[Asked]) -> Asked:
    """The last `KEPT` of several."""
    return Asked(*(np.concatenate([getattr(part, one.name) for part in parts])[-KEPT:] for one in fields(Asked)))


def described(
    vectors: Vectors,
    figures: Vectors,
    logits: Vectors,
    shelf: Shelf,
    topics: Topics,
    scores: Scores,
    first: Ints,
    grams: Sequence[Grams],
    texts: Sequence[str],
) -> Asked:
    """Messages with everything that is known of each by itself."""
    shared = _shared(shelf, topics, scores, first, grams, texts)
    own = [scores.votes[row, shelf.of(place)] for row, place in enumerate(first.tolist())]
    article = np.array([np.log(np.exp(SHARP * votes).mean()) for votes in own], np.float32)
    three = np.array([np.sort(votes)[-3:].mean() for votes in own], np.float32)
    return Asked(vectors, figures, shared, logits, scores.votes.max(1), first, article, three)


def _shared(
    shelf: Shelf, topics: Topics, scores: Scores, first: Ints, grams: Sequence[Grams], texts: Sequence[str]
) -> Vectors:
    """A row of `SHARED` for each message: the shares of its n-grams that no article has and that the first article has,
    and what it is about beside that article."""
    own = np.array(
        [shelf.shared(ids, place) for (ids, _), place in zip(grams, first.tolist(), strict=True)], np.float32
    )
    known = np.array([shelf.known(ids) for ids, _ in grams], np.float32)
    most = np.array([max(len(set(pieces(text))), 1) for text in texts], np.float32)
    about = [
        topics.figures(text, place, votes)
        for text, place, votes in zip(texts, first.tolist(), scores.votes, strict=True)
    ]
    letters = np.stack([1 - known / most, own / most], 1)
    return np.concatenate([letters, np.array(about, np.float32)], 1).astype(np.float32)


class Traffic:
    """What the last messages of a language say, worked out for asking. Made anew every so many messages."""

    def __init__(self, measures: Measures, rehearsal: Rehearsal, window: Asked, shift: Shift) -> None:
        shelf = measures.shelf
        self.window = window
        self._surroundings = Surroundings(shelf, window.window)
        self._own = self._around(window, within=True)
        self._context = _context(rehearsal, window.logits, len(shelf.owner) / shelf.count)
        self._contrasts = contrasts(self._own, window.logits)
        self._mixture = Mixture(rehearsal, window.logits)
        self._trees = trees.shipped()
        self.threshold = lowest(shift.probability(self.own_logits()))

    def rows(self) -> Vectors:
        """Rows of `COLUMNS` for the messages of the window, each as if it were the next one."""
        return self._rows(self.window, self._own, within=True)

    def logit(self, asked: Asked) -> Vectors:
        """The log odds that the first article of each of these messages is right."""
        return self._trees.logit(self._rows(asked, self._around(asked, within=False), within=False))

    def own_logits(self) -> Vectors:
        """The same for the messages of the window, each as if it were the next one."""
        return self._trees.logit(self.rows())

    def _around(self, asked: Asked, *, within: bool) -> Vectors:
        return self._surroundings.figures(asked.window, asked.article, asked.three, within=within)

    def _rows(self, asked: Asked, around: Vectors, *, within: bool) -> Vectors:
        context, contrast = (np.broadcast_to(one, (len(around), len(one))) for one in (self._context, self._contrasts))
        mixed = self._mixture.figures(asked.logits, within=within)
        columns = (asked.figures, asked.shared, asked.logits[:, None], context, around, contrast, mixed)
        return np.concatenate(columns, 1).astype(np.float32)


def _context(rehearsal: Rehearsal, logits: Vectors, each: float) -> Vectors:
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
            kept,
            float(rehearsal.right.mean()) if some else 0.5,
            np.clip((mean - stray) / max(kept - stray, 0.1), -0.5, 1.5),
            np.log(each),
        ],
        np.float32,
    )


def lowest(confidences: Vectors, aim: float = AIM) -> float:
    """The lowest confidence above which the mean is `aim`; above 1 where no confidence is so high."""
    ordered = np.sort(confidences)[::-1].astype(np.float64)
    good = np.flatnonzero(np.cumsum(ordered) / np.arange(1, len(ordered) + 1) >= aim)
    return float(ordered[good[-1]]) if len(good) else 1.01
