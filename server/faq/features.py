"""What says whether the first article is right: eleven kinds of figures, each comparable between shops.

A likeness of 0.6 is much in one shop and little in another; so each is measured against what the shop's own phrasings
reach with wrong articles (`away`), with their own (`typical`), and against the articles that come next (`lead`).
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace

import numpy as np

from server.faq.encoders import Vectors
from server.faq.scoring import CHANNELS, NOWHERE, Ints, Scores, Shelf

NAMES: tuple[str, ...] = (
    *(f"{channel} {kind}" for channel in CHANNELS for kind in ("away", "lead", "lead over two")),
    *(f"{channel} {kind}" for channel in CHANNELS[:3] for kind in ("typical", "gap")),
    "sum raw",
    "near raw",
    "votes",
    "sharp 0.05",
    "sharp 0.1",
    "phrasings",
    "articles",
    "length",
    "novelty",
    "own found",
)
VOTERS = 5
LEAST_SPREAD = 0.02
_PRIOR = 4.0


@dataclass(frozen=True, slots=True)
class Measure:
    """What one likeness is worth in this shop: of the best wrong articles the median and the spread, of the right ones
    the mean by article and the spread, and how far those two lie apart, in spreads."""

    wrong: float
    spread: float
    right: Vectors
    right_spread: float
    gap: float


class Measures:
    """A shop's measures, from its own phrasings left out in turn."""

    def __init__(self, shelf: Shelf, scores: Scores) -> None:
        """`scores` are those of the sampled phrasings left out."""
        self.shelf = shelf
        own = shelf.owner[shelf.sample]
        self.channels = {name: _measure(getattr(scores, name), own, shelf) for name in CHANNELS}
        self.novelty = float(np.median(scores.novelty)) + 1e-6
        several = shelf.sizes[own] > 1
        hits = scores.sum.argmax(1) == own
        # With few phrasings to leave out, what shops have in the mean.
        self.found = float((hits[several].sum() + 0.6 * _PRIOR) / (several.sum() + _PRIOR)) if several.any() else 0.0

    def carried(self, shelf: Shelf, places: Ints) -> Measures:
        """The same for a shelf that changed little; `places` says where each article stood, -1 for a new one."""
        carried = copy(self)
        carried.shelf = shelf
        carried.channels = {
            name: replace(one, right=np.where(places >= 0, one.right[places], one.right.mean()).astype(np.float32))
            for name, one in self.channels.items()
        }
        return carried

    def features(self, scores: Scores, first: Ints, lengths: Vectors) -> Vectors:
        """A row of `NAMES` for each message; `first` is its article in question, `lengths` its letters."""
        shelf, at = self.shelf, np.arange(len(first))
        columns: list[Vectors] = []
        typical: list[Vectors] = []
        raw: list[Vectors] = []
        for name in CHANNELS:
            measure, likeness = self.channels[name], getattr(scores, name)
            value = likeness[at, first]
            next_ones = _next(likeness, first, measure.wrong - 2 * measure.spread)
            columns.append((value - measure.wrong) / measure.spread)
            columns.append((value - next_ones[:, 0]) / measure.spread)
            columns.append((value - next_ones[:, 1:].mean(1)) / measure.spread)
            if name != "words":
                typical.append((value - measure.right[first]) / measure.right_spread)
                typical.append(np.full(len(first), measure.gap, np.float32))
            if name in ("sum", "near"):
                raw.append(value)
        voters = min(VOTERS, scores.votes.shape[1])
        nearest = np.array([np.argpartition(-row, voters - 1)[:voters] for row in scores.votes], int).reshape(
            -1, voters
        )
        votes = (shelf.owner[nearest] == first[:, None]).sum(1) / np.minimum(shelf.sizes[first], voters)
        others = scores.sum - scores.sum[at, first][:, None]
        sharp = [-np.log(np.exp(np.clip(others / heat, -50, 50)).sum(1)) for heat in (0.05, 0.1)]
        columns += [
            *typical,
            *raw,
            votes,
            *sharp,
            np.log(shelf.sizes[first]),
            np.full(len(first), np.log(shelf.count)),
            np.log(1 + lengths),
            np.log(np.maximum(scores.novelty, 1e-6) / self.novelty),
            np.full(len(first), self.found),
        ]
        return np.clip(np.stack(columns, 1), -30, 30).astype(np.float32)


def _measure(likeness: Vectors, own: Ints, shelf: Shelf) -> Measure:
    at = np.arange(len(own))
    several = shelf.sizes[own] > 1
    mine = likeness[at, own]
    wrong = likeness.copy()
    wrong[at, own] = NOWHERE
    best = wrong.max(1) if shelf.count > 1 else np.zeros(len(own), np.float32)
    middle = float(np.median(best))
    spread = max(float(np.median(np.abs(best - middle))) * 1.4826, LEAST_SPREAD)
    if not several.any():
        return Measure(middle, spread, np.full(shelf.count, middle + 2 * spread, np.float32), spread, 0.0)
    mean = float(mine[several].mean())
    sums = np.bincount(own[several], weights=mine[several], minlength=shelf.count)
    counts = np.bincount(own[several], minlength=shelf.count)
    right = ((sums + 2 * mean) / (counts + 2)).astype(np.float32)
    return Measure(middle, spread, right, float(mine[several].std()) + LEAST_SPREAD, (mean - middle) / spread)


def _next(likeness: Vectors, first: Ints, floor: float) -> Vectors:
    """The three best of the other articles; where there are fewer, what a wrong one reaches here at least."""
    others = likeness.copy()
    others[np.arange(len(first)), first] = NOWHERE
    if others.shape[1] > 3:
        others = -np.partition(-others, 2, axis=1)[:, :3]
    else:
        others = np.pad(others, ((0, 0), (0, 3 - others.shape[1])), constant_values=NOWHERE)
    ordered: Vectors = -np.sort(-others, axis=1)
    return np.maximum(ordered, min(floor, 0.0))
