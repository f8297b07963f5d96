"""The bytes of an arrival, exactly as they came."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Protocol


class Raw:
    """The bytes of an arrival exactly as they came, in memory when small, else in a file."""

    __slots__ = ("_data", "path", "size")

    def __init__(self, data: bytes | None = None, path: Path | None = None) -> None:
        if (data is None) == (path is None):
            raise ValueError("a Raw is made of either data or a path")
        self._data = data
        self.path = path
        self.size = len(data) if data is not None else path.stat().st_size if path else 0

    def view(self) -> bytes | mmap.mmap:
        """The bytes without copying: a large arrival is mapped, not read."""
        if self._data is not None:
            return self._data
        assert self.path is not None
        if self.size == 0:
            return b""
        with self.path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def bytes(self) -> bytes:
        """The bytes as one object; use `view` where the size is not known to be small."""
        return self._data if self._data is not None else bytes(self.view())


class Spool(Protocol):
    """A file being received. Written chunk by chunk; gone if the context is left before it was accepted."""

    async def write(self, chunk: bytes) -> None:
        """Append. Raises `TooLarge` past the desk's limit for one arrival, `OSError` when the disk is full."""

    async def raw(self) -> Raw:
        """Everything written so far, synced to disk."""


class TooLarge(Exception):
    """More bytes than the desk takes in one arrival (setting `max_arrival_bytes`)."""
