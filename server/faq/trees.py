"""Boosted trees over figures of any kind: what makes a confidence of them where a straight line is not enough.

Each tree asks the same question of all its branches on a level (Prokhorenkova et al. 2018, section 4), so that a row's
leaf is a number in binary and a thousand rows take some milliseconds. `bench/faq_training.py` grows them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from server.faq.encoders import Vectors
from server.faq.scoring import Ints


@dataclass(frozen=True, slots=True)
class Trees:
    """For each tree the figures asked (by place) with their bounds, one a level, and the values of its leaves."""

    names: tuple[str, ...]
    bias: float
    asked: Ints
    bounds: Vectors
    leaves: Vectors

    def logit(self, rows: Vectors) -> Vectors:
        """The log odds for rows of `names`."""
        leaf: npt.NDArray[np.int64] = np.zeros((len(rows), len(self.asked)), np.int64)
        for level in range(self.asked.shape[1]):
            leaf = leaf * 2 + (rows[:, self.asked[:, level]] > self.bounds[:, level])
        total: Vectors = (self.bias + self.leaves[np.arange(len(self.asked)), leaf].sum(1)).astype(np.float32)
        return total


@cache
def shipped() -> Trees:
    """The trees that come with the product."""
    return read(files("server.faq").joinpath("trees.json").read_text("utf-8"))


def read(text: str) -> Trees:
    """Trees as `bench/faq_training.py` writes them. Raises `ValueError` or `KeyError`."""
    told = json.loads(text)
    return Trees(
        tuple(told["names"]),
        told["bias"],
        np.array(told["asked"], np.int64),
        np.array(told["bounds"], np.float32),
        np.array(told["leaves"], np.float32),
    )
