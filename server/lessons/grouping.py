"""Putting questions that mean the same into groups: by the likeness of their vectors, in a fixed order.

The question with the most others near it is the middle of the first group, and so on with what is left. What stands
nearer to the middle of another group goes there; then groups whose middles are near each other become one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from server.faq.encoders import Vectors

NEAR = 0.56
"""The cosine of sentence vectors from which on two questions may mean the same."""
NEAR_IN_LETTERS = 0.5
"""The same for counts of letters."""
LEAST = 3
"""So many messages make a group."""


class Group(NamedTuple):
    """Places of the questions of a group, the most central one first."""

    members: list[int]


def groups(vectors: Vectors, near: float = NEAR, least: int = LEAST) -> list[Group]:
    """The groups, the largest first. The vectors have length one; some thousands are a matter of a second."""
    count = len(vectors)
    if count < least:
        return []
    likeness = vectors @ vectors.T
    close = likeness >= near
    free = np.ones(count, bool)
    middles: list[int] = []
    while True:
        sizes = (close & free).sum(1) * free
        middle = int(sizes.argmax())
        if sizes[middle] < least:
            break
        middles.append(middle)
        free &= ~close[middle]
        free[middle] = False
    if not middles:
        return []
    to_middles = likeness[:, middles]
    best = to_middles.argmax(1)
    held = to_middles.max(1) >= near
    found = []
    for place in range(len(middles)):
        members = np.flatnonzero(held & (best == place))
        if len(members) < least:
            continue
        within = likeness[np.ix_(members, members)].mean(1)
        found.append(Group([int(members[at]) for at in np.argsort(-within, kind="stable")]))
    return sorted(found, key=lambda group: (-len(group.members), group.members[0]))


def typical(vectors: Vectors, near: float) -> list[int]:
    """Of texts that should say the same: the places of those that stand near the most central one, which is first; none
    when they do not agree."""
    if len(vectors) < 2:
        return []
    likeness = vectors @ vectors.T
    middle = int(likeness.sum(1).argmax())
    agreeing = [int(at) for at in np.argsort(-likeness[middle], kind="stable") if likeness[middle, at] >= near]
    return [middle, *(at for at in agreeing if at != middle)] if len(agreeing) >= 2 else []


def same(name: str, others: Sequence[str], vectors: Vectors | None, near: float) -> int | None:
    """Which of the names is the nearest to this one, if it is near. `vectors`: a row for it, then for each."""
    if not others:
        return None
    if name in others:
        return others.index(name)
    if vectors is None:
        return None
    cosines = vectors[1:] @ vectors[0]
    best = int(cosines.argmax())
    return best if float(cosines[best]) >= near else None
