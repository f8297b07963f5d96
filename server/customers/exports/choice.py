"""What is exported, in which form, and the bytes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from channels.wording import say
from server.agents import AgentView, require
from server.customers import attributes, finding, segments
from server.customers.exports import customers, orders
from server.customers.rights import audit
from server.customers.sheets import Format, Written, writer
from server.database import Database, Transaction
from server.errors import Invalid

CHUNK = 500
STRANGE = 500
"""Different characters that are listed."""
Encoding = Literal["utf-8-sig", "cp932"]


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What to export: all customers, those of a `segment`, or those that a `search` finds; or all orders, or theirs."""

    what: Literal["customers", "orders"] = "customers"
    format: Format = "xlsx"
    encoding: Encoding = "utf-8-sig"
    segment: int | None = None
    search: str = ""

    @property
    def name(self) -> str:
        """A name for the file."""
        return f"{self.what}.{self.format}"


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """An export that may go on: its header, and whom it is of (None for all)."""

    header: list[str]
    own: list[attributes.AttributeView]
    ids: list[int] | None


def begin(tx: Transaction, agent: AgentView, choice: Choice, language: str) -> Begun:
    """Begin an export; that stands in the audit log. Raises `Invalid` for a segment that is not there."""
    require(agent, "lead")
    if choice.segment is not None and choice.search:
        raise Invalid(fields={"search": "is for all customers, not for a segment"})
    own = attributes.all(tx)
    ids = None
    if choice.search.strip():
        ids = finding.everybody(tx, choice.search)
    if choice.segment is not None:
        segments.page(tx, choice.segment, limit=1)
    audit.write(
        tx, agent, "export", detail={name: value for name, value in msgspec.to_builtins(choice).items() if value}
    )
    labels = customers.LABELS if choice.what == "customers" else orders.LABELS
    header = [say(language, label, **values) for label, values in labels]
    if choice.what == "customers":
        header += [(one.label_ja if language == "ja" else one.label_en) or one.name for one in own]
    return Begun(header=header, own=own, ids=ids)


async def pieces(
    database: Database, choice: Choice, begun: Begun, language: str, zone: ZoneInfo, file: Written | None = None
) -> AsyncIterator[bytes]:
    """The file, piece by piece; `file` counts what would not fit."""
    file = file or writer(choice.format, choice.encoding, begun.header)
    async for found in _rows(database, choice, begun, language, zone):
        yield file.rows(found)
    yield file.end()


async def checked(database: Database, choice: Choice, begun: Begun, language: str, zone: ZoneInfo) -> Counter[str]:
    """The characters that would not fit, and how often each is there."""
    file = writer(choice.format, choice.encoding, begun.header)
    async for _ in pieces(database, choice, begun, language, zone, file):
        if len(file.strange) > STRANGE:
            break
    return file.strange


async def _rows(
    database: Database, choice: Choice, begun: Begun, language: str, zone: ZoneInfo
) -> AsyncIterator[list[list[Any]]]:
    """Rows by the id of the customer or order."""
    read: Callable[..., tuple[list[list[Any]], int | None]] = (
        customers.rows if choice.what == "customers" else orders.rows
    )
    last: int | None = 0
    while last is not None:
        found, last = await database.read(
            read, last, CHUNK, own=begun.own, ids=begun.ids, segment=choice.segment, language=language, zone=zone
        )
        if found:
            yield found
