"""Excel workbooks (.xlsx, ECMA-376), read row by row: neither a sheet nor its shared strings are held in memory."""

from __future__ import annotations

import math
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat

from server.customers.sheets.strings import Broken, Strings, unescaped

CHUNK = 1 << 16
MOST_BYTES = 16 << 30
"""Of one unpacked part; more is a trap and no table."""
MOST_COLUMNS = 16_384
_RELATION = re.compile(r"officeDocument/(?:2006/)?relationships id$")
_BUILT_IN_DATES = frozenset((*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)))
"""Number formats that are dates without being written in the workbook (18.8.30, with those of East Asia)."""
_QUOTED = re.compile(r'"[^"]*"|\[(?!h+\]|m+\]|s+\])[^\]]*\]|\\.|_.|\*.')
_CELL = re.compile(r"([A-Z]+)")


class Workbook:
    """A workbook that is open for reading; `share` is how much of the present sheet was read, from 0 to 1."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError) as error:
            raise Broken(str(error)) from error
        self.share = 0.0
        self._strings = Strings()
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        """Read what is in it, but for the sheets."""
        book = _Book()
        relations: dict[str, str] = {}
        _parse(self._part("xl/workbook.xml"), book.start)
        _parse(self._part("xl/_rels/workbook.xml.rels"), lambda _, values: _relate(relations, values))
        self._parts = {name: _inside(relations.get(id, "")) for name, id in book.sheets}
        self.names = [name for name, _ in book.shown] or [name for name, _ in book.sheets]
        self._epoch = datetime(1904, 1, 1) if book.epoch_1904 else datetime(1899, 12, 30)  # noqa: DTZ001
        self._dates = self._read_styles()
        if not self.names:
            raise Broken("there is no sheet in it")

    def __enter__(self) -> Workbook:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file, and of what was kept beside it."""
        self._zip.close()
        self._strings.close()

    def _part(self, name: str) -> IO[bytes]:
        try:
            if self._zip.getinfo(name).file_size > MOST_BYTES:
                raise Broken("a part of it is too large")
            return self._zip.open(name)
        except (KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise Broken(f"{name} is missing") from error

    def _read_styles(self) -> list[bool]:
        if "xl/styles.xml" not in self._zip.namelist():
            return []
        styles = _Styles()
        _parse(self._part("xl/styles.xml"), styles.start, styles.end)
        return [_is_date(number, styles.formats.get(number, "")) for number in styles.used]

    def rows(self, sheet: str) -> Iterator[tuple[int, list[Any]]]:
        """The rows of a sheet with their numbers. Raises `Broken`."""
        name = self._parts.get(sheet)
        if name is None:
            raise Broken(f"there is no sheet {sheet!r} in it")
        if not self._strings.filled and "xl/sharedStrings.xml" in self._zip.namelist():
            self._strings.fill(_pieces(self._part("xl/sharedStrings.xml")))
        reader = _SheetReader(self._strings, self._dates, self._epoch)
        size = self._zip.getinfo(name).file_size or 1
        parser = _parser(reader.start, reader.end, reader.text)
        done = 0
        for chunk in _pieces(self._part(name)):
            _feed(parser, chunk)
            done += len(chunk)
            self.share = min(done / size, 1.0)
            yield from reader.taken()
        _feed(parser, b"", last=True)
        yield from reader.taken()


def sheets(path: Path) -> list[str]:
    """The names of the sheets that are shown. Raises `Broken`."""
    with Workbook(path) as book:
        return book.names


class _Book:
    """What xl/workbook.xml says."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, str]] = []
        self.shown: list[tuple[str, str]] = []
        self.epoch_1904 = False

    def start(self, name: str, values: dict[str, str]) -> None:
        if name == "sheet":
            id = next((value for key, value in values.items() if _RELATION.search(key)), "")
            found = (values.get("name", ""), id)
            self.sheets.append(found)
            if values.get("state", "visible") == "visible":
                self.shown.append(found)
        elif name == "workbookPr":
            self.epoch_1904 = values.get("date1904", "0") in ("1", "true")


class _Styles:
    """The number formats of xl/styles.xml, and which of them each cell style has."""

    def __init__(self) -> None:
        self.formats: dict[int, str] = {}
        self.used: list[int] = []
        self._inside = False

    def start(self, name: str, values: dict[str, str]) -> None:
        if name == "numFmt":
            self.formats[int(values.get("numFmtId", 0))] = values.get("formatCode", "")
        elif name == "cellXfs":
            self._inside = True
        elif name == "xf" and self._inside:
            self.used.append(int(values.get("numFmtId", 0)))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._inside = False


class _SheetReader:
    """Makes rows out of the tags of a sheet (18.3.1)."""

    def __init__(self, strings: Strings, dates: list[bool], epoch: datetime) -> None:
        self._strings = strings
        self._dates = dates
        self._epoch = epoch
        self._done: list[tuple[int, list[Any]]] = []
        self._cells: list[Any] = []
        self._number = 0
        self._column = -1
        self._kind = ""
        self._style = 0
        self._text: list[str] | None = None
        self._value = ""
        self._phonetic = False

    def taken(self) -> list[tuple[int, list[Any]]]:
        """The rows that were finished since the last call."""
        done, self._done = self._done, []
        return done

    def start(self, name: str, values: dict[str, str]) -> None:
        if name == "c":
            self._kind = values.get("t", "n")
            self._style = int(values.get("s", 0))
            place = values.get("r")
            self._column = _column(place) if place else self._column + 1
            self._value = ""
        elif name == "v" or (name == "t" and not self._phonetic):
            self._text = []
        elif name == "rPh":
            self._phonetic = True
        elif name == "row":
            self._number = int(values.get("r", self._number + 1))
            self._cells = []
            self._column = -1

    def text(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            if self._text is not None:
                self._value += "".join(self._text)
                self._text = None
        elif name == "c":
            if self._value and self._column < MOST_COLUMNS:
                missing = self._column - len(self._cells)
                if missing > 0:
                    self._cells.extend([None] * missing)
                self._cells.append(self._made())
        elif name == "rPh":
            self._phonetic = False
        elif name == "row":
            self._done.append((self._number, self._cells))

    def _made(self) -> Any:
        kind, value = self._kind, self._value
        if kind == "s":
            return self._strings[int(value)]
        if kind in ("str", "inlineStr"):
            return unescaped(value)
        if kind == "b":
            return value == "1"
        if kind == "d":
            return datetime.fromisoformat(value)
        if kind == "e":
            return value
        return self._numeric(value)

    def _numeric(self, value: str) -> Any:
        try:
            number = float(value)
        except ValueError:
            return value
        if self._style < len(self._dates) and self._dates[self._style] and math.isfinite(number) and 0 <= number < 3e6:
            return _moment(number, self._epoch)
        # Fifteen digits are what Excel shows of a number.
        return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _moment(serial: float, epoch: datetime) -> datetime | time:
    """A date and time, or a time of day alone. Days before 1 March 1900 are one later in Excel (18.17.4.1)."""
    if serial < 1:
        return (epoch + timedelta(seconds=round(serial * 86_400))).time()
    days = serial + 1 if serial < 60 and epoch.year == 1899 else serial
    return epoch + timedelta(seconds=round(days * 86_400))


def _is_date(number: int, written: str) -> bool:
    if not written:
        return number in _BUILT_IN_DATES
    bare = _QUOTED.sub("", written.partition(";")[0]).lower()
    return bool(re.search(r"[ymdhsg]|年|月|日|e(?![+-])", bare)) and not re.search(r"[0#?]", bare.replace("s.0", ""))


def _column(place: str) -> int:
    match = _CELL.match(place)
    if match is None:
        raise Broken(f"a cell stands at {place!r}")
    count = 0
    for letter in match[1]:
        count = count * 26 + ord(letter) - 64
    return count - 1


# ------------------------------------------------------------------------------------------------ XML


def _relate(relations: dict[str, str], values: dict[str, str]) -> None:
    if "Id" in values:
        relations[values["Id"]] = values.get("Target", "")


def _inside(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _parser(
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> Any:
    """A parser that tells local names, and refuses document types: a workbook has none, and traps begin with one."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, values: start(name.rpartition(" ")[2], values)
    if end is not None:
        parser.EndElementHandler = lambda name: end(name.rpartition(" ")[2])
    if text is not None:
        parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse
    return parser


def _refuse(*_: object) -> None:
    raise Broken("it declares a document type")


def _parse(
    part: IO[bytes], start: Callable[[str, dict[str, str]], None], end: Callable[[str], None] | None = None
) -> None:
    parser = _parser(start, end)
    for chunk in _pieces(part):
        _feed(parser, chunk)
    _feed(parser, b"", last=True)


def _pieces(part: IO[bytes]) -> Iterator[bytes]:
    total = 0
    with part:
        while True:
            try:
                chunk = part.read(CHUNK)
            except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
                raise Broken(str(error)) from error
            if not chunk:
                return
            total += len(chunk)
            if total > MOST_BYTES:
                raise Broken("a part of it is too large")
            yield chunk


def _feed(parser: Any, chunk: bytes, *, last: bool = False) -> None:
    try:
        parser.Parse(chunk, last)
    except (expat.ExpatError, ValueError, IndexError) as error:
        raise Broken(str(error)) from error
