"""Pictures, videos and voices within LINE's limits. Everything here is computing and belongs in a thread.

https://developers.line.biz/en/reference/messaging-api/#image-message
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageOps, UnidentifiedImageError

from channels.contract import Attachment

LARGEST_IMAGE = 10_000_000
LARGEST_PREVIEW = 1_000_000
LARGEST_MEDIA = 200_000_000
PREVIEW_SIDE = 1024
MOST_PIXELS = 50_000_000
VIDEO = ("video/mp4",)
AUDIO = {"audio/x-m4a", "audio/mp4", "audio/m4a", "audio/aac", "audio/mpeg", "audio/mp3"}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture for LINE: as it is or made over, and its preview."""

    original: Attachment
    preview: Attachment


def picture(file: Attachment) -> Picture | None:
    """A picture and its preview, JPEG or PNG, turned upright; None for what cannot be shown as one."""
    data = b"".join(file.chunks())
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > MOST_PIXELS:
                return None
            kind = image.format
            image.load()
            shown = ImageOps.exif_transpose(image)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    original = file
    if kind not in ("JPEG", "PNG") or len(data) > LARGEST_IMAGE:
        original = _file(file.filename, _within(shown, max(shown.size), LARGEST_IMAGE))
    elif file.content_type not in ("image/jpeg", "image/png"):
        original = Attachment(file.filename, f"image/{kind.lower()}", file.size, file.chunks)
    return Picture(original, _file(file.filename, _within(shown, PREVIEW_SIDE, LARGEST_PREVIEW)))


def _within(image: Image.Image, side: int, most: int) -> bytes:
    """A JPEG of at most `most` bytes, no side longer than `side`."""
    flat = Image.new("RGB", image.size, "white")
    rgba = image.convert("RGBA")
    flat.paste(rgba, mask=rgba.getchannel("A"))
    quality = 88
    while True:
        flat.thumbnail((side, side))
        out = io.BytesIO()
        flat.save(out, "JPEG", quality=quality, optimize=True)
        if out.tell() <= most or side < 64:
            return out.getvalue()
        side, quality = side * 3 // 4, max(quality - 8, 60)


def _file(name: str, data: bytes) -> Attachment:
    def chunks() -> Iterator[bytes]:
        yield data

    return Attachment(f"{name.rpartition('.')[0] or name}.jpg", "image/jpeg", len(data), chunks)


def film_preview() -> Attachment:
    """What stands for a video until it is played: LINE wants a picture, and nobody here can see into the film."""
    image = Image.new("RGB", (960, 540), "#20252b")
    draw = ImageDraw.Draw(image)
    draw.ellipse((390, 180, 570, 360), outline="#ffffff", width=8)
    draw.polygon([(455, 225), (455, 315), (530, 270)], fill="#ffffff")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return _file("preview.jpg", out.getvalue())


def milliseconds(file: Attachment) -> int:
    """How long a voice message is: from an MP4's movie header, or an MP3's bit rate; a minute where neither says."""
    head = b""
    for chunk in file.chunks():
        head += chunk
        if len(head) > 4_000_000:
            break
    return _of_mp4(head) or _of_mp3(head, file.size) or 60_000


def _of_mp4(data: bytes) -> int:
    """ISO/IEC 14496-12 §8.2.2."""
    at = data.find(b"mvhd")
    if at < 0 or len(data) < at + 36:
        return 0
    if data[at + 4] == 1:
        scale, length = struct.unpack_from(">IQ", data, at + 24)
    else:
        scale, length = struct.unpack_from(">II", data, at + 16)
    return int(length * 1000 // scale) if scale and length < 2**40 else 0


def _of_mp3(data: bytes, size: int) -> int:
    """The first frame's bit rate stands for all (MPEG-1 Layer III)."""
    rates = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
    start = 0
    if data[:3] == b"ID3" and len(data) > 10:
        start = 10 + ((data[6] << 21) | (data[7] << 14) | (data[8] << 7) | data[9])
    for at in range(start, min(len(data) - 4, start + 4096)):
        if data[at] == 0xFF and data[at + 1] & 0xFE == 0xFA and (rate := rates[data[at + 2] >> 4]):
            return int((size - start) * 8 / rate)
    return 0
