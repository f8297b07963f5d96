"""The rows of a file, one after the other, and how far the reading has come."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from server.customers.sheets import workbook
from server.customers.sheets.sniffing import Form
from server.customers.sheets.strings import Broken
from server.errors import Invalid

LONGEST_CELL = 1 << 20
"""In characters. A longer cell is a quotation mark that nobody closed."""
BUFFER = 1 << 18
LOST = "\ufffd"
"""Stands where bytes are no character of the file's character set."""


class Reading:
    """How much of a file was read, from 0 to 1."""

    share: float = 0.0


def rows(path: Path, form: Form, reading: Reading | None = None) -> Iterator[tuple[int, list[Any]]]:
    """Each row with its number in the file, counted from 1 as a spreadsheet does; empty rows are left out.

    Cells are text; in a workbook also numbers, dates and None. Raises `Invalid` where the file breaks off.
    """
    reading = reading or Reading()
    found = _delimited(path, form, reading) if form.kind == "delimited" else _workbook(path, form, reading)
    for number, cells in found:
        if any(cell not in (None, "") for cell in cells):
            yield number, cells
    reading.share = 1.0


def _delimited(path: Path, form: Form, reading: Reading) -> Iterator[tuple[int, list[Any]]]:
    size = path.stat().st_size or 1
    csv.field_size_limit(LONGEST_CELL)
    with path.open("rb", buffering=BUFFER) as raw:
        text = io.TextIOWrapper(raw, encoding=form.encoding, errors="replace", newline="")
        number = 0
        try:
            for number, cells in enumerate(csv.reader(text, delimiter=form.delimiter or ","), 1):
                if number % 100 == 0:
                    reading.share = min(raw.tell() / size, 1.0)
                yield number, cells
        except csv.Error as error:
            raise Invalid(
                "The file breaks off after row {row}: a quotation mark is opened there and never closed.", row=number
            ) from error


def _workbook(path: Path, form: Form, reading: Reading) -> Iterator[tuple[int, list[Any]]]:
    try:
        with workbook.Workbook(path) as book:
            for number, cells in book.rows(form.sheet):
                if number % 100 == 0:
                    reading.share = book.share
                yield number, cells
    except Broken as error:
        raise Invalid("The workbook is damaged: {why}", why=str(error)) from error
