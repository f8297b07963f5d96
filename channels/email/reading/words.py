"""Decodes header text: encoded words as RFC 2047 wants them, as mailers really write them, and raw 8-bit bytes."""

import binascii
import re

from channels.email.reading import charsets

# Blanks, question marks and 8-bit bytes occur inside real words; `?=` ends one unless it is `?=3D` of a Q word.
WORD = re.compile(
    rb"=\?([!->@-~]{0,80})\?(?:([bB])\?([^?]*)|([qQ])\?([^?]*(?:\?(?:[^=]|=(?=[0-9A-F]{2}[^?\s]{0,200}\?=))[^?]*)*))\?="
)
BARE_ESCAPE = re.compile(rb"\x1b\$[@B]")
NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
HEX = re.compile(rb"=([0-9A-Fa-f]{2})")


def decode(raw: bytes, hint: str = "") -> str:
    """The text of an unfolded header value; `hint` is the charset of raw 8-bit text that names none itself."""
    if b"=?" not in raw:
        return charsets.decode(raw, hint)[0]
    out: list[str] = []
    pending = bytearray()
    open_label = ""
    open_base64 = b""
    at = 0

    def close() -> None:
        nonlocal pending, open_base64
        if open_base64:
            pending += base64(open_base64)
            open_base64 = b""
        if pending:
            out.append(charsets.decode(bytes(pending), open_label)[0])
            pending = bytearray()

    joined = False
    for match in WORD.finditer(raw):
        label, b, b_text, _q, q_text = match.groups()
        gap = raw[at : match.start()]
        name = label.split(b"*")[0].decode("latin-1").lower()
        # RFC 2047 section 6.2: white space between two words is not text.
        if gap and not (joined and not gap.strip(b" \t\r\n")):
            close()
            out.append(charsets.decode(gap, open_label or hint)[0])
        elif not (joined and name == open_label):
            close()
        # Words cut inside a character, or even inside a group of four, only make sense joined.
        open_label = name
        if b is not None:
            if open_base64 and (len(open_base64) % 4 == 0 or open_base64.endswith(b"=")):
                pending += base64(open_base64)
                open_base64 = b""
            open_base64 += b_text.replace(b" ", b"")
        else:
            if open_base64:
                pending += base64(open_base64)
                open_base64 = b""
            pending += quoted(q_text)
        joined = True
        at = match.end()
    close()
    rest = raw[at:]
    if rest:
        out.append(charsets.decode(_unfinished(rest), open_label or hint)[0])
    return "".join(out)


def decode_text(text: str) -> str:
    """The same for a header that was already made text but still holds encoded words."""
    return decode(text.encode("utf-8", "replace")) if "=?" in text else text


def raw_text(raw: bytes, hint: str = "") -> str:
    """A structured header as text with its encoded words left alone, for those that must be parsed first."""
    return charsets.decode(raw, hint)[0]


def base64(data: bytes) -> bytes:
    """Base64 without its padding, with stray characters, or cut: whatever can be read."""
    data = data.rstrip(b"= \t\r\n")
    try:
        return binascii.a2b_base64(data + b"=" * (-len(data) % 4), strict_mode=True)
    except binascii.Error:
        data = NOT_BASE64.sub(b"", data)
        if len(data) % 4 == 1:
            data = data[:-1]
        return binascii.a2b_base64(data + b"=" * (-len(data) % 4))


def quoted(data: bytes) -> bytes:
    """The Q encoding (RFC 2047 section 4.2)."""
    return HEX.sub(lambda match: bytes((int(match.group(1), 16),)), data.replace(b"_", b" "))


UNFINISHED = re.compile(rb"=\?([!->@-~]{2,80})\?(?:([bB])\?([A-Za-z0-9+/= ]+)|([qQ])\?([!->@-~]+))\??\Z")


def _unfinished(raw: bytes) -> bytes:
    """A last word that a length limit cut before its `?=`; what is left of it is still worth reading."""
    match = UNFINISHED.search(raw)
    if match is None:
        return raw
    label, b, b_text, _q, q_text = match.groups()
    data = base64(b_text) if b is not None else quoted(q_text)
    text = charsets.decode(data, label.decode("latin-1"))[0]
    return raw[: match.start()] + text.encode()
