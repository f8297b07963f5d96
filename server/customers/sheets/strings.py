"""The shared strings of a workbook, on disk instead of in memory: a million customers have millions of them."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from struct import Struct
from xml.parsers import expat

CHUNKED = 1 << 18
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_PLACE = Struct("<QL")


class Broken(Exception):
    """The file is no workbook, or breaks off."""


def unescaped(text: str) -> str:
    """Characters that XML cannot have are written `_x000D_` (22.9.2.19)."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


class Strings:
    """Filled once from xl/sharedStrings.xml (18.4.9), then looked up by number."""

    def __init__(self) -> None:
        self.filled = False
        self._texts = tempfile.TemporaryFile()  # noqa: SIM115  # closed by `close`
        self._places = tempfile.TemporaryFile()  # noqa: SIM115
        self._count = 0
        self._look = lru_cache(maxsize=20_000)(self._find)

    def close(self) -> None:
        """Forget them."""
        self._texts.close()
        self._places.close()

    def fill(self, pieces: Iterator[bytes]) -> None:
        """Take the strings of a part; furigana (`rPh`) are none of the text."""
        texts, places = bytearray(), bytearray()
        at = 0
        parts: list[str] = []
        inside = phonetic = False

        def start(name: str, _: object) -> None:
            nonlocal inside, phonetic
            tag = name.rpartition(" ")[2]
            if tag == "si":
                parts.clear()
            elif tag == "rPh":
                phonetic = True
            elif tag == "t":
                inside = not phonetic

        def end(name: str) -> None:
            nonlocal inside, phonetic, at
            tag = name.rpartition(" ")[2]
            if tag == "t":
                inside = False
            elif tag == "rPh":
                phonetic = False
            elif tag == "si":
                body = unescaped("".join(parts)).encode("utf-8", "surrogatepass")
                places.extend(_PLACE.pack(at, len(body)))
                texts.extend(body)
                at += len(body)
                self._count += 1

        def data(text: str) -> None:
            if inside:
                parts.append(text)

        def refuse(*_: object) -> None:
            raise expat.ExpatError("it declares a document type")

        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, data
        parser.StartDoctypeDeclHandler = refuse
        try:
            for piece in pieces:
                parser.Parse(piece, False)
                if len(texts) > CHUNKED:
                    self._texts.write(texts)
                    self._places.write(places)
                    texts.clear()
                    places.clear()
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise Broken(str(error)) from error
        self._texts.write(texts)
        self._places.write(places)
        self._texts.flush()
        self._places.flush()
        self.filled = True

    def __getitem__(self, number: int) -> str:
        return self._look(number)

    def _find(self, number: int) -> str:
        if not 0 <= number < self._count:
            raise IndexError(number)
        place = os.pread(self._places.fileno(), _PLACE.size, number * _PLACE.size)
        at, length = _PLACE.unpack(place)
        return os.pread(self._texts.fileno(), length, at).decode("utf-8", "surrogatepass")
