"""Small pictures drawn on the spot, so that faces and photos have bytes without a file in the tree."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from functools import lru_cache

Color = tuple[int, int, int]


@lru_cache(maxsize=64)
def face(seed: str, side: int = 96) -> bytes:
    """A PNG of a person: head and shoulders on a colour that belongs to the name."""
    number = zlib.crc32(seed.encode())
    back: Color = (150 + number % 80, 150 + (number >> 8) % 80, 150 + (number >> 16) % 80)
    front: Color = (back[0] - 80, back[1] - 80, back[2] - 80)

    def at(x: float, y: float) -> Color:
        head = (x - 0.5) ** 2 + (y - 0.4) ** 2 < 0.18**2
        shoulders = ((x - 0.5) / 0.36) ** 2 + ((y - 1.0) / 0.36) ** 2 < 1
        return front if head or shoulders else back

    return _png(side, side, at)


@lru_cache(maxsize=8)
def photo(width: int = 240, height: int = 180, tint: int = 0) -> bytes:
    """A PNG that looks like a view: a sky, a sun and two hills."""

    def at(x: float, y: float) -> Color:
        if (x - 0.72) ** 2 + ((y - 0.28) * height / width) ** 2 < 0.006:
            return (255, 236, 170)
        if y > 0.62 + 0.12 * abs(2 * x - 0.7):
            return (86 + tint % 90, 150, 92 + tint // 2 % 90)
        if y > 0.5 + 0.25 * abs(1.6 * x - 1.1):
            return (122 + tint % 90, 176, 128 + tint // 2 % 90)
        return (150 + int(60 * y), 200 + int(30 * y), 245)

    return _png(width, height, at)


def _png(width: int, height: int, at: Callable[[float, float], Color]) -> bytes:
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            rows.extend(at((x + 0.5) / width, (y + 0.5) / height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 6)), (b"IEND", b""))
    )
