"""Agents' pictures: whatever was sent is drawn anew, small and square, so that nothing hides in it.

Customers see them beside what an agent writes; a camera's notes on where it was are not kept.
"""

from __future__ import annotations

import io

import msgspec

from server.database import Transaction
from server.errors import Invalid, NotFound

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 50_000_000
SIDE = 256
"""In pixels: sharp at four times the size at which it is shown."""
TAKEN = ("PNG", "JPEG", "WEBP", "GIF")
MEDIA_TYPE = "image/webp"


class Picture(msgspec.Struct, frozen=True):
    """A picture in the file store."""

    digest: str
    media_type: str = MEDIA_TYPE


def address(digest: str | None, media_type: str | None) -> str:
    """Where a picture is fetched, by anybody who knows its digest; empty for none."""
    return f"/pictures/{digest}.{media_type.removeprefix('image/')}" if digest and media_type else ""


def drawn(content: bytes) -> bytes:
    """A picture cut to its middle square, upright, as WebP. Raises `Invalid` for what is no picture or a huge one."""
    from PIL import Image, ImageOps

    if len(content) > MOST_BYTES:
        raise Invalid(fields={"picture": "is larger than 10 MB"})
    try:
        with Image.open(io.BytesIO(content), formats=TAKEN) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise Invalid(fields={"picture": "has too many pixels"})
            opened.draft("RGB", (SIDE * 2, SIDE * 2))  # a JPEG is read at a size near the one wanted
            upright = ImageOps.exif_transpose(opened).convert("RGBA")
            small = ImageOps.fit(upright, (SIDE, SIDE), Image.Resampling.LANCZOS)
    except Invalid:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, MemoryError) as error:
        raise Invalid(fields={"picture": "is not a PNG, JPEG, GIF or WebP picture"}) from error
    out = io.BytesIO()
    small.save(out, "WEBP", quality=86, method=4)
    return out.getvalue()


def find(tx: Transaction, digest: str) -> Picture:
    """The picture of this digest. Raises `NotFound` when no agent has it."""
    row = tx.first("SELECT picture_type FROM agent WHERE picture = :digest LIMIT 1", digest=digest)
    if row is None:
        raise NotFound()
    return Picture(digest, row.picture_type)
