"""Disclosure (開示): everything that is kept of a person as one ZIP, of JSON and of pages to read, with their files.

It is written while it is read: rows in pages, files in pieces, so that memory does not grow with what somebody wrote.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from channels.filenames import safe_filename
from server import customers
from server.accounts import desk_settings
from server.agents import AgentView, require
from server.customers.identity import merging
from server.customers.orders import queries as orders
from server.customers.rights import audit, corrections, requests, stops
from server.database import Database, Transaction
from server.errors import NotFound
from server.files import Files
from server.privacy import people
from server.privacy.people import Person
from server.privacy.reading import Reading

PAGE = 100
"""Rows read at a time."""
encode = msgspec.json.Encoder(order="deterministic").encode


class Choices(NamedTuple):
    """What goes along: agents' internal notes, and who looked at the customer."""

    notes: bool = False
    looks: bool = True


class Story(NamedTuple):
    """What of a person fits in memory; the rest is read in pages."""

    who: Person
    shop: dict[str, str]
    zone: ZoneInfo
    made_at: datetime
    customer: Any
    subscriptions: list[Any]
    merges: list[Any]
    corrections: list[Any]
    stops: list[Any]
    requests: list[Any]
    tickets: list[dict[str, Any]]
    consents: list[dict[str, Any]]


def begin(
    tx: Transaction,
    agent: AgentView,
    customer_id: int,
    choices: Choices,
    *,
    address: str = "",
    through: str = "",
) -> Story:
    """Somebody has everything written out: that stands in the audit log. Raises `NotFound`."""
    require(agent, "lead")
    who = people.person(tx, customer_id)
    audit.write(tx, agent, "disclosure", customer=who.id, detail=choices._asdict(), address=address, through=through)
    settings = desk_settings.read(tx)
    return Story(
        who=who,
        shop={language: settings.shop(language) for language in ("ja", "en")},
        zone=settings.zone,
        made_at=tx.now,
        customer=customers.view(tx, who.id),
        subscriptions=orders.subscriptions(tx, who.id),
        merges=merging.history(tx, who.id),
        corrections=corrections.history(tx, who.id),
        stops=stops.history(tx, who.id),
        requests=requests.all(tx, customer=who.id),
        tickets=[
            row._asdict()
            for row in tx.all(
                "SELECT number, subject, channel, status, created_at, updated_at FROM ticket"
                f" WHERE customer_id IN ({who.listed}) ORDER BY number"
            )
        ],
        consents=[
            row._asdict()
            for row in tx.all(
                "SELECT purpose, channel, given, at, source, note FROM consent"
                f" WHERE customer_id IN ({who.listed}) ORDER BY at, id"
            )
        ],
    )


def filename(story: Story) -> str:
    """What the archive is called."""
    return f"disclosure-{story.who.id}-{story.made_at.astimezone(story.zone):%Y%m%d}.zip"


