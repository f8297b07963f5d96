"""Reads Content-Type and Content-Disposition with their parameters (RFC 2045, RFC 2231), and cleans file names."""

import re
from urllib.parse import unquote_to_bytes

from channels.email.reading import charsets, words

KEY = re.compile(r"[;\s]*([A-Za-z0-9_.*'-]{1,60})\s*=\s*")
# A parameter whose semicolon was forgotten; only for names that no value contains by chance.
NEXT = re.compile(
    r"\s+(?:charset|boundary|name|filename|format|delsp|type|report-type|size)\*?(?:\d+\*?)?\s*=", re.IGNORECASE
)
PIECE = re.compile(r"(.+?)\*(\d{1,4})(\*?)\Z")
MEDIA_TYPE = re.compile(r"\s*\"?([A-Za-z0-9!#$&^_.+-]{1,100})\s*/\s*([A-Za-z0-9!#$&^_.+-]{1,100})")
MAX_PIECES = 400


def content_type(raw: bytes) -> tuple[str, dict[str, str]]:
    """``("text/plain", {"charset": "utf-8"})``; the type is ``""`` when the field says none that can be read."""
    text = words.raw_text(raw)
    match = MEDIA_TYPE.match(text)
    head, _, rest = text.partition(";")
    if match is not None:
        kind = f"{match.group(1)}/{match.group(2)}".lower()
        rest = text[match.end() :]
    else:
        kind = {"text": "text/plain", "html": "text/html", "plain": "text/plain"}.get(head.strip().lower(), "")
        if "=" in head:
            rest = text
    return kind, parameters(rest)


def disposition(raw: bytes) -> tuple[str, dict[str, str]]:
    """``("attachment", {"filename": "a.pdf"})``."""
    text = words.raw_text(raw)
    head, _, rest = text.partition(";")
    if "=" in head:
        head, rest = "", text
    return head.strip().strip('"').lower(), parameters(rest)


def parameters(text: str) -> dict[str, str]:
    """The parameters, decoded; a value in RFC 2231 form wins over its plain ASCII fallback."""
    plain: dict[str, str] = {}
    extended: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    at = 0
    for _ in range(MAX_PIECES):
        match = KEY.match(text, at)
        if match is None:
            following = text.find(";", at)
            if following < 0:
                break
            at = following + 1
            continue
        key = match.group(1).lower()
        value, at = _value(text, match.end())
        piece = PIECE.match(key)
        if piece is not None:
            pieces.setdefault(piece.group(1), {}).setdefault(int(piece.group(2)), (value, bool(piece.group(3))))
        elif key.endswith("*"):
            extended.setdefault(key[:-1], _percent(value))
        else:
            plain.setdefault(key, value)
    found = {key: words.decode_text(value) if "=?" in value else value for key, value in plain.items()}
    for key, parts in pieces.items():
        found[key] = _join(parts)
    found.update(extended)
    return {key: charsets.clean(value) for key, value in found.items()}


def _value(text: str, at: int) -> tuple[str, int]:
    """The value at `at` and where the next parameter may begin."""
    if text[at : at + 1] == '"':
        out: list[str] = []
        at += 1
        while at < len(text):
            char = text[at]
            if char == "\\" and text[at + 1 : at + 2] in ('"', "\\"):
                out.append(text[at + 1])
                at += 2
                continue
            if char == '"':
                # A quote inside a name that nobody escaped ends it only where a parameter could follow.
                rest = text[at + 1 : at + 200].lstrip()
                if not rest or rest[0] in ";(" or KEY.match(rest) or text.find('"', at + 1) < 0:
                    return "".join(out), at + 1
            out.append(char)
            at += 1
        return "".join(out), at
    end = text.find(";", at)
    end = len(text) if end < 0 else end
    forgotten = NEXT.search(text, at, end)
    if forgotten is not None:
        end = forgotten.start()
    return text[at:end].strip().strip("'\""), end


def _percent(value: str) -> str:
    """``charset'language'percent-encoded`` (RFC 2231 section 4); the charset may be missing or wrong."""
    charset, quote, rest = value.partition("'")
    if quote and "'" in rest:
        return charsets.decode(unquote_to_bytes(rest.split("'", 1)[1]), charset)[0]
    if "=?" in value:
        return words.decode_text(value)
    return charsets.decode(unquote_to_bytes(value))[0]


def _join(parts: dict[int, tuple[str, bool]]) -> str:
    """Continuations (RFC 2231 section 3): by number, joined as bytes since a cut may lie inside a character."""
    ordered = sorted(parts.items())
    if not any(encoded for _, (_, encoded) in ordered):
        joined = "".join(value for _, (value, _) in ordered)
        return words.decode_text(joined)
    charset = ""
    data = bytearray()
    for position, (_, (value, encoded)) in enumerate(ordered):
        if position == 0 and value.count("'") >= 2 and encoded:
            charset, _, rest = value.partition("'")
            value = rest.split("'", 1)[1]
        data += unquote_to_bytes(value) if encoded else value.encode("utf-8", "replace")
    return charsets.decode(bytes(data), charset)[0]


FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}://")
ENCODED_NUL = re.compile(r"%00|\\0\b|\\x00", re.IGNORECASE)
LONGEST_NAME = 200


def file_name(name: str) -> str:
    """A name without path, drive, control and direction characters, or ``""`` when nothing of it is left."""
    name = ENCODED_NUL.sub("", SCHEME.sub("", FORBIDDEN.sub(" ", name)))
    name = re.split(r"[/\\]", name.rstrip("/\\ "))[-1]
    name = re.sub(r"\A[A-Za-z]:", "", name)
    name = re.sub(r"\s+", " ", name).strip().lstrip(".").strip()
    if not name.strip("._ "):
        return ""
    if len(name) > LONGEST_NAME:
        stem, dot, suffix = name.rpartition(".")
        name = (
            stem[: LONGEST_NAME - len(suffix) - 1] + dot + suffix if dot and len(suffix) < 20 else name[:LONGEST_NAME]
        )
    return name
