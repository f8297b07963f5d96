"""Names of files as strangers gave them, made safe to keep and to show."""

from __future__ import annotations

import re

# Direction marks make `gpj.exe` out of `exe.jpg`; the rest is what no file system takes.
_UNSAFE = re.compile('[\x00-\x1f\x7f<>:"|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]')
_TOKEN = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,100}")


def safe_filename(written: str) -> str:
    """The last part of a path (old browsers send all of it), without what a disk or a reader would stumble over."""
    name = _UNSAFE.sub("", re.split(r"[/\\]", written)[-1]).strip(" .")
    if len(name) > 150:
        stem, dot, extension = name.rpartition(".")
        name = f"{stem[: 149 - len(extension)]}.{extension}" if dot and len(extension) < 20 else name[:150]
    return name or "file"


def safe_content_type(written: str) -> str:
    """A media type without parameters, or that of bytes nobody can name."""
    kind = written.partition(";")[0].strip().lower()
    return kind if _TOKEN.fullmatch(kind) else "application/octet-stream"
