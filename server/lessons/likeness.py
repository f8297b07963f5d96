"""How alike sentences are: by the sentence encoder's vectors, and by their letters where there is no model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from server.faq.encoders import Vectors
from server.lessons.masking import letters

NEAR = 0.94
"""Two phrasings with a cosine from here on say the same to the matcher."""
NEAR_IN_LETTERS = 0.8
"""The share of three-letter pieces that near-duplicates have in common (Jaccard)."""
WIDTH = 1024


def near(text: str, others: Sequence[str], vectors: Vectors | None = None) -> bool:
    """Whether a sentence is nearly one of the others. `vectors` has a row for it and then for each of them."""
    own = letters(text)
    pieces = _pieces(own)
    for other in others:
        theirs = letters(other)
        found = _pieces(theirs)
        if own == theirs or len(pieces & found) >= NEAR_IN_LETTERS * max(len(pieces | found), 1):
            return True
    return vectors is not None and len(others) > 0 and float((vectors[1:] @ vectors[0]).max()) >= NEAR


def by_letters(texts: Sequence[str]) -> Vectors:
    """Stand-ins for sentence vectors: counts of two-letter pieces, of length one."""
    made = np.zeros((len(texts), WIDTH), np.float32)
    for row, text in enumerate(texts):
        for piece in _pieces(letters(text), 2):
            made[row, hash_of(piece)] += 1
    lengths = np.linalg.norm(made, axis=1, keepdims=True)
    return np.asarray(made / np.maximum(lengths, 1e-6), np.float32)


def hash_of(piece: str) -> int:
    """A place for a piece, the same in every process."""
    found = 0
    for char in piece:
        found = (found * 31 + ord(char)) % 65_521
    return found % WIDTH


def _pieces(text: str, size: int = 3) -> set[str]:
    return {text[at : at + size] for at in range(max(len(text) - size + 1, 1))}
