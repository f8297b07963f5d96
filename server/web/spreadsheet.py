"""In charge of long tables as CSV for a spreadsheet: UTF-8 with BOM, piece by piece, no cell a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from aiohttp import web

from server.database import Database

MEDIA = "text/csv"


async def stream(
    request: web.Request, filename: str, columns: Sequence[str], pieces: AsyncIterator[Sequence[Sequence[Any]]]
) -> web.StreamResponse:
    """Answer with a table whose rows come in `pieces`; no more than one of them is in memory."""
    answer = web.StreamResponse(headers={"Content-Disposition": f'attachment; filename="{filename}"'})
    answer.content_type, answer.charset = MEDIA, "utf-8"
    await answer.prepare(request)
    await answer.write("\ufeff".encode() + _lines([columns]))
    async for piece in pieces:
        await answer.write(_lines(piece))
    await answer.write_eof()
    return answer


async def by_id(
    database: Database, rows: Callable[..., Sequence[Sequence[Any]]], *given: Any
) -> AsyncIterator[Sequence[Sequence[Any]]]:
    """The pieces of a query that answers the rows after an id, which is the first cell of each."""
    last = 0
    while found := await database.read(rows, *given, last):
        last = found[-1][0]
        yield found


def _lines(rows: Sequence[Sequence[Any]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([_harmless(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def _harmless(cell: Any) -> Any:
    """A text that a spreadsheet would take for a formula is quoted for it."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