def archive(database: Database, files: Files, story: Story, choices: Choices) -> Iterator[bytes]:
    """The ZIP, piece by piece. Run it in a thread: it reads from database and files as it goes."""
    pipe = _Pipe()
    rows = _Rows(database, story.who, choices)
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as whole:
        for name, chunks in _entries(rows, files, story, choices):
            entry = zipfile.ZipInfo(name, story.made_at.astimezone(story.zone).timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            with whole.open(entry, "w", force_zip64=True) as file:
                for chunk in chunks:
                    file.write(chunk)
                    yield from pipe.drain()
    yield from pipe.drain()


def _entries(rows: _Rows, files: Files, story: Story, choices: Choices) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Every file of the archive with its bytes."""
    for language, name in (("ja", "index.html"), ("en", "en/index.html")):
        yield (
            name,
            Reading(language, story.zone, story.shop[language]).page(
                "disclosure.html", story=story, rows=rows, choices=choices
            ),
        )
    one: dict[str, Any] = {
        "customer": story.customer,
        "subscriptions": story.subscriptions,
        "merges": story.merges,
        "corrections": story.corrections,
        "stops": story.stops,
        "requests": story.requests,
        "consents": story.consents,
        "tickets": story.tickets,
    }
    for what, value in one.items():
        yield f"data/{what}.json", [encode(value)]
    for what, each in rows.lists().items():
        yield f"data/{what}.json", _array(each())
    for ticket in story.tickets:
        number = ticket["number"]
        yield f"data/tickets/{number}.json", _array(rows.messages(number))
        for language, folder in (("ja", "tickets"), ("en", "en/tickets")):
            yield (
                f"{folder}/{number}.html",
                Reading(language, story.zone, story.shop[language]).page(
                    "disclosure_ticket.html", story=story, ticket=ticket, messages=rows.messages(number)
                ),
            )
        for file in rows.files(number):
            if file["digest"]:
                yield file["path"], _bytes(files, file["digest"])


def _array(items: Iterable[Any]) -> Iterator[bytes]:
    """A JSON array, an item a line."""
    before = b"[\n"
    for item in items:
        yield before + encode(item)
        before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"


def _bytes(files: Files, digest: str) -> Iterator[bytes]:
    try:
        yield from files.chunks(digest)
    except NotFound:
        return  # the store has lost it: the empty file says so, and the list still names it


class _Rows:
    """What is read in pages."""

    def __init__(self, database: Database, who: Person, choices: Choices) -> None:
        self._database = database
        self._who = who
        self._choices = choices

    def lists(self) -> dict[str, Callable[[], Iterator[Any]]]:
        """Each list by its name."""
        found: dict[str, Callable[[], Iterator[Any]]] = {
            "orders": self.orders,
            "interactions": self.interactions,
            "letters": self.letters,
            "elsewhere": self.elsewhere,
        }
        return found | ({"looks": self.looks} if self._choices.looks else {})

    def orders(self) -> Iterator[Any]:
        """Their orders, newest first."""
        after: str | None = None
        while True:
            page = self._database.read_now(orders.page, self._who.id, limit=PAGE, after=after)
            yield from page.items
            if (after := page.next) is None:
                return

    def interactions(self) -> Iterator[dict[str, Any]]:
        """What happened elsewhere."""
        return self._paged(
            "SELECT id, source, external_id, kind, title, text, url, who, at, data FROM interaction"
            f" WHERE customer_id IN ({self._who.listed}) AND id > :after ORDER BY id LIMIT :many"
        )

    def letters(self) -> Iterator[dict[str, Any]]:
        """What left for them: when, to which address, and what became of it; the words of those on no ticket."""
        for row in self._paged(
            "SELECT l.id, l.ticket_number, l.message_id, l.recipient, l.subject, l.body, l.state, l.created_at,"
            " l.finished_at FROM letter l LEFT JOIN ticket t ON t.number = l.ticket_number"
            f" WHERE (t.customer_id IN ({self._who.listed}) OR (t.number IS NULL AND l.recipient IN"
            f" (SELECT address FROM contact WHERE customer_id IN ({self._who.listed}))))"
            " AND l.id > :after ORDER BY l.id LIMIT :many"
        ):
            body = row.pop("body")
            if row.pop("message_id") is None:
                row["text"] = body.get("text", "")
            yield row

    def elsewhere(self) -> Iterator[dict[str, Any]]:
        """What they wrote on tickets of others: their own words alone."""
        contacts = ", ".join(map(str, self._who.contacts)) or "NULL"
        return self._paged(
            "SELECT m.id, m.ticket_number, m.subject, m.text, m.created_at FROM message m JOIN ticket t"
            f" ON t.number = m.ticket_number WHERE m.contact_id IN ({contacts}) AND m.kind = 'customer'"
            f" AND t.customer_id NOT IN ({self._who.listed}) AND m.id > :after ORDER BY m.id LIMIT :many"
        )

    def looks(self) -> Iterator[dict[str, Any]]:
        """Who looked at them, and who took their data out."""
        return self._paged(
            "SELECT a.id, a.what, g.name AS agent, a.times, a.at, a.last_at FROM audit a LEFT JOIN agent g"
            f" ON g.id = a.agent_id WHERE a.customer_id IN ({self._who.listed}) AND a.id > :after"
            " ORDER BY a.id LIMIT :many"
        )

    def messages(self, number: int) -> Iterator[dict[str, Any]]:
        """A ticket's messages in their order, each with its files."""
        notes = "" if self._choices.notes else " AND m.kind <> 'note'"
        files: dict[int, list[dict[str, Any]]] = {}
        for file in self.files(number):
            files.setdefault(file["message"], []).append({n: file[n] for n in ("name", "type", "size", "path")})
        for row in self._paged(
            "SELECT m.seq AS id, m.id AS message, m.kind, g.name AS agent, m.subject, m.text, m.whole_text, m.envelope,"
            " m.card, m.withdrawn_at, m.created_at, r.score, r.comment FROM message m"
            " LEFT JOIN agent g ON g.id = m.agent_id LEFT JOIN rating r ON r.message_id = m.id"
            f" WHERE m.ticket_number = :number AND m.seq > :after{notes} ORDER BY m.seq LIMIT :many",
            number=number,
        ):
            envelope = row.pop("envelope")
            row |= {name: envelope.get(name) for name in ("from", "to", "cc", "fields", "marks") if envelope.get(name)}
            row["files"] = files.get(row.pop("message"), [])
            row["seq"] = row.pop("id")
            yield row

    def files(self, number: int) -> Iterator[dict[str, Any]]:
        """The files of a ticket's messages, and where they are in the archive."""
        notes = "" if self._choices.notes else " AND m.kind <> 'note'"
        for row in self._paged(
            "SELECT a.id, a.message_id, a.filename, a.content_type, a.size, a.digest, a.state FROM attachment a"
            " JOIN message m ON m.id = a.message_id WHERE m.ticket_number = :number AND a.id > :after"
            f"{notes} ORDER BY a.id LIMIT :many",
            number=number,
        ):
            yield {
                "message": row["message_id"],
                "name": row["filename"],
                "type": row["content_type"],
                "size": row["size"],
                "digest": row["digest"] if row["state"] == "here" else "",
                "path": f"files/{number}/{row['id']}-{safe_filename(row['filename'])}",
            }

    def _paged(self, sql: str, **values: Any) -> Iterator[dict[str, Any]]:
        after = 0
        while True:
            found = self._database.read_now(partial(_all, sql=sql, values={**values, "after": after, "many": PAGE}))
            after = found[-1]["id"] if found else 0
            full = len(found) == PAGE
            yield from found
            if not full:
                return


def _all(tx: Transaction, sql: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    return [row._asdict() for row in tx.all(sql, **values)]


class _Pipe:
    """What a ZIP is written into: it cannot be gone back in, and what it holds is taken out at once."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Take some."""
        self._chunks.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """There is nothing to be closed."""

    def drain(self) -> Iterator[bytes]:
        """What was written since."""
        chunks, self._chunks = self._chunks, []
        if chunks:
            yield b"".join(chunks)
