"""Files for Excel, written piece by piece: CSV and TSV (UTF-8 with BOM, or CP932 with stand-ins), and workbooks."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, Protocol
from xml.sax.saxutils import escape, quoteattr

from server.language import VARIANTS

Format = Literal["csv", "tsv", "xlsx"]
Row = Sequence[Any]
MEDIA = {
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST_ROWS = 1_048_576
"""Rows of a sheet; after them another sheet begins."""
LONGEST_CELL = 32_767
FORMULAS = ("=", "+", "-", "@", "\t", "\r")
GETA = "〓"
"""What printers put in the place of a type that is missing."""
_ALIKE = str.maketrans("〜−–—‖¥¢£¬•‑‐ゔ", "～－‐―∥￥￠￡￢・‐‐ヴ")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


class Written(Protocol):
    """A file that is being written. `strange` counts the characters that would not fit."""

    strange: Counter[str]

    def rows(self, rows: Iterable[Row]) -> bytes:
        """The next piece of the file."""
        ...

    def end(self) -> bytes:
        """The last piece."""
        ...


def writer(format: Format, encoding: str, header: Row, delimiter: str = "") -> Written:
    """A file with this header. `encoding` is `utf-8-sig`, `cp932` or another of Python's; a workbook has none."""
    if format == "xlsx":
        return _Workbook(header)
    return _Delimited(delimiter or ("\t" if format == "tsv" else ","), encoding, header)


def stand_in(char: str) -> str:
    """What stands for a character that CP932 does not have: its like, its other form, its bare letter, or 〓."""
    for other in (
        char.translate(_ALIKE),
        char.translate(VARIANTS),
        unicodedata.normalize("NFKC", char),
        "".join(part for part in unicodedata.normalize("NFD", char) if not unicodedata.combining(part)),
    ):
        if other and other != char and _fits(other):
            return other
    return "" if unicodedata.category(char) in ("Mn", "Cf") else GETA


def _fits(text: str) -> bool:
    try:
        text.encode("cp932")
    except UnicodeEncodeError:
        return False
    return True


def guarded(cell: Any) -> Any:
    """A text that a spreadsheet would take for a formula, with a mark before it that says that it is a text."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULAS) else cell


def unguarded(cell: str) -> str:
    """The text without that mark."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULAS) else cell


class _Delimited:
    def __init__(self, delimiter: str, encoding: str, header: Row) -> None:
        self.strange: Counter[str] = Counter()
        self._delimiter = delimiter
        self._encoding = encoding
        self._encoder = codecs.getincrementalencoder(encoding)("replace")
        self._header: Row | None = header

    def rows(self, rows: Iterable[Row]) -> bytes:
        out = io.StringIO()
        lines = csv.writer(out, delimiter=self._delimiter, lineterminator="\r\n")
        if self._header is not None:
            lines.writerow([guarded(cell) for cell in self._header])
            self._header = None
        lines.writerows([guarded(_plain(cell)) for cell in row] for row in rows)
        return self._bytes(out.getvalue())

    def end(self) -> bytes:
        return self.rows(()) if self._header is not None else b""

    def _bytes(self, text: str) -> bytes:
        if self._encoding != "cp932":
            return self._encoder.encode(text)
        try:
            return text.encode("cp932")
        except UnicodeEncodeError:
            fitting = []
            for char in text:
                if _fits(char):
                    fitting.append(char)
                else:
                    self.strange[char] += 1
                    fitting.append(stand_in(char))
            return "".join(fitting).encode("cp932", "replace")


def _plain(cell: Any) -> Any:
    match cell:
        case None:
            return ""
        case bool():
            return "1" if cell else "0"
        case Decimal():
            return f"{cell:f}"
        case datetime():
            return cell.strftime("%Y-%m-%d %H:%M:%S")
        case _:
            return cell


