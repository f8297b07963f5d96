"""Which characters a form's bytes mean: what the browser says, what the page promised, and what the bytes look like.

A page in Shift_JIS posts CP932 and says so nowhere unless it has a `_charset_` field (WHATWG HTML §4.10.21.7), so
the bytes are asked: UTF-8 hardly ever fits by accident, and of the rest CP932 and EUC-JP are told apart by which of
them gives kana and kanji.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from channels.plain import clean

# Labels as they are seen in the wild, with the codec that can read ①, ㈱ and 髙.
_CODECS = {
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "ms_kanji": "cp932",
    "windows-31j": "cp932", "ms932": "cp932", "cp932": "cp932",
    "euc-jp": "euc_jp", "x-euc-jp": "euc_jp", "eucjp": "euc_jp",
    "iso-2022-jp": "iso2022_jp_ext", "csiso2022jp": "iso2022_jp_ext",
    "utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "utf-8", "ascii": "utf-8",
    "iso-8859-1": "cp1252", "windows-1252": "cp1252",
}  # fmt: skip
_REFERENCE = re.compile(r"&#(\d{1,7});")


def choose(samples: Iterable[bytes], *promised: str) -> str:
    """The codec for all texts of one form. `promised` are labels, the most trusted first; one that lies is passed."""
    bytes_seen = b"\n".join(samples)
    labels = [_CODECS[label.strip().lower()] for label in promised if label.strip().lower() in _CODECS]
    if b"\x1b$" in bytes_seen or b"\x1b(J" in bytes_seen:
        labels.append("iso2022_jp_ext")
    for codec in dict.fromkeys([*labels, "utf-8"]):
        # A single-byte codec fits everything, so a page's promise of it is believed only when UTF-8 does not fit.
        if codec != "cp1252" and _fits(bytes_seen, codec):
            return codec
    likely = max(("cp932", "euc_jp"), key=lambda codec: _japanese(bytes_seen.decode(codec, "replace")))
    return "cp1252" if "cp1252" in labels and not _fits(bytes_seen, likely) else likely


def read(value: bytes, codec: str) -> str:
    """Text as a person wrote it: line ends as `\\n`, no control characters, no byte order mark.

    What a legacy page's encoding lacks (an emoji) its browser sends as `&#128522;`: brought back.
    """
    text = value.decode(codec, "replace")
    if codec != "utf-8":
        text = _REFERENCE.sub(lambda found: html.unescape(found[0]), text)
    return clean(text)


def _fits(value: bytes, codec: str) -> bool:
    try:
        value.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _japanese(text: str) -> int:
    """Points for kana and common kanji; half-width kana and unreadable bytes are what a wrong guess looks like."""
    points = 0
    for character in text:
        if "\u3040" <= character <= "\u30ff" or "\u4e00" <= character <= "\u9fff":
            points += 1
        elif "\uff61" <= character <= "\uff9f":
            points -= 1
        elif character == "\ufffd":
            points -= 5
    return points
