"""What counts as an agent's picture: by its bytes, never by what somebody says of it, and nothing hides in it."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from server.agents import pictures
from server.errors import Invalid


def picture(kind: str = "PNG", width: int = 300, height: int = 200, **more: object) -> bytes:
    """Left half red, right half blue."""
    made = Image.new("RGB", (width, height), (200, 0, 0))
    made.paste((0, 0, 200), (width // 2, 0, width, height))
    out = io.BytesIO()
    made.save(out, kind, **more)
    return out.getvalue()


def huge() -> bytes:
    """A PNG that says it is enormous."""
    head = b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
@pytest.mark.parametrize(("width", "height"), [(300, 200), (40, 900), (1, 1), (256, 256)])
def test_every_picture_becomes_a_small_square(kind: str, width: int, height: int) -> None:
    drawn = pictures.drawn(picture(kind, width, height))
    with Image.open(io.BytesIO(drawn)) as opened:
        assert (opened.format, opened.size) == ("WEBP", (256, 256))
    assert len(drawn) < 40_000


def test_a_picture_stands_upright_and_forgets_where_it_was_taken() -> None:
    notes = Image.Exif()
    notes[0x0112] = 6  # turned a quarter: what is left in the file is on top
    notes[0x8825] = {1: "N", 2: (35.0, 40.0, 0.0)}
    drawn = pictures.drawn(picture("JPEG", 400, 400, exif=notes, quality=95))
    with Image.open(io.BytesIO(drawn)) as opened:
        top, bottom = opened.convert("RGB").getpixel((128, 20)), opened.convert("RGB").getpixel((128, 236))
        assert not opened.getexif()
    assert top[0] > 150 and bottom[2] > 150  # type: ignore[index]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a" + b"\0" * 30,
        b"\x89PNG\r\n\x1a\n",
        picture()[:200],
        picture("JPEG")[:300],
        picture("BMP"),
        huge(),
    ],
)
@pytest.mark.filterwarnings("ignore:Image size")
def test_what_is_none_or_a_huge_one_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        pictures.drawn(content)
