"""Structs, worked out before threads read them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import msgspec

_ready: set[type[msgspec.Struct]] = set()


def prepare() -> None:
    """Have msgspec work out every struct that is loaded and was not yet; 0.1 ms each.

    It does so when a struct is first read into, and keeps the half of it where other threads see it: two first reads
    at once end the process (a segmentation fault, msgspec 0.22). So this comes before the first thread.
    """
    for shape in _loaded(msgspec.Struct):
        if shape not in _ready:
            with contextlib.suppress(TypeError):  # one that cannot be read into, by none
                msgspec.json.Decoder(shape)
            _ready.add(shape)


def _loaded(shape: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for each in shape.__subclasses__():
        yield each
        yield from _loaded(each)
