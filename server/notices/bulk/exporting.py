"""What became of a bulk letter as a file: its recipients, and the rows of its file that found nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from channels.wording import say
from server.agents import AgentView, require
from server.customers.rights import audit
from server.customers.sheets import Form, Format, rows, writer
from server.database import Database, Transaction
from server.errors import NotFound
from server.notices.bulk import queries, saying
from server.notices.bulk.views import ProblemView, RecipientView

AT_ONCE = 500
RECIPIENTS = ("Customer number", "Name", "Order number", "Row", "State", "Reason", "Way", "Address", "Words", "When")


def begin(tx: Transaction, agent: AgentView, id: int, what: str) -> str:
    """Begin to take data out; that stands in the audit log. Its name. Raises `NotFound`."""
    require(agent, "lead")
    name = tx.value("SELECT name FROM bulk_letter WHERE id = :id", id=id)
    if name is None:
        raise NotFound("There is no bulk letter {id}.", id=id)
    audit.exported(tx, agent, f"bulk {id}: {what}")
    return str(name)


async def recipients(
    database: Database, id: int, format: Format, language: str, zone: ZoneInfo
) -> AsyncIterator[bytes]:
    """Everybody, in the order of the list."""
    file = writer(format, "utf-8-sig", [say(language, each) for each in RECIPIENTS])
    after: str | None = None
    while True:
        page = await database.read(queries.recipients, id, limit=AT_ONCE, after=after)
        yield file.rows(_row(each, language, zone) for each in page.items)
        if (after := page.next) is None:
            break
    yield file.end()


def _row(each: RecipientView, language: str, zone: ZoneInfo) -> list[Any]:
    progress = each.state if each.state != "sent" else queries.progress(each.letter_state)
    return [
        each.customer,
        each.name,
        " ".join(each.orders),
        each.number or "",
        say(language, saying.PROGRESS[progress]),
        say(language, saying.REASONS.get(each.reason, each.reason)) if each.reason else "",
        say(language, "Mail") if each.way == "email" else each.way.upper(),
        each.address,
        each.words or each.letter_words,
        each.settled_at.astimezone(zone).replace(tzinfo=None) if each.settled_at is not None else "",
    ]


async def problems(
    database: Database, id: int, path: Path | None, format: Format, language: str
) -> AsyncIterator[bytes]:
    """The rows that found nobody, as they came, with the reason; without the file only what was looked for."""
    bulk = await database.read(lambda tx: tx.one("SELECT form, headers FROM bulk_letter WHERE id = :id", id=id))
    heads = list(bulk.headers) if path is not None else [say(language, "What was looked for")]
    file = writer(format, "utf-8-sig", [say(language, "Row"), say(language, "Why it was refused"), *heads])
    cells = _cells(path, msgspec.convert(bulk.form, Form), len(heads)) if path is not None else None
    after = 0
    while found := await database.read(queries.problems, id, limit=AT_ONCE, after=after):
        yield file.rows(_problem(each, language, cells) for each in found)
        after = found[-1].number
    yield file.end()


def _problem(each: ProblemView, language: str, cells: Iterator[tuple[int, list[Any]]] | None) -> list[Any]:
    head = [each.number, say(language, saying.PROBLEMS.get(each.reason, each.reason))]
    if cells is None:
        return [*head, each.said]
    return [*head, *next((found for number, found in cells if number == each.number), [])]


def _cells(path: Path, form: Form, width: int) -> Iterator[tuple[int, list[Any]]]:
    for number, cells in rows(path, form):
        yield number, [*cells[:width], *[None] * (width - len(cells))]
