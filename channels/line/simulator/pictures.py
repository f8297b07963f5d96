"""Small pictures drawn on the spot, so that faces and photos have bytes without a file in the tree."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from functools import lru_cache

Color = tuple[int, int, int]
_CLEAR = (0, 0, 0, 0)
_INK = (91, 70, 54, 255)
# The colours of the faces, in the order in which the phone page knows them.
_MOODS = ("ffd86b", "ffb3c1", "9ee29a", "a9d6ff", "c9bdf2", "a9c4e8", "ff9d87", "ffe27a")
_SAD = (4, 5, 6)


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


@lru_cache(maxsize=64)
def sticker(number: int, side: int = 160) -> bytes:
    """A PNG of the house's character, round and on nothing, in the mood that belongs to a sticker's id."""
    mood = (number - 1988) % len(_MOODS)
    body = (*bytes.fromhex(_MOODS[mood]), 255)
    bend = -1 if mood in _SAD else 1

    def at(x: float, y: float) -> tuple[int, ...]:
        away = ((x - 0.5) / 0.43) ** 2 + ((y - 0.54) / 0.41) ** 2
        if away > 1:
            return (111, 191, 115, 255) if (x - 0.53) ** 2 / 0.0016 + (y - 0.08) ** 2 / 0.005 < 1 else _CLEAR
        eye = min(abs(x - 0.37), abs(x - 0.63)) ** 2 / 0.0016 + (y - 0.48) ** 2 / 0.0026 < 1
        curve = 0.66 - bend * 0.06 * (((x - 0.5) / 0.1) ** 2 - 0.5)
        mouth = abs(x - 0.5) < 0.11 and abs(y - curve) < 0.016
        return _INK if away > 0.9 or eye or mouth else body

    return _png(side, side, at, channels=4)


def _png(width: int, height: int, at: Callable[[float, float], tuple[int, ...]], channels: int = 3) -> bytes:
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            rows.extend(at((x + 0.5) / width, (y + 0.5) / height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2 if channels == 3 else 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 6)), (b"IEND", b""))
    )