class _Sink(io.RawIOBase):
    """Keeps what was written until it is taken."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._held += data
        return len(data)

    def taken(self) -> bytes:
        held, self._held = bytes(self._held), bytearray()
        return held


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts><fonts count="2"><font><sz val="11"/>'
    '<name val="Yu Gothic"/></font><font><b/><sz val="11"/><name val="Yu Gothic"/></font></fonts><fills count="2">'
    '<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4"><xf/>'
    '<xf numFmtId="164" applyNumberFormat="1"/><xf numFmtId="165" applyNumberFormat="1"/>'
    '<xf fontId="1" applyFont="1"/></cellXfs><cellStyles count="1">'
    '<cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
_EPOCH = date(1899, 12, 30)


class _Workbook:
    def __init__(self, header: Row) -> None:
        self.strange: Counter[str] = Counter()
        self._header = header
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_DEFLATED, compresslevel=3)
        self._sheets = 0
        self._sheet: Any = None
        self._row = 0

    def rows(self, rows: Iterable[Row]) -> bytes:
        lines: list[str] = []
        for row in rows:
            if self._sheet is None or self._row >= MOST_ROWS:
                self._write(lines)
                self._next_sheet()
            self._row += 1
            lines.append(_line(self._row, row))
        self._write(lines)
        return self._sink.taken()

    def end(self) -> bytes:
        if self._sheet is None:
            self._next_sheet()
        self._close_sheet()
        numbers = range(1, self._sheets + 1)
        parts = {
            "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
            + "".join(f'<sheet name="{n}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
            + "</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
            + "".join(
                f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
                for n in numbers
            )
            + f'<Relationship Id="rId{self._sheets + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
            "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1"'
            f' Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels"'
            ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
            + "".join(
                f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPE}.worksheet+xml"/>'
                for n in numbers
            )
            + "</Types>",
        }
        for name, body in parts.items():
            self._zip.writestr(name, _XML + body)
        self._zip.writestr("xl/styles.xml", _STYLES)
        self._zip.close()
        return self._sink.taken()

    def _next_sheet(self) -> None:
        self._close_sheet()
        self._sheets += 1
        self._sheet = self._zip.open(f"xl/worksheets/sheet{self._sheets}.xml", "w")
        widths = "".join(
            f'<col min="{n}" max="{n}" width="{12 if len(str(cell)) < 6 else 18}" customWidth="1"/>'
            for n, cell in enumerate(self._header, 1)
        )
        self._row = 1
        self._write(
            [
                f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1"'
                ' topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
                f"<cols>{widths}</cols><sheetData>",
                _line(1, self._header, style=3),
            ]
        )

    def _close_sheet(self) -> None:
        if self._sheet is not None:
            self._write(["</sheetData></worksheet>"])
            self._sheet.close()
            self._sheet = None

    def _write(self, lines: list[str]) -> None:
        if lines:
            self._sheet.write("".join(lines).encode("utf-8", "replace"))
            lines.clear()


def _line(number: int, row: Row, style: int = 0) -> str:
    return f'<row r="{number}">{"".join(_cell(cell, style) for cell in row)}</row>'


def _cell(cell: Any, style: int) -> str:
    look = f" s={quoteattr(str(style))}" if style else ""
    match cell:
        case None | "":
            return "<c/>"
        case bool():
            return f'<c t="b"><v>{int(cell)}</v></c>'
        case int() | Decimal() | float() if abs(cell) < 10**15:  # type: ignore[operator]
            return f"<c><v>{cell:f}</v></c>" if isinstance(cell, Decimal) else f"<c><v>{cell!r}</v></c>"
        case datetime():
            seconds = cell.hour * 3600 + cell.minute * 60 + cell.second
            return f'<c s="2"><v>{(cell.date() - _EPOCH).days + seconds / 86_400:.15g}</v></c>'
        case date():
            return f'<c s="1"><v>{(cell - _EPOCH).days}</v></c>'
    text = escape(_ILLEGAL.sub("", str(cell))[:LONGEST_CELL])
    return f'<c t="inlineStr"{look}><is><t xml:space="preserve">{text}</t></is></c>'
