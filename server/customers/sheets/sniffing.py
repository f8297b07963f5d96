"""In charge of what a file of rows is: its kind, its character set, what parts its cells, which sheets it has."""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from server.customers.sheets import workbook
from server.customers.sheets.strings import Broken
from server.errors import Invalid

CHUNK = 1 << 20
SAMPLE = 1 << 16
DELIMITERS = (",", "\t", ";", "|")
LINES = 30
"""Rows that a delimiter is judged by."""
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SURE = 24
"""So many bytes beyond ASCII are not UTF-8 by chance, though one of them later may be broken."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_TRIED = ("utf-8", "cp932", "euc_jp")


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is to be read. `header` is the row of the column names, counted from 1; above it nothing is read."""

    kind: Literal["delimited", "workbook"]
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: list[str] = []
    header: int = 1


def sniff(path: Path) -> Form:
    """What a file is, by its content alone. Raises `Invalid` for what holds no rows that can be read."""
    with path.open("rb") as file:
        head = file.read(SAMPLE)
    if not head.strip():
        raise Invalid(fields={"file": "has nothing in it"})
    if head.startswith(OLE):
        raise Invalid(fields={"file": "is an old or a locked Excel file: save it as .xlsx without a password"})
    if head.startswith(b"PK\x03\x04"):
        return _workbook(path)
    if head.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"\x1f\x8b", b"GIF8")):
        raise Invalid(fields={"file": "is neither CSV, TSV nor an Excel workbook"})
    encoding = encoding_of(path, head)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head)
    line = text.partition("\n")[0]
    if line.strip().lower().startswith("sep=") and len(line.strip()) == 5:
        return Form(kind="delimited", encoding=encoding, delimiter=line.strip()[4], header=2)
    return Form(kind="delimited", encoding=encoding, delimiter=delimiter_of(text))


def _workbook(path: Path) -> Form:
    try:
        names = workbook.sheets(path)
    except (zipfile.BadZipFile, Broken, KeyError) as error:
        raise Invalid(fields={"file": "is neither CSV, TSV nor an Excel workbook"}) from error
    return Form(kind="workbook", sheet=names[0], sheets=names)


def encoding_of(path: Path, head: bytes) -> str:
    """The character set: by its mark, or the first of UTF-8, CP932 and EUC-JP in which the whole file can be read."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    if (wide := _wide(head)) is not None:
        return wide
    if b"\x1b$" in head and max(head) < 0x80:
        return "iso2022_jp_ext"
    reached = dict.fromkeys(_TRIED, 0)
    decoders = {name: codecs.getincrementaldecoder(name)() for name in _TRIED}
    for chunk, last in _chunks(path):
        for name in list(decoders):
            try:
                decoders[name].decode(chunk, last)
            except UnicodeDecodeError as error:
                reached[name] += error.start
                del decoders[name]
                if name == "utf-8" and sum(byte > 0x7F for byte in chunk[: error.start]) >= SURE:
                    return name
            else:
                reached[name] += len(chunk)
        if not decoders:
            return max(_TRIED, key=lambda name: reached[name])
        if "utf-8" not in decoders and len(decoders) == 1:
            break
    if "utf-8" in decoders:
        return "utf-8"
    return max(decoders, key=lambda name: _likely(head, name))


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark, told by where its zeros stand."""
    pairs = len(head) // 2
    low, high = head[1::2].count(0), head[0::2].count(0)
    if pairs < 2 or max(low, high) < pairs * 0.1:
        return None
    return "utf-16-le" if low > high else "utf-16-be"


def _likely(head: bytes, name: str) -> float:
    """How much a reading looks like Japanese: half-width kana all over are a sign of the wrong one."""
    text = codecs.getincrementaldecoder(name)("replace").decode(head)
    wide = [char for char in text if ord(char) > 0x7F]
    odd = sum(1 for char in wide if "\uff61" <= char <= "\uff9f" or unicodedata.category(char) in ("Co", "Cn"))
    return -odd / len(wide) if wide else 0.0


def _chunks(path: Path) -> Iterator[tuple[bytes, bool]]:
    size = path.stat().st_size
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk, file.tell() >= size


def delimiter_of(text: str) -> str:
    """What parts the cells: that by which the most rows have the same number of cells, and more than one."""

    def weight(delimiter: str) -> tuple[float, int]:
        rows = []
        try:
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
                if any(cell.strip() for cell in row):
                    rows.append(len(row))
                if len(rows) == LINES:
                    break
        except csv.Error:
            return (0.0, 0)
        if len(rows) > 2:
            rows.pop()  # the sample may end in the middle of it
        counts = [count for count in rows if count > 1]
        if not counts:
            return (0.0, 0)
        usual = max(set(counts), key=counts.count)
        return (counts.count(usual) / len(rows), usual)

    return max(DELIMITERS, key=weight)
