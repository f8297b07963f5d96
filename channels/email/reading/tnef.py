"""Unpacks winmail.dat, the wrapper in which Outlook hides attachments and bodies (MS-OXTNEF)."""

import logging
import warnings
from dataclasses import dataclass

from tnefparse import TNEF

from channels.email.reading import charsets, parameters, rtf

SIGNATURE = b"\x78\x9f\x3e\x22"
# The library logs every property that it does not know, on its own loggers.
logging.getLogger("tnefparse").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What was inside: files as (name, bytes), and the bodies if there were any."""

    files: tuple[tuple[str, bytes], ...]
    text: str
    html: str


def unpack(data: bytes) -> Unpacked | None:
    """The content of a winmail.dat, or None when it is none or broken."""
    if data[:4] != SIGNATURE:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = TNEF(data, do_checksum=False)
            files = tuple(
                (parameters.file_name(_name(item)), bytes(item.data or b""))
                for item in found.attachments
                if item.data is not None
            )
            text, html = _text(found.body), _text(found.htmlbody)
            if not text and not html:
                text, html = rtf.read(rtf.decompress(bytes(found._rtfbody or b"")))
            return Unpacked(files, text, html)
    except Exception:
        return None


def _name(item: object) -> str:
    # The library reads the short name as UTF-8 only; Japanese Outlook writes it in CP932.
    try:
        name = getattr(item, "long_filename")() or ""  # noqa: B009 - untyped library
    except Exception:
        name = ""
    name = name or getattr(item, "_name", b"")
    text = charsets.decode(name)[0] if isinstance(name, bytes) else charsets.clean(str(name))
    return text.strip()


def _text(body: object) -> str:
    if isinstance(body, list | tuple):
        body = body[0] if body else ""
    if isinstance(body, bytes):
        return charsets.decode(body)[0]
    return charsets.clean(str(body)) if body else ""
