"""Things that people send: small, and what their names say."""

from __future__ import annotations

import io
import wave

from playwright.async_api import FilePayload

from channels.line.simulator.pictures import photo


def picture(name: str = "plate.png", tint: int = 0) -> FilePayload:
    """A view."""
    return {"name": name, "mimeType": "image/png", "buffer": photo(320, 240, tint)}


def film(name: str = "unboxing.mp4") -> FilePayload:
    """The first bytes of a film."""
    return {"name": name, "mimeType": "video/mp4", "buffer": b"\x00\x00\x00\x18ftypmp42" + bytes(2000)}


def voice(name: str = "voice.m4a") -> FilePayload:
    """Two seconds of silence: sound that can be played, whatever its name says."""
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(4000)
        sound.writeframes(bytes([128]) * 8000)
    return {"name": name, "mimeType": "audio/x-m4a", "buffer": out.getvalue()}


def paper(name: str = "領収書.pdf") -> FilePayload:
    """A document."""
    return {"name": name, "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF\n"}
