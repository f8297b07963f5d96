"""The rows that were refused, to be mended and brought again: as they came, with a column of the reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from server.customers.imports.views import ImportView, ProblemView
from server.customers.sheets import rows, writer

AT_ONCE = 500
More = Callable[[int], list[ProblemView]]
"""The next problems after a row of the file."""


def name(view: ImportView) -> str:
    """A name for the file."""
    path = Path(view.name)
    return f"{path.stem[:100]}-refused{'.xlsx' if view.form.kind == 'workbook' else path.suffix or '.csv'}"


def pieces(path: Path, view: ImportView, more: More, why: str, said: Callable[[ProblemView], str]) -> Iterator[bytes]:
    """The file, piece by piece, in the character set in which it came. `why` is the header of the reasons."""
    header = [*view.headers, why]
    kind: Any = "xlsx" if view.form.kind == "workbook" else "csv"
    encoding = "utf-8-sig" if view.form.encoding == "utf-8" else view.form.encoding
    file = writer(kind, encoding, header, view.form.delimiter)
    held: list[list[Any]] = []
    for cells in _refused(path, view, more, said):
        held.append(cells)
        if len(held) == AT_ONCE:
            yield file.rows(held)
            held = []
    yield file.rows(held) + file.end()


def _refused(path: Path, view: ImportView, more: More, said: Callable[[ProblemView], str]) -> Iterator[list[Any]]:
    waiting: list[ProblemView] = more(0)
    if not waiting:
        return
    for number, cells in rows(path, view.form):
        if number < waiting[0].row:
            continue
        problem = waiting.pop(0)
        width = len(view.headers)
        yield [*cells[:width], *[None] * (width - len(cells)), said(problem)]
        if not waiting and not (waiting := more(problem.row)):
            return
