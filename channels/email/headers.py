"""In charge of header lines: encoded words cut between characters, names and addresses, and no line breaks slipped in.

The rules are RFC 5322 §2.2.3 (folding), RFC 2047 (encoded words) and RFC 2231 (parameters).
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterable, Iterator
from urllib.parse import quote

WORD_LIMIT = 75  # RFC 2047 §2: an encoded word is at most this long
LINE_LIMIT = 76
CONTROLS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
SPECIALS = re.compile(r'[()<>@,;:\\".\[\]]')

# Windows maps these JIS characters to other code points than Python's codec; the letter on paper is the same.
TWINS = str.maketrans({"～": "〜", "－": "−", "∥": "‖", "￠": "¢", "￡": "£", "￢": "¬", "—": "―"})


def clean(text: str) -> str:
    """The text without line breaks and control characters, so that no value can begin a header of its own."""
    return CONTROLS.sub(" ", text).strip().encode("utf-8", "replace").decode("utf-8")


def encode(text: str, charset: str) -> tuple[bytes, str]:
    """The text's bytes and the charset they are in: UTF-8 where the wished one has no place for a character."""
    if charset == "iso-2022-jp":
        try:
            return text.translate(TWINS).encode("iso2022_jp"), "iso-2022-jp"
        except UnicodeEncodeError:
            pass
    return text.encode("utf-8", "replace"), "utf-8"


def encoded_words(text: str, charset: str, used: int = 0) -> list[str]:
    """The text as encoded words, each whole by itself: never cut inside a character or before a combining one.

    `used` characters of the first line are taken already. What does not fit the charset makes all of them UTF-8.
    """
    charset = encode(text, charset)[1]
    words: list[str] = []
    taken = ""
    for cluster in _clusters(text):
        room = (WORD_LIMIT - (0 if words else used) - len(f"=?{charset}?B??=")) // 4 * 3
        if taken and len(encode(taken + cluster, charset)[0]) > room:
            words.append(_word(taken, charset))
            taken = ""
        taken += cluster
    if taken:
        words.append(_word(taken, charset))
    return words


def _word(text: str, charset: str) -> str:
    return f"=?{charset}?B?{base64.b64encode(encode(text, charset)[0]).decode()}?="


def _clusters(text: str) -> Iterator[str]:
    """Characters with what hangs on them (dakuten, variation selectors), a long pile cut to fit a word."""
    cluster = ""
    for character in text:
        hangs = unicodedata.combining(character) or unicodedata.category(character) == "Mn"
        if cluster and not (hangs and len(cluster) < 4):
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster


def text_header(name: str, value: str, charset: str = "utf-8") -> bytes:
    """An unstructured header (Subject, a plain X- one), folded."""
    value = clean(value)
    if value.isascii() and "=?" not in value and all(len(word) <= 200 for word in value.split(" ")):
        return _folded(name, value.split(" "))
    return _folded(name, encoded_words(value, charset, len(name) + 1))


def address_header(name: str, addresses: Iterable[tuple[str, str]], charset: str = "utf-8") -> bytes:
    """From, To, Cc, Reply-To: (display name, address in its SMTP form) pairs."""
    tokens: list[str] = []
    pairs = list(addresses)
    for index, (display, address) in enumerate(pairs):
        comma = "," if index < len(pairs) - 1 else ""
        words = phrase(display, charset, 0 if index else len(name) + 1)
        tokens += [*words, f"<{clean(address)}>{comma}"] if words else [f"{clean(address)}{comma}"]
    return _folded(name, tokens)


def phrase(text: str, charset: str, used: int = 0) -> list[str]:
    """A display name as the words of a header: bare, in quotes, or encoded."""
    text = clean(text)
    if not text:
        return []
    if not text.isascii() or "=?" in text:
        return encoded_words(text, charset, used)
    if SPECIALS.search(text):
        return ['"' + re.sub(r'(["\\])', r"\\\1", text) + '"']
    return text.split()


def ids_header(name: str, ids: Iterable[str]) -> bytes:
    """In-Reply-To, References: ids with or without brackets; what could never be one is left out."""
    whole = [f"<{identifier.strip().strip('<>')}>" for identifier in ids]
    return _folded(name, [identifier for identifier in whole if re.fullmatch(r"<[!-;=?-~]{1,900}>", identifier)])


def _folded(name: str, words: list[str]) -> bytes:
    lines = [f"{name}:"]
    for word in words:
        if len(lines[-1]) + 1 + len(word.encode()) > LINE_LIMIT and lines[-1].strip() and lines[-1] != f"{name}:":
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines).encode() + b"\r\n"


def file_parameters(filename: str) -> tuple[str, str]:
    """The parameters of Content-Type and of Content-Disposition that name a file.

    RFC 2231 for those who read it, an encoded word in `name` for older Outlook and Japanese mailers which do not.
    """
    filename = clean(filename).replace("/", "_").replace("\\", "_") or "file"
    if len(filename) > 150:
        stem, dot, extension = filename.rpartition(".")
        filename = f"{stem[: 140 - len(extension)]}{dot}{extension}" if dot and len(extension) < 20 else filename[:150]
    if filename.isascii() and "=?" not in filename:
        plain = filename.replace('"', "'")
        return f'; name="{plain}"', f'; filename="{plain}"'
    words = "\r\n ".join(encoded_words(filename, "utf-8"))
    return f';\r\n name="{words}"', f";\r\n filename*=utf-8''{quote(filename, safe='')}"
