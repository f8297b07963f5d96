"""From figures to a confidence: one logistic model for all shops; for each shop the threshold above which it answers.

The model was made by `bench/faq_training.py` from open intent data (CLINC150, Larson et al. 2019, CC BY 3.0;
BANKING77, Casanueva et al. 2020, CC BY 4.0) and the project's own Japanese questions. The threshold is found without
labels: the shop's phrasings are left out in turn (they should be found) and so are their whole articles (nothing
should be found). They can only raise it above what held in the mean of many shops. What agents confirmed shifts the
confidence itself.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from server.faq.encoders import Vectors
from server.faq.features import NAMES, Measures
from server.faq.scoring import Ints, Scores

PRECISION = 0.95
"""Of the automatic answers at least this share is to be right."""
ABSENT = 0.5
"""The share of messages that no article answers, where nothing is known of a shop's messages."""
LONE = 0.985
"""The least threshold where no article has a second phrasing: nothing shows what its right answers look like."""
SUGGEST = 0.12
"""The confidence from which an article is worth an agent's look."""
PRIOR = 100.0
"""The shipped model weighs as much as this many confirmed answers."""
LEAST_PHRASINGS = 5
"""With fewer phrasings than this in all, nothing is answered by itself: they do not show what wrong looks like."""


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic model over `NAMES`, and the threshold that held over the shops it was made from."""

    weights: Vectors
    bias: float
    threshold: float

    def logit(self, features: Vectors) -> Vectors:
        """The log odds that the first article is right."""
        answer: Vectors = (features @ self.weights + self.bias).astype(np.float32)
        return answer


@dataclass(frozen=True, slots=True)
class Shift:
    """What a shop's confirmed answers say of the shipped model: p = sigmoid(slope * logit + bias)."""

    slope: float = 1.0
    bias: float = 0.0

    def probability(self, logit: Vectors) -> Vectors:
        """The confidence."""
        answer: Vectors = 1 / (1 + np.exp(-np.clip(self.slope * logit + self.bias, -30, 30)))
        return answer


@cache
def shipped() -> Model:
    """The model that comes with the product."""
    told = json.loads(files("server.faq").joinpath("confidence.json").read_text("utf-8"))
    weights = np.array([told["weights"].get(name, 0.0) for name in NAMES], np.float32)
    return Model(weights, told["bias"], told["threshold"])


def learn(logits: Sequence[float], right: Sequence[bool]) -> Shift:
    """What confirmed answers tell; the shipped model counts as `PRIOR` of them (Platt's scaling with a prior)."""
    if not logits:
        return Shift()
    x = np.array(logits, np.float64)
    y = np.array(right, np.float64)
    design = np.stack([x, np.ones_like(x)], 1)
    start = np.array([1.0, 0.0])
    # A Gaussian around (1, 0) as narrow as so many messages of the shipped model would make it.
    firm = np.diag([PRIOR * 0.5, PRIOR * 0.15])
    now = start.copy()
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(design @ now, -30, 30)))
        slope = design.T @ (y - p) - firm @ (now - start)
        curve = (design * (p * (1 - p))[:, None]).T @ design + firm
        step = np.linalg.solve(curve, slope)
        now += step
        if np.abs(step).max() < 1e-8:
            break
    return Shift(float(max(now[0], 0.05)), float(now[1]))


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The shop's own phrasings as messages: where they lead without themselves, and without their article."""

    rows: Ints
    found: Ints
    right: Vectors
    kept: Vectors
    stray: Vectors
    kept_logits: Vectors
    stray_logits: Vectors

    def threshold(self, least: float) -> float:
        """The lowest confidence above which the rehearsed answers are right often enough; not below `least`."""
        p = np.concatenate([self.kept, self.stray])
        right = np.concatenate([self.right, np.zeros(len(self.stray), np.float32)])
        weight = np.concatenate([_share(1 - ABSENT, self.kept), _share(ABSENT, self.stray)])
        order = np.argsort(-p)
        precision = np.cumsum((weight * right)[order]) / np.maximum(np.cumsum(weight[order]), 1e-12)
        good = np.flatnonzero(precision >= PRECISION)
        if not len(self.kept):
            # One phrasing per article: only what a wrong answer reaches can be seen.
            return max(least, LONE, float(np.quantile(self.stray, 0.995)) if len(self.stray) else least)
        return max(least, float(p[order][good[-1]]) if len(good) else float(p.max(initial=least)) + 1e-6)

    def outlook(self, threshold: float) -> tuple[float, float | None]:
        """Expected coverage and precision of automatic answers; no precision where none is expected."""
        if not len(self.kept):
            return 0.0, None
        sure = self.kept >= threshold
        good = float((self.right * sure).mean()) * (1 - ABSENT)
        strayed = float((self.stray >= threshold).mean()) if len(self.stray) else 0.0
        bad = float(((1 - self.right) * sure).mean()) * (1 - ABSENT) + strayed * ABSENT
        return good / (1 - ABSENT), good / (good + bad) if good + bad else None


def rehearse(measures: Measures, scores: Scores, lengths: Vectors, model: Model, shift: Shift) -> Rehearsal:
    """Ask each phrasing as if it had not been written, and as if its article had not.

    `scores` are those of the sampled phrasings left out, `lengths` those of all phrasings.
    """
    shelf = measures.shelf
    rows = shelf.sample
    own = shelf.owner[rows]
    several = shelf.sizes[own] > 1
    first = scores.sum.argmax(1)
    kept = model.logit(measures.features(scores, first, lengths[rows]))[several]
    without = shelf.leave_articles_out()
    stray = model.logit(measures.features(without, without.sum.argmax(1), lengths[rows]))
    if shelf.count < 2:
        stray = stray[:0]
    right = (first == own)[several].astype(np.float32)
    sure = shift.probability
    return Rehearsal(rows[several], first[several], right, sure(kept), sure(stray), kept, stray)


def _share(whole: float, of: Vectors) -> Vectors:
    return np.full(len(of), whole / max(len(of), 1), np.float32)
