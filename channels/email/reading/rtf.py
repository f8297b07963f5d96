"""Reads the compressed rich text that Outlook puts into winmail.dat as the body (MS-OXRTFCP, MS-OXRTFEX)."""

import re
import struct
from html import escape

from channels.email.reading import charsets

# MS-OXRTFCP section 2.1.2.1: both sides begin with the same dictionary.
DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
COMPRESSED, PLAIN = 0x75465A4C, 0x414C454D
LARGEST = 2_000_000
TOKEN = re.compile(rb"\\([a-z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\([^a-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)")
# Groups that hold tables and pictures, not text.
SILENT = frozenset(
    b"fonttbl colortbl stylesheet info pict object header footer listtable listoverridetable themedata".split()
)
BREAKS = {b"par": "\n", b"line": "\n", b"row": "\n", b"tab": "\t", b"cell": "\t", b"emdash": "—", b"endash": "–"}
BREAKS |= {b"bullet": "•", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”"}


def decompress(data: bytes) -> bytes:
    """The rich text; ``b""`` when the data is none."""
    if len(data) < 16:
        return b""
    size, raw_size, kind, _ = struct.unpack_from("<IIII", data)
    if kind == PLAIN:
        return data[16 : 16 + min(raw_size, LARGEST)]
    if kind != COMPRESSED:
        return b""
    window = bytearray(4096)
    window[: len(DICTIONARY)] = DICTIONARY
    write, at, end = len(DICTIONARY), 16, min(len(data), size + 4)
    out = bytearray()
    while at < end and len(out) < min(raw_size, LARGEST):
        control = data[at]
        at += 1
        for bit in range(8):
            if at >= end:
                break
            if not control >> bit & 1:
                piece = data[at : at + 1]
                at += 1
            else:
                if at + 1 >= end:
                    return bytes(out)
                token = data[at] << 8 | data[at + 1]
                at += 2
                offset, length = token >> 4, (token & 15) + 2
                if offset == write % 4096:
                    return bytes(out)
                piece = b""
                for step in range(length):
                    byte = window[(offset + step) % 4096]
                    window[(write + step) % 4096] = byte
                    piece += bytes((byte,))
            for byte in piece:
                window[write % 4096] = byte
                write += 1
            out += piece
    return bytes(out)


def read(data: bytes) -> tuple[str, str]:
    """``(text, "")`` of rich text, or ``("", html)`` when it only wraps the HTML that was written."""
    return _Reader(data[:LARGEST]).read()


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.html = b"\\fromhtml1" in data[:2_000]
        page = re.search(rb"\\ansicpg(\d{3,5})", data[:2_000])
        self.charset = f"cp{page.group(1).decode()}" if page else "cp1252"
        self.out: list[str] = []
        self.bytes = bytearray()

    def read(self) -> tuple[str, str]:
        silent, tag, wrapped, fallback = False, False, False, 1
        stack: list[tuple[bool, bool, bool, int]] = []
        skip = 0  # characters that stand in for the last \u
        starred = False
        for word, number, octet, symbol, brace, plain in TOKEN.findall(self.data):
            if brace == b"{":
                stack.append((silent, tag, wrapped, fallback))
            elif brace == b"}":
                silent, tag, wrapped, fallback = stack.pop() if stack else (silent, tag, wrapped, fallback)
            elif symbol == b"*":
                starred = True
                continue
            elif word == b"htmlrtf":
                wrapped = number != b"0"
            elif word == b"htmltag" and self.html:
                tag = True
            elif starred or word in SILENT:
                silent = True
            elif word == b"uc" and number:
                fallback = int(number)
            elif silent or wrapped:
                pass
            elif word == b"u" and number:
                self._flush(tag)
                self._say(chr(int(number) % 0x10000), tag)
                skip = fallback
            elif word in BREAKS:
                self._flush(tag)
                self._say(BREAKS[word], tag)
            elif octet:
                skip, kept = max(0, skip - 1), not skip
                if kept:
                    self.bytes.append(int(octet, 16))
            elif symbol:
                self.bytes += {b"~": b" ", b"_": b"-"}.get(symbol, symbol if symbol in b"\\{}" else b"")
            elif plain:
                cut, skip = min(skip, len(plain)), max(0, skip - len(plain))
                self.bytes += plain[cut:]
                if tag:
                    self._flush(tag)
            starred = False
            if brace:
                self._flush(tag)
        self._flush(False)
        text = charsets.clean("".join(self.out)).strip()
        return ("", text) if self.html else (text, "")

    def _flush(self, tag: bool) -> None:
        if self.bytes:
            text = charsets.decode(bytes(self.bytes), self.charset)[0]
            self.bytes.clear()
            self._say(text, tag)

    def _say(self, text: str, tag: bool) -> None:
        self.out.append(text if tag or not self.html else escape(text, quote=False))
