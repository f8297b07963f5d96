"""Files that are given to a source: CSV, TSV or a workbook, its rows as records by the names in the header."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from server.customers.readers import read_text
from server.customers.sheets import sniffing, tables
from server.customers.sources.mapping import FileFormat, Mapping, Stream
from server.customers.sources.mapping.records import needs
from server.errors import Invalid

PAGE = 500
Record = dict[str, Any]


def first(mapping: Mapping, path: Path, most: int) -> tuple[Stream, list[Record]]:
    """The stream whose file this is, and its first records."""
    stream, pages = opened(mapping, path)
    return stream, next(pages, [])[:most]


def opened(mapping: Mapping, path: Path) -> tuple[Stream, Iterator[list[Record]]]:
    """The stream whose file this is, and its records in pages. Raises `Invalid`."""
    rows = _rows(mapping.file or FileFormat(), path)
    _, cells = next(rows, (0, []))
    header = [read_text(cell) for cell in cells]
    stream = _whose(mapping, header)
    return stream, _pages(stream, header, rows)


def _rows(form: FileFormat, path: Path) -> Iterator[tuple[int, list[Any]]]:
    found = sniffing.sniff(path)
    if found.kind == "delimited":
        found = msgspec.structs.replace(
            found, encoding=form.encoding or found.encoding, delimiter=form.delimiter or found.delimiter
        )
    begin = max(found.header, form.skip + 1)
    try:
        yield from ((number, cells) for number, cells in tables.rows(path, found) if number >= begin)
    except LookupError as error:
        raise Invalid(fields={"file.encoding": str(error)}) from error


def _whose(mapping: Mapping, header: list[str]) -> Stream:
    """The first stream of which every column is there that it needs."""
    missing: dict[str, list[str]] = {}
    for stream in mapping.stream:
        wanted = {*needs(stream), *([stream.group] if stream.group else [])} - {"rows"}
        missing[stream.name] = sorted(wanted - set(header))
    name = min(missing, key=lambda each: len(missing[each]))
    if missing[name]:
        raise Invalid(fields={"file": f"has no column {', '.join(missing[name][:10])}, which {name} reads"})
    return mapping.named(name)


def _pages(stream: Stream, header: list[str], rows: Iterator[tuple[int, list[Any]]]) -> Iterator[list[Record]]:
    page: list[Record] = []
    for _, cells in rows:
        row = {name: cell for name, cell in zip(header, cells, strict=False) if name}
        if stream.group:
            if page and page[-1].get(stream.group) == row.get(stream.group):
                page[-1]["rows"].append(row)
                continue
            if len(page) >= PAGE:
                yield page
                page = []
            page.append({**row, "rows": [row]})
            continue
        page.append(row)
        if len(page) >= PAGE:
            yield page
            page = []
    if page:
        yield page
