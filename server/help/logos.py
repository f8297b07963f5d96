"""Logos of help centres: whatever was sent is drawn anew, so that nothing hides in it."""

from __future__ import annotations

import io
from typing import NamedTuple

from server.errors import Invalid
from server.files import Files

MOST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 25_000_000
WIDEST, HIGHEST = 480, 120
"""In pixels: sharp at three times the size at which it is shown."""
TAKEN = ("PNG", "JPEG", "WEBP", "GIF")


class Logo(NamedTuple):
    """A logo in the file store, and its width and height in pixels."""

    digest: str
    size: tuple[int, int]


def keep(files: Files, content: bytes) -> Logo:
    """Draw a picture small enough for a page's head, as WebP, and keep it; in a worker thread. Raises `Invalid`."""
    from PIL import Image, ImageOps

    if len(content) > MOST_BYTES:
        raise Invalid(fields={"logo": "is larger than 5 MB"})
    try:
        with Image.open(io.BytesIO(content), formats=TAKEN) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise Invalid(fields={"logo": "has too many pixels"})
            drawn = ImageOps.exif_transpose(opened).convert("RGBA")
            drawn.thumbnail((WIDEST, HIGHEST), Image.Resampling.LANCZOS)
    except Invalid:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, MemoryError) as error:
        raise Invalid(fields={"logo": "is not a PNG, JPEG, GIF or WebP picture"}) from error
    out = io.BytesIO()
    drawn.save(out, "WEBP", quality=90, method=4)
    return Logo(files.keep(iter([out.getvalue()])).digest, drawn.size)
