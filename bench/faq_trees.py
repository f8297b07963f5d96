"""Growing `server.faq.trees`: gradient boosting with trees that ask one question a level, on numpy alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from server.faq.encoders import Vectors
from server.faq.scoring import Ints
from server.faq.trees import Trees

BINS = 48


@dataclass(frozen=True)
class Growth:
    """How trees grow: `stiffness` is added to a leaf's curvature, `columns` and `rows` are the shares a tree sees."""

    trees: int = 200
    depth: int = 4
    rate: float = 0.12
    stiffness: float = 10.0
    columns: float = 0.4
    rows: float = 0.5


def grow(
    names: tuple[str, ...],
    rows: Vectors,
    right: Vectors,
    share: Vectors,
    how: Growth,
    left: Sequence[str] = (),
    seed: int = 0,
) -> Trees:
    """Trees for the log odds of `right`, each row weighing `share` (1 in the mean); they never ask what is `left`."""
    draw = np.random.default_rng(seed)
    allowed = np.array([place for place, name in enumerate(names) if name not in left])
    edges = [np.unique(np.quantile(column, np.linspace(0, 1, BINS + 1)[1:-1])) for column in rows.T]
    binned = np.stack([np.searchsorted(edge, column) for edge, column in zip(edges, rows.T, strict=True)], 1)
    mean = float((share * right).sum() / share.sum())
    bias = float(np.log(mean / (1 - mean)))
    now = np.full(len(rows), bias)
    asked, bounds, leaves = [], [], []
    for _ in range(how.trees):
        p = 1 / (1 + np.exp(-now))
        slope, curve = share * (right - p), share * p * (1 - p)
        seen = np.flatnonzero(draw.random(len(rows)) < how.rows)
        columns = draw.choice(allowed, max(4, int(len(allowed) * how.columns)), replace=False)
        tree = _tree(binned[seen], slope[seen], curve[seen], columns, [len(edge) for edge in edges], how)
        leaf = np.zeros(len(rows), np.int64)
        for column, bound in tree:
            leaf = leaf * 2 + (binned[:, column] > bound)
        size = 1 << how.depth
        values = how.rate * np.bincount(leaf[seen], slope[seen], size)
        values = values / (np.bincount(leaf[seen], curve[seen], size) + how.stiffness)
        now += values[leaf]
        asked.append([column for column, _ in tree])
        bounds.append([edges[column][bound] for column, bound in tree])
        leaves.append(values)
    return Trees(names, bias, np.array(asked), np.array(bounds, np.float32), np.array(leaves, np.float32))


def _tree(
    binned: Ints, slope: Vectors, curve: Vectors, columns: Ints, sizes: list[int], how: Growth
) -> list[tuple[int, int]]:
    """For each level the column and the bin above which a row goes to the right, whichever gains most."""
    leaf = np.zeros(len(binned), np.int64)
    levels: list[tuple[int, int]] = []
    for level in range(how.depth):
        count, best = 1 << level, (-1.0, 0, 0)
        for column in columns.tolist():
            if not sizes[column]:
                continue
            key = leaf * BINS + binned[:, column]
            slopes = np.bincount(key, slope, count * BINS).reshape(count, BINS)
            curves = np.bincount(key, curve, count * BINS).reshape(count, BINS)
            left, weight = slopes.cumsum(1)[:, : sizes[column]], curves.cumsum(1)[:, : sizes[column]]
            right, other = slopes.sum(1, keepdims=True) - left, curves.sum(1, keepdims=True) - weight
            gain = (left**2 / (weight + how.stiffness) + right**2 / (other + how.stiffness)).sum(0)
            at = int(gain.argmax())
            best = max(best, (float(gain[at]), column, at))
        _, column, bound = best
        levels.append((column, bound))
        leaf = leaf * 2 + (binned[:, column] > bound)
    return levels
