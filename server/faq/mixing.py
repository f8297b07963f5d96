"""What of the messages is known, by their confidences alone: a mixture of what the shop's own phrasings showed.

Left out in turn, phrasings show how sure the matcher is of questions that have an article; with their whole articles
left out, of questions that have none. The messages are something of both. How much of each is found by expectation
maximisation (Saerens, Latinne and Decaestecker 2002), and with it how likely a message of this confidence is right.
"""

from __future__ import annotations

import numpy as np

from server.faq.confidence import Rehearsal
from server.faq.encoders import Vectors

MIXED = ("strays above", "right ones above", "right of the mixture", "right of the messages")
BREADTH = 0.6
"""Of a single confidence, in log odds."""
_BOUND = 8.0
_ROUNDS = 60
_LEAST = 1e-6


class Mixture:
    """The rehearsal of a shop and the log odds of its last messages."""

    def __init__(self, rehearsal: Rehearsal, logits: Vectors) -> None:
        self._asked = _bounded(logits)
        self._strays = np.sort(_bounded(rehearsal.stray_logits))
        self._kept = _bounded(rehearsal.kept_logits)
        self._right = np.sort(self._kept[rehearsal.right > 0])
        self._hit = len(self._right) / max(len(self._kept), 1)
        self._known = self._share() if len(self._kept) else 0.0

    def figures(self, logits: Vectors, *, within: bool) -> Vectors:
        """A row of `MIXED` for messages of these log odds. `within`: they are the last messages themselves; a new one
        counts among them."""
        at = _bounded(logits)
        count = len(self._asked)
        asked = _density(self._asked, at)
        if not within:
            asked = (asked * count + 1 / (BREADTH * np.sqrt(2 * np.pi))) / (count + 1)
        right = self._known * self._hit * _density(self._right, at)
        kept, strays = _density(self._kept, at), _density(self._strays, at)
        return np.stack(
            [
                _above(self._strays, at),
                self._hit * _above(self._right, at),
                right / (self._known * kept + (1 - self._known) * strays + _LEAST),
                right / (asked + _LEAST),
            ],
            1,
        ).astype(np.float32)

    def _share(self) -> float:
        """The share of the messages that some article answers."""
        known = 0.5
        kept, strays = _density(self._kept, self._asked), _density(self._strays, self._asked)
        for _ in range(_ROUNDS):
            mine = known * kept
            known = float(np.clip((mine / (mine + (1 - known) * strays + _LEAST)).mean(), 0.02, 0.98))
        return known


def _bounded(logits: Vectors) -> Vectors:
    return np.clip(logits, -_BOUND, _BOUND)


def _above(ordered: Vectors, at: Vectors) -> Vectors:
    """Which share of `ordered` is as great or greater."""
    return (1 - np.searchsorted(ordered, at) / max(len(ordered), 1)).astype(np.float32)


def _density(values: Vectors, at: Vectors) -> Vectors:
    """A Gaussian's breadth around each value."""
    if not len(values):
        return np.zeros(len(at), np.float32)
    away = (at[:, None] - values) / BREADTH
    density: Vectors = np.exp(-0.5 * away**2).mean(1) / (BREADTH * np.sqrt(2 * np.pi))
    return density
