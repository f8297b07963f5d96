"""How much of what is asked is known shows in the confidences, without anybody's judgement."""

from __future__ import annotations

import numpy as np
import pytest

from server.faq.confidence import Rehearsal
from server.faq.encoders import Vectors
from server.faq.mixing import MIXED, Mixture


def logits(middle: float, count: int, seed: int) -> Vectors:
    return np.random.default_rng(seed).normal(middle, 1, count).astype(np.float32)


def rehearsal(kept: int = 200) -> Rehearsal:
    none = np.zeros(0, np.int64)
    right = (np.arange(kept) % 5 > 0).astype(np.float32)
    flat = np.zeros(0, np.float32)
    return Rehearsal(none, none, right, flat, flat, logits(2.5, kept, 1), logits(-2, 200, 2))


@pytest.mark.parametrize("known", [0.2, 0.5, 0.9])
def test_the_share_of_known_messages_is_found(known: float) -> None:
    asked = np.concatenate([logits(2.5, int(400 * known), 3), logits(-2, int(400 * (1 - known)), 4)])
    assert Mixture(rehearsal(), asked)._known == pytest.approx(known, abs=0.07)


def test_the_same_confidence_is_worth_less_where_little_is_known() -> None:
    at = np.array([0.5], np.float32)
    right = []
    for known in (40, 360):
        asked = np.concatenate([logits(2.5, known, 5), logits(-2, 400 - known, 6)])
        right.append(
            float(Mixture(rehearsal(), asked).figures(at, within=False)[0, MIXED.index("right of the mixture")])
        )
    assert right[0] < 0.5 < right[1]


def test_with_one_phrasing_each_nothing_is_claimed() -> None:
    found = Mixture(rehearsal(0), logits(0, 150, 7)).figures(np.array([-3, 0, 3], np.float32), within=False)
    assert np.isfinite(found).all()
    assert not found[:, 1:].any()
    assert found[0, 0] > found[2, 0]
